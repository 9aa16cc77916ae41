"""Names for people: the settings that tell curves apart, and stages in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ltsweep.store.point_record import PointRecord
from ltsweep.views.varying import by_shortness, echoes, settings_that_vary
from ltsweep.views.wording import value_text


def varying_settings(points: Sequence[PointRecord]) -> dict[str, dict[str, Any]]:
    """For each curve, by id, its values of the settings that vary between these curves.

    Of settings that vary together, only the one with the shortest name is listed. Of a group's
    settings, `name` stands for those that follow from it.
    """
    columns = settings_that_vary([point.config for point in points])
    columns = {name: columns[name] for name in sorted(columns, key=by_shortness)}
    echoed = echoes(columns)
    return {
        point.id: {name: values[i] for name, values in columns.items() if name not in echoed}
        for i, point in enumerate(points)
    }


def setting_words(setting: Mapping[str, Any]) -> str:
    """'optimizer adam, init.scale 2'."""
    return ", ".join(f"{heading(name)} {value_text(value)}" for name, value in setting.items())


def stage_words(
    points: Sequence[PointRecord], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Each stage in words, by key: 'imp, seed 0, level 3, optimizer.lr 0.1'.

    `settings` are the varying settings of each curve. A stage that several curves share has the
    name of the first of these curves, and the settings in which all of them agree. The only stage
    of a method that trains the whole net from other weights is named by the method.
    """
    names: dict[str, str] = {}
    shared: dict[str, dict[str, Any]] = {}
    for point in points:
        setting = settings[point.id]
        for level, key in enumerate(point.stages):
            is_own = point.dense is not None
            plain = f"{point.method}, seed {point.seed}"
            names.setdefault(key, plain if is_own else stage_name(point.method, point.seed, level))
            known = shared.setdefault(key, dict(setting))
            shared[key] = {n: v for n, v in known.items() if setting[n] == v}
    return {key: ", ".join(filter(None, (names[key], setting_words(shared[key])))) for key in names}


def stage_name(method: str, seed: int, level: int) -> str:
    """'imp, seed 0, level 3'; or 'dense, seed 0', since all methods share the dense training."""
    return f"{method}, seed {seed}, level {level}" if level else f"dense, seed {seed}"


def heading(name: str) -> str:
    """What a setting is called: 'optimizer' for 'optimizer.name', every other one as it is."""
    return name.removesuffix(".name")
