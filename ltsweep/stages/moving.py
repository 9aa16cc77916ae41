"""What becomes of a state that was made on other data: its head and its norms."""

import torch

from ltsweep.init.state import Tensors, initial_state
from ltsweep.models.net import Net
from ltsweep.models.norms import neutral_norms
from ltsweep.spec import StageSpec


def settled(state: Tensors, spec: StageSpec, net: Net) -> Tensors:
    """The state that a weights rule has made, as the stage's own net takes it.

    A head that is drawn anew is that of the dense training on the same data.
    """
    return state | _made_anew(spec, net)


def settled_optimizer(state: Tensors, spec: StageSpec, net: Net) -> Tensors:
    """An optimizer's state, '<parameter>/<quantity>', that knows nothing of what begins anew.

    Zeros are what optimizers begin with: sums of gradients that have seen none, and no step.
    """
    anew = _made_anew(spec, net)
    return {
        entry: torch.zeros_like(value) if entry.rpartition("/")[0] in anew else value
        for entry, value in state.items()
    }


def _made_anew(spec: StageSpec, net: Net) -> Tensors:
    """What of a state the stage does not take from elsewhere."""
    made: Tensors = {}
    if spec.moved is None:
        return made
    if spec.moved.norm != "keep":
        made |= neutral_norms(net.module, affine=spec.moved.norm == "reinit")
    if spec.moved.head is not None:
        drawn = initial_state(net, spec.moved.head, spec.seed, "init")
        made |= {name: drawn[name] for name in net.head}
    return made
