"""Keypoints of an image, lifted to space as they come, once the frames after them are there."""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from skelgraph.errors import ExtractionError, PoseError
from skelgraph.layouts import JointLayout
from skelgraph.lifting import KeypointLifter, load_lifter, normalize_keypoints
from skelgraph.poses import PoseSequence, Preprocessing, camera_to_world
from skelgraph.streaming.frame_reader import FrameReader
from skelgraph.streaming.live_frame import LivePose
from skelgraph.streaming.online_cleaner import CleanerState, OnlineCleaner
from skelgraph.streaming.online_resampler import CleanFrame
from skelgraph.typing import Float32Array

_SIZE_FRAMES = 64
_LEVEL = (0.0, 1.0, 0.0, 0.0)


@dataclass
class LifterState:
    """What an :class:`DelayedLifter` keeps of one person.

    Args:
        cleaner: The cleaner's part.
        frames: The last frames of keypoints.
        num_frames: Number of frames that came.
    """

    cleaner: CleanerState = field(default_factory=CleanerState)
    frames: deque[CleanFrame] = field(default_factory=lambda: deque(maxlen=_SIZE_FRAMES))
    num_frames: int = 0


class DelayedLifter:
    """Lift people from an image to space frame by frame, as ``skelgraph predict`` does recordings.

    Keypoints are cleaned (confidence, gaps, a low-pass filter of 6 Hz: :class:`OnlineCleaner`) and
    resampled, and a frame is lifted once the frames are there that the network looks ahead. This
    differs: the person's size is that of the last 64 frames, gaps are held instead of interpolated,
    and the filter lags.

    With less delay than the network looks ahead, the last frame stands for those that are missing,
    as at the end of a recording. In OpenPose's keypoints of a person who sits (25 frames/s, RMS
    velocity 93 mm/s), velocities then differ from those of the lifted recording by 11 mm/s with
    all 13 frames, 28 with 0.3 s, 44 with 0.2 s, 57 with 0.1 s and 67 without any delay; streams of
    motion need it.

    Args:
        lifter: What lifts.
        source_layout: Layout of the keypoints.
        fps: Frames per second of what comes out.
        source_fps: Frames per second of the source, if they are known.
        delay_s: How much later than its keypoints a frame is lifted at most, in seconds; None
            for as much as the network looks ahead.

    Raises:
        LayoutError: If the layout has too few of the lifter's keypoints.
    """

    def __init__(
        self,
        lifter: KeypointLifter,
        *,
        source_layout: JointLayout,
        fps: float = 30.0,
        source_fps: float | None = None,
        delay_s: float | None = None,
    ) -> None:
        self.lifter = lifter
        self.cleaner = OnlineCleaner(
            Preprocessing(fps=fps), source_layout=source_layout, unit="px", source_fps=source_fps
        )
        FrameReader(source_layout, lifter.input_layout)  # too few keypoints are an error here
        self._converter = FrameReader(source_layout, lifter.layout)
        network = lifter.network
        self._after = 0 if network.causal else network.receptive_field // 2
        self._before = network.receptive_field - 1 - self._after
        most = self._after if delay_s is None else round(delay_s * fps)
        self.delay_frames = min(most, self._after)

    @property
    def layout(self) -> JointLayout:
        """Layout of the lifted joints, in meters, y up."""
        return self.lifter.layout

    @property
    def delay_s(self) -> float:
        """How long after its keypoints a frame is lifted, in seconds, with the filter's lag."""
        return self.delay_frames / self.cleaner.fps + self.cleaner.lag_s

    def describe(self) -> str:
        """Return a line on how it lifts."""
        network = self.lifter.network
        return (
            f"keypoints are lifted from {network.receptive_field} frames, {self.delay_frames} of "
            f"them later ones, after a filter that lags by {1000 * self.cleaner.lag_s:.0f} ms"
        )

    def push(
        self, state: LifterState, time_s: float, pose: LivePose
    ) -> list[tuple[float, LivePose]]:
        """Return time and pose in space of the frames that can be lifted now; change the state.

        The times are those of the keypoints. A frame without a person, or of a person whose
        shoulders were not seen yet, has no joints.

        Raises:
            PoseError: If the pose is not later than the one before, or is malformed.
        """
        lifted = []
        for frame in self.cleaner.push(state.cleaner, time_s, pose.positions, pose.confidence):
            state.frames.append(frame)
            state.num_frames += 1
            if state.num_frames > self.delay_frames:
                at = len(state.frames) - 1 - self.delay_frames
                lifted.append((state.frames[at].time_s, self._lift(list(state.frames), at)))
        return lifted

    def _lift(self, frames: list[CleanFrame], at: int) -> LivePose:
        """Return one of some frames in space."""
        keypoints = self._normalize(frames)
        num_joints = self.layout.num_joints
        if keypoints is None or np.isnan(frames[at].positions).all():
            return LivePose(np.full((num_joints, 3), np.nan), np.zeros(num_joints))
        window = np.arange(at - self._before, at + self._after + 1).clip(0, len(frames) - 1)
        inputs = torch.from_numpy(keypoints[window]).to(self.lifter.network.device)
        joints = self.lifter.network.lift(inputs[None])[0, self._before].cpu().numpy()
        joints = joints - joints[self.layout.center]
        space = camera_to_world(joints[None], rotation=_LEVEL, on_floor=False)[0]
        _, confidence = self._converter.read(frames[at].positions, frames[at].confidence)
        if confidence is None:
            confidence = np.ones(num_joints, dtype=np.float32)
        confidence[self.layout.center] = 1.0  # its position is given
        return LivePose(space, confidence)

    def _normalize(self, frames: list[CleanFrame]) -> Float32Array | None:
        """Return what the network takes of some frames; None if the person has no size yet."""
        confidences = [frame.confidence for frame in frames if frame.confidence is not None]
        sequence = PoseSequence(
            positions=np.stack([frame.positions for frame in frames]),
            confidence=np.stack(confidences) if len(confidences) == len(frames) else None,
            layout=self.cleaner.layout,
            fps=self.cleaner.fps,
            unit="px",
            up="-y",
        )
        try:
            return normalize_keypoints(sequence)
        except PoseError:  # both shoulders have not been seen together yet
            return None


def load_delayed_lifter(
    reference: str | Path,
    *,
    source_layout: JointLayout | None = None,
    fps: float = 30.0,
    source_fps: float | None = None,
    device: str = "auto",
) -> DelayedLifter:
    """Load the lifter of a name or run for keypoints that come.

    Args:
        reference: A lifter that comes with skelgraph, or a run of ``skelgraph lift train``.
        source_layout: Layout of the keypoints; by default the lifter's own.
        fps: Frames per second of what comes out.
        source_fps: Frames per second of the source, if they are known.
        device: Where it computes, as in :func:`skelgraph.lifting.load_lifter`.

    Raises:
        SkelgraphError: If it cannot be loaded, needs the size of the image, or cannot take the
            layout.
    """
    lifter = load_lifter(reference, device=device)
    if not isinstance(lifter, KeypointLifter):
        raise ExtractionError(
            f"{reference}: expected a lifter that takes keypoints of any image, but this one needs "
            f"the size of the image; pass lifter10 or a run of `skelgraph lift train`"
        )
    return DelayedLifter(
        lifter,
        source_layout=source_layout or lifter.input_layout,
        fps=fps,
        source_fps=source_fps,
    )
