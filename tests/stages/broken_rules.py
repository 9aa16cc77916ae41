"""Rules that break their contracts, each in one way."""

import torch


def numbers_for_a_mask(layers):
    return {layer.name: torch.ones(layer.shape) for layer in layers}


def half_a_mask(mask):
    return dict(list(mask.items())[1:])


def ticket_without_biases(rewound, layers):
    return {layer.name: rewound[layer.name] for layer in layers}


def transposed_ticket(rewound):
    return {name: value.t() if value.dim() == 2 else value for name, value in rewound.items()}


def double_ticket(rewound):
    return {name: value.double() for name, value in rewound.items()}


def one_score(weights):
    return sum(weight.abs().sum() for weight in weights.values())


def score_of_each_unit(weights):
    return {name: weight.abs().sum(1) for name, weight in weights.items()}


def scores_over_nothing(weights):
    return {name: weight / 0 for name, weight in weights.items()}


def raising_score(weights):
    return weights["no such layer"]


def moving_numbers(mask):
    return {name: part.float() for name, part in mask.items()}


def no_moving_mask(mask):
    """Forgets to return it."""
