"""What data are called in columns and titles: a dataset's name, its subset, what else differs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def label(dataset: Mapping[str, Any]) -> str:
    """The name of a dataset with its subset, from its settings: `digits`, `digits[0-4]/a`.

    Classes without a gap are a range, others a list: `digits[0,2,7]`.
    """
    classes, half = dataset.get("classes"), dataset.get("half")
    chosen = "" if classes is None else f"[{_in_short(classes)}]"
    return f"{dataset['name']}{chosen}" + ("" if half is None else f"/{half}")


def sides_of(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The data on which the ticket of a point is made, and on which it is trained.

    A ticket from a file stands for its source: nobody else's data are sure to be the same.
    """
    source = config["dataset"]
    if config.get("ticket") is not None:
        source = {"name": config["ticket"]}
    return source, config.get("target") or config["dataset"]


def labels(datasets: Sequence[Mapping[str, Any]]) -> list[str]:
    """A label for each of these datasets, in order: equal ones for equal settings, and no others.

    Different datasets of one label have the settings behind it in which they differ, as in
    `digits (split_seed=1)`.
    """
    names = [label(dataset) for dataset in datasets]
    found = zip(names, settings_apart(names, datasets), strict=True)
    return [with_settings(name, settings) for name, settings in found]


def settings_apart(
    names: Sequence[str], sections: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Of each of these sections the settings in which it differs from others of its name."""
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for name, section in zip(names, sections, strict=True):
        alike.setdefault(name, []).append(section)
    varying = {name: _varying(group) for name, group in alike.items()}
    return [
        {setting: section[setting] for setting in varying[name] if setting in section}
        for name, section in zip(names, sections, strict=True)
    ]


def with_settings(name: str, settings: Mapping[str, Any]) -> str:
    """`digits (split_seed=1)`; the name alone where there are no settings."""
    told = ", ".join(f"{setting}={written(value)}" for setting, value in settings.items())
    return f"{name} ({told})" if told else name


def _in_short(classes: Sequence[int]) -> str:
    has_no_gap = list(classes) == list(range(classes[0], classes[-1] + 1))
    if has_no_gap and len(classes) > 1:
        return f"{classes[0]}-{classes[-1]}"
    return ",".join(map(str, classes))


def _varying(sections: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for section in sections for name in section)
    told = {name: {written(s[name]) for s in sections if name in s} for name in names}
    has_all = {name: all(name in section for section in sections) for name in names}
    return [name for name in names if len(told[name]) > 1 or not has_all[name]]


def written(value: Any) -> str:
    """A value of a setting; 1.0 is written as 1, to which it is equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)
