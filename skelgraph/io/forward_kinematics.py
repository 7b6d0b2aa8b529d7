"""Joint positions from the offsets and angles of a joint hierarchy."""

from dataclasses import dataclass

import numpy as np

from skelgraph.typing import FloatArray

POSITIONS = {"xposition": 0, "yposition": 1, "zposition": 2}
ROTATIONS = {"xrotation": 0, "yrotation": 1, "zrotation": 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class Hierarchy:
    """The joints of a motion-capture file, without its end sites.

    Args:
        joints: Their names, each after its parent.
        parents: Number of each joint's parent; -1 for the root, which comes first.
        offsets: Array (V, 3): position of each joint in its parent's frame.
        channels: For each joint the names of its channels in lower case, in the order in which a
            frame holds them.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: FloatArray
    channels: tuple[tuple[str, ...], ...]

    @property
    def num_channels(self) -> int:
        """Numbers in a frame."""
        return sum(len(names) for names in self.channels)


def forward_kinematics(hierarchy: Hierarchy, motion: FloatArray) -> FloatArray:
    r"""Return the positions of the joints in every frame.

    A joint's frame is its parent's, moved by the joint's offset and then turned by its rotation
    channels, one after the other about the axes as already turned: with channels
    ``Zrotation Xrotation Yrotation`` the rotation is :math:`R_z R_x R_y`. A position channel
    replaces its coordinate of the offset.

    Args:
        hierarchy: The joints.
        motion: Array (T, num_channels): lengths, and angles in degrees. NaN makes missing whatever
            depends on it: a position the joint and its descendants, an angle the descendants.

    Returns:
        Array (T, V, 3), in the unit of the offsets.
    """
    T, V = len(motion), len(hierarchy.joints)
    columns = np.ascontiguousarray(motion.T)
    angles = np.deg2rad(columns)
    cosines, sines = np.cos(angles), np.sin(angles)
    positions = np.zeros((V, 3, T))
    frame_of: dict[int, FloatArray] = {-1: np.repeat(np.eye(3)[:, :, None], T, axis=2)}
    have_children = set(hierarchy.parents)
    column = 0
    for joint, (parent, names) in enumerate(
        zip(hierarchy.parents, hierarchy.channels, strict=True)
    ):
        offset = np.repeat(hierarchy.offsets[joint][:, None], T, axis=1)
        frame = frame_of[parent]
        turned = frame.copy() if joint in have_children else None
        for number, name in enumerate(names, start=column):
            if name in POSITIONS:
                offset[POSITIONS[name]] = columns[number]
            elif turned is not None:
                _turn(turned, ROTATIONS[name], cosines[number], sines[number])
        column += len(names)
        if turned is not None:
            frame_of[joint] = turned
        positions[joint] = (frame * offset).sum(axis=1)
        if parent >= 0:
            positions[joint] += positions[parent]
    return np.ascontiguousarray(positions.transpose(2, 0, 1))


def _turn(frame: FloatArray, axis: int, cosine: FloatArray, sine: FloatArray) -> None:
    """Multiply rotations (3, 3, T) from the right, in place, by a rotation about one axis.

    Only two of their columns change.
    """
    first, second = (axis + 1) % 3, (axis + 2) % 3
    a, b = frame[:, first], frame[:, second]
    frame[:, first], frame[:, second] = cosine * a + sine * b, cosine * b - sine * a
