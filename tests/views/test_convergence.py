"""How soon a level reaches the validation accuracy of dense training: one threshold for all."""

import pytest

from ltsweep.views.curves import curve_rows

STEPS = (80, 160, 240, 320, 400)


def write(made_up, point, number, path, steps=STEPS):
    """Finishes a level whose validations have these accuracies."""
    stage = made_up.store.stage(point.stages[number])
    if stage.is_done():
        return
    made_up.begin(stage)
    for step, accuracy in zip(steps, path, strict=True):
        stage.append({"event": "validation", "step": step, "accuracy": accuracy, "loss": 1.0})
    end = made_up.end_record(point, number).model_copy(update={"val_accuracy": path[-1]})
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
