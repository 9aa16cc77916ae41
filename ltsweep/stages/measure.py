"""Measurements at the end of a stage: accuracies, sparsity per layer, connectivity, cost."""

import base64
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from ltsweep.data.resident import Part, Resident
from ltsweep.foundations.provenance import describe, processor
from ltsweep.init.state import Tensors, layer_std
from ltsweep.models.connectivity import dead_units, live_weights
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec
from ltsweep.pruning.mask import Mask, full_mask
from ltsweep.spec import StageSpec, TrainSpec
from ltsweep.stages.cost import multiply_adds, sum_of_known, training_multiply_adds
from ltsweep.stages.data_read import read_by_training
from ltsweep.stages.inputs import init_of
from ltsweep.stages.running import Running, Surroundings
from ltsweep.store.data_read import without_twins
from ltsweep.store.records import DIVERGED, TRAINED, ClosingRecord, LayerRecord, finite
from ltsweep.train.norm_statistics import images_taken
from ltsweep.train.replicate import Replicate
from ltsweep.train.strategy import Strategy

TRAIN_SUBSET = 2000  # examples that train_accuracy is measured on
_PARTS: tuple[Part, ...] = ("train", "val", "test")


def closing_record(
    running: Running, index: int, end: Tensors, around: Surroundings
) -> ClosingRecord:
    """The record that closes a stage. Test data is read here, once, and nowhere else."""
    spec, replicate = running.planned.spec, running.replicate
    data, net = around.data, around.net
    mask = replicate.mask or full_mask(net.layers)
    init = init_of(around.place.store, spec)
    order = replicate.order
    measured = [part for part in _PARTS if data.size(part)]
    metrics = _metrics(around.strategy, index, data, replicate, measured)
    if running.before is not None:
        metrics["val_accuracy_before"] = running.before
    metrics["norm_statistics_images"] = _images_of_statistics(spec.train, data)
    diverged = not _is_finite(end, metrics)
    return ClosingRecord(
        event="end",
        outcome=DIVERGED if diverged else TRAINED,
        level=spec.level,
        seed=spec.seed,
        steps=spec.stop - spec.start,
        examples=order.examples_before(spec.stop) - order.examples_before(spec.start),
        **_sparsity(running, net, mask, end, init),
        training_multiply_adds=training_multiply_adds(spec, replicate, running.start_mask, net),
        grown_connections=sum(change.grown for change in replicate.changes),
        weight_bits=spec.train.numbers().weight_bits,
        **_images_of_evaluations(spec, data),
        seconds=running.seconds,
        device=str(around.place.device),
        device_name=device_name(around.place.device),
        strategy=around.strategy.name,
        **_graph_use(around.strategy),
        pack_size=around.pack_size,
        precision=spec.train.precision,
        threads=torch.get_num_threads(),
        data=without_twins([*running.read, *read_by_training(running.planned, data, measured)]),
        scoring=running.scoring,
        **describe(running.began, time.time()),
        **({} if diverged else metrics),
    )


def _images_of_evaluations(spec: StageSpec, data: Resident) -> dict[str, Any]:
    """How many images evaluations take, where nothing is interrupted.

    The net is validated before its first step, on its way and at its end, where it is measured.
    """
    every = spec.train.schedule.validate_every
    on_its_way = -(-spec.stop // every) - spec.start // every
    validations = 1 + on_its_way if data.size("val") else 0
    measured = min(TRAIN_SUBSET, data.size("train")) + data.size("val") + data.size("test")
    statistics = _images_of_statistics(spec.train, data) or 0
    return {
        "evaluation_images": validations * data.size("val") + measured,
        "recalibration_images": max(1, validations) * statistics,
    }


def _images_of_statistics(train: TrainSpec, data: Resident) -> int | None:
    if train.norm_statistics == "running":
        return None
    return images_taken(data.size("train"), train.batch_size)


def _is_finite(end: Tensors, metrics: Mapping[str, Any]) -> bool:
    weights = all(torch.isfinite(t).all() for t in end.values() if t.is_floating_point())
    losses = (metrics.get(f"{part}_loss") for part in _PARTS)
    return weights and all(math.isfinite(loss) for loss in losses if loss is not None)


def _metrics(
    strategy: Strategy, index: int, data: Resident, replicate: Replicate, parts: Iterable[Part]
) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    for part in parts:
        examples = (
            data.fixed_train_subset(TRAIN_SUBSET)
            if part == "train"
            else torch.arange(data.size(part), device=data.device)
        )
        correct, loss = strategy.evaluate(part, examples, [index])
        metrics[f"{part}_accuracy"] = correct[0].double().mean().item()
        metrics[f"{part}_loss"] = loss[0].item()
        if part == "test":
            bits = np.packbits(correct[0].numpy())
            metrics["test_correct"] = base64.b64encode(bits.tobytes()).decode()
            metrics["test_examples"] = len(examples)
            metrics["chance_accuracy"] = _largest_share(data.all_labels("test"))
    losses = [(point.loss, point.step) for point in replicate.validation if point.loss is not None]
    if losses:
        metrics["early_stop_step"] = min(losses)[1]
    return metrics


def _largest_share(labels: torch.Tensor) -> float:
    """What a net reaches that always names the most frequent class."""
    return int(labels.bincount().max()) / len(labels)


def _sparsity(
    running: Running, net: Net, mask: Mask, end: Tensors, init: InitSpec | None
) -> dict[str, Any]:
    start, start_mask = running.start_state, running.start_mask or mask
    live = live_weights(net.module, mask, net.input_shape, start) if net.has_paths else None
    layers: dict[str, LayerRecord] = {}
    for layer in net.layers:
        kept = mask[layer.name]
        std = None if init is None else layer_std(init, layer)
        layers[layer.name] = LayerRecord(
            total=layer.total,
            kept=int(kept.sum()),
            live=None if live is None else int(live[layer.name].sum()),
            dead_units=None if live is None else dead_units(layer.by_unit(live[layer.name])),
            rms_over_init_std=_rms_over(std, start[layer.name][start_mask[layer.name]]),
            rms_over_init_std_end=finite(_rms_over(std, end[layer.name][kept])),
            is_output=layer.is_output,
            is_first=layer is net.layers[0],
            **_rescaling(running.factors, layer),
        )
    by_layer = [(layer, layers[layer.name]) for layer in net.layers]
    return {
        "layers": layers,
        "prunable": net.prunable,
        "head_weights": sum(layer.total for layer in net.apart) or None,
        "kept": sum(counts.kept for _, counts in by_layer),
        "live_kept": sum_of_known(counts.live for _, counts in by_layer),
        "params_left": parameters_left(net.module, mask),
        "dead_units": sum_of_known(counts.dead_units for _, counts in by_layer),
        "multiply_adds": multiply_adds(net, mask),
        "multiply_adds_dense": multiply_adds(net, {}),
        "emptied_layers": [layer.name for layer, counts in by_layer if counts.kept == 0],
    }


def _rescaling(factors: Mapping[str, float | None], layer: Layer) -> dict[str, float | None]:
    """Nothing where nothing was rescaled, as in records of early versions."""
    return {"rescaled_by": finite(factors[layer.name])} if factors else {}


def parameters_left(module: nn.Module, mask: Mask) -> int:
    """All parameters but the pruned weights; a tensor with several names counts once."""
    left = {id(tensor): tensor.numel() for tensor in module.parameters()}
    for name, tensor in module.named_parameters(remove_duplicate=False):
        if name in mask:
            left[id(tensor)] = int(mask[name].sum())
    return sum(left.values())


def _graph_use(strategy: Strategy) -> dict[str, Any]:
    """Whether steps were CUDA graphs: nothing on a CPU, where there are none."""
    graphs = strategy.graph_use()
    return {} if graphs is None else {"cuda_graphs": graphs.used}


def device_name(device: torch.device) -> str:
    """The model of the GPU or CPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor()


def _rms_over(std: float | None, values: torch.Tensor) -> float | None:
    """Root mean square in standard deviations; None where nobody knows of what distribution."""
    return None if std is None else _rms(values) / std


def _rms(values: torch.Tensor) -> float:
    return values.double().square().mean().sqrt().item() if values.numel() else 0.0
