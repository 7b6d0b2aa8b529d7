"""What our lifter sees of a person: nine keypoints that every pose estimator delivers.

Estimators' skeletons differ in what they make up (necks, pelvises, spines) and agree on the nose,
shoulders, elbows, wrists and hips; all that a lifter knows comes from these. The image, the camera
and the person's distance from it are taken out, so that a lifter that was trained with virtual
cameras works with any: in each frame the middle of the shoulders is the origin, and over a
recording one length, that of the head and the upper arms about it, is 1.
"""

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, convert_layout, hold_positions
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
"""The keypoints that a lifter sees."""

_SHOULDERS = [1, 2]
_SIZED = [0, 1, 2, 3, 4]
"""Nose, shoulders and elbows: there also where a table hides the hips."""


def normalize_keypoints(sequence: PoseSequence) -> Float32Array:
    """Keypoints as our lifter takes them, of a recording of an image in any layout.

    A keypoint that is missing is interpolated linearly over time, held at the recording's ends, and
    at the origin if it is never there; its third channel is 0. So is that of a keypoint of
    confidence 0, such as :func:`skelgraph.poses.fill_gaps` leaves, whose place is taken as it is.

    Args:
        sequence: The recording, y down.

    Returns:
        Array (T, 9, 3) in the order of :data:`LIFTER_KEYPOINTS`: x and y relative to the middle of
        the shoulders in units of the recording's scale, and 1 where the keypoint was seen, else 0.

    Raises:
        LayoutError: If the layout has too few of the keypoints.
        PoseError: If the recording is not of an image, or both shoulders are never seen together.
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
    scale = _measure(filled, present)
    if not scale > 0:
        raise PoseError(f"{where}: expected a person of some size, but all joints are in one place")
    seen = present if image.confidence is None else present & (image.confidence > 0)
    filled[:, ~present.any(axis=0)] = 0.0
    return np.concatenate([filled / scale, seen[:, :, None]], axis=2).astype(np.float32)


def _measure(centered: FloatArray, present: BoolArray) -> float:
    """The length that becomes 1: root mean square distance of the upper keypoints that are there
    from the middle of the shoulders.
    """
    squares = (centered[:, _SIZED] ** 2).sum(axis=2)
    counts = present[:, _SIZED].sum(axis=0)
    sums = (squares * present[:, _SIZED]).sum(axis=0)
    return float(np.sqrt((sums[counts > 0] / counts[counts > 0]).mean()))
