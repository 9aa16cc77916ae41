"""Tests the residual nets: published sizes, layers in their order, inputs, how they compute."""

import pytest
import torch
from torch.nn import functional as F

from ltsweep.foundations.components import ValidationError, bind
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.init.state import initial_state
from ltsweep.models.connectivity import live_weights
from ltsweep.models.residual import Block, Bottleneck, _unmasked_relu, resnet, resnet50
from ltsweep.part_spec import InitSpec

from ..nets import net_of

TARGET = "ltsweep.models.resnet"
CIFAR = (3, 32, 32)


@pytest.mark.parametrize(
    ("blocks", "width", "parameters"),
    [
        ((3, 3, 3), 16, 272_474),
        ((9, 9, 9), 16, 855_770),
        ((2, 2, 2, 2), 64, 11_173_962),
    ],
)
def test_parameters_on_cifar(blocks, width, parameters):
    with torch.device("meta"):
        module = resnet(CIFAR, 10, blocks=blocks, width=width)
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters


def test_resnet20_with_its_statistics_has_the_274_thousand_of_the_literature():
    state = resnet(CIFAR, 10).state_dict()
    counted = [value for name, value in state.items() if not name.endswith("num_batches_tracked")]
    assert sum(value.numel() for value in counted) == 274_042


def test_resnet56_without_projections_has_the_085_million_of_the_paper():
    with torch.device("meta"):
        named = dict(resnet(CIFAR, 10, blocks=(9, 9, 9)).named_parameters())
    plain = sum(p.numel() for name, p in named.items() if "shortcut" not in name)
    assert plain == 853_018


@pytest.mark.parametrize(
    ("input_shape", "classes", "parameters"),
    [
        ((3, 224, 224), 1000, 25_557_032),
        ((3, 64, 64), 10, 23_528_522),
        ((3, 63, 64), 10, 23_520_842),
        ((3, 32, 32), 10, 23_520_842),
    ],
)
def test_parameters_of_resnet50_with_the_usual_stem_and_with_that_of_small_images(
    input_shape, classes, parameters
):
    with torch.device("meta"):
        module = resnet50(input_shape, classes)
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters


@pytest.mark.parametrize(
    ("size", "stem", "sides"),
    [
        (9, (64, 3, 3, 3), [9, 9, 5, 3, 2]),
        (32, (64, 3, 3, 3), [32, 32, 16, 8, 4]),
        (64, (64, 3, 7, 7), [32, 16, 8, 4, 2]),
    ],
)
def test_prunable_layers_of_resnet50(size, stem, sides):
    layers = net_of("ltsweep.models.resnet50", (3, size, size), 10).layers
    assert len(layers) == 1 + 3 * (3 + 4 + 6 + 3) + 4 + 1
    assert (layers[0].shape, layers[0].positions) == (stem, sides[0] ** 2)
    by_name = {layer.name: (layer.shape, layer.positions) for layer in layers}
    befores = [sides[1], *sides[1:-1]]  # the first stage halves nothing
    for stage, (before, side) in enumerate(zip(befores, sides[1:], strict=True)):
        inner, name = 64 * 2**stage, f"stage{stage + 1}.0"
        inputs = 64 if stage == 0 else 2 * inner
        here, ahead = side**2, before**2
        assert by_name[f"{name}.conv1.weight"] == ((inner, inputs, 1, 1), ahead)
        assert by_name[f"{name}.conv2.weight"] == ((inner, inner, 3, 3), here)
        assert by_name[f"{name}.conv3.weight"] == ((4 * inner, inner, 1, 1), here)
        assert by_name[f"{name}.shortcut.conv.weight"] == ((4 * inner, inputs, 1, 1), here)
    assert layers[-1].shape == (10, 2048)


@pytest.mark.parametrize("size", [9, 64])
def test_every_weight_of_a_dense_resnet50_lives_and_one_example_is_a_batch(size):
    net = net_of("ltsweep.models.resnet50", (3, size, size), 10)
    masks = {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in net.layers}
    assert all(live.all() for live in live_weights(net.module, masks, net.input_shape).values())
    assert resnet50(net.input_shape, 7).train()(torch.zeros(1, 3, size, size)).shape == (1, 7)


def test_prunable_layers_come_in_the_order_of_execution():
    layers = net_of(TARGET, (1, 9, 7), 5, blocks=(1, 2), width=4).layers
    assert [(layer.name, layer.shape, layer.positions) for layer in layers] == [
        ("conv.weight", (4, 1, 3, 3), 63),
        ("stage1.0.conv1.weight", (4, 4, 3, 3), 63),
        ("stage1.0.conv2.weight", (4, 4, 3, 3), 63),
        ("stage2.0.conv1.weight", (8, 4, 3, 3), 20),
        ("stage2.0.conv2.weight", (8, 8, 3, 3), 20),
        ("stage2.0.shortcut.conv.weight", (8, 4, 1, 1), 20),
        ("stage2.1.conv1.weight", (8, 8, 3, 3), 20),
        ("stage2.1.conv2.weight", (8, 8, 3, 3), 20),
        ("fc.weight", (5, 8), 1),
    ]


def test_no_convolution_has_a_bias():
    names = [name for name, _ in resnet(CIFAR, 10).named_parameters() if name.endswith("bias")]
    assert all("norm" in name for name in names if name != "fc.bias")


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(4, 4, 1), (4, 8, 2), (4, 8, 1)])
@pytest.mark.parametrize("last", [False, True])
def test_a_block_adds_what_it_computes_to_its_input(inputs, outputs, stride, last):
    torch.manual_seed(0)
    block, x = Block(inputs, outputs, stride, last=last).eval(), torch.randn(2, inputs, 6, 5)
    y = F.conv2d(x, block.conv1.weight, stride=stride, padding=1).relu()
    y = F.conv2d(y, block.conv2.weight, padding=1)
    same = (inputs, stride) == (outputs, 1)
    shortcut = x if same else F.conv2d(x, block.shortcut.conv.weight, stride=stride)
    unit = 1 + block.norm1.eps  # fresh norms divide by sqrt(1 + eps), here two in a row
    torch.testing.assert_close(
        block(x),
        (y / unit + (shortcut if same else shortcut / unit**0.5)).relu(),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(8, 8, 1), (4, 8, 2), (4, 8, 1)])
@pytest.mark.parametrize("last", [False, True])
def test_a_bottleneck_adds_what_it_computes_to_its_input(inputs, outputs, stride, last):
    torch.manual_seed(0)
    block, x = Bottleneck(inputs, outputs, stride, last=last).eval(), torch.randn(2, inputs, 6, 5)
    unit = (1 + block.norm1.eps) ** 0.5  # a fresh norm divides by it
    y = (F.conv2d(x, block.conv1.weight) / unit).relu()
    y = (F.conv2d(y, block.conv2.weight, stride=stride, padding=1) / unit).relu()
    y = F.conv2d(y, block.conv3.weight) / unit
    same = (inputs, stride) == (outputs, 1)
    shortcut = x if same else F.conv2d(x, block.shortcut.conv.weight, stride=stride) / unit
    torch.testing.assert_close(block(x), (y + shortcut).relu(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_last_relu_is_one_with_its_gradient(dtype):
    values = torch.tensor([-2.5, -1e-30, -0.0, 0.0, 1e-30, 3.0, float("inf")], dtype=dtype)
    told = []
    for relu in (F.relu, _unmasked_relu):
        x = values.clone().requires_grad_()
        y = relu(x)
        y.backward(torch.arange(1.0, 8.0, dtype=dtype))
        told.append((y.tolist(), x.grad.tolist()))
    assert told[0] == told[1] == (values.clamp(min=0).tolist(), [0, 0, 0, 0, 5, 6, 7])


def test_only_the_last_block_has_no_convolution_behind_it():
    blocks = [m for m in resnet(CIFAR, 10, blocks=(1, 2)).modules() if isinstance(m, Block)]
    assert [block.last for block in blocks] == [False, False, True]


@pytest.mark.parametrize(
    ("input_shape", "settings"),
    [
        ((1, 28, 28), {}),
        ((3, 32, 32), {}),
        ((1, 8, 8), {}),
        ((1, 5, 6), {}),
        ((1, 2, 2), {"blocks": (1,), "width": 2}),
        ((3, 9, 9), {"blocks": (2, 2, 2, 2), "width": 4}),
    ],
)
def test_logits_even_of_one_example_in_training(input_shape, settings):
    module = resnet(input_shape, 6, **settings).train()
    assert module(torch.zeros(1, *input_shape)).shape == (1, 6)


@pytest.mark.parametrize(
    ("blocks", "input_shape", "told"),
    [
        ([3, 3, 3], (3, 32, 4), "3 stages need images of at least 5x5 pixels, not 32x4"),
        ([2, 2, 2, 2], (1, 8, 8), "4 stages need images of at least 9x9 pixels, not 8x8"),
    ],
)
def test_images_that_are_too_small_are_refused_with_a_sentence(blocks, input_shape, told):
    with pytest.raises(ValueError, match=told):
        net_of(TARGET, input_shape, 10, blocks=blocks)


@pytest.mark.parametrize("size", [(8, 8), (32, 8), (8, 64)])
def test_images_that_are_too_small_for_resnet50_are_refused_with_a_sentence(size):
    told = f"resnet50 needs images of at least 9x9 pixels, not {size[0]}x{size[1]}"
    with pytest.raises(ValueError, match=told):
        net_of("ltsweep.models.resnet50", (3, *size), 10)


@pytest.mark.parametrize("settings", [{"blocks": []}, {"blocks": [3, 0]}, {"width": 0}])
def test_impossible_sizes_are_refused(settings):
    with pytest.raises(ValidationError):
        bind(TARGET, settings)


def test_channels_last_and_autocast_agree_with_the_plain_net():
    torch.manual_seed(0)
    module, x = resnet((3, 8, 8), 5, blocks=(1, 1), width=8).eval(), torch.randn(4, 3, 8, 8)
    plain = module(x)
    module.to(memory_format=torch.channels_last)
    last = x.to(memory_format=torch.channels_last)
    torch.testing.assert_close(module(last), plain, rtol=1e-4, atol=1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(module(last).float(), plain, rtol=0.05, atol=0.05)


def test_a_whole_state_is_drawn_saved_and_loaded(tmp_path):
    net = net_of(TARGET, (1, 5, 5), 3, blocks=(1, 1), width=2)
    init = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
    state = initial_state(net, init, 0, "init")
    counter = "stage2.0.shortcut.norm.num_batches_tracked"
    assert (state[counter].dtype, state[counter].shape) == (torch.int64, ())
    state[counter] += 2**40  # more than a float32 could tell
    save_tensors(tmp_path / "file", state, {})
    loaded, _ = load_tensors(tmp_path / "file")
    assert loaded.keys() == state.keys() == net.module.state_dict().keys()
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    assert all(loaded[name].dtype == value.dtype for name, value in net.module.state_dict().items())
    resnet((1, 5, 5), 3, blocks=(1, 1), width=2).load_state_dict(loaded)
