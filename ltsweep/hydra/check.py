"""Checks a command line before Hydra runs it, and reports all mistakes at once, in words."""

import argparse
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from ltsweep.config.settings import PointConfig, RunConfig
from ltsweep.foundations.errors import RequestError, not_a_choice, shortened
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.errors import WRONG, TooManyDigits, in_words, unreadable
from ltsweep.hydra.files import find_file, wrong_files
from ltsweep.hydra.names import (
    MOST_POINTS,
    count_points,
    wrong_axis,
    wrong_choice,
    wrong_key,
    wrong_levels,
    wrong_zips,
)
from ltsweep.hydra.options import as_hydra_takes_them, loader_of
from ltsweep.hydra.overrides import key_of, texts
from ltsweep.hydra.own_part import wrong_hydra
from ltsweep.hydra.sections import wrong_override
from ltsweep.hydra.selection import Rule, Selection, exclusions, grids
from ltsweep.hydra.sizes import EXPERIMENT, SIZE, size_of, wrong_size, wrong_way
from ltsweep.steer.parts import folder_of_package

SECTIONS = frozenset({*PointConfig.model_fields, *RunConfig.model_fields})

_NO_SPACES = "a name stands right before the equals sign"
_NO_PACKAGE = "its first line must be '# @package _global_', for its settings to be the sweep's"


def check_command_line(config_dir: Path, options: argparse.Namespace) -> Composer | None:
    """RequestError with a sentence per mistake. Returns what composed for the check, to go on.

    Command lines that only show something of Hydra's, completion included, are left to Hydra: None.
    """
    if options.shell_completion or options.hydra_help or options.info:
        return None
    shows = options.cfg is not None or options.help
    if shows and (options.multirun or options.run):
        raise RequestError(["--cfg and --help show a configuration and run nothing: drop -m"])
    if options.resolve and not shows:
        raise RequestError(["--resolve goes with --cfg or --help"])
    if options.package is not None and options.cfg is None:
        raise RequestError(["--package goes with --cfg: it shows a section alone"])
    loader = loader_of(config_dir, options)
    line = CommandLine(loader, options.config_name or "config", options.overrides)
    if shows:
        line.refuse_axes()
        line.refuse_unknown(options.package)
    if line.problems:
        raise RequestError([*line.problems, *([] if shows else line.further_problems())])
    return line.composer


class CommandLine:
    """The overrides of a command line, and what is wrong with them."""

    def __init__(self, loader: ConfigLoader, config_name: str, lines: Sequence[str]) -> None:
        self.problems: list[str] = []
        self._doubtful: set[str] = set()  # sections that some wrong override may concern
        self._given: list[Override] = []
        self._right = Selection([])  # the right parts of command line and experiment
        self.composer = Composer(loader, config_name)
        self._given = [override for text in lines for override in self._read(text)]
        is_ours = all(o.key_or_group != "hydra/sweeper" for o in self._given)
        hydra_lines = [
            override.input_line or ""
            for override in self._given
            if override.is_hydra_override()
            and self._blame("experiment", _wrong_search_path(override))
            and self._blame("experiment", wrong_override(override, is_ours=is_ours))
        ]
        self.composer = Composer(loader, config_name, as_hydra_takes_them(hydra_lines))
        self._task = [o for o in self._given if not o.is_hydra_override()]
        try:
            self._check(self._task)
        except WRONG as error:
            self._blame("", [in_words(error)])

    def refuse_axes(self) -> None:
        """Adds a sentence per axis of the command line: --cfg and --help show one configuration."""
        for override in self._given:
            if override.is_sweep_override():
                key = override.get_key_element()
                self._blame(key, [f"{override.input_line} is an axis; give {key} one value here"])

    def refuse_unknown(self, package: str | None) -> None:
        """Adds a sentence where there is no such section to show."""
        if self.problems or package in (None, "_global_"):
            return
        known = self.composer.compose([o.input_line or "" for o in self._task])
        if OmegaConf.select(known, str(package), throw_on_missing=False) is None:
            sections = [str(key) for key, value in known.items() if isinstance(value, DictConfig)]
            self._blame("", [not_a_choice(f"--package {package}", str(package), sections)])

    def further_problems(self) -> list[str]:
        """Problems of the configurations that the right overrides make."""
        from ltsweep.cli.actions import find_problems

        if not self._right.grids:
            return []
        try:
            points, _ = self._right.points(self.composer)
        except WRONG:
            return []  # a consequence of mistakes that are reported already
        except RequestError as error:
            return error.problems
        return find_problems(points, self._doubtful)

    def _read(self, text: str) -> Iterator[Override]:
        key, equals, _ = text.partition("=")
        name = key.lstrip("+~").partition("@")[0]
        if not name or (equals and key.strip() != key):
            self._blame("", [f"'{shortened(text)}' is not GROUP=NAME or KEY=VALUE: {_NO_SPACES}"])
            return
        try:
            overrides = self.composer.parse([text])
        except HydraException as error:
            self._blame(key, [self._unreadable(text, error)])
        else:
            yield from overrides

    def _unreadable(self, text: str, error: HydraException) -> str:
        if isinstance(error, TooManyDigits):
            return str(error)
        if "=" in text:
            return unreadable(text, error)
        composer = self.composer
        groups = [g for g in composer.loader.list_groups("") if text in composer.options(g)]
        hint = f" (did you mean {groups[0]}={text}?)" if groups else ""
        return f"'{text}' is neither GROUP=NAME nor KEY=VALUE{hint}"

    def _check(self, given: Sequence[Override]) -> None:
        """Finds the right overrides among those given and those of the experiment."""
        composer = self.composer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what the next line tells in words
            main = composer.compose([]).hydra
        self._blame("experiment", _wrong_places(main.searchpath))
        choices = main.runtime.choices
        right = [o for o in given if self._names_right(o, choices)]
        if not self._blame(EXPERIMENT, wrong_size(right, choices, composer)):
            right = [o for o in right if key_of(o) not in (EXPERIMENT, SIZE)]
        known = composer.compose(composer.first(filter(composer.is_group, right)))
        self._blame("action", wrong_hydra(known.hydra))
        if not isinstance(known.hydra.sweeper, DictConfig):
            return
        if name := _file_without_package(known):
            path = find_file(name, composer.folders())
            self._blame("experiment", [f"{path}: {_NO_PACKAGE}"])
            return
        conf = SelectionConf.of(known.hydra.sweeper)
        products = [self._right_ones(g, right, choices) for g in grids(conf, right, composer)]
        zips, problems = wrong_zips(conf.zip, products)
        rules = [
            Rule.of(rule, composer)
            for rule in exclusions(conf, composer)
            if self._is_right_rule(rule, products, choices)
        ]
        self.problems += problems
        self._blame("levels", [told for product in products for told in wrong_levels(product)])
        if sum(count_points(product, zips) for product in products) <= MOST_POINTS:
            self._right = Selection(products, zips, rules)
        elif not problems:
            self._blame("", [f"a sweep has at most {MOST_POINTS} points; these axes make more"])

    def _right_ones(
        self, product: Sequence[Override], checked: Sequence[Override], choices: DictConfig
    ) -> list[Override]:
        """The overrides of a product that name existing groups, choices and settings.

        Those in `checked` come from the command line, and their groups and choices are right.
        """
        right = [o for o in product if o in checked or self._names_right(o, choices)]
        groups = [o for o in right if self.composer.is_group(o)]
        return [o for o in right if o in groups or self._is_right_key(o, groups)]

    def _is_right_rule(
        self,
        rule: Sequence[Override],
        products: Sequence[Sequence[Override]],
        choices: DictConfig,
    ) -> bool:
        """Whether what an exclusion names exists; for a setting, some points are enough."""
        problems: list[str] = []
        for override in rule:
            if told := list(wrong_axis(override)):
                problems += told
            elif self.composer.is_group(override):
                if override.value() is not None or key_of(override) not in choices:
                    problems += wrong_choice(override, choices, self.composer)
            else:
                groups = [[o for o in p if self.composer.is_group(o)] for p in products]
                found = [told for g in groups for told in self._wrong_keys(override, g)]
                problems += [] if [] in found else found[0]
        self.problems += [f"exclude: {problem}" for problem in problems]
        return not problems

    def _names_right(self, override: Override, choices: DictConfig) -> bool:
        problems = [*wrong_axis(override)] or [*wrong_way(override)]
        if not problems:
            problems += wrong_choice(override, choices, self.composer)
        if not problems and self.composer.is_group(override):
            for text in texts(override):
                choice = f"{override.key_or_group}/{text.partition('=')[2]}"
                problems += wrong_files(choice, self.composer.folders())
        return self._blame(override.get_key_element(), problems)

    def _is_right_key(self, override: Override, groups: Sequence[Override]) -> bool:
        """Whether a setting exists under each choice of the group that it belongs to."""
        problems = [p for told in self._wrong_keys(override, groups) for p in told]
        return self._blame(override.key_or_group, problems)

    def _wrong_keys(self, override: Override, groups: Sequence[Override]) -> Iterator[list[str]]:
        """For each choice of the group that a setting belongs to, the problems with its name."""
        section = override.key_or_group.split(".")[0]
        owners = [g for g in groups if (g.package or g.key_or_group) == section]
        others = self.composer.first(group for group in groups if group not in owners)
        for choice in self.composer.choices(owners[-1]) if owners else [None]:
            known = self.composer.compose([*others, choice] if choice else others)
            yield list(wrong_key(override, known, self.composer))

    def _blame(self, key: str, problems: Iterable[str]) -> bool:
        """Records the problems of a key. Returns whether there are none."""
        problems = list(dict.fromkeys(problems))
        if problems:
            section = key.lstrip("+~").split(".")[0].rpartition("@")[2]
            self._doubtful |= {section} if section in SECTIONS else SECTIONS
            self.problems += problems
        return not problems


def _wrong_search_path(override: Override) -> Iterator[str]:
    """A sentence per place of hydra.searchpath that is not there; of these Hydra only warns."""
    places = override.value() if override.key_or_group == "hydra.searchpath" else None
    return _wrong_places(places if isinstance(places, list) else ())


def _wrong_places(places: Iterable[Any]) -> Iterator[str]:
    for place in places:
        scheme, _, name = str(getattr(place, "text", place)).rpartition("://")
        if scheme == "pkg" and folder_of_package(name) is None:
            yield f"hydra.searchpath: there is no package {name}, a folder with __init__.py"
        elif scheme in ("", "file") and not Path(name).is_dir():
            yield f"hydra.searchpath: {name} is not a directory"


def _file_without_package(known: DictConfig) -> str | None:
    """The file of the experiment or of its size, 'experiment/mine', if it lacks the package line.

    Hydra then puts the file into a section of its own.
    """
    choices = known.hydra.runtime.choices
    name, size = choices.get(EXPERIMENT), size_of(choices)
    if EXPERIMENT in known:
        return f"{EXPERIMENT}/{name}"
    return f"{EXPERIMENT}/{name}/{size}" if size is not None and name in known else None
