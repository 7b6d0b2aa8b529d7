"""Settings of the commands that train no network: files, datasets, fusion, benchmarks."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from skelgraph.config.choices import (
    DEFAULT_FUSION,
    AcousticBackend,
    CacheKind,
    Count,
    Device,
    EstimatorName,
    FilterName,
    FitPart,
    FusionStrategy,
    Index,
    NonNegative,
    Person,
    Positive,
    Space,
)
from skelgraph.config.data_settings import DEFAULT_CUTOFF_HZ, DEFAULT_MIN_CONFIDENCE
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError


class ServingSettings(Settings, frozen=True, kw_only=True):
    """Settings of the commands that use a trained run.

    Args:
        own_model: The network, if it is one of your own: a run never loads code by itself.
        device: Where to compute: cpu, cuda, cuda:1, mps, or auto for a GPU if there is one.
        threads: Threads that take clips each, on a CPU.
    """

    own_model: Annotated[str | None, Option(flag="--model", metavar="FILE.py:NETWORK")] = None
    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "auto"
    threads: Annotated[Count | None, Option(default="as many as PyTorch has")] = None


class PredictSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph predict``.

    Args:
        person: Persons to take of a file with several.
        calibrate: Judge each clip by what is usual of its person, over all clips of a folder: one
            person a folder, who shows more than one class.
    """

    person: Annotated[
        Person | None, Option(metavar="main|all|N", default="as in the run's training")
    ] = None
    calibrate: bool = False

    def check_together(self) -> None:
        """Check that it is known whose each clip is.

        Raises:
            RunError: If settings do not go together.
        """
        if self.calibrate and self.person == "all":
            raise RunError("--calibrate takes clips of one person each, but --person all several")


class ReportSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph report``.

    Args:
        layers: Layer whose attention and edge importance are drawn; may be repeated.
    """

    layers: Annotated[
        tuple[Count, ...],
        Option(flag="--layer", metavar="N", default="the first, the middle and the last"),
    ] = ()


class InspectSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph inspect``.

    Args:
        layout: Layout, or layout file, of files that do not name their joints.
        acoustic: What computes the features of an audio file.
        fps: Frame rate of a file that does not tell it.
        override_fps: Frame rate of a file that tells a wrong one.
        person: Persons to show of a file with several.
        min_confidence: Joints of less confidence are missing in a training, which is shown.
    """

    layout: str | None = None
    acoustic: AcousticBackend = "opensmile"
    fps: Positive | None = None
    override_fps: Positive | None = None
    person: Annotated[Person, Option(metavar="main|all|N")] = "all"
    min_confidence: NonNegative = DEFAULT_MIN_CONFIDENCE


class FeatureSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph features``.

    Args:
        layout: Layout, or layout file, of files that do not name their joints.
        fps: Frame rate of files that do not tell theirs.
        rate: Frames per second to resample to.
        person: Persons to take of a file with several.
    """

    layout: str | None = None
    fps: Positive | None = None
    rate: Positive = 30.0
    person: Annotated[Person, Option(metavar="main|all|N")] = "main"


class ConvertSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph convert`` and ``skelgraph data make``.

    Args:
        to: Layout, or layout file, of the result.
        fps: Frame rate to resample to.
        layout: Layout, or layout file, of files that do not name their joints.
        in_fps: Frame rate of files that do not tell theirs.
        override_fps: Frame rate of files that tell a wrong one.
    """

    to: Annotated[str | None, Option(default="that of the file")] = None
    fps: Annotated[Positive | None, Option(default="that of the file")] = None
    layout: str | None = None
    in_fps: Positive | None = None
    override_fps: Positive | None = None


class MiniatureSettings(Settings, frozen=True, kw_only=True):
    """Settings of the invented miniature of IEMOCAP.

    Args:
        sessions: Sessions.
        dialogs: Dialogs per session.
        utterances: Utterances per dialog.
        seed: Seed of all that is drawn.
    """

    sessions: Annotated[int, Meta(ge=1, le=5)] = 5
    dialogs: Annotated[int, Meta(ge=1, le=20)] = 4
    utterances: Annotated[int, Meta(ge=4, le=400)] = 22
    seed: Index = 0


class FuseSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph fuse``.

    Args:
        strategy: The sum of the runs' scores, or a fully connected layer over them.
        weights: Weight of each run in the sum.
        fit_on: Scores to which the layer is fitted; out-of-fold needs streams of --fusion-folds.
    """

    strategy: Annotated[
        FusionStrategy | None, Option(default=f"{DEFAULT_FUSION}; concat with --fit-on out-of-fold")
    ] = None
    weights: Annotated[
        tuple[NonNegative, ...], Option(metavar="1,0.5", default="equal weights")
    ] = ()
    fit_on: FitPart = "validation"


class RunsSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph runs``.

    Args:
        folder: Folder of run directories.
    """

    folder: Path = Path("runs")


class CacheSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph cache``.

    Args:
        clear: Remove the files of a kind, or all.
    """

    clear: Annotated[
        CacheKind | Literal["all"] | None, Option(metavar="[KIND]", flag_value="all")
    ] = None


class SpeedSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph benchmark speed``.

    Args:
        device: Where to compute.
        threads: Threads of PyTorch.
    """

    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "cpu"
    threads: Annotated[Count | None, Option(default="as many as it has")] = None


class PaperSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph benchmark paper`` beside those of a training.

    Args:
        seeds: Train each row with each of these.
        rows: Run these rows alone: 2s-c,filter; FILE.py:NETWORK is a row of your own.
        lifter: Run of `skelgraph lift train` for the filter rows.
    """

    seeds: Annotated[tuple[Index, ...], Option(metavar="0,1", distinct=True)] = (0,)
    rows: Annotated[tuple[str, ...], Option(metavar="ROW,ROW,...", default="all")] = ()
    lifter: Path | None = None


class EstimatorSettings(Settings, frozen=True, kw_only=True):
    """Settings of the 2D pose estimators of videos.

    Args:
        alphapose_root: Checkout of AlphaPose.
        alphapose_config: Network of AlphaPose.
        alphapose_checkpoint: Weights of AlphaPose.
        alphapose_python: Python in which AlphaPose is installed.
        alphapose_args: More arguments of AlphaPose, such as '--pose_track'.
        mediapipe_model: Model file of mediapipe; lite, full and heavy are fetched once.
        max_persons: Most persons mediapipe looks for.
    """

    alphapose_root: Annotated[
        Path | None, Option(flag="--alphapose", default="$ALPHAPOSE_ROOT")
    ] = None
    alphapose_config: Annotated[Path | None, Option(default="COCO-17, ResNet-50")] = None
    alphapose_checkpoint: Annotated[Path | None, Option(default="those of that network")] = None
    alphapose_python: Annotated[str | None, Option(default="this one")] = None
    alphapose_args: str = ""
    mediapipe_model: Annotated[str, Option(flag="--model")] = "full"
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
        lifter: Checkpoint of VideoPose3D, or run of a lifter, which makes keypoints 3D.
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
        Option(default="file for keypoints; alphapose for a video if it is named, else mediapipe"),
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
    lifter: Annotated[Path | None, Option(metavar="FILE|RUN", default="none")] = None
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
