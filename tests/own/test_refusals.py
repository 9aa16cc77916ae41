"""Users' own models that cannot be trained are refused before anything starts, with the reason."""

import pytest

from ..sweeps_here import wanted
from . import wrong

MUST_RETURN = "it must return a float tensor of shape (images, 10), a number for each class, but "
REFUSED = {
    "nothing": MUST_RETURN + "returned None",
    "three_outputs": MUST_RETURN + "for 2 images returned float32 (2, 3)",
    "labels": MUST_RETURN + "for 2 images returned int64 (2,)",
    "pair": MUST_RETURN + "returned a tuple",
    "no_module": "it must make a torch.nn.Module, but made None",
    "double": "its parameters are float64; they must be float32",
    "lazy": "1.weight has no size before the first batch: give its layer all sizes",
    "draws_from_python": (
        "in training it draws from NumPy's or Python's generator; it must draw from torch's"
    ),
    "draws_from_numpy": (
        "in training it draws from NumPy's or Python's generator; it must draw from torch's"
    ),
    "draws_from_its_own": (
        "two forward passes in training differ although torch's generator was seeded alike: its "
        "random numbers must come from torch's global generator"
    ),
    "counts": (
        "its attribute calls changes in training, which replicates would share and an "
        "interruption would lose: use register_buffer"
    ),
    "hides": (
        "it keeps random values that are neither parameters nor buffers, so no replicate has its "
        "own and no run finds them again: use register_buffer"
    ),
    "unseeded": (
        "shift would differ in each run: initial values must be drawn from torch's, NumPy's or "
        "Python's global generator, which the seed decides"
    ),
    "raises": "KeyError: 'no such key'",
    "frozen": "it has no weights that could be pruned; see model.prunable",
    "normalised": (
        "the weight of layer is computed from other parameters, so none of it can be pruned; name "
        "what can by model.prunable=[patterns of names]"
    ),
}


def problems(name, *lines):
    return wanted("model=dropout", f"model._target_=tests.own.wrong.{name}", *lines).problems


@pytest.mark.parametrize("name", REFUSED)
def test_one_sentence_says_why(name):
    (told,) = problems(name)
    who, _, why = told.partition(", line ")
    assert who == f"model=dropout, tests.own.wrong.{name} ({wrong.__file__}"
    assert why.partition("), does not suit digits (1x8x8): ")[2] == REFUSED[name]


def test_numbers_must_see_the_inputs_of_what_they_represent():
    assert wanted("model=attentive", "numbers=scaled_signs").problems == [
        "numbers=scaled_signs represents the inputs of layers, but those of "
        "encoder.self_attn.in_proj_weight and encoder.self_attn.out_proj.weight of model=attentive "
        "are not seen; see model.prunable"
    ]
    lines = ("model=attentive", "numbers=scaled_signs", "model.prunable=[encoder.linear*]")
    assert wanted(*lines).problems == []


def test_a_model_without_fault_is_not_refused():
    assert problems("perceptron") == []


def test_patterns_must_match_weights_that_are_used():
    (told,) = problems("perceptron", "model.prunable=[layer.bias]")
    assert told.endswith(
        "model.prunable: layer.bias matches no weight of two or more dimensions that is trained; "
        "there is layer.weight"
    )
    assert problems("normalised", "model.prunable=[layer.*1]") == []
    assert problems("perceptron", "model.prunable=[]") == [
        "model.prunable=[] must be auto, or a list of one or more values in brackets, each text"
    ]
