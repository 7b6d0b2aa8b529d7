"""The backend of MediaPipe: frames, landmarks and errors without a model; with one, a real video.

A model is none of the project's files and is not fetched by a test: ``SKELGRAPH_POSE_MODEL`` names
one (``pose_landmarker_lite.task``, say).
"""

import os
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction import MediaPipeEstimator, Video, VideoImage, collect_persons
from skelgraph.extraction import mediapipe as backend
from skelgraph.io import read_sequence
from skelgraph.layouts import MEDIAPIPE33, UPPER10
from skelgraph.poses import convert_layout

VIDEO = Video(path=Path("talk.mp4"), fps=20, width_px=200, height_px=100, num_frames=6)


@dataclass
class Point:
    """Stands for MediaPipe's NormalizedLandmark."""

    x: float
    y: float
    z: float = 0.0
    visibility: float | None = 0.8
    presence: float | None = 0.9


def place(seed: int, *, shift: float = 0.0) -> list[Point]:
    rng = np.random.default_rng(seed)
    return [Point(shift + 0.2 * x, 0.4 + 0.2 * y) for x, y in rng.random((33, 2))]


def found(*persons: list[Point]) -> Any:
    return SimpleNamespace(pose_landmarks=list(persons), pose_world_landmarks=[])


def test_landmarks_become_pixels() -> None:
    poses = [place(seed) for seed in range(5)]
    for pose in poses:
        pose[5].visibility = None
        pose[6].visibility = 0.0
    results = [found(poses[0]), found(), *(found(pose) for pose in poses[2:])]
    (person,) = collect_persons(results, VIDEO)
    assert (person.layout, person.fps, person.unit, person.up) == (MEDIAPIPE33, 20, "px", "-y")
    assert (person.name, person.num_frames) == ("talk", 6)
    assert person.present.any(axis=1).tolist() == [True, False, True, True, True, False]
    x, y = person.positions[3, 15]
    assert (x, y) == pytest.approx((200 * poses[3][15].x, 100 * poses[3][15].y))
    assert person.confidence is not None
    assert person.confidence[0, :5].tolist() == pytest.approx([0.8] * 5)
    assert person.confidence[0, 5] == 1.0  # not told
    assert not person.present[:, 6].any()
    assert convert_layout(person, UPPER10).present[0].all()


def test_persons_are_told_apart_whatever_their_order() -> None:
    left, right = place(0), place(1, shift=0.7)
    results = [found(left, right), found(right, left), found(left, right), found(right)] * 2
    persons = collect_persons(results[:6], VIDEO)
    assert len(persons) == 2
    assert np.nanmax(persons[0].positions[:, :, 0]) < 0.25 * 200
    assert np.nanmin(persons[1].positions[:, :, 0]) > 0.65 * 200


def test_nobody_is_an_error() -> None:
    with pytest.raises(FormatError, match=r"talk\.mp4: expected a person, but nobody is there"):
        collect_persons([found(), found()], VIDEO)


def test_every_frame_of_a_video_is_looked_at(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mediapipe")
    shown: list[tuple[int, tuple[int, ...]]] = []

    def detect(image: Any, time_ms: int) -> Any:
        shown.append((time_ms, image.numpy_view().shape))
        return found(place(0))

    model = tmp_path / "model.task"
    model.write_bytes(b"model")

    def landmarker(model: Path, max_persons: int) -> Any:
        return _as_context(SimpleNamespace(detect_for_video=detect))

    monkeypatch.setattr(backend, "_open_landmarker", landmarker)
    progress: list[tuple[int, int]] = []
    estimator = MediaPipeEstimator(model=model)
    estimate = estimator.estimate(video, progress=lambda *counts: progress.append(counts))
    assert [time for time, _ in shown] == list(range(0, 480, 40))
    assert {shape for _, shape in shown} == {(48, 64, 3)}
    assert progress == [(number, 12) for number in range(1, 13)]
    assert estimate.size_px == (64, 48)
    assert estimate.persons[0].num_frames == 12


def test_images_are_taken_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mediapipe")
    left, right = place(0), place(1)
    left[3].visibility = None
    results = [found(left, right), found()]
    shown_ms: list[int] = []

    def detect(image: Any, time_ms: int) -> Any:
        shown_ms.append(time_ms)
        return results[len(shown_ms) - 1]

    monkeypatch.setattr(
        backend,
        "_open_landmarker",
        lambda model, most: _as_context(SimpleNamespace(detect_for_video=detect)),
    )
    pixels = np.zeros((100, 200, 3), dtype=np.uint8)
    with MediaPipeEstimator(model=tmp_path).open_landmarker() as find:
        keypoints, scores = find(VideoImage(0, 0.5, pixels))
        nobody, _ = find(VideoImage(1, 0.5, pixels))
    assert keypoints.shape == (2, 33, 2)
    assert keypoints[1, 7].tolist() == pytest.approx([200 * right[7].x, 100 * right[7].y])
    assert scores[0, 2:4].tolist() == [0.8, 1.0]
    assert nobody.shape == (0, 33, 2)
    assert shown_ms == [500, 501]  # each has to be later


class _as_context:  # noqa: N801
    def __init__(self, value: Any) -> None:
        self.value = value

    def __enter__(self) -> Any:
        return self.value

    def __exit__(self, *error: object) -> None:
        return None


def test_its_own_landmarks_are_taken() -> None:
    pytest.importorskip("mediapipe")
    from mediapipe.tasks.python import vision
    from mediapipe.tasks.python.components.containers.landmark import NormalizedLandmark

    pose = [NormalizedLandmark(x=0.5, y=0.25, z=0.0, visibility=0.7) for _ in range(33)]
    result = vision.PoseLandmarkerResult(pose_landmarks=[pose], pose_world_landmarks=[])
    (person,) = collect_persons([result] * 6, VIDEO)
    assert person.positions[0, 0].tolist() == [100, 25]


def _write_foreign_archive(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.tflite", b"nothing")


@pytest.mark.parametrize(
    "write", [lambda file: file.write_bytes(b"no model" * 50), _write_foreign_archive]
)
def test_a_file_that_is_no_model_is_named(
    video: Path, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    pytest.importorskip("mediapipe")
    model = tmp_path / "odd.task"
    write(model)
    with pytest.raises(ExtractionError, match=r"odd\.task: expected a model file of MediaPipe"):
        MediaPipeEstimator(model=model).estimate(video)


@pytest.fixture
def without_mediapipe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mediapipe", "mediapipe.tasks", "mediapipe.tasks.python"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("without_mediapipe")
def test_without_mediapipe_there_is_advice(video: Path, tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match=r"pip install 'skelgraph\[video\]'"):
        MediaPipeEstimator(model=tmp_path / "a.task").estimate(video)


def test_model_and_number_of_persons_are_settings(tmp_path: Path) -> None:
    model = tmp_path / "a.task"
    model.write_bytes(b"one")
    one = MediaPipeEstimator(model=model)
    assert one.settings() != MediaPipeEstimator(model=model, max_persons=2).settings()
    before = one.settings()
    model.write_bytes(b"other")
    assert one.settings() != before


def test_a_real_video_is_seen_as_openpose_sees_it(shared_data: Path) -> None:
    pytest.importorskip("mediapipe")
    model = os.environ.get("SKELGRAPH_POSE_MODEL")
    if model is None:
        pytest.skip("no model of MediaPipe: set SKELGRAPH_POSE_MODEL to its file")
    source = shared_data / "video" / "raga_1person_short_video.mp4"
    estimate = MediaPipeEstimator(model=Path(model)).estimate(source)
    (person,) = estimate.persons
    assert (person.num_frames, person.fps, estimate.size_px) == (125, 25, (1920, 1080))
    keypoints = shared_data / "poses" / "openpose-body25" / "one-person"
    ours, theirs = (
        convert_layout(one, UPPER10).positions for one in (person, read_sequence(keypoints, fps=25))
    )
    left, right = (UPPER10.index(f"{side}_shoulder") for side in ("left", "right"))
    breadth = np.nanmean(np.linalg.norm(theirs[:, left] - theirs[:, right], axis=1))
    apart = np.nanmedian(np.linalg.norm(ours - theirs, axis=2), axis=0) / breadth
    assert np.median(apart) < 0.06
    agreed = np.arange(UPPER10.num_joints) != UPPER10.index("left_elbow")  # under a sari
    assert apart[agreed].max() < 0.15
