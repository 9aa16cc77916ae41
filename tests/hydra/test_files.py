"""Tests files of groups that are no settings: one sentence each that names the file."""

import pytest

SETTINGS = "it must hold settings, one a line, such as levels: 3"
LIST = "a list of NAME or GROUP: NAME, such as [override /model: conv2]"
HEAD = "# @package _global_\n"

# what the file of an experiment or a model holds: what is told after its path
WRONG = {
    "levels: 1 # caf\xe9\n": " is not UTF-8: there is the byte 0xe9 in line {line}",
    "levels: " + 3000 * "[" + 3000 * "]": " is nested too deeply to be read",
    "defaults: [mine]": ": its defaults list takes in the file itself",
    "defaults: [other]": ": its defaults list takes in the file itself by way of other.yaml",
    "defaults: model": f": defaults must be {LIST}",
    "defaults: {model: conv2}": f": defaults must be {LIST}",
    "defaults: [3]": f": 3 in its defaults is wrong; they must be {LIST}",
    "defaults: [{a: b, c: d}]": f": {{{{a:b,c:d}}}} in its defaults is wrong; they must be {LIST}",
    "a: *b": " cannot be read: found undefined alias 'b' in \"mine.yaml\", line {line}...",
    "levels: ${nope": " cannot be read: levels: no viable alternative at input '${{nope'",
    "a: [1": ' cannot be read: while parsing a flow sequence in "mine.yaml", line {line}...',
}
NO_SETTINGS = {
    "": f" is empty; {SETTINGS}",
    "\n \n": f" is empty; {SETTINGS}",
    "- a\n- b": f" holds a list; {SETTINGS}",
    "3": f" holds no settings; {SETTINGS}",
}


@pytest.fixture
def told(command, tmp_path):
    """What is told about a file of this group and content, after its path."""

    def tell(group, text):
        path = tmp_path / "conf" / group / "mine.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(text.encode("latin-1"))
        path.with_name("other.yaml").write_text("defaults: [mine]\n")
        result = command(f"--config-dir conf {group}=mine action=plan")
        assert (result.code, result.left) == (2, ["conf"])
        (problem,) = result.problems
        assert problem.startswith(str(path))
        return problem.removeprefix(str(path))

    return tell


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("group", ["experiment", "model"])
def test_a_file_that_cannot_be_used_is_named(told, group, text):
    head = HEAD if group == "experiment" else ""
    wanted = WRONG[text].format(line=1 + head.count("\n"))
    found = told(group, head + text)
    if wanted.endswith("..."):
        assert found.startswith(wanted.removesuffix("..."))
    else:
        assert found == wanted


@pytest.mark.parametrize("text", NO_SETTINGS)
@pytest.mark.parametrize("group", ["experiment", "model"])
def test_a_file_without_settings_is_named(told, group, text):
    assert told(group, text) == NO_SETTINGS[text]


def test_a_file_that_an_experiment_takes_in_is_named(command, tmp_path):
    for name, text in {
        "experiment/mine.yaml": f"{HEAD}defaults: [base, override /optimizer: steady]\n",
        "experiment/base.yaml": f"{HEAD}levels: 1\n",
        "optimizer/steady.yaml": "[]\n",
    }.items():
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text(text)
    assert command("--config-dir conf experiment=mine").problems == [
        f"{tmp_path}/conf/optimizer/steady.yaml holds a list; {SETTINGS}"
    ]


def test_a_main_file_that_hydra_cannot_read_is_named(command, tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"levels: \xff")
    (problem,) = command(f"--config-path {tmp_path} --config-name mine").problems
    assert problem.startswith("mine cannot be composed: 'utf-8' codec can't decode byte 0xff")
