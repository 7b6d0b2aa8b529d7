"""The backend of rtmlib, with tiny models in the form of its own, run by onnxruntime."""

import sys
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
from harness.pose_graphs import (
    OFFSETS,
    POSE_SIZE,
    write_detector_graph,
    write_one_stage_graph,
    write_pose_graph,
)

from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction import RtmlibEstimator, Video, collect_keypoints, estimate_cached
from skelgraph.layouts import COCO17, HALPE26, UPPER10
from skelgraph.poses import convert_layout

VIDEO = Video(path=Path("talk.mp4"), fps=20, width_px=200, height_px=100, num_frames=6)
SIZE = (96, 128)


@pytest.fixture(autouse=True)
def needed_packages() -> None:
    for package in ("av", "onnx", "onnxruntime", "rtmlib"):
        pytest.importorskip(package)


def film_spot(file: Path, places: np.ndarray) -> Path:
    """Writes a black video with white spots, 4 pixels wide, at places (T, spots, 2)."""
    import av

    width, height = SIZE
    with av.open(file, "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(25), width=width, height=height)
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        for spots in places:
            pixels = np.zeros((height, width, 3), dtype=np.uint8)
            for x, y in spots:
                pixels[y - 2 : y + 2, x - 2 : x + 2] = 255
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


@pytest.fixture
def places() -> np.ndarray:
    return np.array([[(40 + 2 * frame, 50 + frame)] for frame in range(8)])


@pytest.fixture
def pose(tmp_path: Path) -> Path:
    return write_pose_graph(tmp_path / "pose.onnx")


def test_keypoints_are_in_pixels_of_the_video(
    tmp_path: Path, pose: Path, places: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    video = film_spot(tmp_path / "spot.mp4", places)
    shown: list[tuple[int, int]] = []
    estimator = RtmlibEstimator(model=pose, detector="none")
    estimate = estimator.estimate(video, progress=lambda *counts: shown.append(counts))
    assert capsys.readouterr().out == ""  # rtmlib prints what it loads
    assert shown == [(number, 8) for number in range(1, 9)]
    assert estimate.size_px == SIZE
    (person,) = estimate.persons
    assert (person.layout, person.fps, person.unit, person.up) == (COCO17, 25, "px", "-y")
    assert (person.name, person.num_frames) == ("spot", 8)
    # The whole image is one box of 96 x 128, widened by 1.25, shrunk to 48 x 64.
    scale = 1.25 * SIZE[0] / POSE_SIZE[0]
    expected = places + scale * OFFSETS
    assert np.abs(person.positions - expected).max() < 2 * scale
    assert np.abs(person.positions - expected).mean() < scale
    assert person.confidence is not None
    assert person.confidence.min() > 0.3
    assert convert_layout(person, UPPER10).present.all()


def test_a_detector_finds_the_persons(tmp_path: Path, pose: Path) -> None:
    video = film_spot(tmp_path / "spot.mp4", np.array([[(20, 40), (72, 60)]] * 6))
    # The image is shrunk by 2 to fit the detector's square; the last box has too low a score.
    boxes = [(0, 10, 24, 42, 0.9), (24, 20, 48, 52, 0.8), (0, 0, 10, 10, 0.2)]
    detector = write_detector_graph(tmp_path / "people.onnx", boxes)
    both = RtmlibEstimator(model=pose, detector=str(detector)).estimate(video)
    noses = [person.positions[:, 0].mean(axis=0) for person in both.persons]
    assert np.array(noses) == pytest.approx(np.array([(20, 40), (72, 60)]), abs=3)
    nobody = write_detector_graph(tmp_path / "nobody.onnx", [(0, 0, 10, 10, 0.2)])
    with pytest.raises(FormatError, match=r"spot\.mp4: expected a person, but nobody is there"):
        RtmlibEstimator(model=pose, detector=str(nobody)).estimate(video)


def test_a_model_of_one_stage_needs_no_detector(
    tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    video = make_video(tmp_path / "clip.mp4")
    rng = np.random.default_rng(0)
    person = np.concatenate([rng.uniform(5, 40, (17, 2)), np.full((17, 1), 0.7)], axis=1)
    model = write_one_stage_graph(tmp_path / "rtmo.onnx", person[None])
    (found,) = RtmlibEstimator(model=model).estimate(video).persons
    assert found.positions[3] == pytest.approx(person[:, :2], abs=1e-4)
    assert found.confidence is not None
    assert found.confidence == pytest.approx(np.full((12, 17), 0.7))


def test_the_number_of_keypoints_tells_the_layout() -> None:
    rng = np.random.default_rng(0)
    poses = rng.uniform(10, 90, (5, 26, 2))
    results = [(poses[:1], np.ones((1, 26))) for _ in range(4)] + [
        (np.zeros((0, 0, 2)), np.zeros((0, 0))),
        (np.zeros((1, 26, 2)), np.zeros((1, 26))),  # as RTMO writes nobody
    ]
    (person,) = collect_keypoints(results, VIDEO)
    assert (person.layout, person.num_frames, person.name) == (HALPE26, 6, "talk")
    assert person.present.any(axis=1).tolist() == [True] * 4 + [False] * 2
    odd = [(np.ones((1, 5, 2)), np.ones((1, 5)))] * 3
    with pytest.raises(FormatError, match=r"talk\.mp4: expected 17 \(coco17\).* but got 5"):
        collect_keypoints(odd, VIDEO)


def test_results_are_kept_for_the_model_and_the_detector(tmp_path: Path, pose: Path) -> None:
    video = film_spot(tmp_path / "spot.mp4", np.array([[(48, 60)]] * 6))
    estimator = RtmlibEstimator(model=pose, detector="none")
    assert not estimate_cached(estimator, video).is_cached
    assert estimate_cached(estimator, video).is_cached
    detector = write_detector_graph(tmp_path / "people.onnx", [(0, 0, 48, 64, 0.9)])
    assert not estimate_cached(RtmlibEstimator(model=pose, detector=str(detector)), video).is_cached


def test_a_file_that_is_no_model_is_named(tmp_path: Path, video: Path, pose: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    with pytest.raises(ExtractionError, match=r"bad\.onnx: expected an ONNX model for rtmlib"):
        RtmlibEstimator(model=bad, detector="none").estimate(video)
    with pytest.raises(ExtractionError, match=r"bad\.onnx: expected an ONNX model for rtmlib"):
        RtmlibEstimator(model=pose, detector=str(bad)).estimate(video)
    free = write_pose_graph(tmp_path / "free.onnx", size=None)
    with pytest.raises(ExtractionError, match=r"free\.onnx: expected a model of images of one"):
        RtmlibEstimator(model=free, detector="none").estimate(video)


def test_a_model_that_cannot_be_fetched_says_what_to_do(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rtmlib

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TORCH_HOME", raising=False)
    place = {"pose": "http://127.0.0.1:1/pose.zip", "pose_input_size": POSE_SIZE}
    monkeypatch.setitem(rtmlib.Body.MODE, "lightweight", place)
    message = r"pose\.zip: rtmlib needs this model, .* cannot be fetched .*--pose-model FILE\.onnx"
    with pytest.raises(ExtractionError, match=message):
        RtmlibEstimator(model="lightweight").estimate(video)


def test_without_rtmlib_it_says_what_to_install(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(ExtractionError, match=r"needs rtmlib .*pip install 'skelgraph\[video\]'"):
        RtmlibEstimator().estimate(video)

    def find_version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("skelgraph.extraction.rtmlib.version", find_version)
    with pytest.raises(ExtractionError, match=r"needs rtmlib .*pip install 'skelgraph\[video\]'"):
        estimate_cached(RtmlibEstimator(), video)
