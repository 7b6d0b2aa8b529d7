"""``skelgraph extract`` as a person types it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from skelgraph_cli.command import skelgraph

from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.lifting import TemporalLifter
from skelgraph.poses import PoseSequence
from tests.extraction.conftest import Checkout, list_results, write_video


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, ["extract", *map(str, words)], catch_exceptions=False)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ALPHAPOSE_ROOT", raising=False)


@pytest.fixture
def keypoints(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    positions = rng.normal(30, 5, (1, 17, 2)) + rng.normal(0, 0.1, (30, 17, 2)).cumsum(axis=0)
    path = tmp_path / "clip.npz"
    write_npz(path, PoseSequence(positions=positions, layout=COCO17, fps=25, unit="px", up="-y"))
    return path


@pytest.fixture
def lifter(tmp_path: Path) -> Path:
    path = tmp_path / "lifter.bin"
    network = TemporalLifter(filter_widths=(3, 3), channels=8)
    torch.save({"model_pos": network.state_dict()}, path)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "AlphaPose")


def test_keypoints_become_a_skeleton_in_space(
    tmp_path: Path, keypoints: Path, lifter: Path
) -> None:
    out = tmp_path / "out" / "a.npz"
    words = (keypoints, "--out", out, "--lifter", lifter, "--size", "64x48", "--space", "camera")
    done = run(*words, "--preview", tmp_path / "a.gif", "--keep", tmp_path / "kept")
    assert done.exit_code == 0, done.stderr
    skeleton = read_sequence(out)
    assert (skeleton.layout, skeleton.unit, skeleton.up) == (UPPER10, "m", "-y")
    stages = [line.split()[0] for line in done.stdout.splitlines() if line[2:3].strip()]
    assert stages[:2] == ["estimate", "person"]
    for stage in ("clean", "filter", "lift", "layout"):
        assert f"\n  {stage} " in done.stdout
    written = [line for line in done.stdout.splitlines() if line.startswith("written: ")]
    assert len(written) == 4
    assert written[-1] == f"written: {out}"
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 10
    assert read_sequence(tmp_path / "kept" / "a-filtered.npz").layout == COCO17
    again = run(*words)
    assert again.exit_code == 1
    assert "there is a result already" in again.stderr
    assert run(*words, "--force").exit_code == 0


def test_without_a_lifter_it_says_that_the_image_stays(tmp_path: Path, keypoints: Path) -> None:
    out = tmp_path / "a.csv"
    done = run(keypoints, "--out", out, "--to", "same", "--filter", "none")
    assert done.exit_code == 0, done.stderr
    assert "none: the joints stay in the image (--lifter)" in " ".join(done.stdout.split())
    sequence = read_sequence(out)
    assert (sequence.num_dimensions, sequence.layout.num_joints) == (2, 17)


def test_options_reach_the_stages(tmp_path: Path, keypoints: Path) -> None:
    out = tmp_path / "a.npz"
    words = ("--cutoff", 3, "--min-confidence", 0.3, "--max-gap", 1.5, "--to", "h36m17")
    done = run(keypoints, "--out", out, *words)
    shown = " ".join(done.stdout.split())
    assert "butterworth, 3 Hz" in shown
    assert "confidence below 0.3 was dropped" in shown
    assert "gaps up to 1.5 s were filled" in shown
    assert read_sequence(out).layout.name == "h36m17"


def test_a_video_goes_through_alphapose(
    tmp_path: Path, checkout: Checkout, lifter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / "talk.mp4")
    words = (video, "--lifter", lifter, "--alphapose-args", "--pose_track")
    done = run(*words, "--out", tmp_path / "a.npz", "--alphapose", checkout.root)
    assert done.exit_code == 0, done.stderr
    assert "alphapose: 1 person, 12 frames at 25 frames/s" in " ".join(done.stdout.split())
    assert read_sequence(tmp_path / "a.npz").positions.shape == (12, 10, 3)
    monkeypatch.setenv("ALPHAPOSE_ROOT", str(checkout.root))
    again = run(*words, "--out", tmp_path / "b.npz")
    assert "(from the cache)" in " ".join(again.stdout.split())
    assert checkout.calls == ["talk.mp4 tracked"]
    assert run(*words, "--out", tmp_path / "c.npz", "--no-cache").exit_code == 0
    assert len(checkout.calls) == 2


def test_the_video_of_keypoints_tells_rate_and_size(
    tmp_path: Path, checkout: Checkout, lifter: Path
) -> None:
    plan = json.loads((checkout.root / "plan.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(plan["results"]))
    video = write_video(tmp_path / "talk.mp4", fps=20)
    words = (tmp_path / "a.json", "--out", tmp_path / "a.npz", "--lifter", lifter)
    assert "expected the frame rate" in run(*words).stderr
    assert "--size 1920x1080" in run(*words, "--fps", 20).stderr
    assert run(*words, "--video", video).exit_code == 0
    assert read_sequence(tmp_path / "a.npz").fps == 20


def test_of_what_is_no_video_that_is_said_and_not_what_estimators_lack(
    tmp_path: Path,
) -> None:
    video = write_video(tmp_path / "clip.mp4")
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    options = (
        "--out",
        tmp_path / "a.npz",
        "--estimator",
        "mediapipe",
        "--pose-model",
        tmp_path / "absent",
    )
    done = run(bad, *options)
    assert (done.exit_code, "bad.mp4: expected a video" in done.output) == (1, True)
    done = run(video, *options)
    assert (done.exit_code, "there is no such file" in done.output) == (1, True)


def test_a_folder_names_its_bad_files(tmp_path: Path, keypoints: Path, checkout: Checkout) -> None:
    root = tmp_path / "recordings"
    root.mkdir()
    keypoints.rename(root / "good.npz")
    (root / "bad.json").write_text("{")
    (root / "broken.mp4").write_bytes(b"no video" * 20)
    words = (root, "--out", tmp_path / "out", "--alphapose", checkout.root, "--preview", "png")
    done = run(*words, "--jobs", 2, "--suffix", ".csv")
    assert done.exit_code == 1
    assert done.stdout == f"1 extracted, 0 there already, 2 failed: {tmp_path / 'out'}\n"
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert [line.split(":")[1].strip().rpartition("/")[2].split(",")[0] for line in errors] == [
        *("bad.json", "broken.mp4"),
    ]
    assert (tmp_path / "out" / "good.png").exists()
    (root / "bad.json").unlink()
    (root / "broken.mp4").unlink()
    again = run(*words, "--suffix", ".csv")
    assert again.exit_code == 0
    assert again.stdout.startswith("0 extracted, 1 there already, 0 failed")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--size", "large"), 2, "to be numbers above 0 such as 1920x1080"),
        (("--size", "0x48"), 2, "to be numbers above 0 such as 1920x1080"),
        (("--alphapose-args", "'--sp"), 1, "--alphapose-args: No closing quotation"),
        (("--person", "nobody"), 2, "to be one of ('main', 'all') or a number from 1 on"),
        (("--person", "2"), 1, "expected a person 2, but the recording has 1"),
        (("--to", "upper11"), 1, "did you mean 'upper10'"),
        (("--lifter", "nothing.bin"), 1, "nothing.bin: expected the checkpoint of a lifter"),
        (("--preview", "a.mp4"), 1, "a.mp4: expected a preview that ends in .png or .gif"),
        (("--cutoff", "0"), 2, "0.0 is not in the range"),
        (("--estimator", "alphapose"), 1, "needs a checkout of AlphaPose"),
        (("--video", "nothing.mp4"), 1, "nothing.mp4: expected a video"),
    ],
)
def test_bad_options_are_one_line(
    tmp_path: Path, keypoints: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    done = run(keypoints, "--out", tmp_path / "a.npz", *words)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.npz").exists()


def test_options_of_one_recording_are_none_of_a_folder(tmp_path: Path, keypoints: Path) -> None:
    words = (keypoints.parent, "--out", tmp_path / "out")
    done = run(*words, "--video", "a.mp4")
    assert done.exit_code == 2
    assert "a video goes beside the keypoints" in done.stderr
    assert "--preview is png or gif for a folder" in run(*words, "--preview", "a.png").stderr


def test_results_of_alphapose_need_no_video(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(list_results(np.random.default_rng(0).normal(9, 2, (5, 17, 2)))))
    done = run(file, "--out", tmp_path / "a.npz", "--fps", 30)
    assert done.exit_code == 0, done.stderr
    assert read_sequence(tmp_path / "a.npz").fps == 30
