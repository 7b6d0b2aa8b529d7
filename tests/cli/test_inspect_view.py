"""Pages of ``skelgraph inspect``."""

import json
import shutil
import webbrowser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.io import write_pyskl
from skelgraph.layouts import NTU25
from skelgraph.poses import PoseSequence


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser would have opened."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not addresses.append(address))
    return addresses


def test_a_recording_is_opened_in_the_browser(arm_swings: Path, opened: list[str]):
    done = run("inspect", arm_swings / "ann_slow_0.npz", "--view")
    assert done.exit_code == 0, done.output
    page = Path(done.stdout.rpartition("written: ")[2].strip())
    assert opened == [page.as_uri()]
    assert "upper10 (10 joints, 3D)" in page.read_text("utf-8")
    shutil.rmtree(page.parent)


def test_a_named_page_is_not_opened(arm_swings: Path, tmp_path: Path, opened: list[str]):
    page = tmp_path / "page.html"
    done = run("inspect", arm_swings, "--out", page)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"written: {page}\n")
    assert "24 clips. Point at one" in page.read_text("utf-8")
    assert opened == []


def test_the_current_folder_can_be_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "walk"
    folder.mkdir()
    points = np.arange(75.0).tolist()
    for number in range(3):
        contents = {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": points}]}
        file = folder / f"walk_{number:012d}_keypoints.json"
        file.write_text(json.dumps(contents))
    monkeypatch.chdir(folder)
    page = tmp_path / "page.html"
    done = run("inspect", ".", "--fps", 25, "--out", page)
    assert done.exit_code == 0, done.output
    assert "<title>walk</title>" in page.read_text("utf-8")


def test_recordings_without_labels_have_a_sheet(arm_swings: Path, tmp_path: Path):
    folder = tmp_path / "loose"
    folder.mkdir()
    shutil.copy(arm_swings / "ann_slow_0.npz", folder)
    (folder / "broken.npz").write_bytes(b"PK\x03\x04")
    page = tmp_path / "page.html"
    done = run("inspect", folder, "--out", page)
    assert done.exit_code == 0, done.output
    html = page.read_text("utf-8")
    assert "1 clip. Point at one" in html
    assert "broken.npz" in html


def test_what_cannot_be_shown_is_said_in_a_line(spoken_swings: Path, tmp_path: Path):
    clip = spoken_swings / "ann_slow_0.npz"
    done = run("inspect", clip, "--out", tmp_path / "page.pdf")
    assert done.exit_code == 2
    assert "expected a page whose name ends in .html" in done.output
    done = run("inspect", clip.with_suffix(".wav"), "--view")
    assert done.exit_code == 2
    assert "--view shows skeletons" in done.output
    (tmp_path / "empty").mkdir()
    done = run("inspect", tmp_path / "empty", "--out", tmp_path / "page.html")
    assert done.exit_code == 1
    assert "expected recordings to show, but there are none" in done.output
    assert not (tmp_path / "page.html").exists()


def test_an_archive_of_many_clips_has_a_sheet(tmp_path: Path):
    rest = np.random.default_rng(0).normal(size=(20, 25, 3))
    clips = [
        PoseSequence(positions=rest, layout=NTU25, fps=30.0, name=f"clip{number}", label=label)
        for number, label in enumerate(("0", "1") * 3)
    ]
    archive, page = tmp_path / "clips.pkl", tmp_path / "page.html"
    write_pyskl(archive, clips)
    done = run("inspect", archive, "--fps", 30, "--out", page)
    assert done.exit_code == 0, done.output
    html = page.read_text("utf-8")
    assert "6 clips. Point at one" in html
    assert '"name":"clip5"' in html
