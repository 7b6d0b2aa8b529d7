"""Cleaned recordings as the inputs of exported graphs, in numpy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.movement import encode_posture, encode_posture_motion, find_motion_step
from skelgraph.poses import PoseSequence
from skelgraph.serving.export_file import GraphInputs
from skelgraph.typing import BoolArray, Float32Array, FloatArray

POSTURE_STREAMS = ("posture", "posture-motion")
"""Streams that are encoded before the graph: their gaps and filters depend on the values."""

FEWEST_FRAMES = 8
"""Fewest frames of a graph's input; shorter clips are padded with frames in which nobody is."""


def stack_clips(
    clips: Sequence[PoseSequence], stream: str, inputs: GraphInputs, *, with_confidence: bool
) -> tuple[Float32Array, BoolArray]:
    """Return the two inputs of a graph for clips, padded at the end to the longest.

    They have :data:`FEWEST_FRAMES` or more.

    Args:
        clips: Cleaned recordings.
        stream: The network's stream.
        inputs: What its graph takes.
        with_confidence: Whether confidence is the last channel.
    """
    if inputs.kind == "positions":
        arrays = [_take_positions(clip, with_confidence=with_confidence) for clip in clips]
        return _pad([x for x, _ in arrays], 0), _pad([present for _, present in arrays], 0)
    views = [
        [_encode(clip, stream, is_mirrored, with_confidence) for is_mirrored in inputs.views]
        for clip in clips
    ]
    x = [np.stack([x for x, _ in clip]) for clip in views]  # (views, C, T, V)
    present = [np.stack([mask for _, mask in clip]) for clip in views]  # (views, T, V)
    return _pad(x, 2), _pad(present, 1)


def _take_positions(clip: PoseSequence, *, with_confidence: bool) -> tuple[Float32Array, BoolArray]:
    """Return positions (T, V, C), 0 where missing and perhaps with confidence, and presence."""
    x = np.nan_to_num(clip.positions)
    if with_confidence and clip.confidence is not None:
        x = np.concatenate([x, clip.confidence[:, :, None]], axis=2)
    return x.astype(np.float32), clip.present


def _encode(
    clip: PoseSequence, stream: str, is_mirrored: bool, with_confidence: bool
) -> tuple[Float32Array, BoolArray]:
    """Return the channels (C, T, V) of a clip, 0 where missing, and which joints are there."""
    positions: FloatArray = clip.positions.astype(np.float64)
    confidence = clip.confidence
    if is_mirrored:
        swap = list(clip.layout.mirror)
        positions = positions[:, swap]
        positions[:, :, 0] *= -1
        confidence = None if confidence is None else confidence[:, swap]
    present: BoolArray = np.asarray(~np.isnan(positions).any(axis=2))
    joints: FloatArray = positions
    if stream == "posture":
        scalars, step = encode_posture(positions, clip.layout), 1
    else:
        joints, scalars = encode_posture_motion(positions, clip.layout, clip.fps)
        step = find_motion_step(clip.fps)
    parts = [joints, np.repeat(scalars[:, None], joints.shape[1], axis=1)]
    if with_confidence and confidence is not None:
        parts.append(np.minimum(confidence, 1)[:, :, None])
    channels = np.concatenate(parts, axis=2)[::step]
    present = present[::step]
    channels[~present] = 0
    return channels.transpose(2, 0, 1).astype(np.float32), present


def _pad(arrays: Sequence[npt.NDArray[Any]], axis: int) -> npt.NDArray[Any]:
    """Stack arrays that are padded with zeros at the end of an axis of frames to the longest."""
    longest = max(FEWEST_FRAMES, *(array.shape[axis] for array in arrays))
    shape = list(arrays[0].shape)
    shape[axis] = longest
    padded = np.zeros((len(arrays), *shape), dtype=arrays[0].dtype)
    for target, array in zip(padded, arrays, strict=True):
        target[tuple(slice(length) for length in array.shape)] = array
    return padded
