"""Arms: what a report compares. An arm is a method, with the settings declared to be part of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ltsweep.views.records import Curve
from ltsweep.views.varying import factors_of, sortable, varying
from ltsweep.views.wording import value_text

METHOD = "method"


def declared_arms(curves: Iterable[Curve]) -> tuple[str, ...]:
    """The settings, or groups of settings, that are part of an arm in what all curves declare."""
    told = [curve.point.report.arms for curve in curves]
    return tuple(name for name in told[0] if all(name in arms for arms in told)) if told else ()


def is_of_arm(name: str, arms: Sequence[str]) -> bool:
    """Whether a setting such as 'method.mask' is part of an arm."""
    return any(name == arm or name.startswith(f"{arm}.") for arm in arms)


def beside_arms(config: Mapping[str, Any], arms: Sequence[str]) -> dict[str, Any]:
    """All settings that two curves must share to be compared: those that can change a result."""
    return {
        name: value
        for name, value in factors_of(config).items()
        if not (is_of_arm(name, arms) or name.endswith(".kin"))
    }


def arm_labels(curves: Sequence[Curve], arms: Sequence[str]) -> list[str]:
    """The arm of each curve in words: its method, then what else of it varies between curves.

    A setting that is none is not told: 'random_reinit' beside 'random_reinit, rescale count'.
    """
    settings = [
        {
            name: value
            for name, value in factors_of(curve.config).items()
            if is_of_arm(name, arms) and not is_of_arm(name, [METHOD])
        }
        for curve in curves
    ]
    names = list(varying(settings))
    told = [_in_words({name: setting.get(name) for name in names}) for setting in settings]
    methods = [curve.method for curve in curves]
    return [", ".join([method, *words]) for method, words in zip(methods, told, strict=True)]


def arm_order(config: Mapping[str, Any], arms: Sequence[str]) -> tuple[tuple[int, Any], ...]:
    """Sorts the arms of one method: those with nothing further first."""
    flat = factors_of(config)
    values = [flat[n] for n in sorted(flat) if is_of_arm(n, arms) and not is_of_arm(n, [METHOD])]
    return tuple(sortable(None if value == "none" else value) for value in values)


def _in_words(settings: Mapping[str, Any]) -> list[str]:
    """'rescale count' for init.rescale; of two settings with one last part, both whole."""
    last = [name.removesuffix(".name").rpartition(".")[2] for name in settings]
    words = []
    for name, short in zip(settings, last, strict=True):
        value = settings[name]
        if value is not None and value != "none":
            called = short if last.count(short) == 1 else name
            words.append(f"{called.replace('_', ' ')} {value_text(value)}")
    return words
