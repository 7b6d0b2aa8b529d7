"""Models are loaded by their names."""

from pathlib import Path

import pytest
from harness.hub_stand_in import HubStandIn

from skelgraph import load_model, load_run, read_sequence
from skelgraph.errors import HubError, RunError
from skelgraph.hub import HubReference
from skelgraph.runs import RunDirectory, push_model


def test_a_model_of_the_hub_predicts_as_its_run(
    hub: HubStandIn, fused_run: Path, arm_swings: Path
) -> None:
    push_model(RunDirectory(path=fused_run), HubReference.parse("ann/swings@v1"))
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    expected = load_run(fused_run).predict(clip)
    for name, revision in (
        ("ann/swings", "v1"),
        ("ann/swings@v1", None),
        ("hf://ann/swings@v1", None),
        (Path("hf://ann/swings"), "v1"),
    ):
        assert load_model(name, revision=revision).predict(clip) == expected
    hub.stop()
    assert load_model("ann/swings", revision="v1").predict(clip) == expected


def test_a_path_that_is_there_goes_first(
    hub: HubStandIn, trained_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained_run.parents[1])
    name = f"{trained_run.parent.name}/{trained_run.name}"
    assert load_model(name).classes == ("fast", "slow")
    assert load_model(trained_run).run.path == trained_run
    assert hub.requests == []
    with pytest.raises(RunError, match="it is not on the Hub, where models have revisions"):
        load_model(name, revision="v1")


def test_what_is_nowhere_is_said(hub: HubStandIn, tmp_path: Path) -> None:
    with pytest.raises(HubError, match=r"^hf://runs/mine: there is no such model on the Hub"):
        load_model("runs/mine")
    with pytest.raises(RunError, match=r"^nothing: expected a run directory, a model folder"):
        load_model("nothing")
    with pytest.raises(RunError, match="expected a run directory, a model folder"):
        load_model(tmp_path / "none")
