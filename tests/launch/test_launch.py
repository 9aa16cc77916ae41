"""A launch on disk: its stages are named by key, and lie in a list of their own."""

import gzip
import json

import pytest

from ltsweep.foundations.files import DamagedFile, read_json, write_json
from ltsweep.launch.launch import Launch

from ..steer.conftest import make_launch

LINES = ("method=imp,random_reinit", "levels=3", "seed=0,1")


@pytest.fixture
def launch(tmp_path):
    return make_launch(tmp_path / "store", "20260101-120000-abcdef", *LINES).launch


def listed(launch):
    with gzip.open(launch.directory / "stages.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def as_early_versions_wrote_it(launch):
    """All stages in launch.json, each in full."""
    content = read_json(launch.directory / "launch.json")
    del content["stages_sha256"]
    (launch.directory / "stages.jsonl.gz").unlink()
    content["stages"] = [stage.model_dump(mode="json") for stage in launch.stages]
    write_json(launch.directory / "launch.json", content)


def test_a_launch_is_read_as_it_was_written(launch):
    assert Launch.load(launch.directory) == launch


def test_launch_json_names_stages_by_key_and_holds_none(launch):
    content = read_json(launch.directory / "launch.json")
    assert "stages" not in content
    assert set(content["pending"]) == {stage.key for stage in launch.stages}


def test_what_stages_share_is_written_once(launch):
    lines = listed(launch)
    assert [line["of"] for line in lines if "part" in line] == ["train", "means"]
    assert [line["key"] for line in lines if "key" in line] == [s.key for s in launch.stages]


def test_what_stages_share_is_one_object_in_memory(launch):
    loaded = Launch.load(launch.directory)
    assert len({id(stage.spec.train) for stage in loaded.stages}) == 1
    assert len({id(stage.means) for stage in loaded.stages}) == 1


def test_a_launch_of_an_early_version_is_read(launch):
    as_early_versions_wrote_it(launch)
    assert Launch.load(launch.directory) == launch


def cut(content):
    return content[: len(content) // 2]


def one_bit(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("damage", [cut, one_bit, lambda content: b""])
def test_a_damaged_list_is_named(launch, damage):
    path = launch.directory / "stages.jsonl.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedFile, match="stages.jsonl.gz does not match its digest"):
        Launch.load(launch.directory)


def test_a_missing_list_is_named(launch):
    (launch.directory / "stages.jsonl.gz").unlink()
    with pytest.raises(DamagedFile, match="stages.jsonl.gz cannot be read: No such file"):
        Launch.load(launch.directory)
