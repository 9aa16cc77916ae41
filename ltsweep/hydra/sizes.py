"""Sizes of an experiment: the files in experiment/NAME/, of which size=SIZE takes in one."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hydra.core.override_parser.types import Override

from ltsweep.foundations.errors import listed, not_a_choice
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.files import defaults_of, find_file, wrong_files
from ltsweep.hydra.overrides import key_of

EXPERIMENT, SIZE = "experiment", "size"
SMALL = "small"  # the size of experiments where none is named
Choices = Mapping[str, str | None]


def name_of(choices: Choices) -> str | None:
    """What reports call the chosen experiment: NAME, or NAME-SIZE for others than the small size.

    None if there is none. So results of two sizes in one store are never read together.
    """
    name, size = choices.get(EXPERIMENT), size_of(choices)
    return name if size in (None, SMALL) else f"{name}-{size}"


def size_of(choices: Choices) -> str | None:
    """The size of the chosen experiment; None for one without sizes, and for none."""
    name = choices.get(EXPERIMENT)
    return choices.get(f"{EXPERIMENT}/{name}@{name}")  # Hydra adds the package, of this name


def wrong_size(given: Sequence[Override], choices: Choices, composer: Composer) -> Iterator[str]:
    """Sentences if the experiment of a command line has no such size, or has it wrongly.

    `choices` are those of a command line without overrides.
    """
    chosen = {key_of(o): o.value() for o in given if key_of(o) in (EXPERIMENT, SIZE)}
    if any(key_of(o) == SIZE and o.is_delete() for o in given):
        yield f"~{SIZE}: an experiment that has sizes needs one; leave ~{SIZE} out"
        return
    name, asked = chosen.get(EXPERIMENT), chosen.get(SIZE)
    if name is None:
        if asked is not None:
            yield f"size={asked} goes with an experiment that has sizes; {_with_sizes(composer)}"
        return
    sizes = sorted(composer.options(f"{EXPERIMENT}/{name}"))
    size = asked or choices.get(SIZE)
    if not sizes:
        if asked is not None:
            yield f"size={asked}: experiment={name} has one size; leave size out"
    elif size not in sizes:
        yield not_a_choice(f"size={size} of experiment={name}", str(size), sizes)
    else:
        yield from _wrong_files(f"{name}", f"{size}", composer.folders())


def wrong_way(override: Override) -> Iterator[str]:
    """A sentence if a size is chosen by the file that it lies in."""
    names = f"{override.key_or_group}/{override.value()}".split("/")
    if names[0] == EXPERIMENT and len(names) == 3:
        yield f"{override.input_line}: write {EXPERIMENT}={names[1]} {SIZE}={names[2]}"


def _with_sizes(composer: Composer) -> str:
    names = composer.options(EXPERIMENT)
    there = sorted(name for name in names if composer.options(f"{EXPERIMENT}/{name}"))
    return f"choose one of {listed(there, 'or')}" if there else "there is none"


def _wrong_files(name: str, size: str, folders: Sequence[Path]) -> Iterator[str]:
    path = find_file(f"{EXPERIMENT}/{name}", folders)
    part = find_file(f"{EXPERIMENT}/{name}/{size}", folders)
    told = [*wrong_files(f"{EXPERIMENT}/{name}/{size}", folders)]
    yield from told
    if told or path is None or part is None:
        return
    if defaults_of(path).get(name) != f"${{{SIZE}}}":
        yield f"{path}: its defaults must have '- {name}: ${{{SIZE}}}', for {part.name} to count"
    if any(key.startswith("override ") for key in defaults_of(part)):
        yield (
            f"{part}: the file of a size cannot override groups in its defaults; choose them in "
            "hydra.sweeper.params, as in model: conv2"
        )
