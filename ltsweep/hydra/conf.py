"""The section `hydra.sweeper`: what an experiment selects, as its file says it.

Hydra reads it in every application of the environment, so nothing else is imported here.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from omegaconf import DictConfig, OmegaConf


@dataclass
class SelectionConf:
    """The section `hydra.sweeper`, which an experiment file fills.

    `params` are axes of every product. `grids` has the further axes of each product; the sweep is
    the union of the products. `zip` lists axes that advance together. `exclude` lists partial
    assignments; a point that matches all of one assignment is left out. Values are written as on
    the command line.
    """

    params: dict[str, str] = field(default_factory=dict)
    grids: list[dict[str, Any]] = field(default_factory=list)
    zip: list[list[str]] = field(default_factory=list)
    exclude: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, sweeper: DictConfig) -> "SelectionConf":
        """From `hydra.sweeper` of a composed configuration; other sweepers lack some fields.

        Interpolations are resolved, so that an error says in which of them.
        """
        names = {f.name for f in fields(cls)}
        parts = {name: part for name in sweeper if name in names and (part := sweeper[name])}
        plain: dict[str, Any] = {
            str(name): OmegaConf.to_container(part, resolve=True) for name, part in parts.items()
        }
        return cls(**plain)
