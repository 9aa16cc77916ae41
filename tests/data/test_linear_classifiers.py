"""Tests linear classifiers against textbook solutions, and how their penalty is chosen."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from ltsweep.data.embedded import digits
from ltsweep.data.linear_classifiers import Affine, Examples, Inputs, fit, logistic, ridge
from ltsweep.data.split import split
from ltsweep.data_spec import Normalise, Split


def examples(count, features=6, classes=3, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    pixels = random.normal(size=(count, features)) + 2 * np.eye(classes, features)[labels]
    return Examples(pixels.astype(np.float32), labels)


@pytest.mark.parametrize("penalty", [1e-3, 0.5])
def test_ridge_solves_the_augmented_least_squares(penalty):
    """Rows of zeros with sqrt(n penalty) on the diagonal turn the penalty into more examples."""
    some = examples(50)
    (found,) = ridge(some, 3, [penalty])
    count, features = some.pixels.shape
    left = np.hstack([some.pixels.astype(float), np.ones((count, 1))])
    more = np.hstack([np.sqrt(count * penalty) * np.eye(features), np.zeros((features, 1))])
    right = np.vstack([np.eye(3)[some.labels], np.zeros((features, 3))])
    expected = np.linalg.lstsq(np.vstack([left, more]), right, rcond=None)[0]
    np.testing.assert_allclose(found.weights, expected[:-1], atol=1e-6)
    np.testing.assert_allclose(found.biases, expected[-1], atol=1e-6)


def objective(some, penalty, affine):
    scores = some.pixels.astype(float) @ affine.weights + affine.biases
    log_shares = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    entropy = -log_shares[np.arange(len(scores)), some.labels].mean()
    return entropy + penalty / 2 * (affine.weights**2).sum()


@pytest.mark.parametrize("penalty", [0.01, 1.0])
def test_logistic_regression_is_at_the_minimum_of_its_objective(penalty):
    some = examples(60)
    (found,) = logistic(some, 3, [penalty])
    least = objective(some, penalty, found)
    random = np.random.default_rng(1)
    for size in (1e-1, 1e-2):
        for _ in range(20):
            moved = Affine(*(part + size * random.normal(size=part.shape) for part in found))
            assert objective(some, penalty, moved) > least

    def value(flat):
        return objective(some, penalty, Affine(flat[:-3].reshape(6, 3), flat[-3:]))

    flat = np.concatenate([part.ravel() for part in found])
    assert check_grad(value, lambda _: np.zeros_like(flat), flat) < 1e-3  # a flat place


def test_the_penalty_is_the_best_on_images_that_it_is_not_fitted_to():
    """With equal accuracies the strongest, and the test part says nothing."""
    made = []

    def family(some, classes, penalties):
        made.append((len(some.labels), list(penalties)))
        for penalty in penalties:
            favourite = {4.0: 0, 2.0: 1, 1.0: 1}[penalty]
            yield Affine(np.zeros((2, 3)), np.eye(3)[favourite])

    def of(*labels):
        return Examples(np.zeros((len(labels), 2), np.float32), np.array(labels))

    with_validation = Inputs(of(0, 0, 0, 0), of(1, 1, 2), of(0, 0, 1, 2), 3)
    assert fit(family, with_validation, [4.0, 2.0, 1.0]) == (2.0, pytest.approx(2 / 3), 0.25)
    assert made == [(4, [4.0, 2.0, 1.0])]
    made.clear()
    without = Inputs(of(1, 0, 0, 0, 0), of(), of(0, 0, 1, 2), 3)
    assert fit(family, without, [4.0, 2.0, 1.0]) == (2.0, 1.0, 0.25)
    assert made == [(4, [4.0, 2.0, 1.0]), (5, [2.0])]


def test_inputs_are_normalised_as_a_nets_are(tmp_path):
    parts = split(digits(tmp_path), Split(validation=100, split_seed=0, examples=200))
    inputs = Inputs.of(parts, Normalise(mean=[0.3], std=[0.4], white=16))
    assert inputs.train.pixels.shape == (200, 64) and len(inputs.val.labels) == 100
    expected = (parts.train_images[7].ravel() / 16 - 0.3) / 0.4
    np.testing.assert_allclose(inputs.train.pixels[7], expected, rtol=1e-5)
    assert (inputs.test.labels == parts.test_labels).all()


def test_both_learn_handwritten_digits(tmp_path):
    """Scikit-learn's own logistic regression comes to about 95 % on such splits."""
    parts = split(digits(tmp_path), Split(validation=200, split_seed=0, examples=None))
    inputs = Inputs.of(parts, Normalise(mean=[0.3053], std=[0.3761], white=16))
    assert 0.93 < fit(logistic, inputs, [0.1, 0.01, 1e-3]).test_accuracy < 0.98
    assert 0.90 < fit(ridge, inputs, [1.0, 0.1, 0.01]).test_accuracy < 0.96
