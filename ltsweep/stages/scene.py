"""What rules find when a stage begins: states, masks, draws and data, each made when asked for."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import torch

from ltsweep.data.resident import Resident
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.contracts import broken
from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.randomness import generator, permutation
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.init.state import initial_state, layer_std
from ltsweep.methods.rule_inputs import made_for
from ltsweep.methods.scene import Kind
from ltsweep.models.flow import flow
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import Exported, InitSpec, Input, RuleSpec, ScoreData
from ltsweep.plan.stage import Means
from ltsweep.pruning.counts import following
from ltsweep.pruning.mask import Mask, full_mask, pack, unpack
from ltsweep.pruning.rounds import prune_in_rounds
from ltsweep.pruning.select import unusable
from ltsweep.spec import StageSpec
from ltsweep.stages.data_read import scored_on
from ltsweep.stages.inputs import file_of, holder, path_of
from ltsweep.stages.scoring import (
    Batches,
    Forward,
    Tally,
    mean_gradients,
    scored_batches,
    scored_net,
)
from ltsweep.stages.workplace import Workplace
from ltsweep.store.data_read import DataRead, as_plain, entries
from ltsweep.store.records import ScoringRecord
from ltsweep.store.tickets import kept_ticket

Tensors = dict[str, torch.Tensor]
Log = Callable[[str], None]


@dataclass(frozen=True)
class StageScene:
    """A stage at its beginning, or another one at its end: see `methods.scene.Scene`.

    `read` fills with the data that its rules read, `tally` with what their scores take. `scored` is
    the state whose weights a criterion scores.
    """

    spec: StageSpec
    kind: Kind
    place: Workplace
    means: Means
    log: Log
    own_mask: Mask = field(default_factory=dict)
    scored: Tensors = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
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
        return {layer.name: self.scored[layer.name] for layer in self.layers}

    def scored_state(self) -> Tensors:
        """See Scene."""
        return self.scored

    def state(self, source: Input | Exported) -> Tensors:
        """See Scene. FileNotFoundError where it is gone, DamagedFile where it is not whole."""
        if isinstance(source, Exported):
            return kept_ticket(self.place.store, source.ticket).weights
        return load_tensors(path_of(self.place.store, source))[0]

    def mask(self, source: Input | Exported) -> Mask:
        """See Scene. A file has no mask of a head that was apart where its ticket was made."""
        if isinstance(source, Exported):
            return full_mask(self.layers) | self._exported_mask(source)
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

    def net(self) -> Forward:
        """See Scene."""
        return scored_net(self._net, self.spec.seed, self.spec.level, self.tally)

    def flow(self) -> Callable[[Tensors], torch.Tensor]:
        """See Scene."""
        through = flow(self._net.module, self.scored, self._net.input_shape)

        def counted(weights: Tensors) -> torch.Tensor:
            self.tally.images += 1
            return through(weights)

        return counted

    def batches(self, scores: ScoreData) -> Batches:
        """See Scene."""
        data, size = self._data(scores.data), self.spec.train.batch_size
        name = self.means.source or self.means.dataset  # scores are always of the source
        self.read.append(scored_on(data, scores.data, name))
        return scored_batches(data, scores, self.spec.seed, size)

    def gradients(self, scores: ScoreData) -> Tensors:
        """See Scene."""
        batches = self.batches(scores)
        return mean_gradients(self.net(), self.scored, self.weights(), batches, scores)

    def permutation(self, layer: str, length: int) -> torch.Tensor:
        """See Scene."""
        return permutation(self.spec.seed, "mask permutation", length, layer)

    def random(self) -> torch.Generator:
        """See Scene."""
        return generator(self.spec.seed, f"random {self.kind}", self.spec.level)

    def _exported_mask(self, source: Exported) -> Mask:
        """The mask of a ticket from a file, without that of a head that is apart here."""
        names = {layer.name for layer in self.layers}
        mask = kept_ticket(self.place.store, source.ticket).mask
        return {name: part for name, part in mask.items() if name in names}

    def _next_mask(self, source: Input) -> Mask:
        """The mask that a state of another stage leads to: its own, the lowest scores pruned.

        It is kept beside the end, which goes once the ladder has moved on, so that controls can
        join at any time.
        """
        parent = self.place.store.stage(source.stage)
        path = file_of(parent, source)
        saved = load_mask(path, self.layers, self.log)
        if saved is None and holder(self.place.store, source.origin) is None:
            # made meanwhile, by who dropped the end
            saved = load_mask(path, self.layers, self.log)
        if saved is not None:
            self.read.extend(saved.read)
            if saved.scoring is not None:
                self.tally.add(saved.scoring)
            return saved.mask
        there = StageSpec.model_validate(parent.spec())
        before = self.mask(Input(stage=source.stage, what="mask"))
        scene = replace(self, spec=there, kind="criterion", own_mask=before, read=[], tally=Tally())
        made, spent = scene._pruned(source), scene.tally.record()
        self.read.extend(scene.read)
        self.tally.add(spent)
        about = {"ladder": parent.key, "level": there.level + 1, "read": as_plain(scene.read)}
        save_tensors(path, pack(made), {**about, "scoring": spent.stored()})
        return made

    def _pruned(self, source: Input) -> Mask:
        """What a criterion leaves of this stage's own mask."""
        assert source.pruning is not None
        began, state = time.monotonic(), self.state(source.origin)
        rule = RuleSpec(rule=source.pruning.score, given=source.given)

        def score(mask: Mask) -> Tensors:
            masked = {name: state[name] * part for name, part in mask.items()}
            scores = replace(self, own_mask=mask, scored=state | masked).apply(rule)
            if returned := unusable(scores, mask):
                contract = "finite scores of the prunable weights, by name"
                raise broken(rule.rule.target, contract, returned)
            return scores

        counts = {kept.layers: kept.count for kept in source.kept}
        after = counts or following(source.pruning, self.layers, self.own_mask)
        made = prune_in_rounds(score, self.own_mask, after, source.pruning.rounds)
        self.tally.seconds += time.monotonic() - began
        return made

    def _data(self, spec: DataSpec) -> Resident:
        return self.place.data(spec, self.means.loaders[spec.fingerprint])

    @property
    def _net(self) -> Net:
        return self.place.net(self.spec.train, self._data(self.spec.train.data))


class SavedMask(NamedTuple):
    """A mask from a file, with the data that were read to make it and what its scores took.

    Files of early versions do not tell what scores took.
    """

    mask: Mask
    read: list[DataRead]
    scoring: ScoringRecord | None


def load_mask(path: Path, layers: Sequence[Layer], log: Log | None = None) -> SavedMask | None:
    """A mask from a file; None where there is none, or where it is damaged and `log` is told."""
    try:
        tensors, about = load_tensors(path)
    except FileNotFoundError:
        return None
    except DamagedFile as error:
        if log is None:
            raise
        log(f"warning: {error}; the mask is made again")
        return None
    spent = about.get("scoring")
    return SavedMask(
        unpack(tensors, layers),
        entries(about.get("read", ())),
        None if spent is None else ScoringRecord.read(spent),
    )
