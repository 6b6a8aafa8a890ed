"""A picture in the notebook that Python can change without a flicker."""

import html

import anywidget
import traitlets

from metacourse.figures.style import figure_html

MAX_PIXEL_RATIO = 2.0


class Picture(anywidget.AnyWidget):
    """A PNG with alt text, and under it a line that screen readers read out when it changes."""

    _esm = """
    export default {
      render({ model, el }) {
        const frame = document.createElement("div");  // keeps the picture's place
        const line = document.createElement("div");
        line.setAttribute("role", "status");
        el.classList.add("metacourse-picture");
        el.append(frame, line);
        let image = new Image(), newest, ratio;
        const sharpen = () => {  // presentation mode enlarges pictures
          const width = frame.getBoundingClientRect().width;
          const wanted = window.devicePixelRatio * Math.max(1, width / model.get("size")[0]);
          if (wanted === ratio) return;
          model.set("pixel_ratio", ratio = wanted);
          model.save_changes();
        };
        const draw = async () => {
          const next = newest = new Image();
          next.alt = model.get("alt");
          next.src = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
          await next.decode();  // before the old picture goes: no blank frame
          if (next !== newest) return URL.revokeObjectURL(next.src);
          frame.replaceChildren(next);
          sharpen();
          URL.revokeObjectURL(image.src);
          image = next;
        };
        const write = () => {
          const [width, height] = model.get("size");
          frame.style.maxWidth = `${width}px`;
          frame.style.aspectRatio = `${width} / ${height}`;
          image.alt = model.get("alt");
          line.textContent = model.get("readout");
        };
        model.on("change:png", draw);
        model.on("change:alt change:readout change:size", write);
        write();
        draw();
        const nameSliders = () => {  // ipywidgets leaves them without a name for screen readers
          if (!el.isConnected) return;
          for (const slider of el.parentElement.querySelectorAll(".widget-slider")) {
            const name = slider.querySelector("label").textContent;
            slider.querySelector("[role=slider]")?.setAttribute("aria-label", name);
          }
        };
        new ResizeObserver(nameSliders).observe(el);  // called when all is in the page
      },
    };
    """
    _css = """
    .metacourse-picture img { display: block; width: 100%; background: white; }
    body[data-jp-theme-light="false"] .metacourse-picture img {
      filter: invert(0.93) hue-rotate(180deg); }  /* dark paper; colours stay what they are */
    .metacourse-picture [role="status"] {
      min-height: 1.5em; margin: 4px 0; line-height: 1.5; font-variant-numeric: tabular-nums;
      font-family: var(--jp-ui-font-family); color: var(--jp-ui-font-color1);
    }
    """
    png = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    readout = traitlets.Unicode().tag(sync=True)
    size = traitlets.List([800, 360]).tag(sync=True)  # screen pixels
    pixel_ratio = traitlets.Float(MAX_PIXEL_RATIO).tag(sync=True)

    @traitlets.validate("pixel_ratio")
    def _sharp_but_not_slow(self, proposal):
        return min(max(proposal.value, 1.0), MAX_PIXEL_RATIO)


def static_output(figure, alt, readout, note=""):
    """What stands in a widget's place where no kernel runs: picture, alt text, read-out, a note."""
    lines = [html.escape(readout), f"<em>{note}</em>" if note else ""]
    paragraphs = "".join(f"<p>{line}</p>" for line in lines if line)
    return {"text/html": figure_html(figure, alt) + paragraphs, "text/plain": alt}
