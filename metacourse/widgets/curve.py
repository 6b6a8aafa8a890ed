"""A learning curve that grows while a model trains."""

from IPython.display import display

from metacourse.figures.curve import draw_losses
from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import PIXELS_PER_INCH, fast_png, style
from metacourse.widgets.picture import Picture, static_output
from metacourse.widgets.sheet import Sheet


class LearningCurve(StandIn, Picture):
    """The losses so far: `with LearningCurve() as curve: train(…, watch=curve.watch)`.

    When the block ends, the last picture also becomes the cell's static output.
    """

    def __init__(self, label="loss", *, size=(8, 2.6)):
        super().__init__(size=[round(inches * PIXELS_PER_INCH) for inches in size])
        self._label, self._sheet = label, Sheet(1, 1, size)
        self.watch([])
        self._sheet.lay_out()

    def outputs(self):
        """What the cell shows: the hidden stand-in, then the widget."""
        return [(self.hidden(), {}), self._repr_mimebundle_()]

    def __enter__(self):
        self._shown = [
            display(data, metadata=metadata, raw=True, display_id=True)
            for data, metadata in self.outputs()
        ]
        return self

    def __exit__(self, *_):
        for handle, (data, metadata) in zip(self._shown, self.outputs(), strict=True):
            handle.update(data, metadata=metadata, raw=True)

    def watch(self, losses):
        """Draw the losses so far, one per step."""
        with style():
            self._sheet.clear()
            readout = draw_losses(self._sheet.axes, losses, self._label)
            pixels = self._sheet.pixels(self.pixel_ratio)
        with self.hold_sync():
            self.png, self.readout = fast_png(pixels), readout
            self.alt = f"Learning curve: {self._label} against training step. {readout}"

    def stand_in(self):
        return static_output(self._sheet.figure, self.alt, self.readout)
