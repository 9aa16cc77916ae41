"""What a package offers under its own name: the functions that its files list in `__all__`.

So a new component is one function, wherever in the package it lies, and stays what it is when its
file is renamed or split.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any


def offers(package: str, path: Iterable[str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562), from its `__name__` and `__path__`."""

    def find(name: str) -> Any:
        files = [file.name for file in pkgutil.iter_modules(path)]
        if not name.startswith("_") and name not in files:
            for file in files:
                module = importlib.import_module(f"{package}.{file}")
                if name in getattr(module, "__all__", ()):
                    return getattr(module, name)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return find
