"""Tests parts of a user's own that break their contracts: one sentence each, before any job."""

import inspect

import pytest

from ltsweep.plan import contracts

from ..sweeps_here import wanted
from . import broken_parts

PARTS = "tests.plan.broken_parts"
# what a group's own settings are, which parts that take none go without
SETTINGS = {
    "init": ("nonlinearity",),
    "optimizer": ("momentum", "nesterov", "weight_decay"),
    "dataset": (),
    "schedule": (),
    "objective": (),
    "numbers": (),
}
NAMES = {
    "init": "kaiming_normal",
    "optimizer": "sgd",
    "dataset": "digits",
    "schedule": "constant",
    "objective": "cross_entropy",
    "numbers": "plain",
}

DATASET = "must return ltsweep.data.dataset.RawImages as RawImages.of makes them; it returned"
DISTRIBUTION = "a distribution with std and draw, such as ltsweep.init.distributions.Normal"
STD = "must return a distribution whose std is a finite number above 0; given fan-in 64 and fan-out"
DRAW = (
    "must return a distribution whose draw gives finite float32 of the shape that it is asked for; "
    "given the shape (10, 100), it returned one that draws"
)
FACTOR = "must return a finite number of at least 0; given"
LOSS = (
    "must return a finite float loss for each row, (2,), that gradients go through; given two rows "
    "of 10 zeros and their labels, it returned"
)
SHAPE = "must return functions to floats of the same shape that gradients go through; given"

# a part: what is said of it; {} is where it is defined, {+1} the line after that one
BROKEN = {
    "dataset": {
        "no_dataset": f"{{}} {DATASET} None",
        "float_images": (
            ", given the data directory, raised ValueError: training images are float64 "
            "(200, 1, 4, 4), not uint8 (N, C, H, W) with N >= 1{+2}"
        ),
        "float_images_by_hand": (
            f"{{}} {DATASET} others: training images are float32 (200, 1, 4, 4), not uint8 "
            "(N, C, H, W) with N >= 1"
        ),
        "flat_images": (
            f"{{}} {DATASET} others: training images are uint8 (200, 16), not uint8 (N, C, H, W) "
            "with N >= 1"
        ),
        "no_images": (
            f"{{}} {DATASET} others: training images are uint8 (0, 1, 4, 4), not uint8 "
            "(N, C, H, W) with N >= 1"
        ),
        "tensors": f"{{}} {DATASET} others: training images are of type Tensor, not an array",
        "too_few_classes": (
            f"{{}} {DATASET} others: training labels run from 0 to 1, not within 0 to 0"
        ),
        "half_a_class": f"{{}} {DATASET} others: classes is 2.5, not a whole number of at least 1",
        "narrow_labels": f"{{}} {DATASET} others: training labels are uint8, not int64",
        "a_name_for_a_fingerprint": (
            f"{{}} {DATASET} others: the fingerprint is not that of the arrays"
        ),
        "raising_dataset": ", given the data directory, raised KeyError: 'train'{+1}",
    },
    "init": {
        "number": (
            f"{{}} must return {DISTRIBUTION}; given fan-in 64 and fan-out 300, it returned 0.1"
        ),
        "negative_std": f"{{}} {STD} 300, it returned one with std -1.0",
        "nan_std": f"{{}} {STD} 300, it returned one with std nan",
        "no_std": f"{{}} {STD} 300, it returned one with std 0",
        "std_of_one_layer": (f"{{}} {STD.replace('64', '300')} 100, it returned one with std None"),
        "no_std_by_shape": f"{{}} {STD} 300, it returned one with std a tuple",
        "raising_std": (
            ", given fan-in 64 and fan-out 300, raised ZeroDivisionError: division by zero{+1}"
        ),
        "flat_draw": f"{{}} {DRAW} float32 (1000,)",
        "double_draw": f"{{}} {DRAW} float64 (10, 100)",
        "infinite_draw": f"{{}} {DRAW} infinity or NaN",
        "draw_of_its_own": (
            "{} must return a distribution that draws from the generator that it is given, and "
            "nowhere else; it returned one whose draws with equal generators differ"
        ),
        "raising_draw": (
            ", given the shape (10, 100), raised ZeroDivisionError: division by zero{+1}"
        ),
        "raising_init": (
            ", given fan-in 64 and fan-out 300, raised ValueError: no gain for 300{+1}"
        ),
    },
    "optimizer": {
        "no_optimizer": "{} must return a torch.optim.Optimizer; it returned None",
        "closure": (
            ", given a weight and a bias and asked for a step, raised TypeError: LBFGS.step() "
            "missing 1 required positional argument: 'closure'{}"
        ),
        "two_groups": (
            "{} must return an optimizer with one group, of all parameters that it is given; given "
            "a weight and a bias, it returned one with groups of [1, 1]"
        ),
        "rate_in_a_tensor": (
            "{} must return an optimizer whose group has its rate, a number, as lr; it returned "
            "one with lr float32 ()"
        ),
        "noisy": (
            "{} must return an optimizer that leaves a weight at zero where its gradient is zero, "
            "since pruned weights stay zero; it returned one that moves it to 1.5"
        ),
        "clipping": (
            "{} must return an optimizer that treats each tensor by itself, since the nets of a "
            "pack share it; it returned one whose update of a weight depends on the gradient of a "
            "bias"
        ),
        "moving": (
            "{} must return an optimizer that leaves a parameter without a gradient alone; it "
            "returned one that moves it"
        ),
        "raising_optimizer": ", given a weight and a bias, raised ValueError: too fast{+1}",
    },
    "schedule": {
        "no_factor": f"{{}} {FACTOR} step 0 of 400, it returned None",
        "nan_at_the_end": f"{{}} {FACTOR} step 399 of 400, it returned nan",
        "negative_from_the_middle": (
            f"{{}} {FACTOR} step 200 of 400, it returned -0.09999999999999998"
        ),
        "text": f"{{}} {FACTOR} step 0 of 400, it returned '1.0'",
        "raising_schedule": (
            ", given step 0 of 400, raised ZeroDivisionError: division by zero{+1}"
        ),
    },
    "objective": {
        "mean_loss": f"{{}} {LOSS} float32 ()",
        "loss_of_each_class": f"{{}} {LOSS} float32 (2, 10)",
        "nan_loss": f"{{}} {LOSS} [nan, nan]",
        "losses_as_numbers": f"{{}} {LOSS} a list",
        "counted_errors": f"{{}} {LOSS} float32 (2,) without a gradient",
        "raising_objective": (
            ", given two rows of 10 zeros and their labels, raised IndexError: index 9 is out of "
            "bounds for dimension 0 with size 2{+1}"
        ),
    },
    "numbers": {
        "no_numbers": "{} must return ltsweep.train.numbers.Numbers; it returned a tuple",
        "flat_weights": (
            f"{{}} {SHAPE} float32 (10, 100) to its function of weights, it returned float32 "
            "(1000,)"
        ),
        "detached_activations": (
            f"{{}} {SHAPE} float32 (2, 100) to its function of activations, it returned float32 "
            "(2, 100) without a gradient"
        ),
        "forgotten_activations": (
            f"{{}} {SHAPE} float32 (2, 100) to its function of activations, it returned None"
        ),
        "raising_numbers": ", given nothing, raised RuntimeError{+1}",
        "raising_representation": (
            ", given float32 (10, 100) to its function of weights, raised IndexError: too many "
            "indices for tensor of dimension 2{+1}"
        ),
    },
}
CASES = [(group, part) for group, parts in BROKEN.items() for part in parts]


def chosen(group, part):
    """The lines that put a part in the place of the usual one of its group."""
    without = (f"~{group}.{name}" for name in SETTINGS[group])
    return (f"{group}._target_={PARTS}.{part}", *without)


def sentence(group, part):
    function = getattr(broken_parts, part)
    line = function.__code__.co_firstlineno
    said = BROKEN[group][part]
    for more in ("", "+1", "+2"):
        place = f" ({broken_parts.__file__}, line {line + int(more or 0)})"
        said = said.replace(f"{{{more}}}", place)
    return f"{group}={NAMES[group]}: {PARTS}.{part}{said}"


@pytest.mark.parametrize(("group", "part"), CASES)
def test_a_part_that_breaks_its_contract_is_refused_with_a_sentence(group, part):
    assert wanted("seed=0,1", *chosen(group, part)).problems == [sentence(group, part)]


GOOD = [
    ("init", "good_init"),
    ("init", "std_by_shape"),
    ("optimizer", "good_optimizer"),
    ("schedule", "good_schedule"),
    ("objective", "good_objective"),
    ("numbers", "good_numbers"),
    ("dataset", "good_dataset"),
]


@pytest.mark.parametrize("model", ["lenet_300_100", "conv2"])
@pytest.mark.parametrize(("group", "part"), GOOD)
def test_parts_that_keep_theirs_are_taken(group, part, model):
    small = ("dataset.validation=20", "batch_size=20") if group == "dataset" else ()
    assert wanted(*chosen(group, part), f"model={model}", *small).problems == []


def test_every_part_that_is_tried_has_cases_and_a_good_one():
    tried = {name for (name, *_) in contracts._TRIALS} - {"control_init"} | {"dataset"}
    assert tried == set(BROKEN) == {group for group, _ in GOOD}
    functions = {name for name, value in vars(broken_parts).items() if inspect.isfunction(value)}
    helpers = {"by_hand", "of_std", "missing", "negative_after_500", "dataclass", "fingerprint_of"}
    assert functions - helpers == {part for _, part in [*CASES, *GOOD]}


def test_the_init_of_the_controls_is_tried_too():
    lines = ("init@control_init=xavier_normal", "~control_init.nonlinearity")
    (said,) = wanted(*lines, f"control_init._target_={PARTS}.number").problems
    assert said.startswith(f"control_init=xavier_normal: {PARTS}.number (")


def test_parts_of_the_target_are_tried_too():
    lines = ("optimizer@target_optimizer=sgd", "~target_optimizer.nesterov")
    lines += ("~target_optimizer.momentum", "~target_optimizer.weight_decay")
    (said,) = wanted(*lines, f"target_optimizer._target_={PARTS}.no_optimizer").problems
    assert said.startswith(f"target_optimizer=sgd: {PARTS}.no_optimizer (")


def test_a_dataset_that_is_not_there_says_so_in_its_own_words():
    said = wanted(*chosen("dataset", "missing")).problems
    assert said == ["dataset=digits: fetch it from the shelf"]


def test_all_parts_that_break_theirs_are_told_at_once():
    lines = (*chosen("schedule", "text"), *chosen("objective", "mean_loss"))
    said = wanted(*lines, "batch_size=2000").problems
    assert said[0].startswith("batch_size=2000 must be at most 1170")
    assert said[1:] == [sentence("objective", "mean_loss"), sentence("schedule", "text")]


def test_what_thousands_of_points_share_is_tried_once(monkeypatch):
    tried = []
    usual = dict(contracts._TRIALS)
    noted = {
        needs: lambda call, side, facts, trial=trial: (
            tried.append(call.target),
            trial(call, side, facts),
        )
        for needs, trial in usual.items()
    }
    monkeypatch.setattr(contracts, "_TRIALS", noted)
    request = wanted("seed=range(50)", "init.scale=1,2", *chosen("objective", "good_objective"))
    assert request.problems == []
    assert len(request.points) == 100
    assert tried == [f"{PARTS}.good_objective"], "and parts of ltsweep's own are not"


def test_a_part_is_tried_in_each_situation():
    lines = chosen("schedule", "negative_after_500")
    assert wanted(*lines, "schedule.length=400it").problems == []
    (said,) = wanted(*lines, "schedule.length=400it,1000it").problems
    assert said.endswith(f"{FACTOR} step 999 of 1000, it returned -499")
