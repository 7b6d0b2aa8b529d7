"""A trained network or ridge that has no steps at work on people: a window again and again."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skelgraph.errors import SkelgraphError
from skelgraph.poses import PoseSequence, UpAxis
from skelgraph.serving import ServedNetwork
from skelgraph.streaming.online_input import InputFrame, OnlineInput
from skelgraph.streaming.online_resampler import CleanFrame
from skelgraph.training import MIN_FRAMES
from skelgraph.typing import FloatArray

_LEAST_SEEN = 0.5


@dataclass
class WindowedState:
    """What a :class:`WindowedNetwork` keeps of one person.

    Args:
        frames: The last frames, cleaned.
        num_waiting: Number of frames since the last prediction.
        problem: Why the last window could not be predicted; None if it could.
    """

    frames: deque[CleanFrame] = field(default_factory=deque)
    num_waiting: int = 0
    problem: str | None = None


class WindowedNetwork:
    """Predict people from the last frames of each, computed anew at every hop.

    The frames are those of an :class:`OnlineCleaner`. Place, heading and size are those of the
    window, as they are those of the clip in training. The first prediction comes after 8 frames; a
    window in which the person is there in less than half of the frames has none.

    Args:
        served: A trained network.
        source: What cleans its frames.
        up: Axis of the frames that points upward.
        window_s: Length of a window in seconds.
        hop_s: Time from one window to the next in seconds.
    """

    def __init__(
        self,
        served: ServedNetwork,
        source: OnlineInput,
        *,
        up: UpAxis,
        window_s: float = 4.0,
        hop_s: float = 0.5,
    ) -> None:
        self.served = served
        self.source = source
        self.up = up
        self.fps = source.cleaner.fps
        self.window_frames = max(round(window_s * self.fps), MIN_FRAMES)
        self.hop_frames = max(round(hop_s * self.fps), 1)

    @property
    def delay_s(self) -> float:
        """Time from the frame that a prediction is about to the last frame, in seconds."""
        return self.source.cleaner.lag_s

    @property
    def warmup_s(self) -> float:
        """Time from a person's first frame to the first prediction, in seconds."""
        return (MIN_FRAMES - 1) / self.fps

    @property
    def interval_s(self) -> float:
        """Time from one prediction to the next, in seconds."""
        return self.hop_frames / self.fps

    def describe(self) -> str:
        """Return a line on how it computes."""
        return (
            f"{self.served.facts.config.stream.text}: has no steps; the last "
            f"{self.window_frames / self.fps:g} s are computed anew every {self.interval_s:.2g} s"
        )

    def start(self) -> WindowedState:
        """Return the state before a person's first frame."""
        return WindowedState(
            frames=deque(maxlen=self.window_frames), num_waiting=self.hop_frames - MIN_FRAMES
        )

    def push(
        self, people: Sequence[tuple[WindowedState, Sequence[InputFrame]]]
    ) -> list[FloatArray | None]:
        """Return the probabilities (classes,) of each person, None if there are no new ones.

        Args:
            people: State and new frames of each person; the states are changed.

        Raises:
            RunError: If the network gives numbers that are not finite.
        """
        for state, frames in people:
            state.frames.extend(frame.clean for frame in frames)
            state.num_waiting += len(frames)
        windows = dict[int, PoseSequence]()
        for number in self._choose_due([state for state, _ in people]):
            state = people[number][0]
            state.num_waiting = 0
            window = self._cut(state)
            if window is not None:
                windows[number] = window
        answers: list[FloatArray | None] = [None] * len(people)
        if windows:
            scores = self.served.score(list(windows.values()))
            for number, row in zip(windows, scores, strict=True):
                answers[number] = row
        return answers

    def _choose_due(self, states: Sequence[WindowedState]) -> list[int]:
        """Return the numbers of people whose windows are computed now, the longest waiting first.

        Of people who come together, not all are due in one frame: so no frame costs much more than
        others.
        """
        due = [
            number for number, state in enumerate(states) if state.num_waiting >= self.hop_frames
        ]
        most = -(-len(states) // self.hop_frames)
        return sorted(due, key=lambda number: -states[number].num_waiting)[:most]

    def _cut(self, state: WindowedState) -> PoseSequence | None:
        """Return the window as the network takes it; None if it cannot be used."""
        positions = np.stack([frame.positions for frame in state.frames])
        seen = (~np.isnan(positions[:, :, 0])).any(axis=1)
        if seen.mean() < _LEAST_SEEN:
            state.problem = "the person is there in less than half of the frames"
            return None
        confidences = [frame.confidence for frame in state.frames]
        known = [one for one in confidences if one is not None]
        clip = PoseSequence(
            positions=positions,
            confidence=np.stack(known) if len(known) == len(confidences) else None,
            layout=self.source.cleaner.layout,
            fps=self.fps,
            unit=self.source.cleaner.unit,
            up=self.up,
        )
        try:
            done = self.served.facts.preprocessing.normalize(clip)
            self.served.check_clip(done)
        except SkelgraphError as error:  # such as no heading in this window; the next may have one
            state.problem = str(error)
            return None
        state.problem = None
        return done
