"""Pydantic's errors as sentences: the setting at fault, its value, and what it may be instead.

What a setting may be is read from the types themselves, through their JSON schema.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from ltsweep.foundations.components import ComponentError, parameter_model, settings_model
from ltsweep.foundations.errors import listed, not_a_setting, shortened
from ltsweep.foundations.types import FUNCTION

Schema = Mapping[str, Any]
Location = tuple[int | str, ...]


def sentences(error: ValidationError, model: type[BaseModel], raw: Mapping[str, Any]) -> list[str]:
    """One sentence per setting at fault, such as 'levels=-1 must be a whole number ...'."""
    details = [(_untagged(detail["loc"], model), dict(detail)) for detail in error.errors()]
    wrong_functions = {location[0] for location, _ in details if location[1:] == ("_target_",)}
    for name in dict.fromkeys(location[0] for location, _ in details):
        if name in wrong_functions:  # nobody knows what its settings would be
            continue
        details += _of_parameters(str(name), raw.get(str(name)), model)
    found: dict[tuple[str, ...], str] = {}
    for location, detail in details:
        path, schema = _locate(location, model, raw)
        if len(path) < len(location):  # of a part of the value: a list that is too short, say
            detail["type"] = f"{detail['type']} inside"
        found.setdefault(path, _sentence(detail, path, schema, model, raw))
    return list(found.values())


def _of_parameters(
    name: str, section: Any, model: type[BaseModel]
) -> Iterator[tuple[Location, dict[str, Any]]]:
    """Errors in the parameters of a section's function.

    Pydantic does not come to these if it finds errors in what the section declares itself.
    """
    declared = _properties(schema_of(model)["properties"].get(name, {}), schema_of(model), None)
    if not isinstance(section, Mapping) or declared is None:
        return
    given = {key: value for key, value in section.items() if key not in declared}
    try:
        settings_model(tuple(functions(section, declared))).model_validate(given)
    except ComponentError:
        return
    except ValidationError as error:
        for detail in error.errors():
            if detail["loc"][0] not in declared:
                yield (name, *detail["loc"]), dict(detail)


def _sentence(
    detail: Mapping[str, Any],
    path: tuple[str, ...],
    schema: Schema,
    model: type[BaseModel],
    raw: Mapping[str, Any],
) -> str:
    name, kind = ".".join(path), detail["type"]
    if kind == "extra_forbidden":
        return _unknown(path, schema_of(model), raw)
    if kind == "missing":
        chosen = words(schema) == _SECTION
        return f"{name} is missing; {'choose' if chosen else 'it must be'} {words(schema)}"
    if kind == "value_error":
        return f"{name}: {detail['ctx']['error']}"
    if kind.startswith("union_tag"):
        known = listed(schema["discriminator"]["mapping"], "or")
        return f"{name}.name={_shown(_value(raw, (*path, 'name')))} must be {known}"
    wanted = words(schema)
    if kind.startswith("finite_number"):
        wanted = wanted.replace("a number", "a finite number", 1)
    return f"{name}={_shown(_value(raw, path))} must be {wanted}"


def _shown(value: Any) -> str:
    return shortened(show(value))


def words(schema: Schema) -> str:
    """What a JSON schema allows: 'a whole number from 0 to 200', 'fp32 or bf16'."""
    if "description" in schema and "properties" not in schema:
        return str(schema["description"])
    if "$ref" in schema or "discriminator" in schema:
        return _SECTION
    if "anyOf" in schema:
        return ", or ".join(words(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return listed(map(show, schema.get("enum", [schema.get("const")])), "or")
    describe = _BY_TYPE.get(schema.get("type", ""))
    return describe(schema) if describe else "of another kind"


def show(value: Any) -> str:
    """A value as it would be typed on the command line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(show, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{show(part)}" for key, part in value.items()) + "}"
    return str(value)


def _number(schema: Schema) -> str:
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    if {"minimum", "maximum"} <= schema.keys():
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    bounds = [f"{text} {schema[key]:g}" for key, text in _BOUNDS.items() if key in schema]
    return f"{kind} {listed(bounds)}" if bounds else kind


def _list(schema: Schema) -> str:
    kinds = schema.get("prefixItems") or [schema.get("items", {})]
    count = f"{len(kinds)} values" if "prefixItems" in schema else "values"
    if "prefixItems" not in schema and schema.get("minItems"):
        count = "one or more values"
    each = dict.fromkeys(words(kind) for kind in kinds)
    return f"a list of {count} in brackets, each {listed(each, 'or')}"


_SECTION = "a section of settings by its name"
_FIXED = ("_target_", "name")
_BOUNDS = {
    "exclusiveMinimum": "greater than",
    "minimum": "of at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
_BY_TYPE: dict[str, Callable[[Schema], str]] = {
    "integer": _number,
    "number": _number,
    "array": _list,
    "boolean": lambda _: "true or false",
    "null": lambda _: "null",
    "string": lambda _: "text",
    "object": lambda _: _SECTION,
}


def _untagged(location: Location, model: type[BaseModel]) -> Location:
    """A location without the name of the member that a section's own `name` chooses."""
    section = schema_of(model)["properties"].get(location[0], {})
    return (location[0], *location[2:]) if "discriminator" in section else location


def _locate(
    location: Location, model: type[BaseModel], raw: Mapping[str, Any]
) -> tuple[tuple[str, ...], Schema]:
    """The path of the setting that a location lies in, and what that setting may be.

    Locations go on with indices into lists and with pydantic's names for members of unions.
    """
    root = schema_of(model)
    path: list[str] = []
    schema: Schema = root
    for part in location:
        inside = _properties(schema, root, _value(raw, tuple(path)))
        if not isinstance(part, str) or (inside is None):
            break
        path.append(part)
        schema = dereferenced(inside.get(part, {}), root)
    return tuple(path), schema


def _properties(schema: Schema, root: Schema, value: Any) -> dict[str, Schema] | None:
    """The settings of a section, those of functions that it names included; None: no section."""
    for member in members(schema, root, value):
        if member.get("type") == "object" and "properties" in member:
            declared = member["properties"]
            named = functions(value, declared) if member.get("additionalProperties") else ()
            found = {n: part for target in named for n, part in parameters(target).items()}
            return {**found, **declared}
    return None


def functions(section: Any, declared: Mapping[str, Schema]) -> Iterator[str]:
    """The functions that a section names, whose settings it has."""
    for key, schema in declared.items() if isinstance(section, Mapping) else ():
        for part in schema.get("anyOf", [schema]):
            if FUNCTION in part and isinstance(target := section.get(key), str):
                yield part[FUNCTION].get(target, target)


def parameters(target: str) -> dict[str, Schema]:
    """The settings of a component; none where it cannot be used, which is told elsewhere."""
    try:
        found: dict[str, Schema] = schema_of(parameter_model(target))["properties"]
    except ComponentError:
        return {}
    return found


def members(schema: Schema, root: Schema, value: Any) -> Iterator[Schema]:
    """The schemas that a value of this schema may have; the one that it names, if it names one."""
    if "discriminator" in schema:
        name = value.get("name") if isinstance(value, Mapping) else None
        chosen = schema["discriminator"]["mapping"].get(name)
        members = [{"$ref": chosen}] if chosen else []
    else:
        members = schema.get("anyOf", [schema])
    for member in members:
        yield dereferenced(member, root)


def dereferenced(schema: Schema, root: Schema) -> Schema:
    """A schema itself, where it only says which definition of `root` it is."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = root["$defs"][reference.rpartition("/")[2]]
    return found


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON schema of a model."""
    return model.model_json_schema()


def _value(raw: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = raw
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _unknown(path: tuple[str, ...], root: Schema, raw: Mapping[str, Any]) -> str:
    """A sentence about a key that neither a section nor the function it names has."""
    section = _value(raw, path[:-1])
    schema = root
    for depth, part in enumerate(path[:-1]):
        schema = (_properties(schema, root, _value(raw, path[:depth])) or {}).get(part, {})
    known = [key for key in _properties(schema, root, section) or {} if key not in _FIXED]
    owner = f"{path[0]}={section.get('name', '...')}" if len(path) > 1 else "the configuration"
    return not_a_setting(".".join(path), owner, known)
