"""ltsweep: sweeps of lottery tickets across datasets, optimizers, pruning schemes and resets."""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

__version__ = "0.1.0"


def load_curves(store: str | PathLike[str], experiment: str | None = None) -> "pandas.DataFrame":
    """The rows of curves.csv as a DataFrame with types; see `ltsweep.views.frame.load_curves`."""
    from ltsweep.views import frame  # the package itself imports nothing: Hydra's plugins import it

    return frame.load_curves(store, experiment)
