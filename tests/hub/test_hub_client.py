"""Downloads and uploads by the Hub's own client, with a stand-in for the Hub."""

import sys
from pathlib import Path

import pytest
from harness.hub_stand_in import HubStandIn

from skelgraph.errors import HubError
from skelgraph.hub import HubReference, download_files, upload_folder

CALM2 = HubReference(repository="ann/calm2")
FILES = {"config.json": b"{}", "weights.safetensors": b"numbers", "run.py": b"print()"}
PATTERNS = ("*.json", "*.safetensors")


def test_only_the_files_that_are_asked_for_are_downloaded(hub: HubStandIn) -> None:
    hub.put("ann/calm2", FILES)
    folder = download_files(CALM2, PATTERNS)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        name: FILES[name] for name in ("config.json", "weights.safetensors")
    }
    assert not any("run.py" in asked for asked in hub.requests)


def test_a_file_cannot_be_written_outside_the_cache(hub: HubStandIn, tmp_path: Path) -> None:
    hub.put("ann/calm2", {"config.json": b"{}", "streams/../../../../../evil.json": b"{}"})
    with pytest.raises(HubError, match=r"^hf://ann/calm2: Invalid filename .*cannot contain a"):
        download_files(CALM2, ("config.json", "streams/*/*.json"))
    assert not list(tmp_path.rglob("evil.json"))


def test_a_revision_is_a_branch_or_a_commit(hub: HubStandIn) -> None:
    repository = hub.put("ann/calm2", {"config.json": b"old"})
    first = repository.branches["main"]
    repository.branches["v1"] = first
    repository.commit({"config.json": b"new"})
    for revision, content in ((None, b"new"), ("v1", b"old"), (first, b"old")):
        folder = download_files(HubReference(repository="ann/calm2", revision=revision), PATTERNS)
        assert (folder / "config.json").read_bytes() == content


def test_without_a_network_the_last_download_is_taken(hub: HubStandIn) -> None:
    hub.put("ann/calm2", FILES)
    folder = download_files(CALM2, PATTERNS)
    hub.stop()
    assert download_files(CALM2, PATTERNS) == folder
    with pytest.raises(HubError, match=r"^hf://ann/other: the Hub cannot be reached, and the mod"):
        download_files(HubReference(repository="ann/other"), PATTERNS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ann/nothing", "there is no such model on the Hub, or it is private: log in with"),
        ("ann/gated", "its owner grants access to it one by one: ask on its page"),
        ("ann/calm2@v9", "the model ann/calm2 has no revision v9$"),
    ],
)
def test_what_cannot_be_downloaded(hub: HubStandIn, name: str, message: str) -> None:
    hub.put("ann/calm2", FILES)
    hub.put("ann/gated", FILES, gated=True)
    with pytest.raises(HubError, match=f"^hf://{name}: {message}"):
        download_files(HubReference.parse(name), PATTERNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_becomes_a_repository(hub: HubStandIn, folder: Path) -> None:
    address = upload_folder(folder, CALM2, patterns=PATTERNS, private=True, message="First")
    assert address == f"{hub.address}/ann/calm2"
    repository = hub.repositories["ann/calm2"]
    files = repository.commits[repository.branches["main"]]
    assert repository.private
    assert repository.messages[-1] == "First"
    assert files == {
        ".gitattributes": b"",
        "config.json": b"{}",
        "weights.safetensors": b"numbers",
    }


def test_files_of_an_earlier_model_are_deleted_and_others_kept(
    hub: HubStandIn, folder: Path
) -> None:
    hub.put("ann/calm2", {"old.safetensors": b"old", "notes.txt": b"notes"})
    upload_folder(folder, CALM2, patterns=PATTERNS)
    repository = hub.repositories["ann/calm2"]
    files = repository.commits[repository.branches["main"]]
    assert sorted(files) == ["config.json", "notes.txt", "weights.safetensors"]


def test_a_branch_is_made(hub: HubStandIn, folder: Path) -> None:
    hub.put("ann/calm2", {"config.json": b"old"})
    for _ in range(2):
        upload_folder(folder, HubReference.parse("ann/calm2@v1"), patterns=PATTERNS)
    repository = hub.repositories["ann/calm2"]
    assert repository.commits[repository.branches["main"]] == {"config.json": b"old"}
    assert "weights.safetensors" in repository.commits[repository.branches["v1"]]


def test_nothing_private_goes_to_a_public_repository(hub: HubStandIn, folder: Path) -> None:
    hub.put("ann/calm2", {})
    with pytest.raises(HubError, match=r"^hf://ann/calm2: the repository is public already; make"):
        upload_folder(folder, CALM2, patterns=PATTERNS, private=True)
    assert hub.repositories["ann/calm2"].messages == [""]


def test_whoever_may_not_upload_is_told_why(
    hub: HubStandIn, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(HubError, match=r"^hf://ben/calm2: you may not do this with your token"):
        upload_folder(folder, HubReference.parse("ben/calm2"), patterns=PATTERNS)
    hub.may_write = False
    with pytest.raises(HubError, match="you may not do this with your token; make one that may wr"):
        upload_folder(folder, CALM2, patterns=PATTERNS)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(HubError, match="the Hub does not know you: log in with `hf auth login`"):
        upload_folder(folder, CALM2, patterns=PATTERNS)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(HubError, match=r"^hf://ann/calm2: to upload, log in with `hf auth login`"):
        upload_folder(folder, CALM2, patterns=PATTERNS)
    assert not hub.repositories


def test_an_upload_needs_a_network(hub: HubStandIn, folder: Path) -> None:
    hub.stop()
    with pytest.raises(HubError, match=r"^hf://ann/calm2: the Hub cannot be reached \(.*\); is th"):
        upload_folder(folder, CALM2, patterns=PATTERNS)


def test_a_transfer_that_breaks_is_one_line(
    hub: HubStandIn, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "keeps_objects", False)
    with pytest.raises(HubError, match=r"^hf://ann/calm2: the transfer broke \(.*safetensors"):
        upload_folder(folder, CALM2, patterns=PATTERNS)


def test_without_the_client_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for use in (
        lambda: download_files(CALM2, PATTERNS),
        lambda: upload_folder(tmp_path, CALM2, patterns=PATTERNS),
    ):
        with pytest.raises(HubError, match=r"pip install 'skelgraph\[hub\]'$"):
            use()
