"""The types of settings: numbers, steps, names, directories, with the words that refuse others."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "a number is wanted, not true or false")
    return value


def _place(value: Any) -> Any:
    """A path may look like a number; no name is none, and the home of nobody is no place."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        if not value or "\0" in value:
            raise PydanticCustomError("no_place", "a name is wanted")
        try:
            Path(value).expanduser()
        except RuntimeError:
            raise ValueError(
                f"{value} begins with a home directory that is unknown here; write the whole path"
            ) from None
    return value


# bounds come before NotBool, else the JSON schema, and with it our messages, would lose them
NotBool = BeforeValidator(_no_bool)
Count = Annotated[int, Field(ge=1), NotBool]
CountFromZero = Annotated[int, Field(ge=0), NotBool]
Levels = Annotated[int, Field(ge=0, le=200), NotBool]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1), NotBool]
Number = Annotated[float, Field(allow_inf_nan=False), NotBool]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), NotBool]
Steps = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,15}(it|ep)$"),
    Field(description="optimizer steps such as 500it or epochs such as 1ep"),
]
SomeSteps = Annotated[
    str,
    StringConstraints(pattern=r"^0{0,14}[1-9][0-9]{0,14}(it|ep)$"),
    Field(description="optimizer steps such as 500it or epochs such as 1ep, at least one"),
]
Warmup = Annotated[
    Steps | Annotated[float, Field(ge=0, lt=1), NotBool],
    Field(
        description="optimizer steps such as 500it, epochs such as 1ep or a fraction of the "
        "training such as 0.08"
    ),
]
Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$"),
    Field(description="a name of letters, digits and the characters _ . + -"),
]
Project = Annotated[
    str,
    StringConstraints(pattern=r"^[^/\\#?%:\s][^/\\#?%:\n]{0,127}$"),
    Field(description="a name of at most 128 characters, none of them one of / \\ # ? % :"),
]
# of a stage, which names a directory: so many are read that this must be quick
Key = Annotated[str, StringConstraints(pattern=r"^[^/.\x00][^/\x00]*$")]
ImageSize = Annotated[
    str,
    StringConstraints(pattern=r"^(source|target|[1-9][0-9]{0,3}x[1-9][0-9]{0,3})$"),
    Field(description="source, target or height and width in pixels such as 14x14"),
]
Directory = Annotated[Path, BeforeValidator(_place), Field(description="a directory")]
File = Annotated[Path, BeforeValidator(_place), Field(description="a file")]


FUNCTION = "function"  # marks in a JSON schema what names a function, with its short names


def names_function(short: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Marks a text that names a function: the section has the function's settings, too.

    `short` maps short names to whole ones.
    """
    return Field(
        description="the dotted name of a function such as package.module.function",
        json_schema_extra={FUNCTION: dict(short)},
    )


class Section(BaseModel):
    """Base of the configuration's parts: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
