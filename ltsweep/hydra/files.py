"""What is wrong with the YAML files of groups, in words: Hydra ends on some with a traceback."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ltsweep.config.sentences import show
from ltsweep.hydra.errors import WRONG, in_words
from ltsweep.hydra.sections import wrong_section

_SETTINGS = "it must hold settings, one a line, such as levels: 3"
_DEFAULTS = "a list of NAME or GROUP: NAME, such as [override /model: conv2]"


def wrong_files(choice: str, folders: Sequence[Path], above: Sequence[Path] = ()) -> Iterator[str]:
    """Sentences about the file of a choice, 'experiment/mine', and those that it takes in.

    `folders` are searched in order; `above` has the files that led here by their defaults lists.
    """
    path = find_file(choice, folders)
    if path is None:  # Hydra says so
        return
    if path in above:
        way = [file.name for file in above[above.index(path) + 1 :]]
        by = f" by way of {', '.join(way)}" if way else ""
        yield f"{path}: its defaults list takes in the file itself{by}"
        return
    content = _read(path)
    if isinstance(content, str):
        yield f"{path} {content}"
        return
    of_hydra = content.get("hydra")
    if isinstance(of_hydra, Mapping) and "sweeper" in of_hydra:
        yield from (f"{path}: {told}" for told in wrong_section(of_hydra["sweeper"]))
    defaults = content.get("defaults") or []
    if not isinstance(defaults, list):
        yield f"{path}: defaults must be {_DEFAULTS}"
        return
    for entry in defaults:
        taken_in = [*_taken_in(entry, choice.rpartition("/")[0])]
        if not taken_in:
            yield f"{path}: {show(entry)} in its defaults is wrong; they must be {_DEFAULTS}"
        for other in filter(None, taken_in):
            yield from wrong_files(other, folders, (*above, path))


def find_file(choice: str, folders: Sequence[Path]) -> Path | None:
    """The file of a choice, 'experiment/mine', in the first of the folders that has one."""
    return next((p for folder in folders if (p := folder / f"{choice}.yaml").is_file()), None)


def defaults_of(path: Path) -> dict[str, Any]:
    """The entries GROUP: NAME of a right file's defaults list, 'override /model' and the like."""
    content = _read(path)
    assert not isinstance(content, str)
    entries = content.get("defaults") or []
    return {str(key): name for e in entries if isinstance(e, dict) for key, name in e.items()}


def _read(path: Path) -> Mapping[str, Any] | str:
    """What a file holds, interpolations as they are; or what is wrong with it."""
    try:
        if not path.read_text(encoding="utf-8").strip():
            return f"is empty; {_SETTINGS}"
        loaded = OmegaConf.load(path)
        content = OmegaConf.to_container(loaded, resolve=False)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return f"is not UTF-8: there is the byte {error.object[error.start]:#x} in line {line}"
    except RecursionError:
        return "is nested too deeply to be read"
    except WRONG as error:
        return f"cannot be read: {in_words(error).replace(str(path), path.name)}"
    except ValueError as error:  # a whole number of thousands of digits
        return f"cannot be read: {str(error).partition(';')[0]}"
    except OSError as error:
        if error.strerror is None:  # OmegaConf's own, for a number
            return f"holds no settings; {_SETTINGS}"
        return f"cannot be read: {error.strerror}"
    if not isinstance(loaded, DictConfig) or not isinstance(content, dict):
        return f"holds a list; {_SETTINGS}"
    return {str(key): value for key, value in content.items()}


def _taken_in(entry: object, group: str) -> Iterator[str | None]:
    """The files that an entry of a defaults list of this group takes in, as 'group/name'.

    None for an entry that takes in nothing that can be told from here; nothing for one that
    Hydra does not understand.
    """
    if isinstance(entry, str):
        name = entry.removeprefix("optional ").partition("@")[0]
        yield None if entry == "_self_" or "${" in entry else _from(group, name)
    elif isinstance(entry, dict) and len(entry) == 1:
        ((key, names),) = entry.items()
        other = str(key).split(" ")[-1].partition("@")[0]
        for name in names if isinstance(names, list) else [names]:
            path = f"{other}/{name}".removesuffix(".yaml")
            yield None if name is None or "${" in path else _from(group, path)


def _from(group: str, name: str) -> str:
    return name[1:] if name.startswith("/") else f"{group}/{name}"
