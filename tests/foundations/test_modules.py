"""Tests imports of users' modules: whatever they do is told, and a Ctrl-C goes through."""

import signal
import sys
from pathlib import Path

import pytest

from ltsweep.foundations.modules import import_module

AT = "({folder}/{file}.py, line 2)"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["launch.py", "experiment=quickstart"])

    def write_module(name: str, line: str) -> None:
        (tmp_path / f"{name}.py").write_text(f"import sys\n{line}\n")

    return write_module


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sys.exit(3)", f"SystemExit: 3 {AT}"),
        ("sys.exit()", f"SystemExit {AT}"),
        ("raise KeyboardInterrupt", f"KeyboardInterrupt {AT}"),
        ("raise GeneratorExit('a reason')", f"GeneratorExit: a reason {AT}"),
        ("class Odd(BaseException): ...\nraise Odd", f"Odd {AT}".replace("line 2", "line 3")),
        ("1 / 0", f"ZeroDivisionError: division by zero {AT}"),
        ("import no_such_module", f"No module named 'no_such_module' {AT}"),
        ("import argparse; argparse.ArgumentParser().parse_args()", f"SystemExit: 2 {AT}"),
        ("def f(:", "SyntaxError: invalid syntax ({file}.py, line 2)"),
    ],
)
def test_whatever_a_module_raises_is_told_with_its_file(write, tmp_path, line, told) -> None:
    write("raising", line)
    with pytest.raises(ImportError) as wrong:
        import_module("raising")
    assert str(wrong.value) == told.format(folder=tmp_path, file="raising")


def test_the_file_at_fault_may_be_one_that_the_module_imports(write, tmp_path: Path) -> None:
    write("outer", "import inner")
    write("inner", "sys.exit(1)")
    with pytest.raises(ImportError) as wrong:
        import_module("outer")
    assert str(wrong.value) == f"SystemExit: 1 {AT}".format(folder=tmp_path, file="inner")


@pytest.fixture
def interruptible():
    """Python's own answer to Ctrl-C, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_a_ctrl_c_goes_through_and_its_handler_is_as_before(write, interruptible) -> None:
    write("slow", "import signal; signal.raise_signal(signal.SIGINT)")  # to this very thread
    with pytest.raises(KeyboardInterrupt):
        import_module("slow")
    assert signal.getsignal(signal.SIGINT) is interruptible
