"""Whether a frame that came can be taken, before anything is changed by it."""

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.streaming.frame_reader import FrameReader
from skelgraph.streaming.live_frame import LiveFrame, LivePose


def check_frame(
    frame: LiveFrame,
    reader: FrameReader,
    *,
    after_s: float | None,
    num_dimensions: int,
    needs_confidence: bool,
) -> None:
    """Check the time of a frame, and everybody's pose.

    Args:
        frame: The frame.
        reader: What reads its poses.
        after_s: Time of the frame before; None for the first.
        num_dimensions: Coordinates of a joint.
        needs_confidence: Whether each joint must have a confidence.

    Raises:
        PoseError: If the frame is not later than the one before, or a pose cannot be read.
    """
    last_s = -np.inf if after_s is None else after_s
    if not last_s < frame.time_s < np.inf:
        raise PoseError(
            f"expected a frame later than {last_s:g} s, but got {frame.time_s:g} s; it is left out"
        )
    for person, pose in frame.persons.items():
        try:
            _check_pose(pose, reader, num_dimensions, needs_confidence)
        except PoseError as error:
            raise PoseError(f"frame at {frame.time_s:g} s, person {person}: {error}") from error


def _check_pose(
    pose: LivePose, reader: FrameReader, num_dimensions: int, needs_confidence: bool
) -> None:
    reader.read(pose.positions, pose.confidence)
    given = np.shape(pose.positions)[1]
    if given != num_dimensions:
        advice = "; lift keypoints before (OnlineLifter)" if given == 2 else ""
        raise PoseError(f"expected positions in {num_dimensions}D, but got {given}D{advice}")
    if needs_confidence and pose.confidence is None:
        raise PoseError("expected the confidence of each joint as in the training, but got none")
