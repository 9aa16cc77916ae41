"""What shares a pair of axes in the figure: a panel, or the panels of all sources of one target."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ltsweep.views.varying import one_each, sortable
from ltsweep.views.verdicts.verdict import Dense, LevelVerdict, MethodVerdict, PanelVerdict
from ltsweep.views.wording import setting

MOST_ARMS = 10  # that one pair of axes has room for


@dataclass(frozen=True)
class Facet:
    """Panels that are drawn together; `setting` is what they have in common.

    `beside_method` is what its arms are beside their method, where a panel has many and they are
    spread over several facets.
    """

    setting: dict[str, Any]
    panels: list[PanelVerdict]
    beside_method: str = ""

    @property
    def title(self) -> str:
        """What tells it from other facets."""
        return ", ".join(filter(None, [setting(self.setting), self.beside_method]))

    @property
    def methods(self) -> list[MethodVerdict]:
        """Those of all panels."""
        return [method for panel in self.panels for method in panel.methods]

    @property
    def of_all_sources(self) -> set[str]:
        """The arms that are the same trainings for all sources: a count is all that they need."""
        if len(self.panels) == 1:
            return set()
        found = [{(method.arm, method.trainings) for method in p.methods} for p in self.panels]
        return {arm for arm, _ in set.intersection(*found)}

    @property
    def dense(self) -> list[Dense]:
        """The dense trainings on the target, each by the panel that has most seeds of it."""
        found: dict[str, Dense] = {}
        for dense in (dense for p in self.panels for dense in p.dense):
            known = found.get(dense.name, dense)
            if dense.level.mean is not None:
                found[dense.name] = dense if dense.level.n > known.level.n else known
        return list(found.values())

    @property
    def only_dense(self) -> LevelVerdict | None:
        """The dense training on the target, where all arms share one."""
        return self.dense[0].level if len(self.dense) == 1 else None


def make_facets(panels: Iterable[PanelVerdict]) -> list[Facet]:
    """One facet per panel; where a target has tickets of several sources, one for all of them.

    Panels that have different dense trainings share no axes, although they have one target: its
    images or its settings follow those of the source.
    """
    panels = list(panels)
    grouped: dict[tuple[Any, ...], list[PanelVerdict]] = {}
    for panel in panels:
        others = tuple((n, sortable(v)) for n, v in panel.setting.items() if n != "source")
        grouped.setdefault(others, []).append(panel)
    if not any(len(group) > 1 and _have_one_dense(group) for group in grouped.values()):
        return [Facet(panel.setting, [panel]) for panel in panels]
    found: list[Facet] = []
    for group in grouped.values():
        if _have_one_dense(group):
            common = {n: v for n, v in group[0].setting.items() if n != "source"}
            found.append(Facet(common, group))
        else:
            found += [Facet(panel.setting, [panel]) for panel in group]
    return found


def spread(facet: Facet) -> list[Facet]:
    """A panel of very many arms as several facets, one for what arms are beside their method.

    'at_init (pruning snip)' stands with 'at_init_shuffled (pruning snip)'. Arms that are nothing
    beside their method are in all of them.
    """
    if len(facet.panels) > 1 or len(facet.methods) <= MOST_ARMS:
        return [facet]
    alike: dict[str, list[MethodVerdict]] = {}
    for method in facet.methods:
        alike.setdefault(method.arm.removeprefix(method.method).strip(" ()"), []).append(method)
    in_all = alike.pop("", [])
    if len(alike) < 2:
        return [facet]
    there = {method.method for method in in_all}
    return [
        replace(
            facet,
            panels=[replace(facet.panels[0], methods=[*in_all, *_by_method(members, there)])],
            beside_method=words,
        )
        for words, members in alike.items()
    ]


def _by_method(members: Iterable[MethodVerdict], there: Container[str]) -> Iterator[MethodVerdict]:
    """Arms under the name of their method, where that tells them apart."""
    for method in members:
        known = method.method in there
        yield method if known else replace(method, arm=method.method, variant=0)


def sources_of(facets: Iterable[Facet]) -> list[str]:
    """The sources that a colour has to tell apart: none where each facet is one panel."""
    facets = list(facets)
    if all("source" in facet.setting for facet in facets):
        return []
    panels = [panel for facet in facets for panel in facet.panels]
    return list(dict.fromkeys(p.setting["source"] for p in panels if "source" in p.setting))


def _have_one_dense(panels: Iterable[PanelVerdict]) -> bool:
    """Whether all panels have the same dense training of a seed."""
    return one_each(
        item for panel in panels for dense in panel.dense for item in dense.stages.items()
    )
