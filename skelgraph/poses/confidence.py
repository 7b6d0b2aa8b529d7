"""What a detector's confidence says of the joints."""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.pose_sequence import PoseSequence


def drop_doubtful(sequence: PoseSequence, *, min_confidence: float) -> PoseSequence:
    """The same recording without the joints whose confidence is below a threshold.

    They are missing from the frames in which it is; their confidence is kept. A recording without
    confidence is returned as it is.

    Args:
        sequence: The recording.
        min_confidence: Least confidence of a joint that is kept.

    Raises:
        PoseError: If no joint is left in any frame.
    """
    if sequence.confidence is None:
        return sequence
    doubtful = sequence.present & (sequence.confidence < min_confidence)
    if not doubtful.any():
        return sequence
    if (doubtful == sequence.present).all():
        raise PoseError(
            f"sequence {sequence.name!r}: expected joints of confidence {min_confidence:g} or "
            f"more, but the largest is {sequence.confidence.max():g}; lower the least confidence "
            f"(min_confidence)"
        )
    positions = np.where(doubtful[:, :, None], np.float32(np.nan), sequence.positions)
    return replace(sequence, positions=positions)
