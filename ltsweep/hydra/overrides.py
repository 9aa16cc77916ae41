"""What one override stands for: its key, its texts and its values."""

import sys
from collections.abc import Sequence
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from ltsweep.foundations.errors import shortened
from ltsweep.hydra.errors import TooManyDigits


def parsed(lines: Sequence[str], loader: ConfigLoader) -> list[Override]:
    """Parsed overrides, Hydra's own included. HydraException if one cannot be read."""
    try:
        overrides: list[Override] = OverridesParser.create(loader).parse_overrides(list(lines))
    except ValueError:
        most = sys.get_int_max_str_digits()
        long = [shortened(line) for line in lines if len(line) > most]
        if not long:
            raise
        raise TooManyDigits(f"{long[0]} has a number of more than {most} digits") from None
    return overrides


def key_of(override: Override) -> str:
    """The key of an override without its signs: 'seed' for '++seed'."""
    return str(override.get_key_element()).lstrip("+~")


def path_of(override: Override) -> tuple[str, ...]:
    """The path of a setting in the configuration."""
    return tuple(override.key_or_group.split("."))


def values_of(override: Override) -> list[Any]:
    """The values that one override of a setting stands for."""
    parser = OverridesParser.create()
    return [parser.parse_override(text).value() for text in texts(override)]


def texts(override: Override) -> list[str]:
    """One override per value of an axis; an override that is no axis, as it is.

    HydraException if the axis cannot list its values.
    """
    if not override.is_sweep_override():
        return [override.input_line or ""]
    try:
        values = list(override.sweep_string_iterator())
    except (ValueError, ArithmeticError) as error:  # range(0,1,0), range(0,nan)
        raise HydraException(str(error)) from error
    return [f"{override.get_key_element()}={value}" for value in values]


def sets_values(override: Override) -> bool:
    """Whether an override is of the form 'optimizer={lr:0.1}', which Hydra merges."""
    sweeps = override.is_sweep_override() and override.is_discrete_sweep()
    values = override.sweep_iterator() if sweeps else [override.value()]
    return any(isinstance(value, dict) for value in values)
