"""What Slurm's commands answer, and what is no answer: silence, failure and nonsense are told."""

import time
from pathlib import Path

import pytest

from ltsweep.foundations import squeue
from ltsweep.foundations.squeue import SlurmError, ask, is_in_queue
from ltsweep.launch.slurm import client
from ltsweep.launch.slurm.client import (
    JobState,
    arrays_by_script,
    ended_states,
    job_states,
)

from ...slurm_made_up import HANGS, on_the_path

Answers = dict[str, str]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Says what each command prints, by its name."""
    answers: Answers = {}
    monkeypatch.setattr(client, "ask", lambda command: answers[command[0]])
    return answers


@pytest.mark.process
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (HANGS, "squeue did not answer within 0.2 seconds"),
        (
            "echo 'squeue: error: sleeping and retrying' >&2; " + HANGS,
            "squeue did not answer within 0.2 seconds: sleeping and retrying",
        ),
        (
            "echo 'squeue: error: Unable to contact slurm controller' >&2; exit 1",
            "squeue failed: Unable to contact slurm controller",
        ),
        ("exit 3", "squeue failed: it ended with 3"),
    ],
    ids=["hangs", "hangs and says why", "fails", "fails without a word"],
)
def test_a_command_that_gives_no_answer_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    on_the_path(tmp_path / "bin", monkeypatch, squeue=script)
    before = time.monotonic()
    with pytest.raises(SlurmError) as error:
        ask(["squeue"], 0.2)
    assert str(error.value) == sentence
    assert time.monotonic() - before < 30


def test_a_program_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "squeue"
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("subprocess.run", _exec_format_error)
    with pytest.raises(SlurmError, match="^squeue cannot be run: Exec format error$"):
        ask(["squeue"])


def _exec_format_error(*_: object, **__: object) -> None:
    raise OSError(8, "Exec format error")


@pytest.mark.parametrize(
    "nonsense", ["<html>502 Bad Gateway</html>\n", "12|RUNNING\n", "slurm_load_jobs error|A|b\n"]
)
def test_nonsense_is_no_state(answer: Answers, nonsense: str) -> None:
    answer["squeue"] = nonsense
    with pytest.raises(SlurmError, match=r"^squeue answered what cannot be read: \S"):
        job_states(["12"])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", []),
        ("12_0|/mine.sh\n12_1|/mine.sh\n13|(null)\n14|/other.sh\n", ["12_0", "12_1"]),
        ("12_[2-5%1]|/mine.sh\n15|/mine.sh\n", ["15"]),
        ("15|/of two\nlines.sh\n16|/mine.sh\n", ["16"]),
    ],
)
def test_jobs_are_found_by_their_script(answer: Answers, said: str, found: list[str]) -> None:
    answer["squeue"] = said
    assert arrays_by_script([Path("/mine.sh")], 0) == {Path("/mine.sh"): found}


def test_nonsense_is_not_taken_for_a_queue_without_jobs_of_a_script(answer: Answers) -> None:
    answer["squeue"] = "<html>502 Bad Gateway</html>\n"
    with pytest.raises(SlurmError, match="^squeue answered what cannot be read: <html>"):
        arrays_by_script([Path("/mine.sh")], 0)


def test_nonsense_does_not_tell_whether_a_job_is_in_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"squeue": "12_3\n14\n"}
    monkeypatch.setattr(squeue, "ask", lambda command: told[command[0]])
    squeue._queue.cache_clear()
    assert is_in_queue("12_3", 0) is True and is_in_queue("12_4", 0) is False
    squeue._queue.cache_clear()
    told["squeue"] = "Access is denied\n"
    assert is_in_queue("12_3", 0) is None
    squeue._queue.cache_clear()


@pytest.mark.parametrize(
    ("answered", "states"),
    [
        ("12_0|RUNNING|None\n12_1|PENDING|Priority\n", ["RUNNING", "PENDING: Priority"]),
        ("12|CANCELLED|None\n", ["CANCELLED"] * 5),
        ("12_0|COMPLETED|None\n12|CANCELLED|None\n", ["COMPLETED", *["CANCELLED"] * 4]),
        ("12_[1-2,4%1]|CANCELLED|None\n", [None, "CANCELLED", "CANCELLED", None, "CANCELLED"]),
        (
            "12_[0-4:2]|PENDING|Resources\n",
            [*["PENDING: Resources", None] * 2, "PENDING: Resources"],
        ),
        ("12_[0,2,...]|PENDING|None\n", ["PENDING"] * 5),
        ("12_3|FAILED|a|b\n13_1|RUNNING|None\n", [None, None, None, "FAILED: a|b"]),
        ("", []),
    ],
    ids=[
        *("tasks", "an array", "task and array", "list", "steps", "cut list"),
        *("reason with a bar", "nothing"),
    ],
)
def test_tasks_of_arrays_are_found_however_slurm_tells_of_them(
    answer: Answers, answered: str, states: list[str | None]
) -> None:
    """An array that was cancelled as a whole is one line, `12|CANCELLED`."""
    answer["squeue"] = answered
    found = job_states(f"12_{task}" for task in range(5))
    told = [found.get(f"12_{task}") for task in range(5)]
    wanted = [*states, *[None] * (5 - len(states))]
    assert [None if state is None else str(state) for state in told] == wanted


def test_accounting_tells_how_forgotten_jobs_ended(answer: Answers) -> None:
    answer["sacct"] = "7|CANCELLED by 1000|0:0\n8_0|TIMEOUT|0:15\n8_1|RUNNING|0:0\n9|FAILED|1:0\n"
    found = ended_states(["7", "8_0", "8_1", "9", "10"])
    assert found == {
        "7": JobState("CANCELLED"),
        "8_0": JobState("TIMEOUT", "0:15"),
        "9": JobState("FAILED", "1:0"),
    }
    assert [found[job].why_ended for job in ("7", "8_0", "9")] == [
        "cancelled",
        "time limit",
        "error",
    ]


def test_without_accounting_nothing_is_told_of_forgotten_jobs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ended_states(["7"]) == {}
