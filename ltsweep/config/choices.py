"""The values that a setting's type lists, if it lists any: what completion offers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

from ltsweep.config.sentences import (
    Schema,
    dereferenced,
    functions,
    members,
    parameters,
    schema_of,
    show,
)
from ltsweep.config.settings import PointConfig, RunConfig


def listed_values(path: Sequence[str], config: Mapping[str, Any]) -> list[str]:
    """'fp32' and 'bf16' for 'precision'; nothing where any number or text will do.

    `config` is a composed configuration: it says which kind of section a setting lies in.
    """
    for model in (PointConfig, RunConfig):
        if path[0] in model.model_fields:
            return [*dict.fromkeys(map(show, _values(_schema(path, model, config))))]
    return []


def _schema(path: Sequence[str], model: type[BaseModel], config: Mapping[str, Any]) -> Schema:
    root = schema_of(model)
    schema, value = root, cast(Any, config)
    for part in path:
        inside = value.get(part) if isinstance(value, Mapping) else None
        declared = [m["properties"] for m in members(schema, root, value) if "properties" in m]
        found = next((properties[part] for properties in declared if part in properties), None)
        if found is None and isinstance(inside, str | bool):  # numbers: not worth an import
            named = [target for properties in declared for target in functions(value, properties)]
            taken = (parameters(target) for target in named)
            found = next((settings[part] for settings in taken if part in settings), None)
        if found is None:
            return {}
        schema, value = dereferenced(found, root), inside
    return schema


def _values(schema: Schema) -> Iterator[Any]:
    for part in schema.get("anyOf", [schema]):
        if part.get("type") == "boolean":
            yield from (True, False)
        elif part.get("type") == "null":
            yield None
        else:
            yield from part.get("enum", [part["const"]] if "const" in part else [])
