"""What rules find when a stage begins: states, masks, draws and data, each made when asked for."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import torch

from ltsweep.data.resident import Resident
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.contracts import broken
from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.randomness import generator, permutation, torch_seeded
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.init.state import initial_state, layer_std
from ltsweep.methods.rule_inputs import Kind, made_for
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.plan.stage import Means
from ltsweep.pruning.counts import following
from ltsweep.pruning.mask import Mask, full_mask, pack, unpack
from ltsweep.pruning.select import prune, unusable
from ltsweep.spec import InitSpec, Input, RuleSpec, ScoreData, StageSpec
from ltsweep.stages.data_read import scored_on
from ltsweep.stages.inputs import file_of, path_of
from ltsweep.stages.workplace import Workplace
from ltsweep.store.data_read import DataRead, as_plain, entries

Tensors = dict[str, torch.Tensor]
Log = Callable[[str], None]


@dataclass(frozen=True)
class StageScene:
    """A stage at its beginning, or another one at its end: see `rule_inputs.Scene`.

    `read` fills with the data that its rules read.
    """

    spec: StageSpec
    kind: Kind
    place: Workplace
    means: Means
    log: Log
    own_mask: Mask = field(default_factory=dict)
    read: list[DataRead] = field(default_factory=list)

    def apply(self, rule: RuleSpec) -> Tensors:
        """What a rule makes of the values that it asks for."""
        made: Tensors = rule.rule(**made_for(rule.rule, rule.given, self))
        return made

    @property
    def layers(self) -> Sequence[Layer]:
        """See Scene."""
        return self._net.layers

    def weights(self) -> Tensors:
        """See Scene."""
        end = self._end()
        return {layer.name: end[layer.name] for layer in self.layers}

    def state(self, source: Input) -> Tensors:
        """See Scene. FileNotFoundError where it is gone, DamagedFile where it is not whole."""
        return load_tensors(path_of(self.place.store, source))[0]

    def mask(self, source: Input) -> Mask:
        """See Scene."""
        if source.what == "next mask":
            return self._next_mask(source)
        saved = load_mask(file_of(self.place.store.stage(source.stage), source), self.layers)
        return full_mask(self.layers) if saved is None else saved.mask

    def draw(self, init: InitSpec, purpose: str) -> Tensors:
        """See Scene."""
        return initial_state(self._net, init, self.spec.seed, purpose)

    def stds(self, init: InitSpec) -> dict[str, float]:
        """See Scene."""
        return {layer.name: layer_std(init, layer) for layer in self.layers}

    def net(self) -> Callable[[Tensors, torch.Tensor], torch.Tensor]:
        """See Scene: batch norm uses the statistics of its batch, dropout draws alike each time."""
        module = copy.deepcopy(self._net.module).train()

        def forward(state: Tensors, images: torch.Tensor) -> torch.Tensor:
            tensors = {n: t.double() if t.is_floating_point() else t for n, t in state.items()}
            own = {name: tensors[name].clone() for name, _ in module.named_buffers()}
            with torch_seeded(images.device, self.spec.seed, "scored net", self.spec.level):
                outputs: torch.Tensor = torch.func.functional_call(
                    module, tensors | own, (images.double(),)
                )
            return outputs

        return forward

    def batches(self, scores: ScoreData) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """See Scene."""
        data = self._data(scores.data)
        name = self.means.source or self.means.dataset  # scores are always of the source
        self.read.append(scored_on(data, scores.data, name))
        labels = data.all_labels("train").cpu()
        chosen = torch.cat(
            [self._some(labels, number, scores.per_class) for number in range(data.classes)]
        )
        return [
            (data.batch("train", some.to(data.device)).double().cpu(), labels[some])
            for some in torch.split(chosen, self.spec.train.batch_size)
        ]

    def gradients(self, scores: ScoreData) -> Tensors:
        """See Scene."""
        net, state = self.net(), self._end()
        weights = {layer.name: state[layer.name].double() for layer in self.layers}
        for weight in weights.values():
            weight.requires_grad_()
        batches = self.batches(scores)
        count = sum(len(labels) for _, labels in batches)
        found = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        for images, labels in batches:
            loss = scores.objective(net(state | weights, images), labels).sum() / count
            for name, part in zip(
                weights, torch.autograd.grad(loss, list(weights.values())), strict=True
            ):
                found[name] += part
        return found

    def permutation(self, layer: str, length: int) -> torch.Tensor:
        """See Scene."""
        return permutation(self.spec.seed, "mask permutation", length, layer)

    def random(self) -> torch.Generator:
        """See Scene."""
        return generator(self.spec.seed, f"random {self.kind}", self.spec.level)

    def _next_mask(self, source: Input) -> Mask:
        """The mask that another stage's end leads to: its own, the lowest scores pruned.

        It is kept beside the end, which goes once the ladder has moved on, so that controls can
        join at any time.
        """
        parent = self.place.store.stage(source.stage)
        path = file_of(parent, source)
        saved = load_mask(path, self.layers, self.log)
        if saved is None and not parent.final.exists():
            saved = load_mask(path, self.layers, self.log)  # made meanwhile, by who dropped the end
        if saved is not None:
            self.read.extend(saved.read)
            return saved.mask
        assert source.pruning is not None
        there = StageSpec.model_validate(parent.spec())
        before = self.mask(Input(stage=source.stage, what="mask"))
        scene = replace(self, spec=there, kind="criterion", own_mask=before, read=[])
        scores = scene.apply(RuleSpec(rule=source.pruning.score, given=source.given))
        if returned := unusable(scores, before):
            contract = "finite scores of the prunable weights, by name"
            raise broken(source.pruning.score.target, contract, returned)
        counts = {kept.layers: kept.count for kept in source.kept}
        made = prune(scores, before, counts or following(source.pruning, scene.layers, before))
        self.read.extend(scene.read)
        about = {"ladder": parent.key, "level": there.level + 1, "read": as_plain(scene.read)}
        save_tensors(path, pack(made), about)
        return made

    def _end(self) -> Tensors:
        """What a criterion scores: the state at this stage's own end."""
        return self.state(Input(stage=self.spec.key, what="state"))

    def _some(self, labels: torch.Tensor, number: int, count: int) -> torch.Tensor:
        """So many training examples of a class, the same whatever the level."""
        of_class = (labels == number).nonzero().squeeze(1)
        order = permutation(self.spec.seed, "scored examples", len(of_class), number)
        return of_class[order[:count]]

    def _data(self, spec: DataSpec) -> Resident:
        return self.place.data(spec, self.means.loaders[spec.fingerprint])

    @property
    def _net(self) -> Net:
        return self.place.net(self.spec.train, self._data(self.spec.train.data))


class SavedMask(NamedTuple):
    """A mask from a file, and the data that were read to make it."""

    mask: Mask
    read: list[DataRead]


def load_mask(path: Path, layers: Sequence[Layer], log: Log | None = None) -> SavedMask | None:
    """A mask from a file; None where there is none, or where it is damaged and `log` is told."""
    try:
        tensors, about = load_tensors(path)
        return SavedMask(unpack(tensors, layers), entries(about.get("read", ())))
    except FileNotFoundError:
        return None
    except DamagedFile as error:
        if log is None:
            raise
        log(f"warning: {error}; the mask is made again")
        return None
