"""Which stages each job of a cluster runs: chains of ladders side by side, cut into levels."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from math import ceil
from typing import Literal

from ltsweep.config.clusters import Resources
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.run import compatible

AUTO_WIDTH = 8  # most trainings of one level that jobs=auto gives a worker

Stages = Mapping[str, PlannedStage]


@dataclass(frozen=True)
class Share:
    """One job: its stages, the resources it asks for, and the jobs that must end before it starts.

    `after` holds the numbers of these jobs: they have stages that this job's stages start from. All
    of them are lower than the job's own number.
    """

    keys: tuple[str, ...]
    resources: Resources
    after: tuple[int, ...]


@dataclass(frozen=True)
class Sharing:
    """How to spread stages: over how many chains of jobs, and how many levels go into each job.

    `resources` has, for each stage, what its job asks for. Stages that ask for different resources
    go into different jobs.
    """

    chains: int | Literal["auto"]
    levels: int | None
    resources: Mapping[str, Resources]


def share_out(
    stages: Stages,
    needs: Mapping[str, Collection[str]],
    curves: Iterable[Sequence[str]],
    how: Sharing,
) -> list[Share]:
    """The jobs for these stages, each job behind those that it must wait for.

    `needs` names the stages that each stage starts from. It may name stages that are not in
    `stages`; this function ignores them. A ladder and its controls stay in one chain, and so does
    a curve. A dense training that several chains start from goes into a job of its own, so that no
    chain waits for the ladders of another.
    """
    deep = {key for key, stage in stages.items() if stage.spec.level > 0}
    parents = {key: [need for need in needs[key] if need in stages] for key in stages}
    links = [[key, *(p for p in parents[key] if p in deep)] for key in stages if key in deep]
    links += [[key for key in curve if key in deep] for curve in curves]
    started = {parent for key in deep for parent in parents[key]}
    families = _connected(link for link in links if link)
    families += [[key] for key in stages if key not in deep and key not in started]
    chain_of = _spread(families, stages, how)
    users: dict[str, set[int]] = defaultdict(set)
    for key in deep:
        for parent in parents[key]:
            users[parent].add(chain_of[key])
    dense = [key for key in stages if key not in chain_of]
    shared = [[key] for key in dense if len(users[key]) > 1]
    roots = _spread(shared, stages, how)
    parts: dict[tuple[int, int, str], list[str]] = defaultdict(list)
    for key, stage in stages.items():
        if key in roots:
            block, chain = -1, roots[key]
        else:
            block = stage.spec.level // how.levels if how.levels else 0
            chain = chain_of[key] if key in chain_of else min(users[key])
        parts[block, chain, how.resources[key].model_dump_json()].append(key)
    return _in_order([parts[part] for part in sorted(parts)], parents, how)


def _in_order(
    parts: Sequence[Sequence[str]], parents: Mapping[str, Sequence[str]], how: Sharing
) -> list[Share]:
    """A job for each part, behind the jobs that it waits for, else in the order given."""
    part_of = {key: number for number, keys in enumerate(parts) for key in keys}
    waits = {
        number: sorted({part_of[parent] for key in keys for parent in parents[key]} - {number})
        for number, keys in enumerate(parts)
    }
    job_of: dict[int, int] = {}
    shares: list[Share] = []
    # Parts that differ only in resources never wait in a circle: ladders do not start from
    # controls, and dense trainings start from nothing.
    for number in TopologicalSorter(waits).static_order():
        job_of[number] = len(shares)
        keys = tuple(parts[number])
        after = tuple(sorted(job_of[earlier] for earlier in waits[number]))
        shares.append(Share(keys, how.resources[keys[0]], after))
    return shares


def _auto_chains(kind: Mapping[str, str], stages: Stages, how: Sharing) -> int:
    """The number of chains for jobs=auto: a worker gets at most AUTO_WIDTH trainings of a level."""
    widths: dict[tuple[str, int], float] = defaultdict(float)
    for key in kind:
        widths[kind[key], stages[key].spec.level] += 1 / how.resources[key].workers
    return ceil(max(widths.values()) / AUTO_WIDTH)


def _connected(links: Iterable[Sequence[str]]) -> list[list[str]]:
    """The connected components: lists of keys that are linked directly or through others."""
    towards: dict[str, str] = {}

    def root(key: str) -> str:
        while towards.setdefault(key, key) != key:
            towards[key] = key = towards[towards[key]]
        return key

    for first, *others in links:
        for other in others:
            towards[root(other)] = root(first)
        root(first)
    found: dict[str, list[str]] = defaultdict(list)
    for key in list(towards):
        found[root(key)].append(key)
    return list(found.values())


def _spread(families: list[list[str]], stages: Stages, how: Sharing) -> dict[str, int]:
    """The number of the chain for each stage; the stages of a family are in one chain.

    Stages of one kind go beside each other, and chains get about equally many stages. Families of
    one seed share its dense training. If there are enough seeds, they stay together.
    """
    if not families:
        return {}
    order = {key: number for number, key in enumerate(stages)}
    kind = {key: compatible(stages[key]) for family in families for key in family}
    chains = _auto_chains(kind, stages, how) if how.chains == "auto" else how.chains
    by_seed: dict[tuple[str, int], list[list[str]]] = defaultdict(list)
    for family in sorted(families, key=lambda family: min(map(order.__getitem__, family))):
        by_seed[kind[family[0]], stages[family[0]].spec.seed].append(family)
    if len(by_seed) >= chains:
        units = [sum(by_seed[name], []) for name in sorted(by_seed)]
    else:
        units = [family for name in sorted(by_seed) for family in by_seed[name]]
    chains = min(chains, len(units))
    found: dict[str, int] = {}
    for unit in units:
        middle = len(found) + len(unit) / 2
        found |= dict.fromkeys(unit, int(middle * chains / len(kind)))
    return found
