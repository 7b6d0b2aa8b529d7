"""A video or a camera, whose persons are found image by image."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from harness.pose_graphs import write_pose_graph

from skelgraph.config import EstimatorSettings, SourceSettings
from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction import (
    EstimatorOptions,
    FrameDetector,
    KeypointFileEstimator,
    VideoImage,
    choose_frame_estimator,
    open_frame_detector,
    read_camera,
)
from skelgraph.layouts import COCO17, MEDIAPIPE33
from skelgraph.streaming.sources import Notices, PlayClock, VideoSource, make_source
from skelgraph.typing import FloatArray
from tests.extraction.conftest import write_video

FPS = 20.0


def iterate_images(count: int = 10) -> Iterator[VideoImage]:
    for number in range(count):
        yield VideoImage(number, number / FPS, np.full((40, 60, 3), number, dtype=np.uint8))


class Detector:
    """Finds a person who walks to the right, from the third image on; it takes some time."""

    def __init__(self, num_joints: int = 17, *, takes_s: float = 0.0) -> None:
        self.num_joints = num_joints
        self.takes_s = takes_s
        self.images: list[int] = []

    def find(self, image: VideoImage) -> tuple[FloatArray, FloatArray]:
        time.sleep(self.takes_s)
        self.images.append(image.number)
        shape = (1 if image.number >= 2 else 0, self.num_joints)
        keypoints = np.stack(
            [
                np.full(shape, 10.0 * image.number),
                np.broadcast_to(np.arange(self.num_joints) * 9.0, shape),
            ],
            axis=2,
        )
        return keypoints, np.full(shape, 0.5)


def open_video(
    monkeypatch: pytest.MonkeyPatch,
    detector: Detector,
    *,
    is_fast: bool = True,
    count: int = 10,
    named: bool = False,
) -> VideoSource:
    @contextmanager
    def load(estimator: object) -> Iterator[FrameDetector]:
        yield FrameDetector("fake", detector.find, MEDIAPIPE33 if named else None)

    monkeypatch.setattr("skelgraph.streaming.sources.video_source.open_frame_detector", load)
    return VideoSource(
        "talk.mp4",
        lambda: iterate_images(count),
        KeypointFileEstimator(),
        fps=FPS,
        notices=Notices(print),
        clock=PlayClock(is_fast=is_fast),
    )


def test_persons_are_found_image_by_image(monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_video(monkeypatch, Detector())
    form = source.open()
    assert form.layout is COCO17
    assert (form.unit, form.up, form.num_dimensions, form.fps) == ("px", "-y", 2, FPS)
    frames = list(source.iterate())
    assert [frame.time_s for frame in frames] == [number / FPS for number in range(2, 10)]
    pose = frames[1].persons["1"]
    assert pose.positions[:2].tolist() == [[30, 0], [30, 9]]
    assert pose.confidence is not None
    assert pose.confidence.tolist() == [0.5] * 17


def test_a_detector_may_tell_its_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_video(monkeypatch, Detector(33), named=True)
    assert source.open().layout is MEDIAPIPE33


def test_images_that_come_too_late_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Detector(takes_s=2.5 / FPS)
    source = open_video(monkeypatch, detector, is_fast=False, count=24)
    source.open()
    frames = list(source.iterate())
    assert source.is_live
    assert source.num_dropped >= 4
    assert source.num_dropped + len(detector.images) == 24
    assert len(frames) == len(detector.images) - 1 or len(frames) == len(detector.images) - 2


def test_a_video_of_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_video(monkeypatch, Detector(), count=2)
    with pytest.raises(FormatError, match=r"talk.mp4: expected a person, but nobody is seen"):
        source.open()


def test_rtmlib_takes_the_frames_of_a_video(tmp_path: Path) -> None:
    for package in ("av", "onnx", "onnxruntime", "rtmlib"):
        pytest.importorskip(package)
    video = write_video(tmp_path / "talk.mp4", num_frames=6, size=(96, 128))
    pose = write_pose_graph(tmp_path / "pose.onnx")
    estimators = EstimatorSettings(pose_model=str(pose), detector="none")
    settings = SourceSettings(fast=True, estimators=estimators)
    source = make_source(str(video), settings, Notices(print))
    assert source.open().num_dimensions == 2
    frames = list(source.iterate())
    assert len(frames) == 6
    assert list(frames[-1].persons) == ["1"]


def test_an_estimator_of_whole_videos_is_refused() -> None:
    with (
        pytest.raises(ExtractionError, match="file takes whole recordings, not frames as they"),
        open_frame_detector(KeypointFileEstimator()),
    ):
        pass


def test_the_estimator_is_that_of_the_model_or_the_first_that_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert choose_frame_estimator("mediapipe", EstimatorOptions(pose_model="a.onnx")) == "mediapipe"
    assert choose_frame_estimator(None, EstimatorOptions(pose_model="a.task")) == "mediapipe"
    assert choose_frame_estimator(None, EstimatorOptions(detector="none")) == "rtmlib"
    monkeypatch.setenv("ALPHAPOSE_ROOT", "/alphapose")
    monkeypatch.setattr("skelgraph.extraction.estimator_options.find_spec", lambda name: name)
    assert choose_frame_estimator(None, EstimatorOptions()) == "rtmlib"
    monkeypatch.setattr("skelgraph.extraction.estimator_options.find_spec", lambda name: None)
    with pytest.raises(ExtractionError, match="no estimator finds keypoints in images here"):
        choose_frame_estimator(None, EstimatorOptions())


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are files on Linux")
def test_a_camera_that_is_not_there_is_named() -> None:
    with pytest.raises(ExtractionError, match="camera:99: there is no /dev/video99; is the camera"):
        next(read_camera(99))
    with pytest.raises(FormatError, match="camera:front: expected the number of a camera"):
        make_source("camera:front", SourceSettings(), Notices(print))
