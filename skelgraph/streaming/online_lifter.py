"""Keypoints of an image, lifted to space while they arrive."""

from collections import deque
from collections.abc import Mapping

import numpy as np

from skelgraph.errors import ExtractionError, PoseError
from skelgraph.io import PoseFormat
from skelgraph.layouts import JointLayout
from skelgraph.lifting import Lifter, load_lifter
from skelgraph.poses import PoseSequence
from skelgraph.streaming.live_frame import LiveFrame, LivePose
from skelgraph.streaming.sources import Notices
from skelgraph.typing import FloatArray

_MIN_CONFIDENCE = 0.1
"""Keypoints of less confidence are missing, as in `skelgraph extract`."""
_FORGET_S = 1.0
_USUAL_FPS = 30.0


class OnlineLifter:
    """Lift each frame of each person, from the last frames.

    A lifter takes frames on both sides of each; here those to come are the last one, repeated, and
    the size of a person is that in the last frames instead of in the whole recording.

    Args:
        lifter: The lifter.
        source: Format of the frames.
        notices: Where persons who cannot be lifted are told of.

    Raises:
        ExtractionError: If the lifter needs the size of the image.
    """

    def __init__(self, lifter: Lifter, source: PoseFormat, notices: Notices) -> None:
        if lifter.needs_size:
            raise ExtractionError(
                "this lifter needs the size of the image, which frames that arrive do not tell; "
                "pass --lifter lifter10 or a run of `skelgraph lift train`"
            )
        self.lifter = lifter
        self.source = source
        self.notices = notices
        self.num_frames = lifter.network.receptive_field
        self._seen: dict[str, _SeenFrames] = {}
        self._refused: set[str] = set()

    @classmethod
    def load(
        cls, reference: str, source: PoseFormat, notices: Notices, *, device: str = "auto"
    ) -> "OnlineLifter":
        """Load the lifter of a run or a name.

        Raises:
            SkelgraphError: If there is none, or it needs the size of the image.
        """
        return cls(load_lifter(reference, device=device), source, notices)

    @property
    def format(self) -> PoseFormat:
        """Format of the lifted frames."""
        return PoseFormat(
            layout=self._layout, num_dimensions=3, unit="m", up="+y", fps=self.source.fps
        )

    def describe(self) -> str:
        """Return how this differs from the lifting of a recording."""
        return (
            f"keypoints are lifted from the last {self.num_frames} frames; in training, none were "
            f"lifted, and `skelgraph predict` takes the frames after each too"
        )

    def push(self, frame: LiveFrame) -> LiveFrame:
        """Return the frame in space; who cannot be lifted is left out with a notice."""
        for name in [
            name for name, seen in self._seen.items() if frame.time_s - seen.last_s > _FORGET_S
        ]:
            del self._seen[name]
        persons = {name: self._lift(name, pose, frame) for name, pose in frame.persons.items()}
        self._skip(frame.persons)
        there = {name: pose for name, pose in persons.items() if pose is not None}
        return LiveFrame(frame.time_s, there)

    @property
    def _layout(self) -> JointLayout:
        return self.lifter.network.output_layout

    def _skip(self, there: Mapping[str, LivePose]) -> None:
        """Append a frame without joints for everybody who is not there."""
        for name, seen in self._seen.items():
            if name not in there:
                seen.positions.append(np.full_like(seen.positions[-1], np.nan))
                seen.confidence.append(np.zeros_like(seen.confidence[-1]))

    def _lift(self, name: str, pose: LivePose, frame: LiveFrame) -> LivePose | None:
        seen = self._seen.setdefault(name, _SeenFrames(self.num_frames))
        seen.add(pose, frame.time_s)
        sequence = PoseSequence(
            positions=np.array(seen.positions),
            confidence=np.array(seen.confidence),
            layout=self.source.layout,
            fps=self.source.fps or _USUAL_FPS,
            unit=self.source.unit,
            up="-y",
        )
        try:
            lifted = self.lifter.lift(sequence, size_px=None, space="world")
        except PoseError as error:
            if name not in self._refused:
                self._refused.add(name)
                reason = str(error).partition(": ")[2]
                self.notices.tell("persons not lifted", f"person {name}: {reason}; left out")
            return None
        self._refused.discard(name)
        confidence = lifted.confidence
        return LivePose(lifted.positions[-1], None if confidence is None else confidence[-1])


class _SeenFrames:
    """The last frames of a person."""

    def __init__(self, num_frames: int) -> None:
        self.positions: deque[FloatArray] = deque(maxlen=num_frames)
        self.confidence: deque[FloatArray] = deque(maxlen=num_frames)
        self.last_s = 0.0

    def add(self, pose: LivePose, time_s: float) -> None:
        positions = np.array(pose.positions, dtype=np.float64)
        confidence = np.ones(len(positions))
        if pose.confidence is not None:
            confidence = np.nan_to_num(np.array(pose.confidence, dtype=np.float64))
            positions[confidence < _MIN_CONFIDENCE] = np.nan
        self.positions.append(positions)
        self.confidence.append(confidence)
        self.last_s = time_s
