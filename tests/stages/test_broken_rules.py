"""Tests rules that break their contracts: their stages fail, in a sentence that names the rule."""

import pytest

from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending

from ..sweeps_here import selection
from . import broken_rules

RULES = "tests.stages.broken_rules"
MASK = "must return a mask of the prunable weights, by name;"
STATE = "must return all parameters and buffers of the net, by name; it returned"
SCORES = "must return finite scores of the prunable weights, by name; it returned"
MOVING = ("method=drop_and_grow", "~method.share", "method.every=4it", "method.every_at_most=1")
CASES = {
    ("method.mask", "numbers_for_a_mask"): (
        f"{MASK} it returned float32 (300, 64) for fc1.weight, which needs bool (300, 64)"
    ),
    ("method.mask", "half_a_mask"): f"{MASK} it returned nothing for fc1.weight",
    ("method.weights", "ticket_without_biases"): (
        f"{STATE} nothing for fc1.bias, fc2.bias and fc3.bias"
    ),
    ("method.weights", "transposed_ticket"): (
        f"{STATE} float32 (64, 300) for fc1.weight, which needs float32 (300, 64)"
    ),
    ("method.weights", "double_ticket"): (
        f"{STATE} float64 (300, 64) for fc1.weight, which needs float32 (300, 64)"
    ),
    ("pruning._target_", "one_score"): f"{SCORES} float32 ()",
    ("pruning._target_", "score_of_each_unit"): (
        f"{SCORES} float32 (300,) for fc1.weight, which needs real numbers (300, 64)"
    ),
    ("pruning._target_", "scores_over_nothing"): (
        f"{SCORES} infinity or NaN for weights of fc1.weight, fc2.weight and fc3.weight"
    ),
    ("method.dynamics", "moving_numbers"): (
        f"{MASK} given step 4, it returned float32 (300, 64) for fc1.weight, which needs bool "
        "(300, 64)"
    ),
    ("method.dynamics", "no_moving_mask"): f"{MASK} given step 4, it returned None",
}


def failures(root, setting, rule):
    method = MOVING if "dynamics" in setting else ("method=imp",)
    made = selection(root, *method, f"{setting}={RULES}.{rule}", "levels=1")
    prepare_store(made)
    outcome = submit(made, find_pending(made.plan, made.store), lambda text: None)
    assert outcome.exit_code == 1
    return outcome.failed


@pytest.mark.parametrize(("setting", "rule"), CASES)
def test_a_rule_that_breaks_its_contract_fails_its_stage_in_a_sentence(tmp_path, setting, rule):
    (said,) = failures(tmp_path, setting, rule)
    place = f"{broken_rules.__file__}, line {getattr(broken_rules, rule).__code__.co_firstlineno}"
    assert f": ContractError: {RULES}.{rule} ({place}) {CASES[setting, rule]}" in said


def test_what_a_rule_raises_is_told_as_it_is(tmp_path):
    (said,) = failures(tmp_path, "pruning._target_", "raising_score")
    assert "KeyError: 'no such layer'" in said
