"""Keypoints of an image, lifted to space while they arrive."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from skelgraph.config import USUAL_LIVE_FPS
from skelgraph.errors import ExtractionError, PoseError
from skelgraph.io import PoseFormat
from skelgraph.layouts import JointLayout
from skelgraph.lifting import KeypointLifter, Lifter, load_lifter, normalize_keypoints
from skelgraph.poses import PoseSequence
from skelgraph.streaming.live_frame import LiveFrame, LivePose
from skelgraph.streaming.sources import Notices
from skelgraph.typing import Float32Array, FloatArray

_MIN_CONFIDENCE = 0.1
"""Keypoints of less confidence are missing, as in `skelgraph extract`."""
_FORGET_S = 1.0


class OnlineLifter:
    """Lift each frame of each person, from the last frames.

    A lifter takes frames on both sides of each, as many as half its receptive field. Here a frame
    is lifted as soon as some frames have followed it; those still missing are taken to be like the
    last. The size of a person is that in the last frames instead of in the whole recording.

    Args:
        lifter: The lifter.
        source: Format of the frames.
        notices: Where persons who cannot be lifted are told of.
        delay_frames: Number of frames to wait for.

    Raises:
        ExtractionError: If the lifter needs the size of the image, or y is not vertical.
    """

    def __init__(
        self, lifter: Lifter, source: PoseFormat, notices: Notices, *, delay_frames: int = 0
    ) -> None:
        if not isinstance(lifter, KeypointLifter):
            raise ExtractionError(
                "this lifter needs the size of the image, which frames that arrive do not tell; "
                "pass --lifter lifter10 or a run of `skelgraph lift train`"
            )
        if source.up not in ("-y", "+y"):
            raise ExtractionError(
                f"expected keypoints of an image whose y points down or up, but up is {source.up}"
            )
        self.lifter = lifter
        self.source = source
        self._axes = np.array([1.0, -1.0 if source.up == "+y" else 1.0])
        self.notices = notices
        self.delay_frames = delay_frames
        self.num_frames = lifter.network.receptive_field + delay_frames
        # At low rates too, a person is remembered until the last frame of the person is lifted.
        self._forget_s = max(_FORGET_S, (delay_frames + 1) / (source.fps or USUAL_LIVE_FPS))
        self._times: deque[float] = deque(maxlen=delay_frames + 1)
        self._seen: dict[str, _SeenFrames] = {}
        self._refused: set[str] = set()

    @classmethod
    def load(
        cls,
        reference: str,
        source: PoseFormat,
        notices: Notices,
        *,
        delay_frames: int = 0,
        device: str = "auto",
    ) -> "OnlineLifter":
        """Load the lifter of a run or a name.

        Raises:
            SkelgraphError: If there is none, or it needs the size of the image.
        """
        lifter = load_lifter(reference, device=device)
        return cls(lifter, source, notices, delay_frames=delay_frames)

    @property
    def format(self) -> PoseFormat:
        """Format of the lifted frames."""
        return PoseFormat(
            layout=self._layout, num_dimensions=3, unit="m", up="+y", fps=self.source.fps
        )

    def describe(self) -> str:
        """Return the delay, and how this differs from the lifting of a recording."""
        half = self.lifter.network.receptive_field // 2
        delay_s = self.delay_frames / (self.source.fps or USUAL_LIVE_FPS)
        return (
            f"keypoints are lifted when {self.delay_frames} frames have followed, a delay of "
            f"{delay_s:.2f} s more (--lift-delay); `skelgraph predict` lifts with {half} on both "
            f"sides"
        )

    def push(self, frame: LiveFrame) -> LiveFrame | None:
        """Return the frame that can be lifted now, in space; None before the first.

        A person who cannot be lifted is left out with a notice.
        """
        self._forget(frame.time_s)
        self._times.append(frame.time_s)
        for name, pose in frame.persons.items():
            seen = self._seen.setdefault(name, _SeenFrames(self.num_frames))
            seen.add(pose, self._axes, frame.time_s)
        for name, seen in self._seen.items():
            if name not in frame.persons:
                seen.skip()
        if len(self._times) <= self.delay_frames:
            return None
        there = [name for name, seen in self._seen.items() if seen.was_there(self.delay_frames)]
        return LiveFrame(self._times[0], self._lift(there))

    @property
    def _layout(self) -> JointLayout:
        return self.lifter.network.output_layout

    def _forget(self, time_s: float) -> None:
        """Forget people who were not seen for long."""
        gone = [n for n, seen in self._seen.items() if time_s - seen.last_s > self._forget_s]
        for name in gone:
            del self._seen[name]
            self._refused.discard(name)

    def _lift(self, names: Sequence[str]) -> dict[str, LivePose]:
        """Return the poses of the people who can be lifted, all at once."""
        sequences = {name: self._join(self._seen[name]) for name in names}
        inputs = {name: self._normalize(name, sequence) for name, sequence in sequences.items()}
        windows = {name: self._cut(one) for name, one in inputs.items() if one is not None}
        frames = [sequences[name][self._find_frame(sequences[name])] for name in windows]
        lifted = self.lifter.lift_frames(frames, list(windows.values()))
        return {
            name: LivePose(one.positions[0], None if one.confidence is None else one.confidence[0])
            for name, one in zip(windows, lifted, strict=True)
        }

    def _join(self, seen: "_SeenFrames") -> PoseSequence:
        return PoseSequence(
            positions=np.array(seen.positions),
            confidence=np.array(seen.confidence),
            layout=self.source.layout,
            fps=self.source.fps or USUAL_LIVE_FPS,
            unit=self.source.unit,
            up="-y",
        )

    def _normalize(self, name: str, sequence: PoseSequence) -> Float32Array | None:
        """Return the inputs of the network (T, 9, 3); None with a notice if there are none."""
        try:
            inputs = normalize_keypoints(sequence)
        except PoseError as error:
            if name not in self._refused:
                self._refused.add(name)
                reason = str(error).partition(": ")[2]
                self.notices.tell("persons not lifted", f"person {name}: {reason}; left out")
            return None
        self._refused.discard(name)
        return inputs

    def _cut(self, inputs: Float32Array) -> Float32Array:
        """Return the frames around the one that is lifted; the ends are repeated."""
        network = self.lifter.network
        around = network.receptive_field - 1
        before = around if network.causal else around // 2
        middle = len(inputs) - 1 - self.delay_frames
        frames = np.arange(middle - before, middle - before + around + 1)
        window: Float32Array = inputs[frames.clip(0, len(inputs) - 1)]
        return window

    def _find_frame(self, sequence: PoseSequence) -> slice:
        number = sequence.num_frames - 1 - self.delay_frames
        return slice(number, number + 1)


class _SeenFrames:
    """The last frames of a person."""

    def __init__(self, num_frames: int) -> None:
        self.positions: deque[FloatArray] = deque(maxlen=num_frames)
        self.confidence: deque[FloatArray] = deque(maxlen=num_frames)
        self.last_s = 0.0

    def add(self, pose: LivePose, axes: FloatArray, time_s: float) -> None:
        """Append a frame, whose doubtful keypoints are missing."""
        positions = np.array(pose.positions, dtype=np.float64) * axes
        confidence = np.ones(len(positions))
        if pose.confidence is not None:
            confidence = np.nan_to_num(np.array(pose.confidence, dtype=np.float64))
            positions[confidence < _MIN_CONFIDENCE] = np.nan
        self.positions.append(positions)
        self.confidence.append(confidence)
        self.last_s = time_s

    def skip(self) -> None:
        """Append a frame without joints."""
        self.positions.append(np.full_like(self.positions[-1], np.nan))
        self.confidence.append(np.zeros_like(self.confidence[-1]))

    def was_there(self, frames_ago: int) -> bool:
        """Whether some joint was seen in an earlier frame."""
        if len(self.positions) <= frames_ago:
            return False
        return not np.isnan(self.positions[-1 - frames_ago]).all()
