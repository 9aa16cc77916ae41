"""The command that makes a curve again: the nearest choice of each group, and the differences."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from ltsweep.store.records import PointRecord
from ltsweep.store.store import Record

CONF = Path(__file__).parents[2] / "conf"
_GROUP_OF = {"control_init": "init"}  # sections that are not called as their group
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_WORDS = frozenset({"null", "true", "false", "nan", "inf"})


def command(point: PointRecord) -> str:
    """A line for the shell that runs this curve alone, with the same identity."""
    words = ["python", "launch.py", *overrides(point)]
    return " ".join(map(shlex.quote, words))


def overrides(point: PointRecord) -> list[str]:
    """Hydra's overrides that compose the configuration of a point."""
    config = {**point.config, "report": point.report.stored()}
    if point.levels:
        config["levels"] = point.levels  # it may have been deepened later
    main = _read(CONF / "config.yaml")
    choices: list[str] = []
    values: list[str] = []
    for section, value in sorted(config.items()):
        group = CONF / _GROUP_OF.get(section, section)
        if isinstance(value, dict) and group.is_dir():
            choices += _choice(section, value, group)
        elif isinstance(value, dict):
            values += _differences(section, value, main[section])
        elif value is not None:
            values.append(f"{section}={literal(value)}")
    return choices + values


def literal(value: Any) -> str:
    """A value as Hydra's grammar reads it back, of the same type."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{literal(k)}:{literal(v)}" for k, v in value.items()) + "}"
    return _text(value) if isinstance(value, str) else repr(value)


def _choice(section: str, value: Record, group: Path) -> list[str]:
    """The group's file of that name, else the one that is nearest, and the differences to it."""
    candidates = []
    for path in sorted(group.glob("*.yaml")):
        default = _read(path)
        other_name = default.get("name") != value.get("name")
        candidates.append((other_name, [*_differences(section, value, default)], path.stem))
    _, differences, name = min(candidates, key=lambda c: (c[0], len(c[1])))
    there = section if section == group.name else f"{group.name}@{section}"
    return [f"{there}={name}", *differences]


def _differences(path: str, value: Record, default: Record) -> Iterator[str]:
    for key in sorted(default.keys() - value.keys()):
        if default[key] is not None:  # a late setting that is null is not in the record
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


def _read(path: Path) -> Record:
    """The settings of a file of `conf/`, with those of the files that its defaults list takes in.

    The list names such a file as '/usual_dataset@_here_'. Its choices from groups are not read.
    """
    content: Record = yaml.safe_load(path.read_text())
    settings: Record = {}
    for name in content.pop("defaults", []):
        if isinstance(name, str) and name != "_self_":
            settings |= _read(CONF / f"{name.removeprefix('/').removesuffix('@_here_')}.yaml")
    return settings | content
