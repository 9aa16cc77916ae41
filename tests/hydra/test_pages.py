"""README and docs/: what they tell to type, and what they say of pictures and columns, is so."""

import re
import shlex

import pytest
from PIL import Image

from ltsweep.cli.main import main
from ltsweep.hydra.check import check_command_line
from ltsweep.hydra.options import read_options
from ltsweep.views.curves import columns
from ltsweep.views.metrics import View, shown_in

from ..points import CONF

pytestmark = pytest.mark.usefixtures("one_composer")

ROOT = CONF.parent
README = ROOT / "README.md"
OF_ITS_OWN = "first_order"  # the part that the README adds
COLUMNS = ROOT / "docs" / "columns.md"
# own_parts.md has a test of its own, which runs what it says.
PAGES = [README, *sorted(p for p in (ROOT / "docs").glob("*.md") if p.stem != "own_parts")]
TINY = "levels=1 schedule.length=4it reset.step=1it seed=0 logger=none jobs=1"


def blocks(page, language=""):
    """The code blocks of a page in this language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def commands(program):
    """The calls of a program on all pages, in blocks and in sentences."""
    found = []
    for page in PAGES:
        lines = [line for b in blocks(page) for line in b.replace("\\\n", " ").splitlines()]
        prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        lines += [" ".join(quoted.split()) for quoted in re.findall(r"`([^`]+)`", prose)]
        calls = [line.removeprefix("$ ").removeprefix(".venv/bin/") for line in lines]
        found += [call for call in calls if call.startswith(f"{program} ")]
    return sorted(set(found))


def test_the_readme_is_short():
    assert len(README.read_text().splitlines()) <= 160


def test_the_caption_of_the_picture_says_what_its_verdicts_say():
    """`draw` has written the caption into the picture, from the verdicts that it drew."""
    caption = Image.open(ROOT / "docs" / "quickstart.png").text["Description"]
    assert f"*{caption}*" in " ".join(README.read_text().split())


def test_every_column_has_its_row_and_there_is_no_other():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", COLUMNS.read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == columns()
    told = dict(rows)
    for metric in shown_in(View.CSV):
        assert metric.about in told[metric.name]


@pytest.mark.parametrize("line", [c for c in commands("python launch.py") if OF_ITS_OWN not in c])
def test_the_command_lines_name_what_there_is(line):
    _, _, *arguments = shlex.split(line)
    check_command_line(CONF, read_options([word for word in arguments if word != "..."])[1])


@pytest.mark.parametrize("line", commands("ltsweep"))
def test_the_commands_of_ltsweep_exist(line, tmp_path, capsys):
    _, *arguments = shlex.split(line)
    assert main([*arguments, "--store", str(tmp_path / "nowhere")]) == 2
    assert "nowhere is no store" in capsys.readouterr().err


def test_the_part_of_ones_own_in_the_readme_is_complete(processes, tmp_path):
    (code,), (choice,) = blocks(README, "python"), blocks(README, "yaml")
    (line,) = [line for line in commands("python launch.py") if OF_ITS_OWN in line]
    for text in (code, choice):
        name = re.match(r"# ([\w./]+)", text)[1]
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    words = line.removeprefix("python launch.py")
    (result,) = processes(f"--config-dir conf {words} {TINY}", cwd=tmp_path)
    assert result.code == 0, result.out + result.err
    assert "3 stages done" in result.out.splitlines()
