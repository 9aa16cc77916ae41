"""Which stages of a store curves need: their own, and all that these were made from."""

from collections.abc import Iterable

from pydantic import ValidationError

from ltsweep.foundations.files import DamagedFile
from ltsweep.spec import StageSpec
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store


class UnknownNeeds(Exception):
    """What a stage was made from cannot be told; the message names its file."""


class Needs:
    """Follows specifications from stages to what they were made from, reading each once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._present = store.keys()
        self._specs: dict[str, StageSpec | None] = {}

    def of(self, points: Iterable[PointRecord]) -> set[str]:
        """Keys of all stages that these curves need and that have begun. UnknownNeeds."""
        waiting = [key for point in points for key in (*point.stages, point.dense) if key]
        found: set[str] = set()
        while waiting:
            key = waiting.pop()
            if key in self._present and key not in found:
                found.add(key)
                waiting += self._behind(key)
        return found

    def tickets(self, keys: Iterable[str]) -> set[str]:
        """Digests of the tickets from files that these stages start from."""
        specs = (self._spec(key) for key in keys)
        return {ticket for spec in specs if spec is not None for ticket in spec.tickets}

    def _behind(self, key: str) -> list[str]:
        """The stages that one reads, and the prefixes that may have made their snapshots."""
        spec = self._spec(key)
        if spec is None:
            return []
        found = [*spec.parents]
        for source in spec.snapshots_read:
            training = self._spec(source.stage)
            if source.step is not None and training is not None:
                found.append(training.prefix(source.step).key)
        return found

    def _spec(self, key: str) -> StageSpec | None:
        """What a stage is; None where it has not begun."""
        if key not in self._specs:
            self._specs[key] = self._read(key) if key in self._present else None
        return self._specs[key]

    def _read(self, key: str) -> StageSpec | None:
        directory = self._store.stage(key)
        try:
            content = directory.spec()
            if content is not None:
                return StageSpec.model_validate(content)
            if directory.is_done():
                raise UnknownNeeds(f"{directory.path / 'spec.json'} is missing")
        except DamagedFile as error:
            raise UnknownNeeds(str(error)) from error
        except ValidationError as error:
            raise UnknownNeeds(
                f"{directory.path / 'spec.json'} is of another version of ltsweep"
            ) from error
        return None
