"""Which trainings a rule is for: on which data, and whose tickets and weights they take."""

from dataclasses import replace

import pytest

from ltsweep.config.clusters import Slurm
from ltsweep.launch.slurm.resources import idle_rules, resources_by_stage
from ltsweep.plan.plan import Plan
from ltsweep.plan.points import make_plan

from ...points import FACTS, configs, request

METHODS = "method=imp,trained,random_reinit,random_mask,dense_at_k,dense_transfer"
MATRIX = (
    *(
        "dataset=mnist,fashion_mnist",
        "dataset@target=mnist,fashion_mnist",
        "target_schedule.length=60it",
    ),
    *(METHODS, "levels=2", "schedule.length=90it", "reset.step=3it"),
)


@pytest.fixture(scope="module")
def matrix() -> Plan:
    """Two sources, two targets, whose data differ by name alone."""
    return make_plan(
        configs(*MATRIX),
        lambda side: replace(FACTS, fingerprint=side.dataset.name),
    )


def asked_by(plan: Plan, when: str) -> set[str]:
    """The stages that a rule of this condition is for."""
    rule = f"cluster.per_stage=[{{when:{when},set:{{minutes:7}}}}]"
    cluster = request("cluster=slurm", rule).run.cluster
    assert isinstance(cluster, Slurm)
    found = resources_by_stage(cluster, plan.stages)
    chosen = {key for key, resources in found.items() if resources.minutes == 7}
    assert bool(chosen) == (not idle_rules(cluster, plan))
    return chosen


def of_points(plan: Plan, source: str, target: str, *methods: str) -> set[str]:
    """The stages of a pair's points of these methods, but for the dense one from a fresh draw."""
    return {
        key
        for point in plan.points
        if point.config.method.name in methods
        and (point.config.dataset.name, point.config.target.name) == (source, target)
        for key in point.stages
        if plan.stages[key].spec.parents
    }


MOVED = ("imp", "trained", "random_reinit", "dense_at_k", "dense_transfer")


def test_source_and_target_are_those_of_the_ticket_or_the_weights(matrix: Plan) -> None:
    for source in ("mnist", "fashion_mnist"):
        for target in ("mnist", "fashion_mnist"):
            pair = of_points(matrix, source, target, *MOVED)
            assert len(pair) == 3 * 2 + 2
            assert asked_by(matrix, f"{{source:{source},target:{target}}}") == pair
    to_mnist = asked_by(matrix, "{target:mnist}")
    assert to_mnist == asked_by(matrix, "{source:mnist,target:mnist}") | asked_by(
        matrix, "{source:fashion_mnist,target:mnist}"
    )


def test_dataset_is_what_is_trained_on_ladders_and_targets_alike(matrix: Plan) -> None:
    on_mnist = {key for key, s in matrix.stages.items() if s.spec.train.data.fingerprint == "mnist"}
    assert asked_by(matrix, "{dataset:mnist}") == on_mnist
    ladder = {key for key in on_mnist if matrix.stages[key].spec.train.schedule.total == 90}
    assert ladder and not ladder & asked_by(matrix, "{target:mnist}")
    assert not ladder & asked_by(matrix, "{source:mnist}")


def test_dense_is_level_0_whatever_its_weights_and_a_source_tells_which(matrix: Plan) -> None:
    dense = asked_by(matrix, "{dense:true}")
    assert dense == {key for key, stage in matrix.stages.items() if stage.spec.level == 0}
    transferred = asked_by(matrix, "{dense:true,source:mnist}")
    pairs = [("mnist", target) for target in ("mnist", "fashion_mnist")]
    assert transferred == set().union(
        *(of_points(matrix, *pair, "dense_at_k", "dense_transfer") for pair in pairs)
    )


def test_what_needs_nothing_of_a_source_has_none(matrix: Plan) -> None:
    """All sources share it: that a rule is for it must not depend on which came first."""
    moved = asked_by(matrix, "{target:mnist}") | asked_by(matrix, "{target:fashion_mnist}")
    apart = {
        key
        for point in matrix.points
        for key in point.stages
        if not matrix.stages[key].spec.parents
    }
    assert apart and not moved & apart


def test_a_sweep_without_targets_has_neither(matrix: Plan) -> None:
    plain = make_plan(configs("levels=2", METHODS), lambda side: FACTS)
    assert not asked_by(plain, "{source:digits}") and not asked_by(plain, "{target:digits}")
    assert asked_by(plain, "{dataset:digits}") == set(plain.stages)
