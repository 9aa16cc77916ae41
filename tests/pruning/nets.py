"""Small nets of each kind, drawn at random, with batches: what criteria by derivatives score."""

import torch
from torch.func import functional_call

from ltsweep.foundations.components import bind
from ltsweep.init.state import initial_state
from ltsweep.part_spec import InitSpec

from ..nets import net_of

INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0, bias="torch")
CLASSES = 5
NETS = {
    "mlp": ("ltsweep.models.lenet_300_100", (1, 4, 4), {"hidden": (12, 9)}),
    "convolutions": (
        "ltsweep.models.conv_gap",
        (1, 7, 7),
        {"channels": (4, 6), "strides": (2, 1), "norm": "none"},
    ),
    "residual": ("ltsweep.models.resnet", (3, 8, 8), {"blocks": (1, 2), "width": 4}),
}


class Drawn:
    """A net with its state, and batches of images."""

    def __init__(self, target, shape, settings):
        self.net = net_of(target, shape, CLASSES, **settings)
        self.state = initial_state(self.net, INIT, 0, "init")
        names = [layer.name for layer in self.net.layers]
        self.weights = {name: self.state[name] for name in names}
        random = torch.Generator().manual_seed(1)
        self.batches = [
            (
                torch.rand((size, *shape), generator=random, dtype=torch.float64),
                torch.randint(CLASSES, (size,), generator=random),
            )
            for size in (6, 5, 7)
        ]

    def forward(self, state, images):
        """The net in training, in float64."""
        doubles = {n: t.double() if t.is_floating_point() else t for n, t in state.items()}
        return functional_call(self.net.module.train(), doubles, (images,))

    def module(self):
        """A module of its own with the drawn values, in float64."""
        module = self.net.rebuilt(0).to_empty(device="cpu").double()
        module.load_state_dict(self.state)
        return module
