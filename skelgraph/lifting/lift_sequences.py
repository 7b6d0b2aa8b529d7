"""From a person's keypoints to joints in space, as Pavllo et al. do it."""

from dataclasses import replace

import networkx as nx
import numpy as np
import torch

from skelgraph.config import Space
from skelgraph.errors import ExtractionError
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.poses import (
    PoseSequence,
    camera_to_world,
    convert_layout,
    hold_positions,
    normalize_screen,
)
from skelgraph.typing import Float32Array, FloatArray

_CHUNK_FRAMES = 4096


def lift_sequence(
    sequence: PoseSequence,
    lifter: TemporalLifter,
    *,
    size_px: tuple[float, float],
    space: Space = "world",
    average_flip: bool = True,
) -> PoseSequence:
    """A person's joints in space, in meters from the root joint.

    Keypoints that are missing are interpolated linearly over time, and held before the first and
    after the last frame in which they are there, as Pavllo et al. do; one that is never there is
    put where its neighbor in the skeleton is. Frames in which nobody is there stay empty. The
    confidence of a joint is that of the keypoints it stands for, 0 where these are missing; the
    root joint's is 1, since its place is given.

    Nothing in an image tells how the camera was held. ``"world"`` turns the joints as if it had
    been one of Human3.6M's (:data:`skelgraph.poses.H36M_CAMERA`), which looks down a little; in
    ``"camera"`` y points down.

    Args:
        sequence: The keypoints in pixels, in any layout that the lifter's can be made of.
        lifter: The lifter.
        size_px: Width and height of the image.
        space: Whose axes the result has.
        average_flip: Whether the mirror image is lifted too, and the mean of both taken.

    Raises:
        PoseError: If the image has no size.
        ExtractionError: If the recording is in space already, or nobody is in it.
        LayoutError: If it cannot be converted to the lifter's layout.
    """
    if sequence.num_dimensions != 2:
        raise ExtractionError(
            f"sequence {sequence.name!r}: expected keypoints of an image to lift, but it is in "
            f"space already; leave out the lifter"
        )
    keypoints = convert_layout(sequence, lifter.input_layout)
    if not keypoints.present.any():
        raise ExtractionError(f"sequence {sequence.name!r}: expected a person, but nobody is there")
    width_px, height_px = size_px
    screen = normalize_screen(complete(keypoints), width_px=width_px, height_px=height_px)
    inputs = screen.astype(np.float32)
    if lifter.in_channels == 3:
        inputs = np.concatenate([inputs, _measure_surety(keypoints)[:, :, None]], axis=2)
    lifted = _lift_chunks(lifter, inputs, average_flip=average_flip)
    root = lifter.output_layout.center
    lifted = lifted - lifted[:, root : root + 1]
    if space == "world":
        lifted = np.asarray(camera_to_world(lifted, on_floor=False))
    confidence = _measure_surety(convert_layout(sequence, lifter.output_layout))
    confidence[:, root] = 1.0
    nobody = ~keypoints.present.any(axis=1)
    lifted[nobody], confidence[nobody] = np.nan, 0.0
    return replace(
        sequence,
        positions=lifted.astype(np.float32),
        confidence=confidence,
        layout=lifter.output_layout,
        unit="m",
        up="+z" if space == "world" else "-y",
    )


def complete(sequence: PoseSequence) -> FloatArray:
    """Positions (T, V, C) without a gap: interpolated linearly and held at both ends; a joint that
    is never there is at its nearest neighbor's place in the skeleton.

    Raises:
        ExtractionError: If no joint is there in any frame.
    """
    known = np.flatnonzero(sequence.present.any(axis=0)).tolist()
    if not known:
        raise ExtractionError(f"sequence {sequence.name!r}: expected a person, but nobody is there")
    positions = hold_positions(sequence.positions)
    for joint in set(range(positions.shape[1])) - set(known):
        hops = nx.single_source_shortest_path_length(sequence.layout.graph, joint)
        nearest = min(known, key=lambda other: (hops[other], other))
        positions[:, joint] = positions[:, nearest]
    return positions


def _measure_surety(sequence: PoseSequence) -> Float32Array:
    """Confidence (T, V), 0 where a joint is missing and 1 where it is there and has none."""
    present = sequence.present.astype(np.float32)
    return present if sequence.confidence is None else present * sequence.confidence


def _lift_chunks(lifter: TemporalLifter, inputs: Float32Array, *, average_flip: bool) -> FloatArray:
    """Lifts (T, V, C) piece by piece, each with the frames around it that it depends on, so that
    the memory does not grow with the recording.
    """
    T, around = len(inputs), lifter.receptive_field
    lifted = []
    for start in range(0, T, _CHUNK_FRAMES):
        stop = min(start + _CHUNK_FRAMES, T)
        first = max(start - around, 0)
        piece = torch.from_numpy(np.ascontiguousarray(inputs[first : stop + around]))[None]
        joints = lifter.lift(piece.to(lifter.device), average_flip=average_flip)[0]
        lifted.append(joints[start - first : stop - first].cpu().numpy())
    return np.concatenate(lifted)
