"""Tests the loop that strategies share: who steps when, on what, and what happens in between."""

from dataclasses import dataclass, field

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.spec import ScheduleSpec
from ltsweep.train.loop import Interrupted, train
from ltsweep.train.replicate import Batches, DataOrder, Replicate

CONSTANT = bind("ltsweep.train.constant", {})
MILESTONES = bind("ltsweep.train.milestones", {"at": [0.5], "gamma": 0.25})
EXAMPLES, BATCH = 25, 10  # batches of 10, 10 and 5


class Counting:
    """A strategy whose replicates count their own steps; it writes down what it is told."""

    def __init__(self, pack):
        self.taken = [0] * len(pack)
        self.batches, self.factors = [], []

    def step(self, batch, factors):
        self.batches.append(batch.indices)
        self.factors.append(list(factors))
        for k in range(len(factors)):
            self.taken[k] += 1

    def evaluate(self, part, examples, replicates):
        assert part == "val"
        correct = torch.zeros(len(replicates), len(examples), dtype=torch.bool)
        correct[:, 0] = True
        losses = [float(self.taken[k]) for k in replicates]
        return correct, torch.tensor(losses, dtype=torch.float64)

    def state(self, replicate):
        return {"taken": torch.tensor(self.taken[replicate])}

    def optimizer_state(self, replicate):
        return {"momentum": torch.tensor(10 * self.taken[replicate])}


@dataclass
class Log:
    """Events as a list of literals."""

    checkpoint_at: tuple = ()
    stop_at: int | None = None
    asked: int = 0
    events: list = field(default_factory=list)
    steps: list = field(default_factory=list)

    def validated(self, replicate, accuracy, loss):
        self.events.append(("validated", replicate.key, replicate.step, accuracy, loss))

    def snapshot(self, replicate, step, state, optimizer_state):
        self.events.append(("snapshot", replicate.key, step, int(state["taken"])))

    def checkpoint(self, replicate, state, optimizer_state):
        values = int(state["taken"]), int(optimizer_state["momentum"])
        self.events.append(("checkpoint", replicate.key, replicate.step, *values))

    def stepped(self, replicate):
        self.steps.append((replicate.key, replicate.step))

    def wants_checkpoint(self):
        return self.asked in self.checkpoint_at

    def wants_stop(self):
        self.asked += 1
        return self.asked == self.stop_at

    def of(self, kind):
        return [event[1:] for event in self.events if event[0] == kind]


def replicate(key="a", *, step=0, stop=7, every=3, total=None, snapshots=(), factor=CONSTANT):
    schedule = ScheduleSpec(total=total or stop, warmup=0, factor=factor, validate_every=every)
    return Replicate(
        key=key,
        state={},
        mask={},
        optimizer=bind("ltsweep.train.sgd", {"lr": 0.1}),
        schedule=schedule,
        order=DataOrder(ord(key), 0, EXAMPLES, BATCH),
        step=step,
        stop=stop,
        snapshots=snapshots,
    )


def run(*pack, **settings):
    strategy, log = Counting(pack), Log(**settings)
    train(pack, strategy, torch.arange(4), log)
    return strategy, log


@pytest.mark.parametrize(
    ("every", "steps"), [(3, [3, 6, 7]), (7, [7]), (1, [1, 2, 3, 4, 5, 6, 7]), (100, [7])]
)
def test_validates_at_multiples_and_at_the_end(every, steps):
    _, log = run(replicate(every=every))
    assert log.of("validated") == [("a", step, 0.25, float(step)) for step in steps]


def test_without_validation_examples_nothing_is_validated():
    pack = [replicate(every=3, snapshots=(3,))]
    strategy, log = Counting(pack), Log()
    train(pack, strategy, torch.arange(0), log)
    assert strategy.taken == [7]
    assert log.events == [("snapshot", "a", 3, 3)]


def test_validation_keeps_to_the_schedules_steps_after_a_late_start():
    _, log = run(replicate(step=2, every=3))
    assert [event[1] for event in log.of("validated")] == [3, 6, 7]


@pytest.mark.parametrize(
    ("snapshots", "expected"),
    [
        ((), []),
        ((0,), [0]),
        ((7,), [7]),
        ((0, 3, 7), [0, 3, 7]),
        ((9,), []),
    ],
)
def test_takes_snapshots_after_the_steps_asked_for(snapshots, expected):
    _, log = run(replicate(snapshots=snapshots))
    assert log.of("snapshot") == [("a", step, step) for step in expected]


def test_each_replicate_has_snapshots_of_its_own():
    _, log = run(replicate("a", snapshots=(2,)), replicate("b", snapshots=(0, 7)))
    assert log.of("snapshot") == [("b", 0, 0), ("a", 2, 2), ("b", 7, 7)]


def test_a_prefix_stops_where_it_is_told_on_the_schedule_of_the_whole():
    strategy, log = run(replicate(stop=4, total=6, factor=MILESTONES, snapshots=(4,)))
    assert strategy.factors == [[1.0], [1.0], [1.0], [0.25]]
    assert log.of("snapshot") == [("a", 4, 4)]


def test_batches_and_rates_are_each_replicates_own():
    a, b = replicate("a"), replicate("b", factor=MILESTONES)
    strategy, _ = run(a, b)
    for step, batch in enumerate(strategy.batches):
        assert torch.equal(batch[0], Batches([a]).at(step, 1).indices[0])
        assert torch.equal(batch[1], Batches([b]).at(step, 1).indices[0])
        assert not torch.equal(batch[0], batch[1])
    assert [batch.shape[1] for batch in strategy.batches] == [10, 10, 5, 10, 10, 5, 10]
    assert strategy.factors == [[1.0, 1.0]] * 4 + [[1.0, 0.25]] * 3


def test_those_further_ahead_join_when_the_others_have_come_to_their_step():
    a, b, c = replicate("a"), replicate("b", step=4, factor=MILESTONES), replicate("c", step=4)
    strategy, log = run(a, b, c)
    assert [len(factors) for factors in strategy.factors] == [1, 1, 1, 1, 3, 3, 3]
    assert strategy.factors[4] == [1.0, 0.25, 1.0]
    for step, batch in enumerate(strategy.batches[4:], start=4):
        assert torch.equal(batch[1], Batches([b]).at(step, 1).indices[0])
    assert [event[:2] for event in log.of("validated")] == [
        ("a", 3),
        *[(key, step) for step in (6, 7) for key in "abc"],
    ]
    assert [r.step for r in (a, b, c)] == [7, 7, 7]


def test_nothing_happens_before_the_first_of_them_stands():
    strategy, _ = run(replicate("a", step=5), replicate("b", step=6))
    assert strategy.taken == [2, 1]


def test_one_that_is_at_the_end_already_only_gives_its_snapshot():
    strategy, log = run(replicate("a", step=7, snapshots=(7, 3)))
    assert strategy.taken == [0]
    assert log.events == [("snapshot", "a", 7, 0)]


def test_checkpoints_are_of_those_who_have_taken_a_step():
    _, log = run(replicate("a"), replicate("b", step=4), checkpoint_at=(2, 6))
    assert log.of("checkpoint") == [("a", 2, 2, 20), ("a", 6, 6, 60), ("b", 6, 2, 20)]


@pytest.mark.parametrize("stop_at", [1, 3, 6])
def test_saves_and_leaves_when_asked_to_stop(stop_at):
    a, b = replicate("a", every=3), replicate("b", step=4)
    log = Log(stop_at=stop_at)
    with pytest.raises(Interrupted):
        train([a, b], Counting([a, b]), torch.arange(4), log)
    saved = [("a", stop_at, stop_at, 10 * stop_at)]
    if stop_at > 4:
        saved.append(("b", stop_at, stop_at - 4, 10 * (stop_at - 4)))
    assert log.of("checkpoint") == saved
    assert (a.step, b.step) == (stop_at, max(4, stop_at))
    assert log.asked == stop_at


def test_each_step_is_told_with_the_first_that_took_it():
    pack, log = [replicate("a", stop=3), replicate("b", step=1, stop=3)], Log()
    train(pack, Counting(pack), torch.arange(4), log)
    assert log.steps == [("a", 1), ("a", 2), ("a", 3)]


def test_validation_comes_before_the_checkpoint_that_records_it():
    log = Log(stop_at=3)
    with pytest.raises(Interrupted):
        train([replicate()], Counting([0]), torch.arange(4), log)
    assert [event[0] for event in log.events] == ["validated", "checkpoint"]


def test_a_stop_that_comes_with_the_last_step_is_not_in_time():
    _, log = run(replicate(snapshots=(7,)), stop_at=7)
    assert [event[0] for event in log.events][-2:] == ["validated", "snapshot"]
    assert log.of("checkpoint") == []


def test_snapshots_are_not_taken_twice_by_a_training_that_goes_on():
    """At the step where it was interrupted a snapshot may be taken again: before the next step."""
    first = replicate(snapshots=(2, 3))
    log = Log(stop_at=3)
    with pytest.raises(Interrupted):
        train([first], Counting([first]), torch.arange(4), log)
    assert log.of("snapshot") == [("a", 2, 2)]
    _, log = run(replicate(step=3, snapshots=(2, 3)))
    assert log.of("snapshot") == [("a", 3, 0)]
