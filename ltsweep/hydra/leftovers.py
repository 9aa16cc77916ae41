"""Values of an experiment that stay where the command line makes another choice than it did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra.core.override_parser.types import Override

from ltsweep.config.sentences import show
from ltsweep.hydra.compose import Composed, Composer, section_of
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.overrides import key_of, path_of, texts
from ltsweep.hydra.selection import axes_of
from ltsweep.hydra.sizes import EXPERIMENT, SIZE

Keys = tuple[str, ...]


def leftovers(conf: SelectionConf, given: Sequence[Override], composer: Composer) -> Iterator[str]:
    """A notice per value that an experiment has for a choice that was then replaced.

    Its learning rate for Adam stays behind `optimizer=sgd` unless the command line, `given`, sets
    the rate too. `conf` has the experiment's own axes.
    """
    experiments = [o for o in given if key_of(o) == EXPERIMENT and not o.is_delete()]
    if not experiments:
        return
    chosen = [o.input_line or "" for o in given if key_of(o) in (EXPERIMENT, SIZE)]
    name = experiments[-1].value()
    sized = composer.options(f"{EXPERIMENT}/{name}")
    where = f"the files of {EXPERIMENT}={name}" if sized else f"{EXPERIMENT}/{name}.yaml"
    axes = axes_of(conf, composer)
    own_paths = {path_of(o) for o in given if not composer.is_group(o)}
    for group in given:
        if key_of(group) in (EXPERIMENT, SIZE) or not composer.is_group(group):
            continue
        key = key_of(group)
        meant = [name for o in axes if key_of(o) == key for name in map(_name, texts(o))]
        meant = meant or [str(composer.compose(chosen).hydra.runtime.choices.get(key))]
        for choice in composer.choices(group):
            if choice.startswith("~") or _name(choice) in meant:
                continue
            alone = _values(composer, [choice], group)
            kept = _kept(_values(composer, [*chosen, choice], group), alone, axes)
            for path, value in kept.items():
                if not any(path[: len(own)] == own for own in own_paths):
                    yield (
                        f"{'.'.join(path)}={value} comes from {where}, "
                        f"which has it for {key}={','.join(meant)}; {key}={_name(choice)} would "
                        f"have {show(alone[path])} by itself"
                    )


def _kept(
    composed: Mapping[Keys, Any], alone: Mapping[Keys, Any], axes: Sequence[Override]
) -> dict[Keys, str]:
    """The values that an experiment's file or its axes give to a choice that has others, `alone`.

    What the choice has no setting for is a mistake, which is told elsewhere.
    """
    in_file = {path: show(value) for path, value in composed.items() if value != alone.get(path)}
    by_axis = {path_of(o): (o.input_line or "").partition("=")[2] for o in axes}
    both = {**in_file, **by_axis}
    return {p: text for p, text in both.items() if p in alone and text != show(alone[p])}


def _values(composer: Composer, lines: Sequence[str], group: Override) -> dict[Keys, Any]:
    """The values of a group's section in the configuration that these lines make."""
    section = section_of(group)
    return dict(_leaves((section,), Composed.of(composer.compose(lines)).config.get(section)))


def _leaves(path: Keys, value: Any) -> Iterator[tuple[Keys, Any]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, part in value.items():
        yield from _leaves((*path, str(key)), part)


def _name(choice: str) -> str:
    return choice.partition("=")[2]
