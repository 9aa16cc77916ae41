"""Where the files of one stage lie in its directory."""

from pathlib import Path

FINAL, RECORDS = "final.safetensors", "records.jsonl"
CHECKPOINT = "checkpoint.safetensors"


class StageFiles:
    """The places of a stage's files, whether they exist or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path.name

    @property
    def ticket(self) -> Path:
        """Where the mask lies that the training begins with."""
        return self.path / "ticket.safetensors"

    @property
    def final(self) -> Path:
        """Where the state at the end lies."""
        return self.path / FINAL

    @property
    def end_mask(self) -> Path:
        """Where the mask at the end lies, if the training changed the ticket's."""
        return self.path / "end-mask.safetensors"

    @property
    def checkpoint(self) -> Path:
        """Where a training that was interrupted goes on."""
        return self.path / CHECKPOINT

    @property
    def records_path(self) -> Path:
        """Where the records are appended."""
        return self.path / RECORDS

    def snapshot(self, step: int) -> Path:
        """Where the state after `step` optimizer steps lies."""
        return self.path / f"step-{step}.safetensors"

    def optimizer_snapshot(self, step: int) -> Path:
        """Where the optimizer's state after `step` steps lies."""
        return self.path / f"optimizer-{step}.safetensors"

    def next_mask(self, pruning: str) -> Path:
        """Where the mask lies that this pruning makes of the final weights."""
        return self.path / f"next-mask-{pruning}.safetensors"
