"""What all records of a store have in common: immutable, read from JSON, open to later fields."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from ltsweep.foundations.files import DamagedFile, read_json

_T = TypeVar("_T")


def leads_out(name: str) -> bool:
    """Whether the name of a file, with or without folders, may lead elsewhere than inside."""
    return "\0" in name or any(part in ("", ".", "..") for part in name.split("/"))


def is_name(name: str) -> bool:
    """Whether this names a file of one directory, and leads nowhere else."""
    return "/" not in name and not leads_out(name)


def _stays_inside(name: str) -> str:
    if leads_out(name):
        raise ValueError(f"{name!r} would lead out of the store")
    return name


# what a store calls one of its files or folders; an experiment in a folder is called folder/name
Inside = Annotated[str, AfterValidator(_stays_inside)]


class Stored(BaseModel):
    """Base of all records: immutable. What a later version has added does not disturb a reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, content: object) -> Self:
        """The record that `content`, parsed JSON, holds. ValueError, in one line, if it doesn't."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise in_one_line(error) from None

    @classmethod
    def in_file(cls, path: Path, wrong: str) -> Self | None:
        """The record that a file holds, as in `in_file`."""
        return in_file(path, cls.model_validate, wrong)

    def stored(self) -> dict[str, Any]:
        """What is written down: the fields that were given a value, and no others."""
        return self.model_dump(mode="json", exclude_unset=True)


def in_file(path: Path, validate: Callable[[object], _T], wrong: str) -> _T | None:
    """What a JSON file holds, by pydantic's `validate`; None if there is no such file.

    DamagedFile where it is damaged or holds something else, `wrong` in words: "holds no launch".
    """
    content = read_json(path)
    try:
        return None if content is None else validate(content)
    except ValidationError as error:
        raise DamagedFile(f"{path} {wrong}: {in_one_line(error)}") from error


def in_one_line(error: ValidationError) -> ValueError:
    """The first of a record's problems, with the place where it lies."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return ValueError(f"{where}: {first['msg']}" if where else first["msg"])
