"""Arms: what a report compares. An arm is a method, with the settings declared to be part of it.

How its pruned weights are rescaled is always part of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ltsweep.views.records import Curve
from ltsweep.views.varying import OF_RESCALING, by_shortness, echoes, factors_of, sortable, varying
from ltsweep.views.wording import value_text

METHOD, RESCALE = "method", "rescale"  # columns


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
        if not (is_of_arm(name, arms) or name in OF_RESCALING or name.endswith(".kin"))
    }


def arm_labels(curves: Sequence[Curve], arms: Sequence[str]) -> list[str]:
    """The arm of each curve in words: its method, its rescaling, what else varies between curves.

    Of a method that is told by its weights, its rate, ... what varies between curves of this method
    is told. A setting that is none is not: 'random_reinit' beside 'random_reinit (rescale count)'.
    Nor is a word that most curves have.
    """
    beside = [_beside_method(curve, arms) for curve in curves]
    columns = {n: v for n, v in varying(beside).items() if n != RESCALE}
    echoed = echoes({name: columns[name] for name in sorted(columns, key=by_shortness)})
    usual = {name: _usual_word(values) for name, values in columns.items()}
    names = [RESCALE, *(name for name in columns if name not in echoed)]
    of_method: dict[str, list[dict[str, Any]]] = {}
    for curve in curves:
        of_method.setdefault(curve.method, []).append(_of_method(curve.config))
    own = {method: list(varying(settings)) for method, settings in of_method.items()}
    labels = []
    for curve, setting in zip(curves, beside, strict=True):
        rules = _of_method(curve.config)
        told = {name: rules.get(name) for name in own[curve.method]}
        told |= {name: v for name in names if (v := setting.get(name)) != usual.get(name)}
        words = ", ".join(_in_words(told))
        labels.append(f"{curve.method} ({words})" if words else curve.method)
    return labels


def _usual_word(values: Sequence[Any]) -> str | None:
    """The most common one of these values, if it is a word: numbers are always told."""
    (value, _), *_ = Counter(map(repr, values)).most_common(1)
    return next((v for v in values if repr(v) == value and isinstance(v, str)), None)


def arm_order(curve: Curve, arms: Sequence[str]) -> tuple[tuple[int, Any], ...]:
    """Sorts the arms of one method: those with nothing further first."""
    settings = (_beside_method(curve, arms), _of_method(curve.config))
    values = [setting[name] for setting in settings for name in sorted(setting)]
    return tuple(sortable(None if value == "none" else value) for value in values)


def _beside_method(curve: Curve, arms: Sequence[str]) -> dict[str, Any]:
    """What is part of an arm beside its method; a column says how it is rescaled, if it is."""
    declared = {
        name: value
        for name, value in factors_of(curve.config).items()
        if is_of_arm(name, arms) and not is_of_arm(name, [METHOD]) and name not in OF_RESCALING
    }
    return {RESCALE: curve.columns[RESCALE], **declared}


def _of_method(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a method is made of; functions without the packages that offer them."""
    return {
        name: value.rpartition(".")[2] if isinstance(value, str) else value
        for name, value in factors_of(config).items()
        if is_of_arm(name, [METHOD])
    }


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
