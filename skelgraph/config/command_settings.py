"""Settings of the commands that train no network: files, datasets, fusion, benchmarks."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from skelgraph.config.choices import (
    DEFAULT_FUSION,
    DEFAULT_LIFTER,
    AcousticBackend,
    CacheKind,
    Count,
    Device,
    FitPart,
    FusionStrategy,
    Index,
    NonNegative,
    Person,
    Positive,
    VideoEstimatorName,
)
from skelgraph.config.data_settings import DEFAULT_MIN_CONFIDENCE
from skelgraph.config.extract_settings import USUAL_ESTIMATOR, EstimatorSettings
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
        fps: Frame rate of keypoints that do not tell it.
        size_px: Size of the image of keypoints in pixels, for a lifter that needs it.
        video: The video of the keypoints of one recording, which tells frame rate and size.
        lifter: What lifts videos and keypoints of an image for a run that was trained in space: a
            lifter of skelgraph, a run of `skelgraph lift train`, or a checkpoint of VideoPose3D.
        lifter_layout: Keypoints of a lifter that does not tell them.
        estimator: 2D estimator of videos.
        estimators: Settings of their own.
        cache: Take what was estimated or lifted before.
    """

    person: Annotated[
        Person | None, Option(metavar="main|all|N", default="as in the run's training")
    ] = None
    calibrate: bool = False
    fps: Annotated[Positive | None, Option(default="as in the run's training")] = None
    size_px: Annotated[tuple[Positive, ...], Option(flag="--size", metavar="1920x1080")] = ()
    video: Path | None = None
    lifter: Annotated[str, Option(metavar="NAME|RUN|FILE|none")] = DEFAULT_LIFTER
    lifter_layout: str = "coco17"
    estimator: Annotated[VideoEstimatorName | None, Option(default=USUAL_ESTIMATOR)] = None
    estimators: EstimatorSettings = EstimatorSettings()
    cache: bool = True

    def check_together(self) -> None:
        """Check that it is known whose each clip is, and that a size is one.

        Raises:
            RunError: If settings do not go together.
        """
        if self.calibrate and self.person == "all":
            raise RunError("--calibrate takes clips of one person each, but --person all several")
        if len(self.size_px) not in (0, 2):
            raise RunError(
                f"--size: expected a width and a height like 1920x1080, but got {self.size_px}"
            )


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


class StreamSpeedSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph benchmark stream``.

    Args:
        people: Numbers of people in a frame, measured one after another.
        frames: Poses that are timed, of all people together.
        video: Video in which a 2D estimator is timed too.
        estimator: 2D estimator of that video.
        estimators: Settings of their own.
    """

    people: Annotated[tuple[Count, ...], Option(metavar="1,10", distinct=True)] = (1, 10, 100)
    frames: Count = 3000
    video: Path | None = None
    estimator: Annotated[VideoEstimatorName | None, Option(default=USUAL_ESTIMATOR)] = None
    estimators: EstimatorSettings = EstimatorSettings()

    def check_together(self) -> None:
        """Check that there is a video if an estimator is chosen.

        Raises:
            RunError: If there is none.
        """
        chosen = self.estimator is not None or self.estimators != EstimatorSettings()
        if chosen and self.video is None:
            raise RunError("an estimator is timed on a video; name it with --video")


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
