"""Finds the file that defines a function by reading alone: what a store names is never imported."""

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path


def defining_file(target: str, places: Sequence[str]) -> Path | None:
    """The file in these places that defines the function with this dotted name.

    Imports from other files are followed. None where there is no such module, or where nobody can
    tell without running it what the name stands for.
    """
    return _defining(target, places, frozenset())


def _defining(target: str, places: Sequence[str], seen: frozenset[str]) -> Path | None:
    module, _, name = target.rpartition(".")
    path = module_file(module, places)
    if path is None or target in seen:
        return None
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None
    for statement in reversed(body):  # of several definitions the last one counts
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name == name:
            return path
        if isinstance(statement, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            for other in _imported(statement, name, package):
                if (found := _defining(other, places, seen | {target})) is not None:
                    return found
    return None


def _imported(statement: ast.ImportFrom, name: str, package: str) -> Iterator[str]:
    """The dotted names that a name may stand for by a statement `from ... import ...`."""
    above = package.split(".")[: package.count(".") + 2 - statement.level] if package else []
    parts = above if statement.level else []
    source = ".".join([*parts, *([statement.module] if statement.module else [])])
    for alias in statement.names if source else ():
        if name == (alias.asname or alias.name) or alias.name == "*":
            yield f"{source}.{name if alias.name == '*' else alias.name}"


def module_file(name: str, places: Sequence[str]) -> Path | None:
    """The Python file of a module or package in these places, or as it is installed; None: none."""
    search: Sequence[str] = places
    origin, names = None, name.split(".")
    for depth in range(1, len(names) + 1):
        try:
            spec = PathFinder.find_spec(".".join(names[:depth]), list(search))
            if spec is None and depth == 1 and name:
                spec = importlib.util.find_spec(names[0])  # of a package it would import the parent
            search = [*((spec.submodule_search_locations if spec else None) or ())]
        except (KeyError, ValueError, ImportError):  # a part of a package that was never imported
            return None
        if spec is None:
            return None
        origin = spec.origin if spec.has_location else None
    return Path(origin) if origin is not None and origin.endswith(".py") else None
