"""Tests the notices about values of an experiment that were meant for another choice."""

import pytest

IN_FILE = """\
# @package _global_
defaults:
  - override /optimizer: adam
  - override /reset: late
optimizer:
  lr: 0.003
reset:
  step: 5it
pruning:
  fraction: 0.5
  output_fraction: null
levels: 1
"""
BY_AXES = """\
# @package _global_
levels: 1
hydra:
  sweeper:
    params:
      optimizer: adam
      optimizer.lr: 0.003,0.01
      init.scale: 2
"""
FOR_BOTH = """\
# @package _global_
levels: 1
hydra:
  sweeper:
    params: {optimizer: 'sgd,adam', optimizer.lr: '0.003,0.01'}
"""
LR = (
    "optimizer.lr={} comes from experiment/mine.yaml, which has it for optimizer=adam; "
    "optimizer=sgd would have 0.05 by itself"
)


@pytest.fixture
def notices(command, tmp_path):
    """What is noted about `experiment=mine WORDS`, the experiment being this text."""
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)

    def note(text, words):
        (folder / "mine.yaml").write_text(text)
        result = command(
            f"--config-dir conf action=plan experiment=mine report.densities=[] {words}"
        )
        assert result.code == 0, result.err
        lines = result.out.splitlines()
        return [line.removeprefix("note: ") for line in lines if line.startswith("note: ")]

    return note


@pytest.mark.parametrize(
    ("text", "words", "noted"),
    [
        (IN_FILE, "", []),
        (IN_FILE, "optimizer=adam pruning=magnitude_global seed=1", []),
        (IN_FILE, "optimizer=sgd", [LR.format("0.003")]),
        (IN_FILE, "optimizer=sgd,adam", [LR.format("0.003")]),
        (IN_FILE, "optimizer=sgd optimizer.lr=0.003", []),
        (IN_FILE, "optimizer=sgd optimizer.lr=0.1,0.2", []),
        (IN_FILE, "method=dense dataset=digits", []),
        (
            IN_FILE,
            "reset=init",
            [
                "reset.step=5it comes from experiment/mine.yaml, which has it for reset=late; "
                "reset=init would have 0it by itself"
            ],
        ),
        (
            IN_FILE,
            "pruning=magnitude_layerwise",
            [
                f"pruning.{key} comes from experiment/mine.yaml, which has it for pruning="
                f"magnitude_global; pruning=magnitude_layerwise would have {alone} by itself"
                for key, alone in (("fraction=0.5", 0.2), ("output_fraction=null", 0.1))
            ],
        ),
        (BY_AXES, "", []),
        (BY_AXES, "optimizer=sgd", [LR.format("0.003,0.01")]),
        (
            BY_AXES,
            "init=xavier_normal",
            [
                "init.scale=2 comes from experiment/mine.yaml, which has it for "
                "init=kaiming_normal; init=xavier_normal would have 1.0 by itself"
            ],
        ),
        (FOR_BOTH, "optimizer=sgd", []),
    ],
)
def test_a_value_that_was_meant_for_another_choice_is_noted(notices, text, words, noted):
    assert notices(text, words) == noted
