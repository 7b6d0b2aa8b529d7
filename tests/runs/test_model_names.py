"""A run or a model is found by its path or its name."""

from pathlib import Path

import pytest

from skelgraph.errors import RunError
from skelgraph.runs import find_run, list_box, model_names


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "box"
    (folder / "calm2").mkdir(parents=True)
    (folder / "calm2" / "config.json").write_text("{}")
    (folder / "no-model").mkdir()
    monkeypatch.setattr(model_names, "BOX", folder)
    return folder


def test_a_model_of_the_box_is_found_by_its_name(box: Path) -> None:
    assert list_box() == ("calm2",)
    assert find_run("calm2").path == box / "calm2"
    assert find_run(Path("calm2")).path == box / "calm2"


def test_a_path_that_is_there_goes_first(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calm2").mkdir()
    assert find_run("calm2").path == Path("calm2")


def test_what_is_neither_names_the_models_that_are_there(box: Path) -> None:
    with pytest.raises(RunError, match=r"^runs/mine: expected .* \(calm2\), but there is no such"):
        find_run("runs/mine")
    with pytest.raises(RunError, match=r"^no-model: expected"):
        find_run("no-model")
