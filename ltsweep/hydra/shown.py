"""What --cfg and --help show: the configuration that runs, and the groups that are chosen from."""

import argparse
from collections.abc import Iterator

from hydra.core.config_loader import ConfigLoader
from omegaconf import OmegaConf

from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.overrides import key_of
from ltsweep.hydra.selection import overrides_of

_GROUPS = "$APP_CONFIG_GROUPS"  # Hydra lists the sizes of experiments there as groups of their own


def further_overrides(options: argparse.Namespace, composer: Composer) -> list[str]:
    """Overrides for Hydra to show what a sweep would run; none unless it only shows something.

    An experiment chooses in `hydra.sweeper.params` too, which Hydra knows nothing of.
    """
    if options.cfg is None and not options.help:
        return []
    given = composer.parse(options.overrides)
    known = composer.compose(composer.first(o for o in given if composer.is_group(o)))
    there = {key_of(o) for o in given}
    params = overrides_of(SelectionConf.of(known.hydra.sweeper).params, composer)
    fixed = [o for o in params if not o.is_sweep_override() and key_of(o) not in there]
    further = composer.first(fixed)
    if options.help:
        template = OmegaConf.to_container(known.hydra.help, resolve=False)
        assert isinstance(template, dict)
        groups = "".join(f"{line}\n" for line in sorted(_groups(composer.loader)))
        text = template["template"].replace(_GROUPS, groups)
        further.append("hydra.help.template='" + text.replace("'", "\\'") + "'")
    return further


def _groups(loader: ConfigLoader, parent: str = "") -> Iterator[str]:
    """A line per group: its name and what it offers."""
    for name in loader.list_groups(parent):
        group = f"{parent}/{name}" if parent else name
        options = loader.get_group_options(group)
        if options and name != "hydra":
            yield f"{group}: {', '.join(sorted(options))}"
        if name != "hydra":
            yield from _groups(loader, group)
