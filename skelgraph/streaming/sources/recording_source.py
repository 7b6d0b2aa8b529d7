"""A finished recording, played as if it were filmed now."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from skelgraph.config import USUAL_LIVE_FPS
from skelgraph.errors import FormatError
from skelgraph.io import PoseFormat, open_recording
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit
from skelgraph.streaming.live_frame import LiveFrame, LivePose
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices


class RecordingSource:
    """Play a file, or a folder, of any format that is read.

    Args:
        path: The recording.
        layout: Layout of a file that does not tell it.
        unit: Unit of a file that does not tell it.
        fps: Frame rate of a file that does not tell it.
        is_fast: Whether it is played as fast as the frames are taken, instead of at its rate.
        notices: Where a file that tells no rate is told of.
    """

    num_dropped = 0
    has_producer = True

    def __init__(
        self,
        path: Path,
        *,
        layout: JointLayout | None = None,
        unit: Unit | None = None,
        fps: float | None = None,
        is_fast: bool = False,
        notices: Notices | None = None,
    ) -> None:
        self.name = str(path)
        self.path = path
        self.clock = PlayClock(is_fast=is_fast)
        self._layout, self._unit, self._fps = layout, unit, fps
        self._notices = notices
        self._persons: Sequence[PoseSequence] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is played at its rate."""
        return not self.clock.is_fast

    def open(self) -> PoseFormat:
        """Read the recording.

        Raises:
            FormatError: If it cannot be read, or nobody is in it.
        """
        recording = open_recording(self.path)
        self._persons, hints = recording.read_with_hints(
            layout=self._layout, fps=self._fps or USUAL_LIVE_FPS
        )
        if "fps" in hints and self._fps is None and self._notices is not None:
            self._notices.note(
                f"{self.path}: taken for {USUAL_LIVE_FPS:g} frames/s, which it does not tell "
                "(--fps)"
            )
        if not any(person.has_joints for person in self._persons):
            raise FormatError(f"{self.path}: expected a person, but nobody is there in any frame")
        first = self._persons[0]
        return PoseFormat(
            layout=first.layout,
            num_dimensions=first.num_dimensions,
            unit=first.unit if self._unit is None else self._unit,
            up=first.up,
            fps=first.fps,
        )

    def iterate(self) -> Iterator[LiveFrame]:
        """Yield the frames, each when it is due."""
        first = self._persons[0]
        num_frames = max(person.num_frames for person in self._persons)
        for number in range(num_frames):
            frame = LiveFrame(first.start_s + number / first.fps, self._find_poses(number))
            self.clock.wait_for(frame.time_s)
            if self.clock.is_stopped:
                return
            yield frame

    def close(self) -> None:
        """End the playing."""
        self.clock.stop()

    def _find_poses(self, number: int) -> dict[str, LivePose]:
        poses = {}
        for name, person in enumerate(self._persons, start=1):
            if number < person.num_frames and not np.isnan(person.positions[number]).all():
                confidence = person.confidence
                poses[str(name)] = LivePose(
                    person.positions[number], None if confidence is None else confidence[number]
                )
        return poses
