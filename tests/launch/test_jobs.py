"""The list of a launch's jobs: appended, read in order, torn lines left out."""

from pathlib import Path

import pytest

from ltsweep.foundations.notices import warn_once
from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord


def _record(number: int) -> JobRecord:
    return JobRecord(
        job=number,
        cluster="slurm",
        id=f"12_{number}",
        pid=None,
        host=None,
        log=f"/logs/12_{number}_0_log.out",
        stages=("a", "b"),
        submitted=1.5,
    )


def test_jobs_are_read_as_they_were_appended(tmp_path: Path) -> None:
    assert jobs.read(tmp_path) == []
    jobs.append(tmp_path, [_record(0), _record(1)])
    jobs.append(tmp_path, [_record(2)])
    assert jobs.read(tmp_path) == [_record(0), _record(1), _record(2)]


def test_a_line_that_a_crash_tore_is_left_out(tmp_path: Path) -> None:
    jobs.append(tmp_path, [_record(0), _record(1)])
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert jobs.read(tmp_path) == [_record(0)]


def test_a_torn_line_does_not_spoil_the_jobs_that_come_after_it(tmp_path: Path) -> None:
    jobs.append(tmp_path, [_record(0), _record(1)])
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    jobs.append(tmp_path, [_record(2), _record(3)])
    assert jobs.read(tmp_path) == [_record(0), _record(2), _record(3)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("pid", "-7"), ("pid", "0"), ("submitted", "1e999"), ("submitted", "NaN"), ("id", '"all"')],
)
def test_a_line_of_no_job_that_there_can_be_is_left_out(
    tmp_path: Path, field: str, value: str
) -> None:
    jobs.append(tmp_path, [_record(0)])
    path = tmp_path / "jobs.jsonl"
    was = {"pid": '"pid": null', "submitted": '"submitted": 1.5', "id": '"id": "12_0"'}[field]
    path.write_text(path.read_text().replace(was, f'"{field}": {value}'))
    assert value in path.read_text() and jobs.read(tmp_path) == []


def test_a_list_that_cannot_be_read_counts_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    (tmp_path / "jobs.jsonl").mkdir()
    assert jobs.read(tmp_path) == []
    assert caplog.messages == [f"{tmp_path}/jobs.jsonl cannot be read: Is a directory"]
