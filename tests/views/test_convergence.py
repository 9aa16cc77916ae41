"""How soon a level reaches the validation accuracy of dense training: one threshold for all."""

import pytest

from ltsweep.views.context import Context
from ltsweep.views.convergence import convergence_markdown
from ltsweep.views.curves import curve_rows
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves

STEPS = (80, 160, 240, 320, 400)


def write(made_up, point, number, path, steps=STEPS):
    """Finishes a level whose validations have these accuracies."""
    stage = made_up.store.stage(point.stages[number])
    if stage.is_done():
        return
    made_up.begin(stage)
    for step, accuracy in zip(steps, path, strict=True):
        stage.append({"event": "validation", "step": step, "accuracy": accuracy, "loss": 1.0})
    end = made_up.end_record(point, number).model_copy(
        update={"val_accuracy": path[-1] if path else None}
    )
    stage.append(end.stored())
    stage.finish("trained", [])


def found(made_up, **paths):
    """The steps of the last level of each method; dense trainings end at 0.90 and 0.94."""
    for method, path in paths.items():
        for seed, dense in enumerate((0.9, 0.94)):
            point = made_up.make_point(method, seed, levels=1)
            made_up.store.write_point(point)
            write(made_up, point, 0, (0.5, 0.6, 0.7, 0.8, dense))
            write(made_up, point, 1, path)
    rows = [row for row in curve_rows(made_up.store) if row["level"] == 1 and row["seed"] == 0]
    return {row["method"]: row["steps_to_dense_val"] for row in rows}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ((0.5, 0.91, 0.91, 0.91, 0.91), 160),  # 0.92 - 1 point, the mean over seeds less delta
        ((0.5, 0.9099, 0.91, 0.91, 0.91), 240),
        ((0.5, 0.95, 0.5, 0.95, 0.95), 320),  # once is an accident
        ((0.5, 0.5, 0.5, 0.5, 0.95), None),
        ((0.5, 0.9, 0.9, 0.9, 0.9), None),
    ],
)
def test_the_first_of_two_validations_in_a_row_at_the_mean_of_dense_less_delta(
    made_up, path, steps
):
    assert found(made_up, random_mask=path) == {"random_mask": steps}


def test_steps_are_counted_from_the_level_s_own_first_one(made_up):
    path = (0.5, 0.95, 0.95, 0.95, 0.95)
    assert found(made_up, imp=path, random_reinit=path) == {"imp": 140, "random_reinit": 160}


def test_splits_that_are_drawn_per_seed_have_one_threshold(made_up):
    """The mean of 0.90 and 0.94, as for one split; each seed is a cell of its own in the store."""
    for seed, dense in ((1, 0.9), (2, 0.94)):
        point = made_up.make_point("imp", seed, levels=1, source=(("split_seed", seed),))
        made_up.store.write_point(point)
        write(made_up, point, 0, (0.5, 0.6, 0.7, 0.8, dense))
        write(made_up, point, 1, (0.5, 0.905, 0.91, 0.91, 0.91))
    rows = [row for row in curve_rows(made_up.store) if row["level"] == 1]
    assert [row["steps_to_dense_val"] for row in rows] == [220, 220]


def table(made_up, *, arms=("method",), words=((),), paths):
    """The table of a panel; each seed of random_mask has a path of its own."""
    for line in words:
        for seed, path in enumerate(paths):
            point = made_up.make_point(
                "random_mask", seed, levels=1, densities=(0.8,), arms=arms, words=line
            )
            made_up.store.write_point(point)
            write(made_up, point, 0, (0.5, 0.6, 0.7, 0.8, 0.92))
            write(made_up, point, 1, path)
    curves = read_curves(made_up.store)
    (panel,) = make_panels(curves)
    return convergence_markdown(panel, Context.of(curves))


SOON, LATE, NEVER = (0.92,) * 5, (0.5, 0.5, 0.5, 0.92, 0.92), (0.5,) * 5


@pytest.mark.parametrize(
    ("paths", "cell"),
    [
        ((SOON, SOON, LATE), "80 (3/3)"),
        ((SOON, LATE, NEVER), "320 (2/3)"),  # seeds that never do are not left out of a median
        ((SOON, NEVER, NEVER), "> 400 (1/3)"),
        ((SOON, NEVER), "> 400 (1/2)"),
        ((NEVER, NEVER), "> 400 (0/2)"),
    ],
)
def test_seeds_that_never_reach_it_are_counted(made_up, paths, cell):
    told = table(made_up, paths=paths)
    assert told.splitlines()[-1] == f"| random_mask | {cell}, after 0 |"
    assert "two validations in a row at 91.0 %" in told


def test_arms_that_are_validated_on_other_grids_are_not_compared(made_up):
    words = ((), ("schedule.validate_every=40it",))
    told = table(made_up, arms=("method", "schedule"), words=words, paths=(SOON, SOON))
    assert told == (
        "Steps to dense accuracy are not told: validations are 19 or 40 steps apart, and a finer "
        "grid finds earlier crossings."
    )


def test_without_validation_images_nothing_is_told(made_up):
    point = made_up.make_point(levels=1)
    made_up.store.write_point(point)
    for number in range(2):
        write(made_up, point, number, (), ())
    curves = read_curves(made_up.store)
    (panel,) = make_panels(curves)
    assert convergence_markdown(panel, Context.of(curves)) == ""
