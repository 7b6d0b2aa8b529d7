"""MediaPipe's model files are fetched once, and checked."""

import hashlib
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import POSE_MODELS, PoseModel, fetch_model, find_pose_model
from skelgraph.io import list_cache

CONTENT = b"weights" * 100


class Server(ThreadingHTTPServer):
    """A server on this machine that counts what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    """Gives the files of a folder."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "published").mkdir()
    with Server(tmp_path / "published") as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def published(tmp_path: Path, server: Server) -> PoseModel:
    """A model that can be fetched from this machine."""
    (tmp_path / "published" / "b.task").write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return PoseModel(file="a.task", url=f"{server.url}/b.task", sha256=sha256)


def test_a_model_is_fetched_once(tmp_path: Path, server: Server, published: PoseModel) -> None:
    folder = tmp_path / "models"
    path = fetch_model(published, folder)
    assert path == folder / "a.task"
    assert path.read_bytes() == CONTENT
    assert fetch_model(published, folder) == path
    assert server.asked == ["/b.task"]
    assert [file.name for file in folder.iterdir()] == ["a.task"]


def test_a_file_put_there_by_hand_is_taken(
    tmp_path: Path, server: Server, published: PoseModel
) -> None:
    (tmp_path / "a.task").write_bytes(CONTENT)
    assert fetch_model(published, tmp_path) == tmp_path / "a.task"
    assert server.asked == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "a.task").write_bytes(CONTENT[:50])
    assert fetch_model(published, folder).read_bytes() == CONTENT


def test_another_content_is_refused(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    message = rf"a\.task: expected a file of SHA-256 {'0' * 64}, but got .* by hand and put"
    with pytest.raises(ExtractionError, match=message):
        fetch_model(replace(published, sha256="0" * 64), folder)
    assert list(folder.iterdir()) == []


def test_what_cannot_be_fetched_is_named(tmp_path: Path, published: PoseModel) -> None:
    folder = tmp_path / "models"
    gone = replace(published, url=published.url.replace("b.task", "gone.task"))
    message = rf"models/a\.task: the mediapipe .*404.*fetch {gone.url} by hand .*--pose-model FILE"
    with pytest.raises(ExtractionError, match=message):
        fetch_model(gone, folder)
    assert list(folder.iterdir()) == []


def test_without_a_server_the_same_is_said(tmp_path: Path, published: PoseModel) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    nobody = replace(published, url=f"http://127.0.0.1:{port}/a.task")
    with pytest.raises(ExtractionError, match=r"cannot be fetched .* by hand and put it there"):
        fetch_model(nobody, tmp_path / "models")


def test_pooch_is_named_if_it_is_missing(
    tmp_path: Path, published: PoseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ExtractionError, match=r"pip install .skelgraph\[video\]., or name the"):
        fetch_model(published, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, published: PoseModel) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ExtractionError, match=r"file/models/a\.task: the mediapipe"):
        fetch_model(published, tmp_path / "file" / "models")


def test_a_file_of_ones_own_is_taken(tmp_path: Path, published: PoseModel) -> None:
    file = tmp_path / "published" / "b.task"
    assert find_pose_model(file) == file
    with pytest.raises(ExtractionError, match=r"nothing\.task: expected a model .* lite, full"):
        find_pose_model(tmp_path / "nothing.task")


def test_a_name_is_looked_up_in_the_cache(
    own_cache: Path, published: PoseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POSE_MODELS, "full", published)
    assert find_pose_model("full") == own_cache / "models" / "a.task"


def test_the_models_have_names_and_digests(own_cache: Path) -> None:
    (own_cache / "models").mkdir(parents=True)
    for name, model in POSE_MODELS.items():
        (own_cache / "models" / model.file).touch()
        assert model.file == f"pose_landmarker_{name}.task"
        assert model.url.endswith(f"/float16/1/{model.file}")
        assert len(model.sha256) == 64
        int(model.sha256, 16)
    assert {files.kind: len(files.paths) for files in list_cache()}["models"] == len(POSE_MODELS)
