"""The count of called files: a smoke run, and what counts as a function."""

import json
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from harness.call_recorder import is_function, record_calls
from harness.small_dataset import find_recording, write_small_dataset

SOURCE = """
class Body:
    value = 1

    def method(self):
        return [n for n in range(2)]

constant = (lambda: [x for x in range(2)])()
"""


def list_codes(code: CodeType) -> list[CodeType]:
    own = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [code, *(one for inner in own for one in list_codes(inner))]


def test_bodies_comprehensions_and_lambdas_are_no_functions() -> None:
    codes = list_codes(compile(SOURCE, "source.py", "exec"))
    names = {code.co_name for code in codes}
    assert {"<module>", "<lambda>", "Body", "method"} <= names
    assert [code.co_name for code in codes if is_function(code)] == ["method"]


def test_a_file_counts_if_one_of_its_functions_is_called() -> None:
    names: dict[str, object] = {}
    exec(compile("def called(): pass\ndef idle(): pass", "one.py", "exec"), names)
    exec(compile("def idle(): pass", "two.py", "exec"), names)
    files: set[str] = set()
    record_calls(names["called"], files)  # type: ignore[arg-type]
    assert "one.py" in files
    assert "two.py" not in files


def test_the_recording_of_a_dataset_is_no_list_of_labels(tmp_path: Path) -> None:
    folder = write_small_dataset(tmp_path / "data", quick=True)
    assert find_recording(folder).suffix == ".npz"


def test_it_counts_both_commands(
    load_benchmark: Callable[[str], ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = load_benchmark("files_called")
    out = tmp_path / "files.json"
    script.main(["--quick", "--out", str(out)])
    result = json.loads(out.read_text())
    assert script.format_counts(result) in capsys.readouterr().out
    train, predict = result["train"], result["predict"]
    for counts, command in ((train, "train"), (predict, "predict")):
        assert counts["files"] == len(counts["called"]) > 10
        assert counts["lines"] == sum(counts["called"].values())
        assert f"cli/{command}.py" in counts["called"]
    assert "skelgraph/training/session.py" in train["called"]
    assert "skelgraph/training/session.py" not in predict["called"]
    assert "skelgraph/serving/predictor.py" in predict["called"]


def test_a_command_that_fails_is_an_error(
    load_benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="skelgraph layouts nowhere has failed: "):
        load_benchmark("files_called").record_command(["layouts", "nowhere"], tmp_path)


def test_the_readme_shows_the_committed_results() -> None:
    root = Path(__file__).parents[2]
    counts = json.loads((root / "benchmarks" / "results" / "files-called.json").read_text("utf-8"))
    train, predict = counts["train"]["files"], counts["predict"]["files"]
    shown = " ".join((root / "README.md").read_text("utf-8").split())
    assert f"calls functions of {train} files, `skelgraph predict` of {predict}" in shown
    assert train <= 115
