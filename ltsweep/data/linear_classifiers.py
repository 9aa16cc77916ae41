"""Linear classifiers of images, fitted until they are best: ridge and logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple, Self

import numpy as np

from ltsweep.data.split import Parts
from ltsweep.data_spec import Normalise

CHUNK = 2_000  # images that are float64 at a time
HELD_OUT = 5  # a fifth of the training images chooses the penalty where there is no validation
RIDGE_PENALTIES = tuple(float(p) for p in np.logspace(1, -5, 13))
LOGISTIC_PENALTIES = tuple(float(p) for p in np.logspace(0, -5, 6))
MOST_ITERATIONS = 200
FLAT = 1e-4  # no derivative of the loss is larger where it is taken to be least


class Examples(NamedTuple):
    """Normalised pixels, float32 (N, F), and labels, int64 (N,)."""

    pixels: np.ndarray
    labels: np.ndarray


class Affine(NamedTuple):
    """A score for each class: float64 weights (F, C) and biases (C,)."""

    weights: np.ndarray
    biases: np.ndarray

    def accuracy(self, examples: Examples) -> float:
        """The share of examples whose own class has the highest score."""
        right = 0
        for start in range(0, len(examples.labels), CHUNK):
            some = slice(start, start + CHUNK)
            scores = examples.pixels[some].astype(np.float64) @ self.weights + self.biases
            right += int((scores.argmax(1) == examples.labels[some]).sum())
        return right / len(examples.labels)


# classifiers of examples with so many classes, one for each penalty, the strongest first
Family = Callable[[Examples, int, Sequence[float]], Iterator[Affine]]


@dataclass(frozen=True)
class Inputs:
    """What a net is given of a dataset, as examples; the validation part may be empty."""

    train: Examples
    val: Examples
    test: Examples
    classes: int

    @classmethod
    def of(cls, parts: Parts, normalise: Normalise) -> Self:
        """The parts with their pixels normalised, in rows; nothing is augmented."""
        mean, std = (np.array(c).reshape(-1, 1, 1) for c in (normalise.mean, normalise.std))
        scale, shift = 1 / (normalise.white * std), -mean / std

        def examples(images: np.ndarray, labels: np.ndarray) -> Examples:
            features = prod(images.shape[1:])
            pixels = np.empty((len(images), features), np.float32)
            for start in range(0, len(images), CHUNK):
                some = slice(start, start + CHUNK)
                pixels[some] = (images[some] * scale + shift).reshape(-1, features)
            return Examples(pixels, labels)

        return cls(
            examples(parts.train_images, parts.train_labels),
            examples(parts.val_images, parts.val_labels),
            examples(parts.test_images, parts.test_labels),
            parts.classes,
        )


class Fitted(NamedTuple):
    """A classifier whose penalty is the best of its grid on images that it was not fitted to."""

    penalty: float
    val_accuracy: float
    test_accuracy: float


def fit(family: Family, inputs: Inputs, penalties: Sequence[float]) -> Fitted:
    """Chooses the penalty by validation, of equal ones the strongest, and then reads the test part.

    Without a validation part the first fifth of the training images, whose order is random,
    chooses. The classifier is fitted to all training images either way, and to no others.
    """
    has_validation = len(inputs.val.labels) > 0
    fewer, held_out = (inputs.train, inputs.val) if has_validation else _parted(inputs.train)
    found = list(family(fewer, inputs.classes, penalties))
    accuracies = [affine.accuracy(held_out) for affine in found]
    best = accuracies.index(max(accuracies))
    chosen = found[best]
    if not has_validation:
        (chosen,) = family(inputs.train, inputs.classes, [penalties[best]])
    return Fitted(penalties[best], accuracies[best], chosen.accuracy(inputs.test))


def ridge(examples: Examples, classes: int, penalties: Sequence[float]) -> Iterator[Affine]:
    """Least squares of labels as 0 and 1, with `penalty` times the sum of squared weights.

    The squared errors are those of a mean example; biases are not penalised. By the normal
    equations, in float64.
    """
    count = len(examples.labels)
    middle = examples.pixels.mean(0, dtype=np.float64)
    wanted = np.eye(classes)[examples.labels]
    mean_wanted = wanted.mean(0)
    covariance = np.zeros((len(middle), len(middle)))
    towards = np.zeros((len(middle), classes))
    for start in range(0, count, CHUNK):
        some = slice(start, start + CHUNK)
        centred = examples.pixels[some] - middle
        covariance += centred.T @ centred / count
        towards += centred.T @ (wanted[some] - mean_wanted) / count
    values, vectors = np.linalg.eigh(covariance)
    turned = vectors.T @ towards
    for penalty in penalties:
        weights = vectors @ (turned / (values.clip(0) + penalty)[:, None])
        yield Affine(weights, mean_wanted - middle @ weights)


def logistic(examples: Examples, classes: int, penalties: Sequence[float]) -> Iterator[Affine]:
    """Mean cross-entropy with half of `penalty` times the sum of squared weights.

    Biases are not penalised. By L-BFGS, each penalty from the weights of the one before, until the
    loss is `FLAT` or for `MOST_ITERATIONS`. Products are float32, all else is float64.
    """
    from scipy.optimize import minimize

    pixels = examples.pixels
    count, features = pixels.shape
    rows = np.arange(count)

    def loss(flat: np.ndarray, penalty: float) -> tuple[float, np.ndarray]:
        weights, biases = flat[:-classes].reshape(features, classes), flat[-classes:]
        scores = (pixels @ weights.astype(np.float32)).astype(np.float64) + biases
        scores -= scores.max(1, keepdims=True)
        shares = np.exp(scores)
        totals = shares.sum(1)
        entropy = (np.log(totals) - scores[rows, examples.labels]).mean()
        shares /= totals[:, None]
        shares[rows, examples.labels] -= 1
        gradient = pixels.T @ shares.astype(np.float32) / count + penalty * weights
        value = entropy + penalty / 2 * (weights**2).sum()
        return value, np.concatenate([gradient.ravel(), shares.mean(0)])

    flat = np.zeros((features + 1) * classes)
    for penalty in penalties:
        found = minimize(
            loss, flat, (penalty,), method="L-BFGS-B", jac=True,
            options={"maxiter": MOST_ITERATIONS, "gtol": FLAT},
        )  # fmt: skip
        flat = found.x
        yield Affine(flat[:-classes].reshape(features, classes), flat[-classes:])


def _parted(examples: Examples) -> tuple[Examples, Examples]:
    """All but the first fifth, and that."""
    first = len(examples.labels) // HELD_OUT
    pixels, labels = examples
    return Examples(pixels[first:], labels[first:]), Examples(pixels[:first], labels[:first])
