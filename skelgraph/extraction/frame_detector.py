"""Estimators that take one image at a time, for videos that are played and for cameras."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from skelgraph.errors import ExtractionError
from skelgraph.extraction.estimator import Estimator
from skelgraph.extraction.mediapipe import MediaPipeEstimator
from skelgraph.extraction.rtmlib import RtmlibEstimator
from skelgraph.extraction.video import VideoImage
from skelgraph.layouts import MEDIAPIPE33, JointLayout
from skelgraph.typing import FloatArray

FindKeypoints = Callable[[VideoImage], tuple[FloatArray, FloatArray]]
"""Returns keypoints (P, V, 2) in pixels and scores (P, V) of the persons in an image."""


class FrameDetector(NamedTuple):
    """An estimator that is loaded.

    Args:
        name: Its name.
        find: What finds the persons in an image.
        layout: Layout of the keypoints; None if their number tells it.
    """

    name: str
    find: FindKeypoints
    layout: JointLayout | None = None


@contextmanager
def open_frame_detector(estimator: Estimator) -> Iterator[FrameDetector]:
    """Load an estimator to find persons image by image.

    Raises:
        ExtractionError: If it takes whole videos alone, is not installed, or lacks a model.
    """
    if isinstance(estimator, RtmlibEstimator):
        yield FrameDetector(estimator.name, estimator.load())
    elif isinstance(estimator, MediaPipeEstimator):
        with estimator.open_landmarker() as find:
            yield FrameDetector(estimator.name, find, MEDIAPIPE33)
    else:
        raise ExtractionError(
            f"the estimator {estimator.name} takes whole recordings, not frames as they come; pass "
            f"--estimator rtmlib or mediapipe"
        )
