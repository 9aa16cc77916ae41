"""What all records of a store have in common: immutable, read from JSON, open to later fields."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError


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

    def stored(self) -> dict[str, Any]:
        """What is written down: the fields that were given a value, and no others."""
        return self.model_dump(mode="json", exclude_unset=True)


def in_one_line(error: ValidationError) -> ValueError:
    """The first of a record's problems, with the place where it lies."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return ValueError(f"{where}: {first['msg']}" if where else first["msg"])
