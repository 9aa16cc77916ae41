"""What is asked of the experiments, as `requests.yaml` lists it."""

from functools import cache
from importlib.resources import files

import yaml  # type: ignore[import-untyped]

from ltsweep.store.stored import Stored


class Beside(Stored):
    """What an experiment answers beside its primary contrast.

    The contrasts of `arm` and `against`, or what its `tickets` have seen. 'imp' stands for all arms
    of this method, 'imp (rescale energy)' for one, and 'imp ()' for that with nothing beside.
    """

    experiment: str
    arm: str | None = None
    against: str | None = None
    tickets: bool = False


class Asked(Stored):
    """A question or a claim, and the experiments that answer it.

    `experiments` answer by their primary contrasts, `beside` has what else they answer. `missing`
    is what ltsweep has not got for an answer, in words.
    """

    asks: str
    experiments: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    missing: str | None = None

    @property
    def names(self) -> list[str]:
        """Of all experiments that answer it."""
        return [*dict.fromkeys([*self.experiments, *(more.experiment for more in self.beside)])]


class Requests(Stored):
    """Questions that come from one place; `about` says from where."""

    title: str
    about: str
    entries: tuple[Asked, ...]


@cache
def requests() -> tuple[Requests, ...]:
    """All of them, in the order of the page."""
    text = files(__package__).joinpath("requests.yaml").read_text(encoding="utf-8")
    return tuple(Requests.read(group) for group in yaml.safe_load(text))
