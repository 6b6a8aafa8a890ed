"""What stands in a widget's place where no kernel answers, as in a notebook that is opened again.

JupyterLab shows a saved widget as "Error displaying widget: model not found" and leaves aside the
static form in the same output. So the static form is also an output of its own, ahead of the
widget's. Everywhere it is hidden; JupyterLab's page shows it in place of that error.
"""

from IPython.display import display

from metacourse.figures.recorded import keep

VIEW = "application/vnd.jupyter.widget-view+json"
MARK = "metacourse-stand-in"
NO_WIDGET = ":has(+ *):not(:has(+ * > .jp-OutputArea-output > *))"  # the next output is a text
LOST = f".jp-OutputArea-child:has(.{MARK}){NO_WIDGET}"
STYLE = f"""<style>
{LOST} + * {{ display: none; }}
{LOST} .{MARK} {{ display: block; animation: {MARK} 1s step-end; }}
@keyframes {MARK} {{ from {{ visibility: hidden; }} }} /* while a widget loads, nothing flickers */
</style>"""


class StandIn:
    """Named ahead of a widget class, it publishes what the widget says in `stand_in`."""

    how_to_revive = ""  # a sentence for those who open the notebook again, if `stand_in` has none

    def stand_in(self) -> dict[str, str]:
        """The static form, as "text/html" and "text/plain"; the rest is the widget's own."""
        return {"text/plain": self.how_to_revive}

    def hidden(self) -> dict[str, str]:
        """The output that JupyterLab shows in place of its error."""
        note = f"<p><em>{self.how_to_revive}</em></p>" if self.how_to_revive else ""
        static = self.stand_in().get("text/html", "") + note
        return {"text/html": f'{STYLE}<div class="{MARK}" hidden="hidden">{static}</div>'}

    def _ipython_display_(self, **_) -> None:
        keep(self)
        display(self.hidden(), raw=True)
        if not hasattr(super(), "_ipython_display_"):
            raise NotImplementedError  # IPython goes on with the method below
        data, metadata = self._repr_mimebundle_()  # in ipywidgets 7, which Colab has, it would not
        display(data, metadata=metadata, raw=True)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        bundle = {VIEW: view, "text/plain": repr(self)}
        if hasattr(super(), "_repr_mimebundle_"):  # not in ipywidgets 7
            bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return data | self.stand_in(), metadata
