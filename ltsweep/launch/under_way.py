"""Stages that other launches are working on: which, and in which jobs or on which hosts."""

from collections.abc import Iterable, Mapping

from ltsweep.store.claims import Claim, newest_claim
from ltsweep.store.store import Store

_SHOWN = 5


def under_way(keys: Iterable[str], store: Store) -> dict[str, Claim]:
    """The live claims on these stages, by key. A stage without one is not under way."""
    newest = {key: newest_claim(store.stage(key).path) for key in keys}
    return {key: claim for key, claim in newest.items() if claim is not None and claim.is_live()}


def describe(claims: Mapping[str, Claim]) -> str:
    """A sentence: how many stages are under way elsewhere, and where."""
    owners = [claim.owner for claim in claims.values()]
    jobs = sorted({owner.slurm for owner in owners if owner.slurm is not None})
    hosts = sorted({owner.host for owner in owners if owner.slurm is None})
    places = [f"in job {job}" for job in jobs] + [f"on {host}" for host in hosts]
    shown = ", ".join(places[:_SHOWN]) + (", ..." if len(places) > _SHOWN else "")
    return f"{len(claims)} stages are under way elsewhere: {shown}"
