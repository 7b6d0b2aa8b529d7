"""MediaPipe's model files are fetched once, and checked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import POSE_MODELS, PoseModel, fetch_model, find_pose_model

CONTENT = b"weights" * 100


@pytest.fixture
def published(tmp_path: Path) -> PoseModel:
    """A model that can be fetched from this machine."""
    file = tmp_path / "published.task"
    file.write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return PoseModel(file="a.task", url=file.as_uri(), sha256=sha256)


def test_a_model_is_fetched_once(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    path = fetch_model(published, folder)
    assert path == folder / "a.task"
    assert path.read_bytes() == CONTENT
    (tmp_path / "published.task").unlink()
    assert fetch_model(published, folder) == path
    assert [file.name for file in folder.iterdir()] == ["a.task"]


def test_a_damaged_file_in_the_cache_is_fetched_anew(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "a.task").write_bytes(CONTENT[:50])
    assert fetch_model(published, folder).read_bytes() == CONTENT


def test_another_content_is_refused(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    with pytest.raises(ExtractionError, match=f"expected a file of SHA-256 {'0' * 64}, but got"):
        fetch_model(replace(published, sha256="0" * 64), folder)
    assert not folder.exists()


def test_what_cannot_be_fetched_is_named(tmp_path: Path, published: PoseModel) -> None:
    gone = replace(published, url=(tmp_path / "gone.task").as_uri())
    with pytest.raises(ExtractionError, match=r"models/a\.task: the mediapipe .*--model FILE"):
        fetch_model(gone, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, published: PoseModel) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ExtractionError, match=r"file/models/a\.task: the mediapipe"):
        fetch_model(published, tmp_path / "file" / "models")


def test_a_file_of_ones_own_is_taken(tmp_path: Path, published: PoseModel) -> None:
    assert find_pose_model(tmp_path / "published.task") == tmp_path / "published.task"
    with pytest.raises(ExtractionError, match=r"nothing\.task: expected a model .* lite, full"):
        find_pose_model(tmp_path / "nothing.task")


def test_a_name_is_looked_up_in_the_cache(
    own_cache: Path, published: PoseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POSE_MODELS, "full", published)
    assert find_pose_model("full") == own_cache / "models" / "a.task"


def test_the_models_have_names_and_digests() -> None:
    for name, model in POSE_MODELS.items():
        assert model.file == f"pose_landmarker_{name}.task"
        assert model.url.endswith(f"/float16/1/{model.file}")
        assert len(model.sha256) == 64
        int(model.sha256, 16)
