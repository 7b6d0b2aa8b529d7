"""Rotations of joints from their positions: what an animation needs of bones of constant length."""

from dataclasses import dataclass

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.typing import FloatArray

_PARENT_WEIGHT = 1e-9
"""Weight of the parent's rotation against the directions of the bones: enough to settle the turn
about bones in one line, and too little to move them."""

_ROUNDS = 3
_MAX_SAMPLES = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class JointRotations:
    """Bones of constant length, and how they are turned in each frame.

    Args:
        offsets: Array (V, 3): each joint from its parent when nothing is turned; 0 for the center.
        rotations: Array (T, V, 3, 3): the rotation of each joint's frame, which carries its
            children, in the world. A joint without children turns as its parent.
        positions: Array (T, V, 3): where the joints are then.
    """

    offsets: FloatArray
    rotations: FloatArray
    positions: FloatArray

    def to_local(self, layout: JointLayout) -> FloatArray:
        """Return the rotations (T, V, 3, 3) of the joints against their parents."""
        local = np.swapaxes(self.rotations[:, layout.parents], -1, -2) @ self.rotations
        local[:, layout.center] = self.rotations[:, layout.center]
        return local


def fit_rotations(positions: FloatArray, layout: JointLayout) -> JointRotations:
    """Fit a skeleton of constant bone lengths to the positions of a recording.

    Bones have their median length. Nothing is turned in the first frame but for what differs from
    the shape that a joint's children have on average. A joint with one child turns by the smallest
    angle against its parent that points at the child: the turn about the bone itself cannot be told
    from positions. A joint with several children turns so that they fit best in the sense of least
    squares (Kabsch, Acta Cryst. A32, 1976). Each bone points at its child's position from where the
    bones before it end, so that deviations do not add up. Where lengths are constant and the
    children of a joint keep their shape, the joints are where they were.

    Args:
        positions: Array (T, V, 3) without missing joints.
        layout: The skeleton with V joints.

    Example:
        >>> arm = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
        >>> turning = np.array([[[0, 0, 0], [2, 0, 0]], [[0, 0, 0], [0, 2, 0]]], dtype=float)
        >>> fit_rotations(turning, arm).rotations[1, 0].round(6).tolist()
        [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    T, V, _ = positions.shape
    positions = positions.astype(np.float64)
    children: dict[int, list[int]] = {joint: [] for joint in range(V)}
    for child, parent in layout.bones:
        children[parent].append(child)
    offsets = np.zeros((V, 3))
    rotations = np.empty((T, V, 3, 3))
    fitted = np.empty_like(positions)
    fitted[:, layout.center] = positions[:, layout.center]
    for joint in layout.depth_first:
        own = children[joint]
        before = np.broadcast_to(np.eye(3), (T, 3, 3))
        if joint != layout.center:
            before = rotations[:, layout.parents[joint]]
        offsets[own] = _average_shape(positions[:, own] - positions[:, joint, None])
        directions = positions[:, own] - fitted[:, joint, None]
        rotations[:, joint] = _rotate_onto(offsets[own], directions, before)
        bones = np.einsum("tij,nj->tni", rotations[:, joint], offsets[own])
        fitted[:, own] = fitted[:, joint, None] + bones
    return JointRotations(offsets=offsets, rotations=rotations, positions=fitted)


def _average_shape(bones: FloatArray) -> FloatArray:
    """Return bones (n, 3) as in the first frame of (T, n, 3), of median length and mean shape."""
    lengths = np.median(np.linalg.norm(bones, axis=2), axis=0)
    shape = _set_lengths(bones[0], lengths)
    sample = bones[:: -(-len(bones) // _MAX_SAMPLES)]
    if shape.shape[0] > 1:
        before = np.broadcast_to(np.eye(3), (len(sample), 3, 3))
        for _ in range(_ROUNDS):
            turns = _rotate_onto(shape, sample, before)
            shape = _set_lengths(np.einsum("tji,tnj->ni", turns, sample), lengths)
    return shape


def _set_lengths(bones: FloatArray, lengths: FloatArray) -> FloatArray:
    """Return bones (n, 3) of these lengths; one without a direction points up."""
    own = np.linalg.norm(bones, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    directions = np.where(own > 0, bones / np.where(own > 0, own, 1), up)
    return np.asarray(directions * lengths[:, None])


def _rotate_onto(shape: FloatArray, bones: FloatArray, before: FloatArray) -> FloatArray:
    """Return the rotations (T, 3, 3) that turn a shape (n, 3) onto bones (T, n, 3) best.

    Among those that do so equally well, they are the nearest to the rotations before.
    """
    products = np.einsum("tni,nj->tij", bones, shape)
    size = np.abs(products).max(axis=(1, 2), keepdims=True, initial=0)
    products = products / np.where(size > 0, size, 1) + _PARENT_WEIGHT * before
    left, _, right = np.linalg.svd(products)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    rotations: FloatArray = left @ right
    return rotations
