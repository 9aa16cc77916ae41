"""A figure whose layout is made without drawing it: saving draws it once, and not twice.

This file imports matplotlib, so it is imported where a picture is drawn and nowhere else.
"""

from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine


class LaidOut(Figure):
    """A figure with a constrained layout.

    Matplotlib saves such a figure in two rounds: it draws all of it into nothing, only to have the
    layout made, and draws it again without a layout engine. Here the first round is the layout.
    """

    def __init__(self, width: float, height: float) -> None:
        """Of so many inches."""
        super().__init__(figsize=(width, height), layout="constrained")

    def draw(self, renderer: RendererBase) -> None:
        """Makes the layout, or draws the figure once that is made."""
        engine = self.get_layout_engine()
        if isinstance(engine, ConstrainedLayoutEngine):
            engine.execute(self)
        else:
            super().draw(renderer)
