"""The streams of a network as frames come: joints, bones, motion, speed, posture."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from skelgraph.config import Stream
from skelgraph.layouts import JointLayout, identify_joints
from skelgraph.movement import find_motion_step
from skelgraph.streaming.online_normalizer import View
from skelgraph.streaming.online_posture import PostureMeter
from skelgraph.typing import BoolArray, Float32Array, FloatArray


class StreamFrame(NamedTuple):
    """A frame as a network takes it, once for each view (as it is, mirrored).

    Args:
        number: Number of the cleaned frame that it is about.
        x: Channels (views, C, V), 0 where a joint is missing.
        mask: Whether each joint is there, (views, V).
    """

    number: int
    x: Float32Array
    mask: BoolArray


@dataclass
class StreamState:
    """What an :class:`OnlineStream` keeps of one person.

    Args:
        num_frames: Number of frames that came.
        positions: Positions (V, C) of the last frames, relative to the root.
        confidence: Their confidences (V,), if there are any.
        held: Positions (V, C) where joints were last there, before these frames.
        angles: Scalars (views, K) of the frame before, whose angles go on.
    """

    num_frames: int = 0
    positions: deque[Float32Array] = field(default_factory=deque)
    confidence: deque[Float32Array] = field(default_factory=deque)
    held: FloatArray | None = None
    angles: FloatArray | None = None


NewFrame = tuple[StreamState, Float32Array, Float32Array | None, View]
"""State, positions, confidence and view of a person: the arguments of ``OnlineStream.push``."""


class OnlineStream:
    """Encode frames of people as they come, as the transforms of a stream encode clips.

    The streams are those of :mod:`skelgraph.transforms`. Derivatives look ahead, and so come late:
    ``joint-motion``, ``bone-motion`` and ``speed`` by 1 frame, ``posture-motion`` by half of its
    0.3 s, :attr:`delay_frames`. In frames that come, what comes out is equal to the transform's,
    where no joint is missing and the view does not change. This differs:

    - The frames at a clip's end that a derivative would have to look beyond never come; offline
      they are missing (``speed``), or have the derivative of the last window (``posture-motion``).
    - A joint that is missing is held where it was for posture, and for velocities of posture if it
      does not come back in the same window; in a clip it is interpolated.

    Args:
        stream: The stream.
        layout: Layout of the frames.
        num_dimensions: Their number of coordinates C.
        fps: Frames per second.
        with_confidence: Whether confidence is a channel.
        joint_identity: Whether the numbers of :func:`skelgraph.layouts.identify_joints` are.
        mirrored: For each view, whether it is the mirror image.

    Raises:
        PoseError: If the stream is one of posture, and the layout has no trunk, head or hands.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> stream = OnlineStream("joint-motion", UPPER10, num_dimensions=3, fps=30.0)
        >>> state, view = StreamState(), View(np.eye(3), 1.0)
        >>> stream.push(state, np.zeros((10, 3), dtype=np.float32), None, view)
        []
        >>> (frame,) = stream.push(state, np.ones((10, 3), dtype=np.float32), None, view)
        >>> frame.number, frame.x[0, :, 4].tolist()
        (0, [30.0, 30.0, 30.0])
    """

    def __init__(
        self,
        stream: Stream,
        layout: JointLayout,
        *,
        num_dimensions: int,
        fps: float,
        with_confidence: bool = False,
        joint_identity: bool = False,
        mirrored: tuple[bool, ...] = (False,),
    ) -> None:
        self.stream = stream
        self.layout = layout
        self.input_fps = fps
        self.with_confidence = with_confidence
        self.mirrored = mirrored
        self.step = find_motion_step(fps) if stream == "posture-motion" else 1
        self._identity = identify_joints(layout).T.astype(np.float32) if joint_identity else None
        self._meter: PostureMeter | None = None
        if stream in ("posture", "posture-motion"):
            self._meter = PostureMeter(layout, num_dimensions=num_dimensions, fps=fps)
        self._before, self.delay_frames = self._find_reach()

    @property
    def fps(self) -> float:
        """Frames per second that come out."""
        return self.input_fps / self.step

    @property
    def warmup_frames(self) -> int:
        """Number of frames that have to come before one comes out."""
        is_polynomial = self.stream == "posture-motion"
        return (self._before if is_polynomial else 0) + self.delay_frames + 1

    def push(
        self,
        state: StreamState,
        positions: Float32Array,
        confidence: Float32Array | None,
        view: View,
    ) -> list[StreamFrame]:
        """Return the frames that can be had with a new one; change the state.

        Args:
            state: What is kept of the person.
            positions: Positions (V, C) relative to the root, NaN where a joint is missing.
            confidence: Confidence (V,) of each joint, if it is a channel.
            view: How the person is seen.
        """
        (frames,) = self.push_all([(state, positions, confidence, view)])
        return frames

    def push_all(self, people: Sequence[NewFrame]) -> list[list[StreamFrame]]:
        """Return what :meth:`push` does for several people, who are encoded together.

        Args:
            people: State, positions, confidence and view of each person; the states are changed.
        """
        groups = dict[tuple[int, int], list[tuple[int, int]]]()  # those of windows of one form
        for person, (state, positions, confidence, _) in enumerate(people):
            for number in self._take(state, positions, confidence):
                at = number - state.num_frames + len(state.positions)
                groups.setdefault((len(state.positions), at), []).append((person, number))
        frames: list[list[StreamFrame]] = [[] for _ in people]
        for (_, at), members in groups.items():
            x, mask = self._encode([people[person] for person, _ in members], at)
            for index, (person, number) in enumerate(members):
                frames[person].append(StreamFrame(number, x[index], mask[index]))
        for own in frames:
            own.sort(key=lambda frame: frame.number)
        return frames

    def _take(
        self, state: StreamState, positions: Float32Array, confidence: Float32Array | None
    ) -> list[int]:
        """Take in a frame of a person, and return the numbers of the frames that can be had."""
        state.positions.append(positions)
        if self.with_confidence:
            none = np.zeros(len(positions), dtype=np.float32)
            state.confidence.append(none if confidence is None else confidence)
        state.num_frames += 1
        if len(state.positions) > self._before + self.delay_frames + 1:
            self._forget_first(state)
        if state.num_frames < self.warmup_frames:
            return []
        newest = state.num_frames - 1 - self.delay_frames
        is_first = state.num_frames == self.warmup_frames
        numbers = range(newest + 1) if is_first else (newest,)
        return [number for number in numbers if number % self.step == 0]

    def _find_reach(self) -> tuple[int, int]:
        """Return how many frames before and after one it is made of."""
        if self._meter is not None and self.stream == "posture-motion":
            half = self._meter.num_frames // 2
            return half, half
        return {"joint-motion": (0, 1), "bone-motion": (0, 1), "speed": (1, 1)}.get(
            self.stream, (0, 0)
        )

    def _forget_first(self, state: StreamState) -> None:
        """Drop the oldest frame; posture keeps where its joints were."""
        oldest = state.positions.popleft()
        if self.with_confidence:
            state.confidence.popleft()
        if self._meter is not None:
            if state.held is None:
                state.held = np.full(oldest.shape, np.nan)
            present = ~np.isnan(oldest[:, 0])
            state.held[present] = oldest[present]

    def _encode(self, people: Sequence[NewFrame], at: int) -> tuple[Float32Array, BoolArray]:
        """Return channels (people, views, C, V) and mask (people, views, V) of a frame of each."""
        windows = np.concatenate(
            [
                self._list_views(view.apply(np.stack(state.positions)))
                for state, _, _, view in people
            ]
        )  # (people * views, T, V, C)
        states = [state for state, *_ in people]
        if self._meter is None:
            channels, present = self._encode_stream(at, windows)
        else:
            present = np.asarray(~np.isnan(windows[:, at, :, 0]))
            if np.isnan(windows[:, 0]).any():
                self._hold_first(people, windows)
            channels = self._encode_posture(self._meter, states, at, windows)
        parts = [channels.swapaxes(1, 2).astype(np.float32)]  # (people * views, C, V)
        if self.with_confidence:
            scores = [self._list_confidences(state.confidence[at]) for state in states]
            parts.append(np.concatenate(scores)[:, None])
        if self._identity is not None:
            parts.append(np.broadcast_to(self._identity, (len(windows), *self._identity.shape)))
        x = np.where(present[:, None], np.concatenate(parts, axis=1), np.float32(0))
        views = (len(people), len(self.mirrored))
        return x.reshape(*views, *x.shape[1:]), present.reshape(*views, -1)

    def _hold_first(self, people: Sequence[NewFrame], windows: Float32Array) -> None:
        """Put joints that are missing in the first frame of a window where they were last."""
        none = np.full(windows.shape[2:], np.nan)
        held = np.concatenate(
            [
                self._list_views(view.apply(none if state.held is None else state.held))
                for state, _, _, view in people
            ]
        )
        windows[:, 0] = np.where(np.isnan(windows[:, 0]), held, windows[:, 0])

    def _list_views(self, array: Float32Array) -> Float32Array:
        """Return positions (..., V, C) in all views, on a new first axis."""
        views = []
        for is_mirrored in self.mirrored:
            views.append(array[..., self.layout.mirror, :] if is_mirrored else array)
            if is_mirrored:
                views[-1][..., 0] *= -1  # fancy indexing made a copy
        return np.stack(views)

    def _list_confidences(self, scores: Float32Array) -> Float32Array:
        """Return confidences (views, V) as a channel."""
        views = np.stack([scores[self.layout.mirror] if one else scores for one in self.mirrored])
        if self.stream in ("bone", "bone-motion"):
            views = np.minimum(views, views[:, self.layout.parents])
        return np.minimum(views, np.float32(1))

    def _encode_stream(self, at: int, windows: Float32Array) -> tuple[FloatArray, BoolArray]:
        """Return channels (N, V, C) and which joints are there (N, V)."""
        if self.stream in ("bone", "bone-motion"):
            windows = windows - windows[:, :, self.layout.parents]
        if self.stream in ("joint", "bone"):
            channels: FloatArray = windows[:, at]
        elif self.stream == "speed":
            channels = self._measure_speed(windows, at)
        else:
            channels = (windows[:, at + 1] - windows[:, at]) * np.float32(self.input_fps)
        return channels, np.asarray(~np.isnan(channels).any(axis=2))

    def _measure_speed(self, windows: Float32Array, at: int) -> FloatArray:
        """Return speed and acceleration (N, V, 2); NaN in the first frame of all."""
        if at == 0:
            return np.full((len(windows), windows.shape[2], 2), np.nan)
        before, now, after = (windows[:, at + step] for step in (-1, 0, 1))
        velocity = (after - before) * np.float32(self.input_fps / 2)
        acceleration = (after - 2 * now + before) * np.float32(self.input_fps**2)
        lengths = [np.linalg.norm(vectors, axis=2) for vectors in (velocity, acceleration)]
        return np.stack(lengths, axis=2)

    def _encode_posture(
        self, meter: PostureMeter, states: Sequence[StreamState], at: int, windows: Float32Array
    ) -> FloatArray:
        """Return the channels (N, V, C) of posture, or of its motion."""
        if self.stream == "posture-motion":
            joints, scalars = meter.differentiate(windows.astype(np.float64), at)
        else:
            joints, scalars = windows[:, at], self._measure_posture(meter, states, windows[:, at])
        repeated = np.broadcast_to(scalars[:, None], (*joints.shape[:2], scalars.shape[1]))
        return np.concatenate([joints, repeated], axis=2)

    def _measure_posture(
        self, meter: PostureMeter, states: Sequence[StreamState], frames: Float32Array
    ) -> FloatArray:
        """Return the scalars (N, K) of frames, whose angles go on from the frames before."""
        scalars = np.stack([meter.measure(frame[None].astype(np.float64))[0] for frame in frames])
        for state, own in zip(states, np.split(scalars, len(states)), strict=True):
            if state.angles is not None:
                unwrapped = np.unwrap(np.stack([state.angles, own]), axis=0)[1]
                own[:] = np.where(meter.are_angles, unwrapped, own)  # a view of the scalars
            state.angles = own.copy()
        return scalars
