"""Keypoints by MediaPipe's pose landmarker (Tasks API).

Source: ai.google.dev/edge/mediapipe, "Pose landmark detection guide for Python". Landmarks are in
parts of the image's width and height; their visibility is the confidence. Persons of a frame are
listed in no order that means anything and are told apart over time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from skelgraph.data import Progress, remembered_fingerprint
from skelgraph.errors import ExtractionError
from skelgraph.extraction.estimator import Estimate, pad_frames
from skelgraph.extraction.video import (
    Video,
    VideoImage,
    describe_unevenness,
    probe_video,
    read_frames,
)
from skelgraph.io import Detections, build_persons
from skelgraph.layouts import MEDIAPIPE33
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True)
class MediaPipeEstimator:
    """Run MediaPipe's pose landmarker on videos.

    Args:
        model: Its model file (:func:`skelgraph.extraction.find_pose_model`).
        max_persons: Largest number of persons to find; more than one takes longer.
    """

    model: Path
    max_persons: int = 1

    name: ClassVar[str] = "mediapipe"

    def settings(self) -> Mapping[str, object]:
        """Return a digest of the model, and the number of persons."""
        return {
            "model": remembered_fingerprint(self.model, [self.model]),
            "max_persons": self.max_persons,
        }

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Find the persons in a video; each sequence has all of its frames.

        Raises:
            ExtractionError: If MediaPipe is not installed, it cannot load the model, or the video
                cannot be decoded.
            FormatError: If nobody is there.
        """
        video = probe_video(source)
        with _open_landmarker(self.model, self.max_persons) as landmarker:
            results = _detect(landmarker, read_frames(video), video, progress)
            persons = collect_persons(results, video)
        return Estimate(
            persons=tuple(persons),
            size_px=(video.width_px, video.height_px),
            notes=describe_unevenness(video),
        )

    @contextmanager
    def open_landmarker(self) -> Iterator[Callable[[VideoImage], tuple[FloatArray, FloatArray]]]:
        """Load the model, and return what finds keypoints in pixels and scores in an image.

        Images are those of one video, in the order of their times.

        Raises:
            ExtractionError: If MediaPipe is not installed, or cannot load the model.
        """
        with _open_landmarker(self.model, self.max_persons) as landmarker:
            clock = _MillisecondClock()

            def find(image: VideoImage) -> tuple[FloatArray, FloatArray]:
                result = _detect_image(landmarker, image, clock)
                rows = [
                    [(one.x, one.y, one.visibility) for one in person]
                    for person in result.pose_landmarks
                ]
                table = np.array(rows, dtype=np.float64).reshape(-1, MEDIAPIPE33.num_joints, 3)
                height, width = image.pixels.shape[:2]
                return table[:, :, :2] * (width, height), np.nan_to_num(table[:, :, 2], nan=1.0)

            yield find


def collect_persons(results: Iterable[Any], video: Video) -> list[PoseSequence]:
    """Collect the persons of MediaPipe's result of each frame, in pixels.

    Each sequence has all frames of the video.

    Raises:
        FormatError: If nobody is there, or a person does not have 33 landmarks.
    """
    rows = []
    frames = []
    for number, result in enumerate(results):
        for person in result.pose_landmarks:
            rows.append([(one.x, one.y, one.visibility) for one in person])
            frames.append(number)
    nobody = np.zeros((0, MEDIAPIPE33.num_joints, 3))
    table = np.array(rows, dtype=np.float64) if rows else nobody
    size = (video.width_px, video.height_px)
    found = Detections(
        keypoints=table[:, :, :2] * size,
        scores=np.nan_to_num(table[:, :, 2], nan=1.0),  # MediaPipe may leave it out
        frames=np.array(frames, dtype=np.int64),
        num_frames=max([video.num_frames, *(frame + 1 for frame in frames)]),
    )
    persons = build_persons(video.path, found, layout=None, fps=video.fps, names=MEDIAPIPE33.joints)
    named = [replace(person, name=video.path.stem) for person in persons]
    return [pad_frames(person, video.num_frames) for person in named]


def _detect(
    landmarker: Any, images: Iterable[VideoImage], video: Video, progress: Progress | None
) -> Iterator[Any]:
    clock = _MillisecondClock()
    for image in images:
        yield _detect_image(landmarker, image, clock)
        if progress is not None:
            progress(image.number + 1, max(video.num_frames, image.number + 1))


class _MillisecondClock:
    """Times in milliseconds, each later than the one before, as MediaPipe wants them."""

    def __init__(self) -> None:
        self._last_ms = -1

    def round(self, time_s: float) -> int:
        self._last_ms = max(self._last_ms + 1, round(1000 * time_s))
        return self._last_ms


def _detect_image(landmarker: Any, image: VideoImage, clock: _MillisecondClock) -> Any:
    from mediapipe import Image, ImageFormat

    pixels = Image(image_format=ImageFormat.SRGB, data=image.pixels)
    return landmarker.detect_for_video(pixels, clock.round(image.time_s))


@contextmanager
def _open_landmarker(model: Path, max_persons: int) -> Iterator[Any]:
    try:
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError as error:
        raise ExtractionError(
            f"the mediapipe estimator needs MediaPipe, which cannot be imported ({error}); "
            f"pip install 'skelgraph[video]'"
        ) from error
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=max_persons,
    )
    try:
        landmarker = vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise ExtractionError(
            f"{model}: expected a model file of MediaPipe's pose landmarker (--pose-model), but "
            f"MediaPipe cannot load it: {error}"
        ) from error
    try:
        yield landmarker
    finally:
        landmarker.close()
