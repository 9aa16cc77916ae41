"""What a page tells of each panel beside accuracies: cost, convergence, parameters and layers."""

from collections.abc import Iterable, Sequence

from ltsweep.views.context import Context
from ltsweep.views.convergence import convergence_markdown
from ltsweep.views.costs import costs_markdown
from ltsweep.views.layer_shares import PanelShares, shares_markdown
from ltsweep.views.panels import Panel
from ltsweep.views.parameters import parameters_line
from ltsweep.views.wording import setting


def measures_markdown(
    panels: Iterable[Panel], shares: Sequence[PanelShares], context: Context
) -> str:
    """A part of a page, panel by panel; empty where nothing is finished."""
    parts = []
    for panel in panels:
        if any(curve.finished for cell in panel.cells for curve in cell.curves):
            where = f": {setting(panel.setting)}" if panel.setting else ""
            parts.append(f"## Size, cost and convergence{where}")
            of_panel = [one for one in shares if one.setting == panel.setting]
            blocks = [
                parameters_line(panel),
                costs_markdown(panel, context),
                convergence_markdown(panel, context),
                *map(shares_markdown, of_panel),
            ]
            parts += filter(None, blocks)
    return "\n\n".join(parts) + "\n" if parts else ""
