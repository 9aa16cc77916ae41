"""Where the source of a component lies, found without running any of it."""

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from ltsweep.foundations.own_code import sources_of

FUNCTION = "raise SystemExit('imported')\n\ndef score(weights):\n    return weights\n"


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes modules to a folder that Python looks in; each would end the process if it ran."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = {*sys.modules}

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    yield write
    assert {*sys.modules} == before


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("own_scores.py", "own_scores.score"),
        ("own_scores/__init__.py", "own_scores.score"),
        ("own_project/deep/scores.py", "own_project.deep.scores.score"),
    ],
)
def test_a_module_a_package_and_a_folder_without_init(written, file, target):
    path = written(file, FUNCTION)
    (found,) = sources_of(target)
    assert (found.file, found.digest) == (path, sha256(path.read_bytes()).hexdigest())
    assert str(found) == f"{path} (SHA-256 {found.digest[:16]})"


def test_where_a_name_is_imported_from_and_where_its_decorator_lies(written):
    package = written("own_project/__init__.py", "from .scores import mine as score\n")
    scores = written(
        "own_project/scores.py",
        "from own_project.marks import marked\n\n@marked(3)\ndef mine(weights):\n    ...\n",
    )
    marks = written("own_project/marks.py", "from own_project import score\n\ndef marked(n): ...\n")
    assert [found.file for found in sources_of("own_project.score")] == [package, scores, marks]


def test_further_folders_are_looked_in_last(written, tmp_path):
    first = written("own_scores.py", FUNCTION)
    written("further/own_scores.py", FUNCTION)
    only = written("further/other_scores.py", FUNCTION)
    further = [str(tmp_path / "further")]
    assert [found.file for found in sources_of("own_scores.score", further)] == [first]
    assert [found.file for found in sources_of("other_scores.score", further)] == [only]


@pytest.mark.parametrize("target", ["nowhere_at_all.score", "score", "json.nowhere.score", "sys.x"])
def test_nothing_is_found_of_what_has_no_source(target):
    assert sources_of(target) == []


def test_a_module_that_is_no_python_has_a_digest_all_the_same(written):
    path = written("own_scores.py", "def score(:\n")
    assert [found.file for found in sources_of("own_scores.score")] == [Path(path)]
