"""Keypoints by MediaPipe's pose landmarker (Tasks API).

Source: ai.google.dev/edge/mediapipe, "Pose landmark detection guide for Python". Landmarks are in
parts of the image's width and height; their visibility is the confidence. Persons of a frame are
listed in no order that means anything and are told apart over time.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    from mediapipe import Image, ImageFormat

    shown_ms = -1
    for number, time_s, pixels in images:
        shown_ms = max(shown_ms + 1, round(1000 * time_s))  # MediaPipe wants each to be later
        image = Image(image_format=ImageFormat.SRGB, data=pixels)
        yield landmarker.detect_for_video(image, shown_ms)
        if progress is not None:
            progress(number + 1, max(video.num_frames, number + 1))


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
