"""Lifters are loaded from the run directory of a training, or from a checkpoint of VideoPose3D."""

from pathlib import Path

from skelgraph.config import LiftConfig, LifterNetworkSettings
from skelgraph.errors import ExtractionError, RunError
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.lifting.keypoint_lifter import LIFTER_KEYPOINTS, KeypointLifter
from skelgraph.lifting.lifter import Lifter
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.lifting.video_pose_lifter import VideoPose3DLifter
from skelgraph.models import resolve_device
from skelgraph.runs import LIFTER_KIND, RunDirectory, load_weights


def load_lifter(
    path: str | Path,
    *,
    input_layout: JointLayout = COCO17,
    average_flip: bool = True,
    device: str = "auto",
) -> Lifter:
    """Return the lifter of a run or a checkpoint.

    Args:
        path: A run directory of ``skelgraph lift train``, or a checkpoint of VideoPose3D.
        input_layout: Layout of the keypoints of a checkpoint, which it does not name.
        average_flip: Whether a checkpoint's result is averaged with that of the mirror image; a
            run's always is.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ..., or ``"auto"`` for a GPU if there is
            one.

    Raises:
        ExtractionError: If there is neither a file nor a folder.
        RunError: If a folder is not the run of a lifter, or the device is not available.
        FormatError: If a file is not such a checkpoint.
    """
    path = Path(path)
    if path.is_dir():
        return load_lifter_run(path, device=device)
    if not path.is_file():
        raise ExtractionError(
            f"{path}: expected the checkpoint of a lifter, or a run of `skelgraph lift train`, but "
            f"there is nothing"
        )
    network = TemporalLifter.from_official_checkpoint(path, input_layout)
    return VideoPose3DLifter(network=network.to(resolve_device(device)), average_flip=average_flip)


def load_lifter_run(path: str | Path, device: str = "auto") -> KeypointLifter:
    """Return the lifter that `skelgraph lift train` left in a run directory.

    Args:
        path: The run directory.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ..., or ``"auto"`` for a GPU if there is
            one.

    Raises:
        RunError: If it is not the run directory of a lifter, the training did not end, or the
            device is not available.
    """
    run = RunDirectory(path=Path(path))
    config = read_lifter_config(run)
    if not run.metrics_file.is_file():
        raise RunError(
            f"{run.path}: expected a lifter that was trained to its end, but it was stopped; go on "
            f"with: skelgraph lift train --resume {run.path}"
        )
    network = make_lifter_network(config.network)
    load_weights(network, run.checkpoint(config.recipe.checkpoint))
    return KeypointLifter(network=network.to(resolve_device(device)))


def read_lifter_config(run: RunDirectory) -> LiftConfig:
    """Return the settings of a lifter's run.

    Raises:
        RunError: If it is not the run directory of a lifter, or one of another version.
    """
    contents = run.read_config()
    if contents.get("kind") != LIFTER_KIND:
        raise RunError(
            f"{run.path}: expected a run of `skelgraph lift train`, but it is one of another "
            f"network; it recognizes and does not lift"
        )
    try:
        return LiftConfig.from_dict(contents.get("config"))
    except RunError as error:
        raise RunError(f"{run.config_file}: {error}") from error


def make_lifter_network(settings: LifterNetworkSettings) -> TemporalLifter:
    """Return the network of the settings, with new weights from PyTorch's generator."""
    return TemporalLifter(
        3,
        LIFTER_KEYPOINTS,
        UPPER10,
        filter_widths=settings.filter_widths,
        channels=settings.channels,
        dropout=settings.dropout,
        causal=settings.causal,
    )
