"""Applying a layout conversion to a recording."""

from dataclasses import replace

import numpy as np

from skelgraph.layouts import JointLayout, LayoutConversion, plan_conversion
from skelgraph.poses.pose_sequence import PoseSequence


def convert_layout(sequence: PoseSequence, target: JointLayout | LayoutConversion) -> PoseSequence:
    """The same recording in another layout.

    A target joint is missing (NaN) in the frames in which one of the joints it is made of is
    missing. The confidence of a joint made of several is the least of theirs.

    Args:
        sequence: The recording.
        target: The layout wanted, or a conversion that was planned before
            (:func:`skelgraph.layouts.plan_conversion`, whose report says what is made up).

    Raises:
        LayoutError: If the layouts have too little in common.
    """
    conversion = (
        target if isinstance(target, LayoutConversion) else plan_conversion(sequence.layout, target)
    )
    T, _, C = sequence.positions.shape
    V = conversion.target.num_joints
    positions = np.full((T, V, C), np.nan, dtype=np.float32)
    confidence = None if sequence.confidence is None else np.zeros((T, V), dtype=np.float32)
    for joint, weights in enumerate(conversion.weights):
        if not weights:
            continue
        sources = list(weights)
        shares = np.array([weights[source] for source in sources], dtype=np.float32)
        positions[:, joint] = np.einsum("s,tsc->tc", shares, sequence.positions[:, sources])
        if confidence is not None and sequence.confidence is not None:
            confidence[:, joint] = sequence.confidence[:, sources].min(axis=1)
    return replace(sequence, positions=positions, confidence=confidence, layout=conversion.target)
