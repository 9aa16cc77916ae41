"""Arms: what a report compares. An arm is a method, with the settings declared to be part of it.

How its pruned weights are rescaled is always part of it. Where a report compares the values of a
setting, cells that differ in it are compared too, as if it were part of the arm.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ltsweep.store.chosen import is_setting, value_of
from ltsweep.store.declared import Declared
from ltsweep.views.records import Curve
from ltsweep.views.varying import (
    OF_RESCALING,
    by_shortness,
    by_size,
    echoes,
    factors_of,
    varying,
)
from ltsweep.views.wording import value_text

METHOD, RESCALE = "method", "rescale"  # columns
TUNED = "tuned"  # stands for the value of a setting that is another one at each level


def agreed(curves: Iterable[Curve]) -> Declared:
    """What all curves declare of what is compared, with what the first one declares beside.

    Of arms these are the settings that all have in common, of the rest what all declare alike.
    """
    told = [curve.point.report for curve in curves]
    first = told[0]
    if all(one == first for one in told):
        return first
    alike = {
        name: getattr(first, name)
        for name in ("reference", "contrasts", "primary", "split")
        if all(getattr(one, name) == getattr(first, name) for one in told)
    }
    compare = {one.compare for one in told}
    return Declared(
        delta=first.delta,
        densities=first.densities,
        arms=tuple(name for name in first.arms if all(name in one.arms for one in told)),
        compare=compare.pop() if len(compare) == 1 else None,
        **alike,
    )


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


def arm_labels(
    curves: Sequence[Curve], arms: Sequence[str], compare: str | None = None
) -> list[str]:
    """The arm of each curve in words: its method, its rescaling, what else varies between curves.

    Of a method that is told by its weights, its rate, ... what varies between curves of this method
    is told, whatever it is. A setting that is none is not: 'random_reinit' beside 'random_reinit
    (rescale count)'. Nor is a word that most curves have, of a method that has no other. The value
    of the setting that is compared is always told, and that settings are tuned.
    """
    beside = [_but(compare, _beside_method(curve, arms)) for curve in curves]
    columns = {n: v for n, v in varying(beside).items() if n != RESCALE}
    echoed = echoes({name: columns[name] for name in sorted(columns, key=by_shortness)})
    usual = {name: _usual_word(values) for name, values in columns.items()}
    names = [RESCALE, *(name for name in columns if name not in echoed)]
    rules_of: dict[str, list[dict[str, Any]]] = {}
    beside_of: dict[str, list[dict[str, Any]]] = {}
    for curve, setting in zip(curves, beside, strict=True):
        rules_of.setdefault(curve.method, []).append(_but(compare, _of_method(curve.config)))
        beside_of.setdefault(curve.method, []).append(setting)
    own = {method: list(varying(settings)) for method, settings in rules_of.items()}
    varied = {method: varying(settings) for method, settings in beside_of.items()}
    labels = []
    for curve, setting in zip(curves, beside, strict=True):
        rules = _of_method(curve.config)
        told = {name: rules.get(name) for name in own[curve.method]}
        told |= {
            name: setting.get(name)
            for name in names
            if setting.get(name) != usual.get(name) or name in varied[curve.method]
        }
        tuned = [TUNED] if tuned_settings(curve) else []  # which ones is told with the choices
        words = ", ".join([*_in_words(told), *_compared(curve, compare), *tuned])
        labels.append(f"{curve.method} ({words})" if words else curve.method)
    return labels


def _but(compare: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that are compared, which are told apart."""
    compared = [] if compare is None else [compare]
    return {name: value for name, value in settings.items() if not is_of_arm(name, compared)}


def _compared(curve: Curve, compare: str | None) -> list[str]:
    """'reset step 100it', for reset.step."""
    if compare is None or compare == METHOD:
        return []
    is_there = is_setting(curve.config, compare)
    value = value_of(curve.config, compare) if is_there else None
    return [f"{in_words(compare)} {value_text(value)}"]


def tuned_settings(curve: Curve) -> list[str]:
    """The settings of a curve that are chosen level by level."""
    config, names = curve.config, curve.point.report.tuned
    return [n for n in names if is_setting(config, n) and value_of(config, n) == TUNED]


def in_words(name: str) -> str:
    """'reset step' for reset.step, 'dataset' for dataset.name."""
    return name.removesuffix(".name").replace(".", " ").replace("_", " ")


def settings_of_arm(curve: Curve, arms: Sequence[str]) -> dict[str, Any]:
    """All settings of an arm by name; how it is rescaled is a column, under `RESCALE`."""
    return {**_of_method(curve.config), **_beside_method(curve, arms)}


def _usual_word(values: Sequence[Any]) -> str | None:
    """The most common one of these values, if it is a word: numbers are always told."""
    (value, _), *_ = Counter(map(repr, values)).most_common(1)
    return next((v for v in values if repr(v) == value and isinstance(v, str)), None)


def arm_order(curve: Curve, arms: Sequence[str]) -> tuple[tuple[int, Any], ...]:
    """Sorts the arms of one method: those with nothing further first."""
    settings = (_beside_method(curve, arms), _of_method(curve.config))
    values = [setting[name] for setting in settings for name in sorted(setting)]
    return tuple(by_size(None if value == "none" else value) for value in values)


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
