"""A lifter for any camera, and the nine keypoints that it takes.

The skeletons of pose estimators differ in what they make up (necks, pelvises, spines) and agree on
nose, shoulders, elbows, wrists and hips. The image, the camera and the person's distance from it
are taken out of these keypoints, so that a lifter that was trained with virtual cameras works with
any camera: in each frame the middle of the shoulders is the origin, and over a recording the size
of head and upper arms is 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from skelgraph.config import Space
from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.lifting.lifter import Lifter
from skelgraph.poses import (
    PoseSequence,
    bone_lengths,
    camera_to_world,
    convert_layout,
    hold_positions,
    normalize_bone_lengths,
)
from skelgraph.typing import BoolArray, Float32Array, FloatArray

LIFTER_KEYPOINTS = JointLayout.from_parents(
    "lifter9",
    {
        "nose": None,
        "left_shoulder": "nose",
        "right_shoulder": "nose",
        "left_elbow": "left_shoulder",
        "right_elbow": "right_shoulder",
        "left_wrist": "left_elbow",
        "right_wrist": "right_elbow",
        "left_hip": "left_shoulder",
        "right_hip": "right_shoulder",
    },
)
"""The keypoints that a :class:`KeypointLifter` takes."""

_SHOULDERS = [1, 2]
_SIZED = [0, 1, 2, 3, 4]
"""Nose, shoulders and elbows, which are there even if a table hides the hips."""

_LEVEL = (0.0, 1.0, 0.0, 0.0)
"""Half a turn about x: from a camera's space, y down and z away, to y up and z toward it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KeypointLifter(Lifter):
    """A network that `skelgraph lift train` trained, which lifts recordings of one person.

    Args:
        network: From :data:`skelgraph.lifting.LIFTER_KEYPOINTS`, as
            :func:`skelgraph.lifting.normalize_keypoints` returns them, to joints in meters in the
            camera's space; in evaluation mode.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.lifting import LIFTER_KEYPOINTS, TemporalLifter
        >>> network = TemporalLifter(3, LIFTER_KEYPOINTS, UPPER10, filter_widths=(3,), channels=8)
        >>> lifter = KeypointLifter(network=network.eval())
        >>> image = PoseSequence(
        ...     positions=np.random.default_rng(0).uniform(0, 500, (5, 9, 2)),
        ...     layout=LIFTER_KEYPOINTS,
        ...     fps=30.0,
        ...     unit="px",
        ...     up="-y",
        ... )
        >>> lifter.lift_sequence(image).positions.shape
        (5, 10, 3)
    """

    needs_size: ClassVar[bool] = False

    @property
    def layout(self) -> JointLayout:
        """Layout of the lifted joints."""
        return self.network.output_layout

    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """Return the recording in space, with a confidence for each joint.

        The camera is taken to be level: the world's axes are the camera's after half a turn, y up
        and z toward the camera. See :meth:`lift_sequence`.

        Raises:
            LayoutError: If the layout has too few of the joints.
            PoseError: If it is not a recording of an image, or the shoulders are never visible
                together.
        """
        world = _fill_confidence(self.lift_sequence(sequence))
        if space == "world":
            return world
        turned = world.positions * np.array([1, -1, -1], dtype=np.float32)
        return replace(world, positions=turned, up="-y")

    def lift_sequence(self, sequence: PoseSequence, *, fix_bones: bool = False) -> PoseSequence:
        """Return the recording in space, in meters, with the root joint at the origin.

        x points to the right of the image, y up and z toward the camera (right-handed): a person
        who faces the camera faces +z. An image does not tell how the camera was held; it is taken
        to be level.

        Missing keypoints are estimated from the frames around them and from the other keypoints;
        frames without a person stay empty. Nothing is filtered. The first and the last frame are
        repeated beyond the ends of the recording, and the result is averaged with that of the
        mirrored recording. A joint has the confidence of the keypoints that it stands for, if the
        recording has any; the root joint has that of the hips.

        Args:
            sequence: The recording of an image, y down, in any layout with a nose, shoulders,
                elbows, wrists and hips, of which some may be missing.
            fix_bones: Whether each bone gets its median length over the recording.

        Raises:
            LayoutError: If the layout has too few of the joints.
            PoseError: If it is not a recording of an image, or the shoulders are never visible
                together.
        """
        space = self._place(sequence, self.lift_camera(sequence))
        return normalize_bone_lengths(space, bone_lengths(space)) if fix_bones else space

    def lift_frames(
        self, frames: Sequence[PoseSequence], windows: Sequence[Float32Array]
    ) -> list[PoseSequence]:
        """Return single frames of several recordings in space, with a confidence for each joint.

        Args:
            frames: The frames, as recordings of one frame each.
            windows: For each, the frames around it that the network takes, arrays (R, 9, 3) of
                :func:`skelgraph.lifting.normalize_keypoints`.

        Raises:
            LayoutError: If the layout has too few of the joints.
        """
        if not frames:
            return []
        inputs = torch.from_numpy(np.stack(windows)).to(self.network.device)
        lifted = self._center(self.network.lift_inner(inputs))  # (N, 1, V, 3)
        pairs = zip(frames, lifted, strict=True)
        return [_fill_confidence(self._place(frame, joints)) for frame, joints in pairs]

    def lift_camera(self, sequence: PoseSequence) -> Float32Array:
        """Return joints (T, V, 3) in meters relative to the root joint, in the camera's space.

        x points to the right, y down and z away from the camera; no joint is missing.

        Raises:
            SkelgraphError: As :meth:`lift_sequence`.
        """
        keypoints = torch.from_numpy(normalize_keypoints(sequence)).to(self.network.device)
        lifted: Float32Array = self._center(self.network.lift(keypoints[None]))[0]
        return lifted

    def _center(self, lifted: Tensor) -> Float32Array:
        """Return joints (N, T, V, 3) relative to the root joint."""
        root = self.layout.center
        centered = lifted - lifted[:, :, root : root + 1]
        return np.asarray(centered.cpu().numpy(), dtype=np.float32)

    def _place(self, sequence: PoseSequence, lifted: Float32Array) -> PoseSequence:
        """Return lifted joints (T, V, 3) as a recording, in axes of the world."""
        converted = convert_layout(sequence, self.layout)
        lifted[~sequence.present.any(axis=1)] = np.nan  # nobody is there
        return replace(
            converted,
            positions=camera_to_world(lifted, rotation=_LEVEL, on_floor=False),
            unit="m",
            up="+y",
        )


def _fill_confidence(lifted: PoseSequence) -> PoseSequence:
    """Return a lifted recording with a confidence for each joint."""
    present = lifted.present
    confidence = present * (1.0 if lifted.confidence is None else lifted.confidence)
    root = lifted.layout.center
    confidence[:, root] = present[:, root]  # its position is given
    return replace(lifted, confidence=confidence)


def normalize_keypoints(sequence: PoseSequence) -> Float32Array:
    """Return the input of a :class:`KeypointLifter`'s network for a recording in any layout.

    A missing keypoint is interpolated linearly over time, held at the ends of the recording, and
    at the origin if it is missing in all frames; its third channel is 0. The third channel is also
    0 for a keypoint of confidence 0, such as :func:`skelgraph.poses.fill_gaps` leaves, whose
    position is taken as it is.

    Args:
        sequence: The recording of an image, y down.

    Returns:
        Array (T, 9, 3) in the order of :data:`LIFTER_KEYPOINTS`: x and y relative to the middle of
        the shoulders in units of the recording's scale, and 1 if the keypoint was detected, else 0.

    Raises:
        LayoutError: If the layout has too few of the keypoints.
        PoseError: If it is not a recording of an image, or no frame has both shoulders.
    """
    where = f"sequence {sequence.name!r}"
    if sequence.num_dimensions != 2:
        raise PoseError(f"{where}: expected keypoints of 2 dimensions, but it has 3; project it")
    if sequence.up != "-y":
        raise PoseError(
            f"{where}: expected an image whose y points down (up '-y'), but up is {sequence.up!r}"
        )
    image = convert_layout(sequence, LIFTER_KEYPOINTS)
    present = image.present
    if not present[:, _SHOULDERS].all(axis=1).any():
        raise PoseError(
            f"{where}: expected both shoulders in some frame, but they are never seen together; "
            f"a person is placed and sized by them"
        )
    filled = np.nan_to_num(hold_positions(image.positions))
    filled -= filled[:, _SHOULDERS].mean(axis=1, keepdims=True)
    scale = _measure_size(filled, present)
    if not scale > 0:
        raise PoseError(f"{where}: expected a person of some size, but all joints are in one place")
    detected = present if image.confidence is None else present & (image.confidence > 0)
    filled[:, ~present.any(axis=0)] = 0.0
    return np.concatenate([filled / scale, detected[:, :, None]], axis=2).astype(np.float32)


def _measure_size(centered: FloatArray, present: BoolArray) -> float:
    """Return the root mean square distance of the upper keypoints from the middle of the shoulders.

    Missing keypoints do not count.
    """
    squares = (centered[:, _SIZED] ** 2).sum(axis=2)
    counts = present[:, _SIZED].sum(axis=0)
    sums = (squares * present[:, _SIZED]).sum(axis=0)
    return float(np.sqrt((sums[counts > 0] / counts[counts > 0]).mean()))
