"""What the README shows is what the command understands."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
SAMPLE = """
# Sample
The command `skelgraph nothing` in a sentence is no line to type.
```bash
pip install skelgraph && skelgraph train --stream bone \\
    --out runs/first   # a comment on --nothing
$ skelgraph predict runs/first walk.bvh | head
```
```python
skelgraph = "python"
```
```
skelgraph --help
```
"""


def find_commands(text: str) -> list[list[str]]:
    """The words of each call of ``skelgraph`` in the shell blocks of a page."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    shell = [block for language, block in blocks if language in ("", "bash", "sh", "console")]
    lines = "\n".join(shell).replace("\\\n", " ").splitlines()
    calls = [
        call.partition(" #")[0].removeprefix("$ ").split()
        for line in lines
        for call in re.split(r"&&|\||;", line)
    ]
    return [call for call in calls if call[:1] == ["skelgraph"]]


def readme_commands() -> list[list[str]]:
    return find_commands(README.read_text("utf-8")) if README.exists() else []


@cache
def help_of(*command: str) -> str:
    """What ``--help`` prints, on a terminal so wide that nothing is cut."""
    shown = subprocess.run(
        [sys.executable, "-m", "skelgraph_cli", *command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "300"},
    )
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_commands_are_found_in_a_page():
    assert find_commands(SAMPLE) == [
        ["skelgraph", "train", "--stream", "bone", "--out", "runs/first"],
        ["skelgraph", "predict", "runs/first", "walk.bvh"],
        ["skelgraph", "--help"],
    ]


def test_the_readme_shows_how_to_train_and_how_to_test():
    assert ["skelgraph", "train", "--stream", "bone"] in [call[:4] for call in readme_commands()]
    text = README.read_text("utf-8")
    assert len(re.findall(r"^<!-- test-command -->\n```bash\n", text, re.MULTILINE)) == 1


def commands_of(*command: str) -> set[str]:
    """The commands that the help of a command or group lists."""
    listing = help_of(*command).partition("Commands:")[2]
    return set(re.findall(r"^  ([a-z][\w-]*)", listing, re.MULTILINE))


@pytest.mark.parametrize("call", readme_commands(), ids=" ".join)
def test_a_command_of_the_readme_exists(call: list[str]):
    command: list[str] = []
    for word in call[1:]:
        if not commands_of(*command) or word.startswith("-"):
            break
        assert word in commands_of(*command)
        command.append(word)
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", help_of(*command)))
    used = {word.partition("=")[0] for word in call if re.match("--?[a-zA-Z]", word)}
    assert used <= known


def test_the_python_of_the_readme_runs(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(arm_swings, "my_folder")
    shutil.copy(arm_swings / "ann_fast_0.npz", "new.bvh")  # the content decides the format
    blocks = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    code = "\n".join(blocks)
    assert code.count('stream="bone")') == 1
    names: dict[str, object] = {}
    exec(code.replace('stream="bone")', 'stream="bone", epochs=1)'), names)
    assert names["features"].shape == (24 * 10, 64)
    assert names["logits"].shape == (1, 4)
    accuracy = names["accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy[9] > 0.9  # with edge types
    assert accuracy[1] < 0.65  # without: chance


def test_the_layout_file_of_the_readme_is_one(tmp_path: Path) -> None:
    from skelgraph.layouts import get_layout

    (block,) = re.findall(
        r"^```toml\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    file = tmp_path / "mine.toml"
    file.write_text(block, encoding="utf-8")
    assert get_layout(file).parents.tolist() == [0, 0, 1, 1]


def test_the_readme_names_every_layout() -> None:
    from skelgraph.layouts import CATALOGUE

    assert all(f"`{name}`" in README.read_text("utf-8") for name in CATALOGUE)
