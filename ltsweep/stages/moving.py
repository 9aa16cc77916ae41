"""What becomes of a state that was made on other data: its head and its norms."""

from ltsweep.init.state import Tensors, initial_state
from ltsweep.models.net import Net
from ltsweep.models.norms import neutral_norms
from ltsweep.spec import StageSpec


def settled(state: Tensors, spec: StageSpec, net: Net) -> Tensors:
    """The state that a weights rule has made, as the stage's own net takes it.

    A head that is drawn anew is that of the dense training on the same data.
    """
    if spec.moved is None:
        return state
    made = dict(state)
    if spec.moved.norm != "keep":
        made |= neutral_norms(net.module, affine=spec.moved.norm == "reinit")
    if spec.moved.head is not None:
        drawn = initial_state(net, spec.moved.head, spec.seed, "init")
        made |= {name: drawn[name] for name in net.head}
    return made
