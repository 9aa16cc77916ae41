"""Finds the source files of components without importing anything: for what a store names.

Reading a store must not run what it names: whoever can write to the store could choose that.
"""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

_DIGITS = 16  # of a digest, for people


@dataclass(frozen=True)
class Source:
    """A source file by the digest of its bytes."""

    file: Path
    digest: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.file} (SHA-256 {self.digest[:_DIGITS]})"


def sources_of(target: str, further: Sequence[str] = ()) -> list[Source]:
    """The files that may define the function of this dotted name, the named module's first.

    The others are those that the module imports the function from, or a decorator of it. Modules
    are looked for as Python would, and then in the folders `further`. Empty where there is none.
    """
    found: dict[Path, Source] = {}
    waiting = [target]
    while waiting:
        module, _, name = waiting.pop(0).rpartition(".")
        file = file_of(module, further) if module else None
        if file is None or file in found:
            continue
        content = file.read_bytes()
        found[file] = Source(file, hashlib.sha256(content).hexdigest())
        package = module if file.stem == "__init__" else module.rpartition(".")[0]
        waiting += _imported(content, name, package)
    return list(found.values())


def file_of(module: str, further: Sequence[str] = ()) -> Path | None:
    """The source file of a module; None where it is not found, or has none."""
    top, *rest = module.split(".")
    specs = (finder.find_spec(top, None) for finder in sys.meta_path)
    spec = next(filter(None, specs), None) or PathFinder.find_spec(top, [*further])
    if spec is None:
        return None
    file = Path(spec.origin) if spec.has_location and spec.origin else None
    folders = [Path(entry) for entry in spec.submodule_search_locations or ()]
    for name in rest:
        within = (Path(name, "__init__.py"), Path(f"{name}.py"))
        candidates = [folder / place for folder in folders for place in within]
        file = next((place for place in candidates if place.is_file()), None)
        folders = [folder / name for folder in folders if (folder / name).is_dir()]
    return file if file is not None and file.is_file() and file.suffix == ".py" else None


def _imported(content: bytes, name: str, package: str) -> Iterator[str]:
    """What a module imports a function, or a decorator of it, from: dotted names of functions."""
    try:
        body = ast.parse(content).body
    except (SyntaxError, ValueError):
        return
    wanted = {name}
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            inside = (part for decorator in node.decorator_list for part in ast.walk(decorator))
            wanted |= {part.id for part in inside if isinstance(part, ast.Name)}
    for node in body:
        if isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            module = importlib.util.resolve_name(relative, package) if node.level else relative
            yield from (
                f"{module}.{alias.name}"
                for alias in node.names
                if (alias.asname or alias.name) in wanted
            )
