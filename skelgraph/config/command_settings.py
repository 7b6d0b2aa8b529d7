"""Settings of the commands that train no network: files, datasets, fusion, benchmarks."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from skelgraph.config.choices import (
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
from skelgraph.config.data_settings import DEFAULT_CUTOFF_HZ
from skelgraph.config.settings import Settings, about, documented

LAYOUT = "Layout, or layout file, of files that do not name their joints."


@documented
class ServingSettings(Settings, frozen=True, kw_only=True):
    """Settings of the commands that use a trained run."""

    own_model: Annotated[
        str | None,
        about(
            "The network, if it is one of your own: a run never loads code by itself.",
            flag="--model",
            metavar="FILE.py:NETWORK",
        ),
    ] = None
    device: Annotated[
        Device,
        about(
            "Where to compute: cpu, cuda, cuda:1, mps, or auto for a GPU if there is one.",
            metavar="auto|cpu|cuda|mps",
        ),
    ] = "auto"
    threads: Annotated[
        Count | None,
        about("Threads that take clips each, on a CPU.", default="as many as PyTorch has"),
    ] = None


@documented
class PredictSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph predict``."""

    person: Annotated[
        Person | None,
        about(
            "Persons to take of a file with several.",
            metavar="main|all|N",
            default="as in the run's training",
        ),
    ] = None


@documented
class ReportSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph report``."""

    layers: Annotated[
        tuple[Count, ...],
        about(
            "Layer whose attention and edge importance are drawn; may be repeated.",
            flag="--layer",
            metavar="N",
            default="the first, the middle and the last",
        ),
    ] = ()


@documented
class InspectSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph inspect``."""

    layout: Annotated[str | None, about(LAYOUT)] = None
    acoustic: Annotated[AcousticBackend, about("What computes the features of an audio file.")] = (
        "opensmile"
    )
    fps: Annotated[Positive | None, about("Frame rate of a file that does not tell it.")] = None
    person: Annotated[
        Person, about("Persons to show of a file with several.", metavar="main|all|N")
    ] = "all"


@documented
class ConvertSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph convert`` and ``skelgraph data make``."""

    to: Annotated[
        str | None, about("Layout, or layout file, of the result.", default="that of the file")
    ] = None
    fps: Annotated[
        Positive | None, about("Frame rate to resample to.", default="that of the file")
    ] = None
    layout: Annotated[str | None, about(LAYOUT)] = None
    in_fps: Annotated[Positive | None, about("Frame rate of files that do not tell theirs.")] = None


@documented
class MiniatureSettings(Settings, frozen=True, kw_only=True):
    """Settings of the invented miniature of IEMOCAP."""

    sessions: Annotated[Annotated[int, Meta(ge=1, le=5)], about("Sessions.")] = 5
    dialogs: Annotated[Annotated[int, Meta(ge=1, le=20)], about("Dialogs per session.")] = 4
    utterances: Annotated[Annotated[int, Meta(ge=4, le=400)], about("Utterances per dialog.")] = 22
    seed: Annotated[Index, about("Seed of all that is drawn.")] = 0


@documented
class FuseSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph fuse``."""

    strategy: Annotated[
        FusionStrategy,
        about("A fully connected layer over the runs' scores, or the sum of the scores."),
    ] = "concat"
    weights: Annotated[
        tuple[NonNegative, ...],
        about("Weight of each run in the sum.", metavar="1,0.5", default="equal weights"),
    ] = ()
    fit_on: Annotated[
        FitPart,
        about("Scores to which the layer is fitted; out-of-fold needs streams of --fusion-folds."),
    ] = "validation"


@documented
class RunsSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph runs``."""

    folder: Annotated[Path, about("Folder of run directories.")] = Path("runs")


@documented
class CacheSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph cache``."""

    clear: Annotated[
        CacheKind | Literal["all"] | None,
        about("Remove the files of a kind, or all.", metavar="[KIND]", flag_value="all"),
    ] = None


@documented
class SpeedSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph benchmark speed``."""

    device: Annotated[Device, about("Where to compute.", metavar="auto|cpu|cuda|mps")] = "cpu"
    threads: Annotated[Count | None, about("Threads of PyTorch.", default="as many as it has")] = (
        None
    )


@documented
class PaperSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph benchmark paper`` beside those of a training."""

    seeds: Annotated[
        tuple[Index, ...], about("Train each row with each of these.", metavar="0,1")
    ] = (0,)
    rows: Annotated[
        tuple[str, ...],
        about(
            "Run these rows alone: 2s-c,filter; FILE.py:NETWORK is a row of your own.",
            metavar="ROW,ROW,...",
            default="all",
        ),
    ] = ()
    lifter: Annotated[Path | None, about("Run of `skelgraph lift train` for the filter rows.")] = (
        None
    )


@documented
class EstimatorSettings(Settings, frozen=True, kw_only=True):
    """Settings of the 2D pose estimators of videos."""

    alphapose_root: Annotated[
        Path | None, about("Checkout of AlphaPose.", flag="--alphapose", default="$ALPHAPOSE_ROOT")
    ] = None
    alphapose_config: Annotated[
        Path | None, about("Network of AlphaPose.", default="COCO-17, ResNet-50")
    ] = None
    alphapose_checkpoint: Annotated[
        Path | None, about("Weights of AlphaPose.", default="those of that network")
    ] = None
    alphapose_python: Annotated[
        str | None, about("Python in which AlphaPose is installed.", default="this one")
    ] = None
    alphapose_args: Annotated[
        str, about("More arguments of AlphaPose, such as '--pose_track'.")
    ] = ""
    mediapipe_model: Annotated[
        str,
        about(
            "Model file of mediapipe; lite, full and heavy are fetched once.",
            flag="--model",
        ),
    ] = "full"
    max_persons: Annotated[Count | None, about("Most persons mediapipe looks for.")] = None


@documented
class ExtractSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph extract``."""

    estimator: Annotated[
        EstimatorName | None,
        about(
            "2D estimator.",
            default="file for keypoints; alphapose for a video if a checkout is named, else "
            "mediapipe",
        ),
    ] = None
    estimators: EstimatorSettings = EstimatorSettings()
    layout: Annotated[
        str | None, about("Layout, or layout file, of KEYPOINTS that do not tell it.")
    ] = None
    fps: Annotated[Positive | None, about("Frame rate of KEYPOINTS that do not tell it.")] = None
    size_px: Annotated[
        tuple[Positive, ...],
        about("Size of their image in pixels.", flag="--size", metavar="1920x1080"),
    ] = ()
    person: Annotated[Person, about("Persons to take of several.", metavar="main|all|N")] = "main"
    min_confidence: Annotated[
        NonNegative | None, about("Keypoints of less confidence are missing.")
    ] = 0.1
    max_gap_s: Annotated[
        NonNegative | None,
        about("Longest gap that is filled, in seconds.", flag="--max-gap"),
    ] = 0.5
    filter: Annotated[FilterName, about("Low-pass filter over time.")] = "butterworth"
    cutoff_hz: Annotated[
        Positive, about("Cutoff of the Butterworth filter in Hz.", flag="--cutoff")
    ] = DEFAULT_CUTOFF_HZ
    lifter: Annotated[
        Path | None,
        about(
            "Checkpoint of VideoPose3D, or run of a lifter, which makes keypoints 3D.",
            metavar="FILE|RUN",
            default="none",
        ),
    ] = None
    lifter_layout: Annotated[str, about("Keypoints of a lifter that does not tell them.")] = (
        "coco17"
    )
    space: Annotated[
        Space,
        about(
            "Axes of 3D joints: a world's (z up for a checkpoint, as if a camera of Human3.6M had "
            "filmed them; y up for a run), or the camera's, y down."
        ),
    ] = "world"
    flip: Annotated[bool, about("Average with the lifted mirror image.")] = True
    fix_bones: Annotated[bool, about("Give each 3D bone its median length.")] = False
    to: Annotated[str, about("Layout, or layout file, of the result; or 'same'.")] = "upper10"
    cache: Annotated[bool, about("Take what was estimated or lifted before.")] = True
    device: Annotated[Device, about("Where a lifter computes.", metavar="auto|cpu|cuda|mps")] = (
        "auto"
    )


@documented
class ExtractFolderSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph extract`` for a folder."""

    suffix: Annotated[str, about("Format of the results of a FOLDER.")] = ".npz"
    jobs: Annotated[
        Count | None,
        about("Recordings at a time.", default="a core each; 1 with alphapose"),
    ] = None
