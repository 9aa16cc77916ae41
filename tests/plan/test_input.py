"""Plans in which images are brought to another shape: identities, facts, constants, refusals."""

import re

import pytest

from ltsweep.data.reshape import reshaped
from ltsweep.data.split import split

from .. import made_up
from ..sweeps_here import selection, wanted

SMALL = ("batch_size=20", "levels=1", "method=imp")
GAP = ("model=resnet20", "model.blocks=[1]", "model.width=2")


@pytest.fixture
def colour(tmp_path):
    """The words that choose a target of 12x10 pixels in colour."""
    return made_up.dataset(tmp_path, 3, 12, 10, name="colour", group="target")


def planned(tmp_path, *lines):
    return selection(tmp_path, *SMALL, *lines).plan


def data_of(made):
    """The data of all trainings, without twins."""
    return {s.spec.train.data.model_dump_json(): s.spec.train.data for s in made.stages.values()}


def sides_of(made):
    """The data of the source and of the target of the only point."""
    (point,) = made.points
    target = made.stages[point.stages[-1]].spec
    source = made.stages[target.weights.given["rewound"].stage].spec
    return source.train.data, target.train.data


def test_images_that_have_the_shape_keep_the_keys_of_the_plain_sweep(tmp_path):
    plain = planned(tmp_path)
    for lines in (
        ("input=resize", "input.size=8x8"),
        ("input=pad", "input.size=8x8", "input.channels=luma"),
        ("input=resize",),
        ("input=pad", "input.size=target"),
        ("input.channels=repeat",),
        ("input=resize", "input.size=null"),
    ):
        assert planned(tmp_path, *lines).stages.keys() == plain.stages.keys(), lines


def test_other_shapes_are_other_trainings(tmp_path):
    ways = "input=resize,pad", "input.size=8x8,14x14,9x14"
    made = planned(tmp_path, *ways)
    assert len(made.points) == 5  # at 8x8 both ways come to the plain sweep
    assert {data.input and data.input.shape for data in data_of(made).values()} == {
        None, (1, 14, 14), (1, 9, 14)
    }  # fmt: skip
    assert len({data.fingerprint for data in data_of(made).values()}) == 1


def test_only_the_side_that_changes_has_other_keys(tmp_path, colour):
    plain = planned(tmp_path)
    made = planned(tmp_path, *colour, "input=resize", "input.channels=luma")
    source, target = sides_of(made)
    assert source.input is None
    assert (target.input.shape, target.input.by.target) == ((1, 8, 8), "ltsweep.data.resize")
    dense = {key for key, stage in made.stages.items() if stage.spec.train.data == source}
    fresh = planned(tmp_path, "transfer.head=fresh")
    assert dense <= fresh.stages.keys() and not dense & plain.stages.keys()  # but for the head


def test_channels_alone_need_no_way_to_a_size(tmp_path):
    target = made_up.dataset(tmp_path, 3, 8, 8, name="colour", group="target")
    sizes = [
        sides_of(planned(tmp_path, *target, f"input={way}", "input.channels=luma"))[1].input
        for way in ("native", "resize", "pad")
    ]
    assert sizes[0].by is None and sizes[0].shape == (1, 8, 8) and len({*map(str, sizes)}) == 1


def test_a_ladder_for_each_size_of_targets(tmp_path):
    """Of targets that have one shape only that shape is read for the ladder."""
    targets = [
        made_up.dataset(tmp_path, *shape, name=name, seed=seed, group="target")
        for name, seed, shape in (
            ("a", 0, (1, 9, 9)),
            ("b", 1, (1, 9, 9)),
            ("c", 2, (3, 6, 6)),
        )
    ]
    sources = {}
    for words in targets:
        made = planned(tmp_path, *words, "input=resize", "input.size=target")
        source, target = sides_of(made)
        assert target.input is None
        ladder = {key for key, s in made.stages.items() if s.spec.train.data == source}
        sources[words[1]] = source.input.shape, ladder
    assert sources["target.name=a"] == sources["target.name=b"]
    assert [shape for shape, _ in sources.values()] == [(1, 9, 9), (1, 9, 9), (3, 6, 6)]
    assert not sources["target.name=a"][1] & sources["target.name=c"][1]


def test_nets_are_made_for_the_images_as_they_become(tmp_path):
    made = planned(tmp_path, "input=resize", "input.size=14x5")
    (kept,) = {stage.means.memory for stage in made.stages.values()}
    assert kept > {stage.means.memory for stage in planned(tmp_path).stages.values()}.pop()
    request = wanted(*SMALL, "input=pad", "input.size=10x9", "dataset.crop=9")
    assert request.problems == [
        "dataset.crop=9 must be less than 9, the lesser of height and width of the images of "
        "digits, else it would leave nothing of some"
    ]


@pytest.mark.parametrize("way", ["resize", "pad"])
def test_the_constants_of_a_dataset_stay_where_its_size_changes(tmp_path, way):
    made = planned(tmp_path, f"input={way}", "input.size=9x9")
    (data,) = data_of(made).values()
    assert (data.normalise.mean, data.normalise.std, made.notices) == ((0.3053,), (0.3761,), [])


def test_the_constants_of_a_channel_that_is_repeated_are_repeated(tmp_path, colour):
    made = planned(tmp_path, *colour, "input=pad", "input.size=target")
    source, _ = sides_of(made)
    assert source.input.shape == (3, 12, 10)
    assert (source.normalise.mean, source.normalise.std) == ((0.3053,) * 3, (0.3761,) * 3)
    assert len(made.notices) == 1  # of colour, which leaves its own to be computed


def test_constants_that_are_computed_are_told_with_the_shape_they_are_of(tmp_path):
    """A target is made like each of its sources, and has other constants as each of them."""
    raw = ("dataset.mean=null", "dataset.std=null")
    for words, told in ((("input=resize", "input.size=5x4"), ", made 1x5x4"), ((), "trained on")):
        (notice,) = planned(tmp_path, *raw, *words).notices
        assert notice.startswith("dataset=digits: dataset.mean=[") and notice.endswith(told)


def test_the_constants_of_luma_are_computed_on_what_is_trained_on(tmp_path, colour):
    lines = ("target.mean=[0.1,0.2,0.3]", "target.std=[1,1,1]", "input=resize")
    made = planned(tmp_path, *colour, *lines, "target.validation=30", "input.channels=luma")
    _, target = sides_of(made)
    raw = made_up.raw(3, 12, 10)
    pixels = reshaped(split(raw, target.split).train_images, target.input) / 255
    assert target.normalise.mean == pytest.approx([pixels.mean()], rel=1e-12)
    assert target.normalise.std == pytest.approx([pixels.std()], rel=1e-12)
    assert [notice.partition(":")[0] for notice in made.notices] == ["dataset=colour"]
    own = planned(
        tmp_path, *colour, "target.mean=[0.5]", "target.std=[0.25]", "input=resize",
        "input.channels=luma",
    )  # fmt: skip
    assert sides_of(own)[1].normalise.mean == (0.5,) and own.notices == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ("target.name=colour",),
            "a ticket keeps its shapes: fc1.weight of model=lenet_300_100 is 300x64 on digits and "
            "300x360 on colour; choose input=resize input.channels=luma, or input=pad "
            "input.size=target input.channels=repeat",
        ),
        (
            GAP,
            "a ticket keeps its shapes: conv.weight of model=resnet20 is 2x1x3x3 on digits and "
            "2x3x3x3 on colour; choose input.channels=luma",
        ),
        (
            ("input=resize", "input.channels=keep"),
            "a ticket keeps its shapes: fc1.weight of model=lenet_300_100 is 300x64 on digits and "
            "300x192 on colour; choose input.channels=luma",
        ),
        (
            ("input=resize", "input.size=target", "input.channels=keep"),
            "a ticket keeps its shapes: fc1.weight of model=lenet_300_100 is 300x120 on digits and "
            "300x360 on colour; choose input.channels=repeat",
        ),
        (
            ("input=resize",),
            "input.channels=repeat cannot make 1 of the channels of colour, which has 3; choose "
            "input.channels=luma",
        ),
        (
            ("input=pad", "input.size=10x10", "input.channels=luma"),
            "input=pad does not suit colour (3x12x10): 12x10 pixels do not fit into 10x10; choose "
            "input=resize, or a larger input.size",
        ),
        (
            ("input=resize", "input.size=target", "input.channels=luma"),
            "input.channels=luma cannot make 3 of the channels of digits, which has 1; choose "
            "input.channels=repeat",
        ),
    ],
)
def test_sides_that_differ_are_refused_with_the_way_out(colour, lines, problem):
    assert wanted(*SMALL, *colour, *lines).problems == [problem]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("size", "count"), [((12, 10), 2), ((6, 8), 2), ((8, 8), 0), ((9, 7), 1), ((7, 9), 1)]
)
def test_every_way_out_is_accepted(tmp_path, channels, size, count):
    """A sentence that sends users to the next refusal would be no way out."""
    lines = (*SMALL, *made_up.dataset(tmp_path, channels, *size, name="made", group="target"))
    if channels == 1 and count == 0:
        assert wanted(*lines).problems == []
        return
    (told,) = wanted(*lines).problems
    ways = re.split(", or |, ", told.partition("choose ")[2])
    words = [way.split() for way in ways if way.startswith("input")]
    assert len(words) == max(1, count)
    for way in words:
        assert wanted(*lines, *way).problems == [], way


def test_global_average_pooling_takes_any_size_but_not_any_channels(tmp_path):
    grey = made_up.dataset(tmp_path, 1, 12, 10, name="grey", group="target")
    assert wanted(*SMALL, *grey, *GAP).problems == []
    assert wanted(*SMALL, *grey).problems == [
        "a ticket keeps its shapes: fc1.weight of model=lenet_300_100 is 300x64 on digits and "
        "300x120 on grey; choose input=resize, input=pad input.size=target, or a model that ends "
        "in global average pooling"
    ]
    colour = made_up.dataset(tmp_path, 3, 12, 10, name="colour", group="target")
    assert wanted(*SMALL, *colour, *GAP, "input.channels=luma").problems == []


def test_a_model_for_images_of_one_size_is_refused_with_the_way_out(tmp_path):
    grey = made_up.dataset(tmp_path, 1, 12, 10, name="grey")
    model = ("model=dropout", "model._target_=tests.own.wrong.perceptron")
    (told,) = wanted(*SMALL, *grey, *model).problems
    assert told.endswith("; where it needs images of one size, choose input=resize or input=pad")
    assert wanted(*SMALL, *grey, *model, "input=resize", "input.size=8x8").problems == []


def test_a_way_of_ones_own_is_tried_before_any_job(tmp_path):
    way = "input._target_=tests.data.test_reshape.floats"
    (told,) = wanted(*SMALL, way, "input.name=mine", "input.size=5x5").problems
    assert told.startswith("input=mine: tests.data.test_reshape.floats (") and "float64" in told
    made = planned(tmp_path, "input._target_=tests.data.test_reshape.corner", "input.size=5x4")
    (data,) = data_of(made).values()
    assert data.input.shape == (1, 5, 4) and data.input.by.source is not None


def test_a_source_that_is_missing_is_told_once(tmp_path):
    lines = ("dataset=arrays", f"dataset.path={tmp_path}/none.npz", "dataset@target=digits")
    (told,) = wanted(*SMALL, *lines, "input=resize").problems
    assert told.startswith(f"dataset=arrays: there is no {tmp_path}/none.npz")
