"""The command that makes a curve again: the nearest choice of each group, and the differences."""

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ltsweep.config.followers import FOLLOWERS
from ltsweep.foundations.json_lines import Record
from ltsweep.steer.parts import CONF, Group, folders_of, main_settings, usual_choice
from ltsweep.store.point_record import PointRecord

LAUNCH = CONF.parent / "launch.py"
_GROUP_OF = {"control_init": "init", **FOLLOWERS}  # sections that are not called as their group
_PLAIN = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./+-]*")
_WORDS = frozenset({"null", "true", "false", "nan", "inf"})


def command(
    point: PointRecord, search_path: Sequence[str] = (), data_dir: str | None = None
) -> str:
    """A line for the shell that runs this curve alone, with the same identity.

    `search_path` has the folders of parts that the curve's launch had beside conf/, in Hydra's
    words, and `data_dir` is where it had its data; both are named where they are needed from here.
    """
    launch = "launch.py" if Path("launch.py").resolve() == LAUNCH else str(LAUNCH)
    words = ["python", launch, *overrides(point, search_path)]
    if data_dir not in (None, os.path.abspath("data")):
        words.append(f"data_dir={literal(data_dir)}")
    return " ".join(map(shlex.quote, words))


def overrides(point: PointRecord, search_path: Sequence[str] = ()) -> list[str]:
    """The words that compose the configuration of a point: options, choices and values."""
    config = {**point.config, "report": point.report.stored()}
    if point.levels:
        config["levels"] = point.levels  # it may have been deepened later
    main = main_settings()
    folders = folders_of(search_path)
    needed: set[str] = set()
    choices: list[str] = []
    values: list[str] = []
    for section, value in sorted(config.items()):
        group = Group.of(_GROUP_OF.get(section, section), folders)
        if isinstance(value, dict) and group.choices:
            usual = main.get(section) or {}
            place, words = _choice(section, value, group, usual, usual_choice(main, section))
            needed.add(place)
            choices += words
        elif isinstance(value, dict):
            values += _differences(section, value, main[section])
        elif value is not None:
            values.append(f"{section}={literal(value)}")
    return [*_options([place for place in search_path if place in needed]), *choices, *values]


def _options(places: Sequence[str]) -> list[str]:
    """What makes Hydra look in these folders too."""
    if len(places) == 1 and places[0].startswith("file://"):
        return ["--config-dir", places[0].removeprefix("file://")]
    return [f"hydra.searchpath={literal(places)}"] if places else []


def literal(value: Any) -> str:
    """A value as Hydra's grammar reads it back, of the same type."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{literal(k)}:{literal(v)}" for k, v in value.items()) + "}"
    return _text(value) if isinstance(value, str) else repr(value)


def _choice(
    section: str, value: Record, group: Group, usual: Record, default: str | None
) -> tuple[str, list[str]]:
    """The folder of the group's file of that name, else of the nearest, and what chooses it.

    That is its choice and the differences to it; `usual` is what a section has whatever the choice.
    Of equally near files the `default` is the one.
    """
    candidates = []
    for choice in group.choices:
        settings = usual | choice.settings
        other_name = settings.get("name") != value.get("name")
        candidates.append((other_name, [*_differences(section, value, settings)], choice))
    _, differences, nearest = min(candidates, key=lambda c: (c[0], len(c[1]), c[2].name != default))
    there = section if section == group.name else f"{group.name}@{section}"
    return nearest.place, [f"{there}={nearest.name}", *differences]


def _differences(path: str, value: Record, default: Record) -> Iterator[str]:
    for key in sorted(default.keys() - value.keys()):
        if default[key] not in (None, []):  # a late setting that does nothing is not on record
            yield f"~{path}.{key}"
    for key, part in value.items():
        name = f"{path}.{key}"
        if key not in default:
            yield f"+{name}={literal(part)}"
        elif isinstance(part, dict) and isinstance(default[key], dict):
            yield from _differences(name, part, default[key])
        elif part != default[key] or isinstance(part, bool) != isinstance(default[key], bool):
            yield f"{name}={literal(part)}"


def _text(text: str) -> str:
    """Text, in quotes unless it is surely read as the same text without them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not _is_number(text):
        return text
    escaped = re.sub(r"(\\*)('|$)", _escape, text.replace("${", r"\${"))
    return f"'{escaped}'"


def _escape(match: re.Match[str]) -> str:
    """Backslashes count only before a quote, or at the end: there they are doubled."""
    backslashes, end = match.groups()
    return backslashes * 2 + (r"\'" if end else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
