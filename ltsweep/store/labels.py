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
    plain = [label(dataset) for dataset in datasets]
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for name, dataset in zip(plain, datasets, strict=True):
        alike.setdefault(name, []).append(dataset)
    varying = {name: _varying(group) for name, group in alike.items()}
    return [
        _with_settings(name, {n: dataset[n] for n in varying[name] if n in dataset})
        for name, dataset in zip(plain, datasets, strict=True)
    ]


def _in_short(classes: Sequence[int]) -> str:
    has_no_gap = list(classes) == list(range(classes[0], classes[-1] + 1))
    if has_no_gap and len(classes) > 1:
        return f"{classes[0]}-{classes[-1]}"
    return ",".join(map(str, classes))


def _varying(datasets: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for dataset in datasets for name in dataset)
    told = {name: {_written(d[name]) for d in datasets if name in d} for name in names}
    has_all = {name: all(name in dataset for dataset in datasets) for name in names}
    return [name for name in names if len(told[name]) > 1 or not has_all[name]]


def _with_settings(name: str, settings: Mapping[str, Any]) -> str:
    told = ", ".join(f"{setting}={_written(value)}" for setting, value in settings.items())
    return f"{name} ({told})" if told else name


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
