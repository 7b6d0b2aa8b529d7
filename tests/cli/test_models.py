"""The commands that list, show, save and upload models, and predict with them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.hub_stand_in import HubStandIn
from skelgraph_cli.command import skelgraph

from skelgraph.runs import RunDirectory, model_names, write_model_folder


def run(*words: object, answer: str | None = None) -> Result:
    words_as_text = [str(word) for word in words]
    return CliRunner().invoke(skelgraph, words_as_text, input=answer, catch_exceptions=False)


@pytest.fixture
def box(trained_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A box of one model."""
    folder = tmp_path / "box"
    write_model_folder(RunDirectory(path=trained_run), folder / "swing2")
    monkeypatch.setattr(model_names, "BOX", folder)
    return folder


def test_models_that_come_with_it_are_listed(box: Path) -> None:
    done = run("models")
    assert done.exit_code == 0
    assert "swing2" in done.stdout
    assert "fast, slow" in done.stdout
    listed = json.loads(run("models", "--json").stdout)["models"]
    assert listed == [json.loads((box / "swing2" / "card.json").read_text())]
    (box / "swing2" / "config.json").unlink()
    assert "no model comes with this skelgraph" in run("models").stdout
    assert json.loads(run("models", "--json").stdout) == {"models": []}


def test_a_card_is_shown(box: Path, trained_run: Path) -> None:
    shown = run("models", "show", "swing2")
    page = (box / "swing2" / "README.md").read_text()
    assert shown.stdout.startswith("# swing2\n")
    assert page.endswith(shown.stdout)
    card = json.loads(run("models", "show", "swing2", "--json").stdout)
    assert card == json.loads((box / "swing2" / "card.json").read_text())
    of_run = run("models", "show", trained_run)
    assert of_run.stdout.startswith(f"# {trained_run.name}\n")
    assert f"skelgraph predict {trained_run} clip.bvh" in of_run.stdout
    by_json = json.loads(run("models", "show", trained_run, "--json").stdout)
    assert by_json["metrics"] == card["metrics"]
    wrong = run("models", "show", "swing3")
    assert wrong.exit_code == 1
    assert "a model that comes with skelgraph (swing2)" in wrong.stderr


def test_a_model_is_saved_and_predicts(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    words = tmp_path / "card.toml"
    words.write_text('license = "mit"\ndata = "Drawn."\n')
    saved = run("models", "save", trained_run, tmp_path / "model", "--card", words)
    assert saved.exit_code == 0, saved.stderr
    assert saved.stdout.startswith(f"written: {tmp_path / 'model'} (4.1 MB)")
    assert "note: the card lacks missing; write these fields" in saved.stderr
    clip = arm_swings / "cid_fast_0.npz"
    expected, found = (
        json.loads(run("predict", path, clip, "--json").stdout)["predictions"]
        for path in (trained_run, tmp_path / "model")
    )
    assert found == expected
    again = run("models", "save", trained_run, tmp_path / "model")
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    tested = run("evaluate", tmp_path / "model")
    assert "name other clips with --data" in tested.stderr


def test_a_run_is_uploaded_and_predicts(hub: HubStandIn, fused_run: Path, arm_swings: Path) -> None:
    words = ("push", fused_run, "ann/swings")
    asked = run(*words, answer="n\n")
    assert asked.exit_code == 1
    assert "streams/features/features.safetensors" in asked.stderr
    assert "upload these files to hf://ann/swings for everybody to see?" in asked.stderr
    assert "note: the card lacks license, data, missing; write" in asked.stderr
    assert not hub.repositories
    done = run(*words, "--private", "--revision", "v1", "--message", "First", "--yes")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"uploaded: {hub.address}/ann/swings\n"
    repository = hub.repositories["ann/swings"]
    assert repository.private
    assert repository.messages[-1] == "First"
    clip = arm_swings / "cid_fast_0.npz"
    expected, found = (
        json.loads(run("predict", path, clip, "--json").stdout)["predictions"]
        for path in (fused_run, "hf://ann/swings@v1")
    )
    assert found == expected
    shown = run("models", "show", "hf://ann/swings@v1")
    assert "skelgraph predict hf://ann/swings clip.bvh" in shown.stdout


def test_what_goes_wrong_is_one_line(hub: HubStandIn, fused_run: Path, tmp_path: Path) -> None:
    for words, message in (
        (("push", fused_run, "swings", "--yes"), "swings: expected the name of a model on the Hub"),
        (("push", tmp_path, "ann/swings", "--yes"), "expected a run directory"),
        (("push", fused_run, "ben/swings", "--yes"), "you may not do this with your token"),
        (("push", fused_run, "ann/swings", "--card", "no.toml"), "no.toml: expected the words"),
        (("predict", "hf://ann/none", "a.bvh"), "hf://ann/none: there is no such model on the Hub"),
        (("evaluate", "hf://ann/"), "hf://ann: expected the name of a model on the Hub"),
    ):
        done = run(*words)
        assert done.exit_code == 1
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1
        assert message in lines[0]
