"""Planned points of many cells, which differ in settings of all sections: nothing is trained."""

import random
from copy import deepcopy
from dataclasses import replace
from functools import cache

import yaml

from ltsweep.config.parse import parse
from ltsweep.plan.points import make_plan
from ltsweep.store.training_records import Validations
from ltsweep.views.records import Curve, FinishedLevel

from ..points import CONF, FACTS, raw
from ..records import closing_record
from ..records import diverged as as_diverged

# Settings of all sections: one, or some, of these lines differ between the points of a sweep.
CHANGES = """
batch_size=32 | precision=bf16 | norm_statistics=recalibrated | strategy=loop
optimizer=adam | optimizer.lr=0.002 | optimizer.momentum=0.5 | optimizer.weight_decay=0.001
schedule=cosine | schedule=milestones | schedule.length=800it | schedule.warmup=10it
schedule.validate_every=5it | dataset.split_seed=1 | dataset.half=a | dataset.half=b
dataset.classes=[0,1,2,3,4] | dataset.examples=300 | dataset.validation=50 | dataset.crop=1
model=conv_gap | input=resize input.size=14x14 | init=xavier_normal | init=orthogonal
init.scale=2 | init.bias=torch | init.output=torch | init.rescale=count | init.rescale=energy
init.rescale=count init.rescale_where=ladder | init@control_init=orthogonal
init@control_init=xavier_normal control_init.scale=3
init@control_init=xavier_normal control_init.rescale=count
pruning=magnitude_layerwise | pruning=magnitude_rescaled | pruning.fraction=0.3
pruning.output_fraction=0.1 | pruning.layers={"in*":0.1} | pruning.rounds=2
pruning.schedule=oneshot | reset.step=5it | reset.step=1ep | reset.schedule=restart
reset.optimizer=snapshot | target.split_seed=3 | target.half=b | dataset@target=digits
dataset@target=usps target.mean=[0.5] target.std=[0.5] | optimizer@target_optimizer=adam
optimizer@target_optimizer=sgd target_optimizer.lr=0.01 | target_optimizer.weight_decay=0.1
schedule@target_schedule=cosine | target_schedule.length=100it | target_batch_size=16
transfer.head=fresh | target.crop=1 transfer.norm=keep | target.crop=1 transfer.norm=reinit
"""
METHODS = """
imp | random_reinit | random_mask | random_mask method.weights=source | erk | erk method.weights=end
gradual | gradual method.begin=0.2 | set method.start=uniform | rigl | rigl method.drop=0.1
finetune | finetune method.lr=0.001 | lr_rewind | trained | dense | dense_at_k | fresh_at_k
at_init pruning=snip | at_init pruning=snip method.step=5it | shuffled_values
"""


GROUPS = {path.name for path in CONF.iterdir() if path.is_dir()}


def words(text):
    return [one.strip().split() for line in text.strip().splitlines() for one in line.split("|")]


def composed(lines):
    """What the command line composes of these lines, in a fraction of the time."""
    (config,) = deepcopy(raw())
    for line in lines:
        name, _, value = line.partition("=")
        group, _, section = name.partition("@")
        if group in GROUPS:
            config[section or group] = deepcopy(chosen(group, section or group, value))
            continue
        *path, last = name.split(".")
        place = config
        for part in path:
            place[part] = place[part] or {}  # of the target: null until something is set
            place = place[part]
        place[last] = yaml.safe_load(value)
    return config


@cache
def chosen(group, section, name):
    if group == "dataset":  # takes in another file
        return raw(f"{group}@{section}={name}")[0][section]
    usual = read("config.yaml").get(section) or {}
    return usual | read(f"{group}/{name}.yaml")


@cache
def read(file):
    return yaml.safe_load((CONF / file).read_text())


@cache
def point(*lines, levels=1):
    """What is written of a planned point; None where its settings do not go together."""
    made = parse([composed(lines) | {"levels": levels}])
    if made.problems:
        return None
    (planned,) = make_plan(made.points, lambda s: replace(FACTS, fingerprint=s.dataset.name)).points
    return planned.record("sweep")


@cache
def cells():
    """Points of many cells: each change by itself, for two methods, and pairs of changes."""
    draw = random.Random(5)
    changes, methods = words(CHANGES), words(METHODS)
    wanted = [[f"method={name}", *rest] for name, *rest in methods]
    wanted += [[f"method={name}", *change] for change in changes for name in ("imp", "rigl")]
    for _ in range(60):
        (name, *rest), one, other = draw.choice(methods), *draw.sample(changes, 2)
        lines = [f"method={name}", *rest, *one, *other]
        if len(lines) == len({line.partition("=")[0] for line in lines}):
            wanted.append(lines)
    found = {made.cell: made for made in (point(*lines) for lines in wanted) if made is not None}
    return list(found.values())


def curve(record, accuracies=(0.9, 0.8), validation=None, diverged=(), **values):
    """The curve of such a point, with these test accuracies; each level has half the weights.

    `validation` has the accuracies on validation images, if others, and `diverged` the levels of
    which nothing but counts is known. `values` are of all closing records.
    """
    validation = accuracies if validation is None else validation

    def level(key, number):
        measured = {"test_accuracy": accuracies[number], "val_accuracy": validation[number]}
        kept = {"level": number, "seed": record.seed, "kept": 1000 >> number}
        end = closing_record(**kept, **measured, **values)
        state = "diverged" if number in diverged else "trained"
        end = as_diverged(end) if number in diverged else end
        return FinishedLevel(number, key, state, end=end, validation=Validations.of([]))

    levels = [level(key, number) for number, key in enumerate(record.stages)]
    return Curve(record, levels, level(record.dense, 0) if record.dense else None)
