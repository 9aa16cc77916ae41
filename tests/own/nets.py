"""Six models as users write them: none is a plain chain of linear layers and convolutions."""

import torch
from torch import nn


class Rows(nn.Module):
    """Treats the rows of an image (1, 8, 8) as a sequence; one linear layer gives the classes."""

    def __init__(self, layer, features, classes):
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(features, classes)

    def forward(self, x):
        y = self.layer(x.flatten(1, 2))
        y = y[0] if isinstance(y, tuple) else y
        return self.head(y.flatten(1).relu())


def conv1d(input_shape, classes):
    """A convolution over rows."""
    return Rows(nn.Conv1d(8, 32, 3, padding=1), 32 * 8, classes)


def gru(input_shape, classes):
    """A recurrent net over rows."""
    return Rows(nn.GRU(8, 16, batch_first=True), 16 * 8, classes)


class Attentive(nn.Module):
    """A transformer encoder layer over rows, their positions in a buffer."""

    def __init__(self, classes):
        super().__init__()
        self.register_buffer("positions", torch.randn(8, 16) / 4)
        self.embed = nn.Linear(8, 16)
        self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, classes)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x.flatten(1, 2)) + self.positions).mean(1))


def attentive(input_shape, classes):
    """See Attentive."""
    return Attentive(classes)


def dropout(input_shape, classes):
    """A perceptron with dropout."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, classes)
    )


class Twice(nn.Module):
    """A layer that is used twice."""

    def __init__(self, classes):
        super().__init__()
        self.enter = nn.Linear(64, 32)
        self.rec = nn.Linear(32, 32)
        self.leave = nn.Linear(32, classes)

    def forward(self, x):
        y = self.enter(x.flatten(1)).relu()
        return self.leave(self.rec(self.rec(y).relu()).relu())


def twice(input_shape, classes):
    """See Twice."""
    return Twice(classes)


class Embedded(nn.Module):
    """A perceptron with layer norm over embeddings of 17 grey levels."""

    def __init__(self, classes):
        super().__init__()
        self.embed = nn.Embedding(17, 4)
        self.norm = nn.LayerNorm(256)
        self.hidden = nn.Linear(256, 32)
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        levels = (x * 4 + 8).round().clamp(0, 16).long()
        return self.head(self.hidden(self.norm(self.embed(levels.flatten(1)).flatten(1))).relu())


def embedded(input_shape, classes):
    """See Embedded."""
    return Embedded(classes)
