"""Settings of the estimators of keypoints, and of what is done with their results."""

from pathlib import Path
from typing import Annotated

from skelgraph.config.choices import (
    Count,
    Device,
    EstimatorName,
    FilterName,
    NonNegative,
    Person,
    Positive,
    Space,
)
from skelgraph.config.data_settings import DEFAULT_CUTOFF_HZ
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings

USUAL_ESTIMATOR = "alphapose if it is named, else rtmlib or mediapipe, as installed"


class EstimatorSettings(Settings, frozen=True, kw_only=True):
    """Settings of the 2D pose estimators of videos.

    Args:
        alphapose_root: Checkout of AlphaPose.
        alphapose_config: Network of AlphaPose.
        alphapose_checkpoint: Weights of AlphaPose.
        alphapose_python: Python in which AlphaPose is installed.
        alphapose_args: More arguments of AlphaPose, such as '--pose_track'.
        pose_model: Model file of rtmlib (.onnx) or mediapipe (.task), or a model that is fetched
            once: lightweight, balanced or performance of rtmlib; lite, full or heavy of mediapipe.
        detector: Model file (.onnx) of the YOLOX that finds persons for an own model of rtmlib; or
            none, if one person fills the image.
        max_persons: Most persons mediapipe looks for.
    """

    alphapose_root: Annotated[
        Path | None, Option(flag="--alphapose", default="$ALPHAPOSE_ROOT")
    ] = None
    alphapose_config: Annotated[Path | None, Option(default="COCO-17, ResNet-50")] = None
    alphapose_checkpoint: Annotated[Path | None, Option(default="those of that network")] = None
    alphapose_python: Annotated[str | None, Option(default="this one")] = None
    alphapose_args: str = ""
    pose_model: Annotated[
        str | None, Option(metavar="FILE|NAME", default="balanced; full of mediapipe")
    ] = None
    detector: Annotated[str | None, Option(metavar="FILE|none", default="that of balanced")] = None
    max_persons: Count | None = None


class ExtractSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph extract``.

    Args:
        estimator: 2D estimator.
        estimators: Settings of their own.
        layout: Layout, or layout file, of KEYPOINTS that do not tell it.
        fps: Frame rate of KEYPOINTS that do not tell it.
        size_px: Size of their image in pixels.
        person: Persons to take of several.
        min_confidence: Keypoints of less confidence are missing.
        max_gap_s: Longest gap that is filled, in seconds.
        filter: Low-pass filter over time.
        cutoff_hz: Cutoff of the Butterworth filter in Hz.
        lifter: What makes keypoints 3D: a lifter of skelgraph, a run of `skelgraph lift train`, or
            a checkpoint of VideoPose3D.
        lifter_layout: Keypoints of a lifter that does not tell them.
        space: Axes of 3D joints: a world's (z up for a checkpoint, as if filmed by Human3.6M's
            camera; y up for a run), or the camera's, y down.
        flip: Average with the lifted mirror image.
        fix_bones: Give each 3D bone its median length.
        to: Layout, or layout file, of the result; or 'same'.
        cache: Take what was estimated or lifted before.
        device: Where a lifter computes.
    """

    estimator: Annotated[
        EstimatorName | None,
        Option(default=f"file for keypoints; for a video {USUAL_ESTIMATOR}"),
    ] = None
    estimators: EstimatorSettings = EstimatorSettings()
    layout: str | None = None
    fps: Positive | None = None
    size_px: Annotated[tuple[Positive, ...], Option(flag="--size", metavar="1920x1080")] = ()
    person: Annotated[Person, Option(metavar="main|all|N")] = "main"
    min_confidence: NonNegative | None = 0.1
    max_gap_s: Annotated[NonNegative | None, Option(flag="--max-gap")] = 0.5
    filter: FilterName = "butterworth"
    cutoff_hz: Annotated[Positive, Option(flag="--cutoff")] = DEFAULT_CUTOFF_HZ
    lifter: Annotated[Path | None, Option(metavar="NAME|RUN|FILE|none", default="none")] = None
    lifter_layout: str = "coco17"
    space: Space = "world"
    flip: bool = True
    fix_bones: bool = False
    to: str = "upper10"
    cache: bool = True
    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "auto"


class ExtractFolderSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph extract`` for a folder.

    Args:
        suffix: Format of the results of a FOLDER.
        jobs: Recordings at a time.
    """

    suffix: str = ".npz"
    jobs: Annotated[Count | None, Option(default="a core each; 1 with alphapose")] = None
