"""The backend of AlphaPose, with a stand-in that behaves as its documented command line does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.keypoint_files import draw_person

from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction import AlphaPoseEstimator, estimate_cached
from skelgraph.io import list_cache
from tests.extraction.conftest import Checkout, list_results


def leftovers(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*.json"))


def test_its_results_are_read(checkout: Checkout, video: Path, own_cache: Path) -> None:
    positions = draw_person(12)
    checkout.plan(results=list_results(positions, skip=(0, 5, 10, 11)))
    seen: list[tuple[int, int]] = []
    estimator = AlphaPoseEstimator(root=checkout.root)
    estimate = estimator.estimate(video, progress=lambda done, total: seen.append((done, total)))
    (person,) = estimate.persons
    assert (person.layout.name, person.fps, person.unit, person.up) == ("coco17", 25, "px", "-y")
    assert person.name == "clip"
    there = [frame not in (0, 5, 10, 11) for frame in range(12)]  # also those after the last entry
    assert person.present.any(axis=1).tolist() == there
    np.testing.assert_allclose(person.positions[there], positions[there], rtol=1e-6)
    assert person.confidence is not None
    assert person.confidence[there].min() == pytest.approx(0.9)
    assert estimate.size_px == (64, 48)
    assert seen[0] == (0, 12)
    assert seen[-1] == (12, 12)
    assert checkout.calls == ["clip.mp4"]
    assert leftovers(own_cache) == []


def test_further_arguments_are_passed_on(checkout: Checkout, video: Path) -> None:
    plain = AlphaPoseEstimator(root=checkout.root)
    tracking = AlphaPoseEstimator(root=checkout.root, arguments=("--pose_track",))
    tracking.estimate(video)
    assert checkout.calls == ["clip.mp4 tracked"]
    assert plain.settings() != tracking.settings()


def test_other_weights_are_other_settings(checkout: Checkout) -> None:
    estimator = AlphaPoseEstimator(root=checkout.root)
    before = estimator.settings()
    assert estimator.settings() == before
    (checkout.root / estimator.checkpoint).write_text("other weights")
    assert estimator.settings() != before


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("scripts/demo_inference.py", r"a checkout of AlphaPose \(--alphapose\) with scripts"),
        ("configs", r"configuration \(--alphapose-config\) with configs"),
        ("pretrained_models", r"weights \(--alphapose-checkpoint\) with pretrained_models"),
    ],
)
def test_a_missing_file_is_named(checkout: Checkout, gone: str, message: str) -> None:
    path = checkout.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ExtractionError, match=message):
        AlphaPoseEstimator(root=checkout.root)


def test_a_missing_program_is_named(checkout: Checkout, tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match="expected a checkout of AlphaPose"):
        AlphaPoseEstimator(root=tmp_path / "nowhere")
    with pytest.raises(ExtractionError, match="python9: expected the Python in which AlphaPose"):
        AlphaPoseEstimator(root=checkout.root, python="python9")


def test_the_end_of_what_a_failing_program_printed_is_shown(
    checkout: Checkout, video: Path, own_cache: Path
) -> None:
    checkout.plan(fails=True)
    with pytest.raises(
        ExtractionError, match=r"(?s)clip\.mp4: AlphaPose .* code 1 .*RuntimeError: CUDA out of mem"
    ):
        AlphaPoseEstimator(root=checkout.root).estimate(video)
    assert list((own_cache / "alphapose").iterdir()) == []


def test_a_video_without_a_person(checkout: Checkout, video: Path) -> None:
    checkout.plan(results=[])
    with pytest.raises(ExtractionError, match=r"clip\.mp4: expected a person, but AlphaPose found"):
        AlphaPoseEstimator(root=checkout.root).estimate(video)


def test_another_file_than_expected_is_named(checkout: Checkout, video: Path) -> None:
    checkout.plan(file="results-v9.json", results=[])
    with pytest.raises(
        ExtractionError, match=r"alphapose-results\.json, but it wrote results-v9\.json; is it anot"
    ):
        AlphaPoseEstimator(root=checkout.root).estimate(video)


@pytest.mark.parametrize(
    "results",
    [
        {"version": 9, "frames": []},
        [{"image_id": "0.jpg", "pose": [1, 2, 3]}],
        [{"image_id": "0.jpg", "keypoints": [1.0, 2.0, 0.9]}],
    ],
)
def test_another_version_of_the_output_is_kept(
    checkout: Checkout, video: Path, results: Any, own_cache: Path
) -> None:
    checkout.plan(results=results)
    with pytest.raises(FormatError, match=r"is kept in .*; is it another version of") as caught:
        AlphaPoseEstimator(root=checkout.root).estimate(video)
    (kept,) = own_cache.rglob("alphapose-results.json")
    assert (kept,) in [files.paths for files in list_cache()]
    assert str(kept) in str(caught.value)
    assert json.loads(kept.read_text()) == results


def test_results_of_a_longer_video_are_refused(checkout: Checkout, video: Path) -> None:
    checkout.plan(results=list_results(draw_person(13)))
    with pytest.raises(ExtractionError, match="expected up to 12 frames, but got 13"):
        AlphaPoseEstimator(root=checkout.root).estimate(video)


def test_a_cache_that_cannot_be_written_to_is_no_obstacle(
    checkout: Checkout, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    estimator = AlphaPoseEstimator(root=checkout.root)
    with pytest.warns(UserWarning, match="cannot be cached"):
        estimate = estimate_cached(estimator, video)
    assert estimate.persons[0].num_frames == 12
    assert list(tmp_path.glob("skelgraph-*")) == []


def test_a_damaged_video_is_found_before_the_program_runs(
    checkout: Checkout, tmp_path: Path
) -> None:
    file = tmp_path / "bad.mp4"
    file.write_bytes(b"no video" * 99)
    with pytest.raises(ExtractionError, match=r"bad\.mp4: expected a video"):
        AlphaPoseEstimator(root=checkout.root).estimate(file)
    assert checkout.calls == []


@pytest.mark.realdata
def test_real_results(
    checkout: Checkout, tmp_path: Path, make_video: Callable[..., Path], shared_data: Path
) -> None:
    results = shared_data / "poses" / "alphapose" / "halpe26-alphapose-results.json"
    video = make_video(tmp_path / "long.mp4", num_frames=809, size=(32, 32), fps=30)
    checkout.plan(frames=809, copy=str(results))
    (person,) = AlphaPoseEstimator(root=checkout.root).estimate(video).persons
    assert (person.layout.name, person.num_frames, person.fps) == ("halpe26", 809, 30)
    first = json.loads(results.read_text())[0]["keypoints"][:2]
    assert person.positions[0, 0].tolist() == pytest.approx(first)
