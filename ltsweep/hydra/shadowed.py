"""Choices that several folders offer: the first of them counts, and that is said."""

from collections.abc import Iterator, Sequence

from hydra.core.override_parser.types import Override

from ltsweep.foundations.errors import listed
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.overrides import key_of
from ltsweep.hydra.selection import axes_of


def shadowed(conf: SelectionConf, given: Sequence[Override], composer: Composer) -> Iterator[str]:
    """A notice per choice of a sweep whose file lies in more than one of the searched folders."""
    axes = axes_of(conf, composer)
    groups = [o for o in (*axes, *given) if composer.is_group(o)]
    first = composer.compose(composer.first(o for o in given if o in groups))
    folders = composer.folders()
    named = [*first.hydra.runtime.choices.items()]
    for override in groups:
        texts = composer.choices(override)
        named += [(key_of(override), text.partition("=")[2]) for text in texts]
    for group, name in dict.fromkeys((key.partition("@")[0], name) for key, name in named if name):
        files = [folder / group / f"{name}.yaml" for folder in folders]
        there = [str(file) for file in files if file.is_file()]
        if len(there) > 1:
            yield f"{group}={name} is {there[0]}, and not {listed(there[1:], 'or')}"
