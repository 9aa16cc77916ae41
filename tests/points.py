"""Points and plans from overrides, as the command line makes them, for made-up data and net."""

from functools import cache
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from torch import nn

from ltsweep.config.parse import parse
from ltsweep.hydra.compose import Composer
from ltsweep.models.layers import Layer
from ltsweep.models.net import Footprint, Net
from ltsweep.plan.facts import Facts
from ltsweep.plan.points import make_plan

from .composing import Composing

CONF = Path(__file__).parents[1] / "conf"


def _perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(20, 40), nn.ReLU(), nn.Linear(40, 10))


LAYERS = (
    Layer("in.weight", (40, 20), 1),
    Layer("mid.weight", (9, 20), 1),
    Layer("out.weight", (2, 10), 1, is_output=True),
)
FACTS = Facts(
    fingerprint="made up",
    train_examples=640,  # 10 steps an epoch at the default batch size
    classes=10,
    net=Net(
        build=_perceptron,
        module=_perceptron(),
        input_shape=(1, 4, 5),
        layers=LAYERS,
        drawn=LAYERS,
        head=("out.weight",),
        footprint=Footprint(parameters=1050, activations=100),
        each_used_once=True,
    ),
)


def choices(group):
    """The names that a group of conf/ offers."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def any_of(group):
    """These names as messages list them: a, b or c."""
    *names, last = choices(group)
    return f"{', '.join(names)} or {last}"


@cache
def composer():
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        return Composer(GlobalHydra.instance().config_loader(), "config")


@cache
def _composing():
    return Composing(composer())


@cache
def _raw(lines):
    return _composing().configs(*lines)


def raw(*lines):
    """Composed configurations, not yet typed."""
    return _raw(lines)


def request(*lines):
    return parse(raw(*lines))


def configs(*lines):
    made = request(*lines)
    assert made.problems == []
    return made.points


def plan(*lines, facts=FACTS):
    """The plan of these points; levels=3 unless the lines say something else."""
    return make_plan(configs("levels=3", *lines), lambda config: facts)


def stages(*lines):
    """The keys of the only point's stages, dense first."""
    (point,) = plan(*lines).points
    return point.stages
