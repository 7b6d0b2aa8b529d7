"""Lifters of VideoPose3D, how Pavllo et al. prepare keypoints for them, and loading any lifter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import networkx as nx
import numpy as np
import torch

from skelgraph.config import LiftConfig, LifterNetworkSettings, Space
from skelgraph.errors import ExtractionError, RunError
from skelgraph.hub import is_hub_reference
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.lifting.keypoint_lifter import LIFTER_KEYPOINTS, KeypointLifter
from skelgraph.lifting.lifter import Lifter
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.models import resolve_device
from skelgraph.poses import (
    PoseSequence,
    camera_to_world,
    convert_layout,
    hold_positions,
    normalize_screen,
)
from skelgraph.runs import (
    LIFTER_KIND,
    RunDirectory,
    check_weights,
    find_run,
    list_box,
    load_weights,
    read_weights,
)
from skelgraph.typing import Float32Array, FloatArray

_CHUNK_FRAMES = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoPose3DLifter(Lifter):
    """A network of VideoPose3D, used as its authors do; see :func:`lift_sequence`.

    Args:
        network: The network, in evaluation mode.
        average_flip: Whether to average with the lifted mirror image.
    """

    needs_size: ClassVar[bool] = True

    average_flip: bool = True

    def identify(self) -> Mapping[str, object]:
        """Return weights, form and settings."""
        return {**super().identify(), "average_flip": self.average_flip}

    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """Return the recording in space; see :func:`lift_sequence`.

        Raises:
            ExtractionError: If the size of the image is not known, or as :func:`lift_sequence`.
        """
        if size_px is None:
            raise ExtractionError(
                f"sequence {sequence.name!r}: lifting needs the size of the image, which the "
                f"keypoints do not tell; give it (--size 1920x1080), or the video (--video)"
            )
        return lift_sequence(
            sequence, self.network, size_px=size_px, space=space, average_flip=self.average_flip
        )


def lift_sequence(
    sequence: PoseSequence,
    network: TemporalLifter,
    *,
    size_px: tuple[float, float],
    space: Space = "world",
    average_flip: bool = True,
) -> PoseSequence:
    """Return a person's joints in space, in meters relative to the root joint.

    Missing keypoints are interpolated linearly over time and held at both ends of the recording, as
    Pavllo et al. do; a keypoint that is missing in all frames gets the position of its neighbor in
    the skeleton. Frames without a person stay empty. A joint has the confidence of the keypoints
    that it stands for, and 0 if they are missing; that of the root joint is 1, since its position
    is given.

    An image does not tell how the camera was held. ``"world"`` turns the joints as if it had been
    a camera of Human3.6M (:data:`skelgraph.poses.H36M_CAMERA`), which looks down a little; in
    ``"camera"`` y points down.

    Args:
        sequence: The keypoints in pixels, in a layout that can be converted to the network's.
        network: The network, in evaluation mode.
        size_px: Width and height of the image.
        space: Axes of the result.
        average_flip: Whether to average with the lifted mirror image.

    Raises:
        PoseError: If the image has no size.
        ExtractionError: If the recording is in space already, or there is nobody in it.
        LayoutError: If it cannot be converted to the network's layout.
    """
    if sequence.num_dimensions != 2:
        raise ExtractionError(
            f"sequence {sequence.name!r}: expected keypoints of an image to lift, but it is in "
            f"space already; leave out the lifter"
        )
    keypoints = convert_layout(sequence, network.input_layout)
    if not keypoints.present.any():
        raise ExtractionError(f"sequence {sequence.name!r}: expected a person, but nobody is there")
    width_px, height_px = size_px
    screen = normalize_screen(complete(keypoints), width_px=width_px, height_px=height_px)
    inputs = screen.astype(np.float32)
    if network.in_channels == 3:
        inputs = np.concatenate([inputs, _fill_confidence(keypoints)[:, :, None]], axis=2)
    lifted = _lift_chunks(network, inputs, average_flip=average_flip)
    root = network.output_layout.center
    lifted = lifted - lifted[:, root : root + 1]
    if space == "world":
        lifted = np.asarray(camera_to_world(lifted, on_floor=False))
    confidence = _fill_confidence(convert_layout(sequence, network.output_layout))
    confidence[:, root] = 1.0
    nobody = ~keypoints.present.any(axis=1)
    lifted[nobody], confidence[nobody] = np.nan, 0.0
    return replace(
        sequence,
        positions=lifted.astype(np.float32),
        confidence=confidence,
        layout=network.output_layout,
        unit="m",
        up="+z" if space == "world" else "-y",
    )


def complete(sequence: PoseSequence) -> FloatArray:
    """Return positions (T, V, C) without gaps.

    They are interpolated linearly and held at both ends; a joint that is missing in all frames gets
    the position of its nearest neighbor in the skeleton.

    Raises:
        ExtractionError: If all joints are missing in all frames.
    """
    present = np.flatnonzero(sequence.present.any(axis=0)).tolist()
    if not present:
        raise ExtractionError(f"sequence {sequence.name!r}: expected a person, but nobody is there")
    positions = hold_positions(sequence.positions)
    for joint in set(range(positions.shape[1])) - set(present):
        hops = nx.single_source_shortest_path_length(sequence.layout.graph, joint)
        nearest = min(present, key=lambda other: (hops[other], other))
        positions[:, joint] = positions[:, nearest]
    return positions


def _fill_confidence(sequence: PoseSequence) -> Float32Array:
    """Return the confidence (T, V): 0 for missing joints, 1 for joints without a confidence."""
    present = sequence.present.astype(np.float32)
    return present if sequence.confidence is None else present * sequence.confidence


def _lift_chunks(
    network: TemporalLifter, inputs: Float32Array, *, average_flip: bool
) -> FloatArray:
    """Lift (T, V, C) in chunks, so that memory does not grow with the recording.

    Each chunk comes with the frames around it that its result depends on.
    """
    T, around = len(inputs), network.receptive_field
    lifted = []
    for start in range(0, T, _CHUNK_FRAMES):
        stop = min(start + _CHUNK_FRAMES, T)
        first = max(start - around, 0)
        chunk = torch.from_numpy(np.ascontiguousarray(inputs[first : stop + around]))[None]
        joints = network.lift(chunk.to(network.device), average_flip=average_flip)[0]
        lifted.append(joints[start - first : stop - first].cpu().numpy())
    return np.concatenate(lifted)


def load_lifter(
    path: str | Path,
    *,
    input_layout: JointLayout = COCO17,
    average_flip: bool = True,
    device: str = "auto",
) -> Lifter:
    """Return the lifter of a run or a checkpoint.

    Args:
        path: A run directory of ``skelgraph lift train``, the name of a lifter that comes with
            skelgraph, ``hf://user/name`` of one on the Hub, or a checkpoint of VideoPose3D.
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
    if path.is_dir() or str(path) in list_box() or is_hub_reference(path):
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

    Raises:
        RunError: If it is not the run directory of a lifter, the training did not end, or the
            device is not available.
    """
    run = find_run(path)
    config = read_lifter_config(run)
    if not run.metrics_file.is_file():
        raise RunError(
            f"{run.path}: expected a lifter that was trained to its end, but it was stopped; go on "
            f"with: skelgraph lift train --resume {run.path}"
        )
    _check_size(config, run)
    network = make_lifter_network(config.network)
    load_weights(network, run, config.recipe.checkpoint)
    return KeypointLifter(network=network.to(resolve_device(device)))


def _check_size(config: LiftConfig, run: RunDirectory) -> None:
    """Check the weights before there is a network: settings from elsewhere may ask for any size.

    Raises:
        RunError: If they do not fit.
    """
    rule = config.recipe.checkpoint
    weights = read_weights(run, rule)
    try:
        with torch.device("meta"):
            network = make_lifter_network(config.network)
    except RuntimeError as error:
        raise RunError(f"{run.config_file}: its network is too large ({error})") from error
    check_weights(network, weights, run, rule)


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
