"""Tests that the file of a function is found by reading, and that nothing is run on the way."""

import pytest

from ltsweep.foundations.source_files import defining_file

RUNS = "raise AssertionError('this was imported')\n"


@pytest.mark.parametrize(
    ("files", "target", "found"),
    [
        ({"one.py": "def f(): ...\n"}, "one.f", "one.py"),
        ({"one.py": "class F: ...\n"}, "one.F", "one.py"),
        ({"one/__init__.py": "", "one/two.py": "def f(): ...\n"}, "one.two.f", "one/two.py"),
        ({"one/two.py": "def f(): ...\n"}, "one.two.f", "one/two.py"),
        (
            {"one/__init__.py": "from .two import f\n", "one/two.py": "def f(): ...\n"},
            "one.f",
            "one/two.py",
        ),
        (
            {"one/a/b.py": "from ..c import g as f\n", "one/c.py": "def g(): ...\n"},
            "one.a.b.f",
            None,  # of folders without __init__.py nobody can tell where they begin
        ),
        (
            {
                "one/__init__.py": "",
                "one/a/__init__.py": "",
                "one/a/b.py": "from ..c import g as f\n",
                "one/c.py": "def g(): ...\n",
            },
            "one.a.b.f",
            "one/c.py",
        ),
        ({"one.py": "from two import *\n", "two.py": "def f(): ...\n"}, "one.f", "two.py"),
        ({"one.py": "from two import f\n", "two.py": "from one import f\n"}, "one.f", None),
        ({"one.py": "from . import f\n"}, "one.f", None),
        ({"one.py": "f = print\n"}, "one.f", None),
        ({"one.py": "def f(:\n"}, "one.f", None),
        ({"one.py": "\0"}, "one.f", None),
        ({"one.so": ""}, "one.f", None),
        ({}, "one.f", None),
        ({}, "f", None),
    ],
)
def test_the_file_of_a_function_is_found_by_reading(tmp_path, files, target, found):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + RUNS if text.endswith("\n") else text)
    expected = None if found is None else tmp_path / found
    assert defining_file(target, [str(tmp_path)]) == expected
