"""What stages read from each other: where it lies, what is missing of it, what may go.

Readers ask this file alone where an `Input` lies. Pending stages, the state of a launch, damage,
exports and `steer` follow from it.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.part_spec import InitSpec, Input
from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import StageSpec, digest
from ltsweep.store.records import DIVERGED
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store


def file_of(directory: StageDir, source: Input) -> Path:
    """The file in which a stage has what is read of it."""
    if source.what == "next mask":
        return directory.next_mask(_name_of(source))
    if source.what == "mask":
        return directory.end_mask if directory.end_mask.exists() else directory.ticket
    if source.step is None:
        assert source.what == "state"
        return directory.final
    of_step = directory.snapshot if source.what == "state" else directory.optimizer_snapshot
    return of_step(source.step)


def _name_of(next_mask: Input) -> str:
    """Of one stage's next masks: by their pruning, their counts and what their criterion is given.

    Those that say no more than their pruning have the name that they have always had.
    """
    assert next_mask.pruning is not None
    told = next_mask.model_dump(mode="json", include={"pruning", "given", "kept"})
    if next_mask.step is not None:
        return digest(told | {"step": next_mask.step})
    return digest(told if next_mask.given or next_mask.kept else told["pruning"])


def holder(store: Store, source: Input) -> StageDir | None:
    """The finished stage that has it, if one has: the stage itself or, of a step, its prefix."""
    own = store.stage(source.stage)
    found = [own]
    if source.step is not None and (spec := _readable_spec(own)) is not None:
        found.append(store.stage(spec.prefix(source.step).key))
    there = (directory for directory in found if directory.is_done())
    return next((directory for directory in there if file_of(directory, source).exists()), None)


def _readable_spec(directory: StageDir) -> StageSpec | None:
    """What a stage is; None where that is gone or damaged: a launch writes it anew."""
    try:
        return StageSpec.model_validate(directory.spec())
    except (ValidationError, DamagedFile):
        return None


def path_of(store: Store, source: Input) -> Path:
    """The file that has what is read. FileNotFoundError, in words, where there is none."""
    directory = holder(store, source)
    if directory is None:
        step = "" if source.step is None else f" of step {source.step}"
        raise FileNotFoundError(f"stage {source.stage} has no {source.what}{step} any more")
    return file_of(directory, source)


def missing_prefix(store: Store, source: Input, provider: PlannedStage) -> PlannedStage | None:
    """The extra stage that makes a snapshot which its training has not kept.

    None while that training is still to come: it will keep the snapshots of its plan.
    """
    if source.step is None or not store.stage(source.stage).is_done() or holder(store, source):
        return None
    return provider.prefix(source.step)


def lacking(store: Store, reader: StageDir, source: Input) -> Iterator[tuple[Input, str]]:
    """What finished stages cannot give, with the reason: of a next mask, what it is made from.

    Nothing where `reader` has made its own of it already.
    """
    provider = store.stage(source.stage)
    if not provider.is_done():
        return
    if source.what == "next mask":
        if not (is_intact(reader.ticket) or is_intact(file_of(provider, source))):
            for part in made_from(source):
                yield from lacking(store, reader, part)
    elif source.step is not None:
        directory = holder(store, source)
        if directory is None:
            yield source, "a snapshot nobody had asked for"
        elif reason := directory.damage():
            yield source, reason
    elif provider.outcome() != DIVERGED:  # then there is no end, and there never will be
        if reason := provider.damage():
            yield source, reason
        elif not file_of(provider, source).exists() and source.what == "state":
            yield source, f"{file_of(provider, source)} is gone"


def made_from(source: Input) -> list[Input]:
    """What a next mask is made from: the state that is scored, and what else is read for it."""
    return [source.origin, *(part for part in source.given.values() if isinstance(part, Input))]


def superfluous(spec: StageSpec) -> list[str]:
    """Stages of whose end a ladder needs nothing any more once this stage of it is done."""
    return [source.stage for source in spec.inputs if source.what == "next mask"]


def init_of(store: Store, spec: StageSpec) -> InitSpec | None:
    """The distribution that a stage's weights were once drawn from.

    None of a ticket from a file, which holds numbers alone.
    """
    given = spec.weights.given.values()
    drawn = [part for part in given if isinstance(part, InitSpec)]
    if drawn:
        return drawn[0]
    source = next((part for part in given if isinstance(part, Input)), None)
    if source is None:
        return None
    return init_of(store, StageSpec.model_validate(store.stage(source.stage).spec()))


def is_intact(path: Path) -> bool:
    """Whether a tensor file is there and what was written."""
    try:
        load_tensors(path)
    except (FileNotFoundError, DamagedFile):
        return False
    return True
