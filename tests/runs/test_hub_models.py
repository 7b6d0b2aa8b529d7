"""Models on the Hub: uploaded with a card, downloaded, and checked before they are read."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from harness.hub_stand_in import HubStandIn

from skelgraph.errors import HubError, RunError
from skelgraph.hub import HubReference
from skelgraph.runs import (
    CardText,
    RunDirectory,
    find_run,
    push_model,
    read_model_card,
    write_model_folder,
)

SWINGS = HubReference(repository="ann/swings")


@pytest.fixture(scope="module")
def saved(fused_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a fused run."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    write_model_folder(RunDirectory(path=fused_run), folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    shutil.copytree(saved, tmp_path / "model")
    return tmp_path / "model"


def put_folder(hub: HubStandIn, folder: Path, name: str = "ann/swings") -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    hub.put(name, {one.relative_to(folder).as_posix(): one.read_bytes() for one in files})


def test_a_run_becomes_a_model_on_the_hub_and_back(hub: HubStandIn, fused_run: Path) -> None:
    text = CardText(title="Swings", license="mit")
    address = push_model(RunDirectory(path=fused_run), SWINGS, text=text, private=True)
    assert address == f"{hub.address}/ann/swings"
    model = find_run("hf://ann/swings")
    card = read_model_card(model.path)
    assert (card.name, card.reference, card.text) == ("swings", "hf://ann/swings", text)
    page = (model.path / "README.md").read_text()
    assert "skelgraph predict hf://ann/swings clip.bvh" in page
    assert "pip install 'skelgraph[hub]'" in page
    assert hub.validated[-1] == page
    assert {file.suffix for file in model.path.rglob("*") if file.is_file()} == {
        *(".json", ".md", ".safetensors"),
    }


def test_a_model_folder_is_uploaded_with_the_name_of_its_repository(
    hub: HubStandIn, folder: Path
) -> None:
    push_model(RunDirectory(path=folder), HubReference.parse("ann/swings@v1"))
    model = find_run("hf://ann/swings@v1")
    card = read_model_card(model.path)
    assert card.reference == "hf://ann/swings"
    assert 'load_model("ann/swings")' in (model.path / "README.md").read_text()
    assert read_model_card(folder).reference == "model"
    with pytest.raises(HubError, match=r"^hf://ann/swings: expected a model of skelgraph, but the"):
        find_run("hf://ann/swings")  # the branch v1 alone has it


def test_a_page_that_was_edited_is_uploaded_as_it_is(hub: HubStandIn, folder: Path) -> None:
    page = folder / "README.md"
    page.write_text(page.read_text() + "\nMore of it.\n")
    push_model(RunDirectory(path=folder), SWINGS)
    assert (find_run("hf://ann/swings").path / "README.md").read_text() == page.read_text()
    push_model(RunDirectory(path=folder), SWINGS, text=CardText(title="New words"))
    assert "# New words" in (find_run("hf://ann/swings").path / "README.md").read_text()


def test_what_cannot_be_given_away_is_not_uploaded(hub: HubStandIn, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="expected a run directory"):
        push_model(RunDirectory(path=tmp_path), SWINGS)
    assert hub.requests == []


@pytest.mark.parametrize(
    "place",
    [
        *("../../elsewhere", "streams/..", "/etc", "streams/../streams/features", ".", ""),
        *("streams/a\\..\\b", "C:/streams", "streams/features/deep", "streams/C:", None, 3),
    ],
)
def test_a_stream_outside_the_folder_is_refused(place: Any, hub: HubStandIn, folder: Path) -> None:
    config = folder / "config.json"
    contents = json.loads(config.read_text())
    contents["streams"][1]["run"] = place
    config.write_text(json.dumps(contents))
    put_folder(hub, folder)
    with pytest.raises(HubError, match=r"^hf://ann/swings: expected each stream in a folder str"):
        find_run("hf://ann/swings")


@pytest.mark.parametrize("part", [".", "streams/features"])
def test_settings_that_name_files_are_refused(part: str, hub: HubStandIn, folder: Path) -> None:
    config = folder / part / "config.json"
    contents = json.loads(config.read_text())
    contents["config"]["data"]["folder"] = "/etc"
    config.write_text(json.dumps(contents))
    put_folder(hub, folder)
    with pytest.raises(HubError, match=r"^hf://ann/swings: its config\.json names files or peopl"):
        find_run("hf://ann/swings")


@pytest.mark.parametrize("streams", [5, "posture-motion", {"name": "bone"}, None])
def test_streams_that_are_no_list_are_refused(streams: Any, hub: HubStandIn, folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "streams": streams}))
    put_folder(hub, folder)
    with pytest.raises(HubError, match=r"^hf://ann/swings: expected a list of streams"):
        find_run("hf://ann/swings")


def test_a_damaged_model_is_refused(hub: HubStandIn, folder: Path) -> None:
    shutil.rmtree(folder / "streams" / "features")
    put_folder(hub, folder)
    with pytest.raises(RunError, match="features: expected a run directory, but there is no such"):
        find_run("hf://ann/swings")
    hub.put("ann/other", {"config.json": b"[]"})
    with pytest.raises(RunError, match=r"config\.json: expected a JSON object, but got a list"):
        find_run("hf://ann/other")
    hub.put("ann/other2", {"config.json": b'{"config": {"layers": 3}}'})
    with pytest.raises(RunError, match="unknown settings"):
        find_run("hf://ann/other2")


def test_weights_that_do_not_fit_are_refused(hub: HubStandIn, folder: Path) -> None:
    from skelgraph import load_model

    stream = folder / "streams" / "posture-motion"
    contents = json.loads((stream / "config.json").read_text())
    contents["classes"] = [*contents["classes"], "still"]
    (stream / "config.json").write_text(json.dumps(contents))
    put_folder(hub, folder)
    with pytest.raises(RunError, match=r"weights\.safetensors: expected the weights of the model"):
        load_model("ann/swings")
