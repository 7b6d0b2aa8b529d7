"""What goes into a live model and what comes out."""

from collections.abc import Mapping
from typing import NamedTuple

from skelgraph.typing import FloatArray


class LivePose(NamedTuple):
    """One person in one frame, as a source tells it.

    Args:
        positions: Positions (V, C) in the source's layout and unit; NaN where a joint is missing.
        confidence: Confidence (V,) of each joint, 0 to 1; None if the source has none.
    """

    positions: FloatArray
    confidence: FloatArray | None = None


class LiveFrame(NamedTuple):
    """Everybody in one frame.

    Args:
        time_s: Time of the frame in seconds; it grows from frame to frame.
        persons: Pose of each person who is seen, by a name that stays with the person.
    """

    time_s: float
    persons: Mapping[str, LivePose]


class LiveAnswer(NamedTuple):
    """What a live model says of a person.

    Args:
        person: Name of the person.
        time_s: Time of the frame that the answer is about, in seconds: the frame that was seen
            last, less the model's delay.
        probabilities: Probability of each class.
        label: The class, or ``"not sure"``.
    """

    person: str
    time_s: float
    probabilities: FloatArray
    label: str
