"""The choices that conf/ and folders of one's own offer for a group, as far as YAML tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from ltsweep.foundations.json_lines import Record
from ltsweep.foundations.own_code import file_of

CONF = Path(__file__).parents[2] / "conf"
_FILE, _PACKAGE = "file://", "pkg://"

Folders = Mapping[str, Path]  # by the words that name them in Hydra's search path


@dataclass(frozen=True)
class Choice:
    """A file of a group: its name, the settings it makes, and the place its folder goes by."""

    name: str
    settings: Record
    place: str


@dataclass(frozen=True)
class Group:
    """A group and its choices. Of equal names the first folder's counts, as for Hydra."""

    name: str
    choices: list[Choice]

    @classmethod
    def of(cls, name: str, folders: Folders) -> "Group":
        """A group of these folders; without choices where none has such a folder."""
        found: dict[str, Choice] = {}
        for place, folder in folders.items():
            for path in sorted((folder / name).glob("*.yaml")):
                settings = None if path.stem in found else _settings(path, folders)
                if settings is not None:
                    found[path.stem] = Choice(path.stem, settings, place)
        return cls(name, [*found.values()])


def folders_of(search_path: Sequence[str]) -> Folders:
    """conf/ and those of the folders that are still there, in Hydra's order."""
    found = {"": CONF}
    for place in search_path:
        name = place.removeprefix(_FILE).removeprefix(_PACKAGE)
        folder = folder_of_package(name) if place.startswith(_PACKAGE) else Path(name)
        if folder is not None and folder.is_dir():
            found[place] = folder
    return found


def main_settings() -> Record:
    """The settings of conf/config.yaml, but for what it chooses from groups."""
    settings: Record = yaml.safe_load((CONF / "config.yaml").read_text(encoding="utf-8"))
    return settings


def usual_choice(main: Record, section: str) -> str | None:
    """The name that conf/config.yaml chooses for a section, where it chooses one."""
    named = [entry for entry in main["defaults"] if isinstance(entry, dict)]
    found = {key.partition("@")[2] or key: name for entry in named for key, name in entry.items()}
    return found.get(section)


def folder_of_package(name: str) -> Path | None:
    """Where the files of a package lie, which is not imported; None without an `__init__.py`."""
    path = file_of(name) if name else None
    return path.parent if path is not None and path.name == "__init__.py" else None


def _settings(path: Path, folders: Folders) -> Record | None:
    try:
        return _read(path, folders)
    except RecursionError:  # a file that takes in itself, or is nested without end
        return None


def _read(path: Path, folders: Folders) -> Record | None:
    """The settings of a file, with those of the files that its defaults list takes in.

    The list names such a file as '/usual_dataset@_here_', or as 'conv2' beside it. None for a file
    that is not as simple: nobody can tell from here what choosing it makes.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if not isinstance(content, dict) or "@package" in text.partition("\n")[0]:
        return None
    taken_in = content.pop("defaults", [])
    if not isinstance(taken_in, list):
        return None
    settings: Record = {}
    for name in taken_in if "_self_" in taken_in else [*taken_in, "_self_"]:
        if name == "_self_":
            part: Record | None = content
        else:
            part = _taken_in(name, path.parent, folders) if isinstance(name, str) else None
        if part is None:
            return None
        settings |= part
    return settings


def _taken_in(name: str, beside: Path, folders: Folders) -> Record | None:
    file = f"{name.removesuffix('@_here_')}.yaml"
    places = [folder / file[1:] for folder in folders.values()]
    found = places if name.startswith("/") else [beside / file]
    return next((_read(path, folders) for path in found if path.is_file()), None)
