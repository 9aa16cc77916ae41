"""Models of users' own that cannot be trained as they are, each in one way."""

import random

import numpy as np
import torch
from torch import nn

SIZE = 64


class Perceptron(nn.Module):
    """One layer; what is wrong is in the subclasses."""

    def __init__(self, classes=10):
        super().__init__()
        self.layer = nn.Linear(SIZE, classes)

    def forward(self, x):
        return self.layer(x.flatten(1))


class Nothing(Perceptron):
    def forward(self, x):
        self.layer(x.flatten(1))


class Labels(Perceptron):
    def forward(self, x):
        return super().forward(x).argmax(1)


class Pair(Perceptron):
    def forward(self, x):
        return super().forward(x), x


class DrawsFromPython(Perceptron):
    def forward(self, x):
        return super().forward(x) * (2 if self.training and random.random() < 0.5 else 1)


class DrawsFromNumPy(Perceptron):
    def forward(self, x):
        return super().forward(x) * (np.random.rand() if self.training else 1)


class DrawsFromItsOwn(Perceptron):
    def __init__(self):
        super().__init__()
        self.random = np.random.default_rng(0)

    def forward(self, x):
        return super().forward(x) * (float(self.random.random()) if self.training else 1)


class Counts(Perceptron):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += self.training
        return super().forward(x)


class Hides(Perceptron):
    def __init__(self):
        super().__init__()
        self.scales = torch.rand(SIZE)

    def forward(self, x):
        return super().forward(x.flatten(1) * self.scales)


class Unseeded(Perceptron):
    def __init__(self):
        super().__init__()
        values = np.random.default_rng().normal(size=SIZE)
        self.register_buffer("shift", torch.tensor(values, dtype=torch.float32))

    def forward(self, x):
        return super().forward(x.flatten(1) + self.shift)


class Raises(Perceptron):
    def forward(self, x):
        return {}["no such key"]


class Frozen(Perceptron):
    def __init__(self):
        super().__init__()
        self.requires_grad_(False)


class Normalised(Perceptron):
    def __init__(self):
        super().__init__()
        nn.utils.parametrizations.weight_norm(self.layer)


def nothing(input_shape, classes):
    return Nothing()


def no_module(input_shape, classes):
    return None


def three_outputs(input_shape, classes):
    return Perceptron(3)


def labels(input_shape, classes):
    return Labels()


def pair(input_shape, classes):
    return Pair()


def double(input_shape, classes):
    return Perceptron().double()


def lazy(input_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(classes))


def draws_from_python(input_shape, classes):
    return DrawsFromPython()


def draws_from_numpy(input_shape, classes):
    return DrawsFromNumPy()


def draws_from_its_own(input_shape, classes):
    return DrawsFromItsOwn()


def counts(input_shape, classes):
    return Counts()


def hides(input_shape, classes):
    return Hides()


def unseeded(input_shape, classes):
    return Unseeded()


def raises(input_shape, classes):
    return Raises()


def frozen(input_shape, classes):
    return Frozen()


def normalised(input_shape, classes):
    return Normalised()


def perceptron(input_shape, classes):
    return Perceptron()
