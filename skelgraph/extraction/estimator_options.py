"""The options of the estimators, and the choice of one for a recording."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from skelgraph.config import EstimatorName, LiveEstimatorName, VideoEstimatorName
from skelgraph.errors import ExtractionError
from skelgraph.extraction.alphapose import (
    ALPHAPOSE_CHECKPOINT,
    ALPHAPOSE_CONFIG,
    ALPHAPOSE_VARIABLE,
    AlphaPoseEstimator,
)
from skelgraph.extraction.estimator import Estimator
from skelgraph.extraction.mediapipe import MediaPipeEstimator
from skelgraph.extraction.pose_model import POSE_MODELS, find_pose_model
from skelgraph.extraction.rtmlib import RTMLIB_MODELS, RtmlibEstimator
from skelgraph.extraction.video import is_video


@dataclass(frozen=True, kw_only=True)
class EstimatorOptions:
    """Options of the estimators that find keypoints in videos.

    Args:
        alphapose_root: The checkout of AlphaPose; that of the environment variable
            ``ALPHAPOSE_ROOT`` without it.
        alphapose_config: Configuration of its network, from the checkout or absolute.
        alphapose_checkpoint: Its weights, from the checkout or absolute.
        alphapose_python: The Python in which it is installed.
        alphapose_arguments: Further arguments of its command.
        pose_model: Model file of rtmlib (``.onnx``) or MediaPipe (``.task``), or a name of
            :data:`RTMLIB_MODELS` or :data:`POSE_MODELS`; ``balanced`` or ``full`` without it.
        detector: Model file of the detector for a model file of rtmlib; ``none`` for a person who
            fills the image, and that of ``balanced`` without it.
        max_persons: Most persons whom MediaPipe looks for; 1 without it.
    """

    alphapose_root: Path | None = None
    alphapose_config: Path = ALPHAPOSE_CONFIG
    alphapose_checkpoint: Path = ALPHAPOSE_CHECKPOINT
    alphapose_python: str = sys.executable
    alphapose_arguments: Sequence[str] = ()
    pose_model: str | Path | None = None
    detector: str | Path | None = None
    max_persons: int | None = None

    @property
    def root(self) -> Path | None:
        """The checkout of AlphaPose; None if none is named."""
        if self.alphapose_root is not None:
            return self.alphapose_root
        named = os.environ.get(ALPHAPOSE_VARIABLE)
        return Path(named) if named else None


def choose_estimator(
    source: Path, name: EstimatorName | None, options: EstimatorOptions
) -> EstimatorName:
    """Return the name of the estimator for a recording.

    By default it is ``file`` for anything but a video. For a video it is AlphaPose if a checkout is
    named, else the one whose model file or detector is named, else the first that is installed of
    rtmlib and MediaPipe.

    Raises:
        ExtractionError: If there is none, or ``file`` is to be used for a video.
    """
    if not is_video(source):
        return name or "file"
    if name == "file":
        raise ExtractionError(
            f"{source}: expected keypoints for the estimator 'file', but it is a video; give the "
            f"keypoints, and the video beside them (--video)"
        )
    if name is not None:
        return name
    if options.alphapose_root is not None:
        return "alphapose"
    if options.pose_model is not None:
        return _find_owner(options.pose_model)
    if options.detector is not None:
        return "rtmlib"
    if options.root is not None:
        return "alphapose"
    for installed in ("rtmlib", "mediapipe"):
        if find_spec(installed) is not None:
            return installed
    raise ExtractionError(
        f"{source}: no estimator finds keypoints in a video here; pip install 'skelgraph[video]' "
        f"for rtmlib and mediapipe, or name a checkout of AlphaPose (--alphapose DIR or "
        f"{ALPHAPOSE_VARIABLE})"
    )


def choose_frame_estimator(
    name: LiveEstimatorName | None, options: EstimatorOptions
) -> LiveEstimatorName:
    """Return the name of the estimator that finds persons image by image.

    By default it is the one whose model file or detector is named, else the first that is installed
    of rtmlib and MediaPipe.

    Raises:
        ExtractionError: If none is installed.
    """
    if name is not None:
        return name
    if options.pose_model is not None:
        return _find_owner(options.pose_model)
    if options.detector is not None:
        return "rtmlib"
    installed = [known for known in get_args(LiveEstimatorName) if find_spec(known) is not None]
    if not installed:
        raise ExtractionError(
            "no estimator finds keypoints in images here; pip install 'skelgraph[video]' for "
            "rtmlib and mediapipe"
        )
    chosen: LiveEstimatorName = installed[0]
    return chosen


def _find_owner(model: str | Path) -> Literal["rtmlib", "mediapipe"]:
    """Return the estimator that a model is of.

    Raises:
        ExtractionError: If its name does not tell it.
    """
    suffix = Path(model).suffix.lower()
    if str(model) in RTMLIB_MODELS or suffix == ".onnx":
        return "rtmlib"
    if str(model) in POSE_MODELS or suffix == ".task":
        return "mediapipe"
    names = ", ".join((*RTMLIB_MODELS, *POSE_MODELS))
    raise ExtractionError(
        f"{model}: expected a model file of rtmlib (.onnx) or mediapipe (.task), or one of the "
        f"names {names}; or say whose it is (--estimator)"
    )


def make_video_estimator(name: VideoEstimatorName, options: EstimatorOptions) -> Estimator:
    """Make the estimator of a name.

    Raises:
        ExtractionError: If it lacks a model file or a checkout.
    """
    if name == "mediapipe":
        return MediaPipeEstimator(
            model=find_pose_model(options.pose_model or "full"),
            max_persons=options.max_persons or 1,
        )
    if name == "rtmlib":
        detector = options.detector
        return RtmlibEstimator(
            model=options.pose_model or "balanced",
            detector=None if detector is None else str(detector),
        )
    if options.root is None:
        raise ExtractionError(
            f"the estimator alphapose needs a checkout of AlphaPose; name it (--alphapose DIR or "
            f"{ALPHAPOSE_VARIABLE})"
        )
    return AlphaPoseEstimator(
        root=options.root,
        config=options.alphapose_config,
        checkpoint=options.alphapose_checkpoint,
        python=options.alphapose_python,
        arguments=tuple(options.alphapose_arguments),
    )
