"""From a person's poses, as a source tells them, to normalized frames."""

from dataclasses import dataclass, field
from typing import NamedTuple

from skelgraph.layouts import JointLayout
from skelgraph.poses import Preprocessing, Unit, UpAxis
from skelgraph.streaming.live_frame import LivePose
from skelgraph.streaming.online_cleaner import CleanerState, OnlineCleaner
from skelgraph.streaming.online_normalizer import NormalizerState, OnlineNormalizer, View
from skelgraph.streaming.online_resampler import CleanFrame
from skelgraph.typing import Float32Array


class InputFrame(NamedTuple):
    """A frame of one person that is ready for the streams.

    Args:
        clean: The cleaned frame, in the place where the person is.
        positions: Positions (V, C) relative to the root, along the source's axes.
        view: How the person is seen at that moment.
    """

    clean: CleanFrame
    positions: Float32Array
    view: View


@dataclass
class InputState:
    """What an :class:`OnlineInput` keeps of one person.

    Args:
        cleaner: The cleaner's part.
        normalizer: The normalizer's part.
    """

    cleaner: CleanerState = field(default_factory=CleanerState)
    normalizer: NormalizerState = field(default_factory=NormalizerState)


class OnlineInput:
    """Clean and normalize the poses of people as they come.

    It is an :class:`OnlineCleaner` and an :class:`OnlineNormalizer`, whose docstrings say where
    frames that come are cleaned in another way than recordings.

    Args:
        preprocessing: The run's.
        source_layout: Layout of the poses.
        num_dimensions: Their number of coordinates C.
        unit: Their unit of length.
        up: Their axis that points upward.
        source_fps: Frames per second of the source, if they are known.
        memory_s: Memory of the heading in seconds.

    Raises:
        SkelgraphError: If the layout cannot be converted, or has no heading but needs one.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        *,
        source_layout: JointLayout,
        num_dimensions: int,
        unit: Unit = "unknown",
        up: UpAxis = "+y",
        source_fps: float | None = None,
        memory_s: float = 2.5,
    ) -> None:
        self.cleaner = OnlineCleaner(
            preprocessing, source_layout=source_layout, unit=unit, source_fps=source_fps
        )
        self.normalizer = OnlineNormalizer(
            preprocessing,
            layout=self.cleaner.layout,
            unit=self.cleaner.unit,
            num_dimensions=num_dimensions,
            up=up,
            fps=self.cleaner.fps,
            memory_s=memory_s,
        )

    def push(self, state: InputState, time_s: float, pose: LivePose) -> list[InputFrame]:
        """Return the frames that can be had with a new pose of a person; change the state.

        Raises:
            PoseError: If the pose is not later than the one before, or is malformed.
        """
        frames = self.cleaner.push(state.cleaner, time_s, pose.positions, pose.confidence)
        return [
            InputFrame(frame, *self.normalizer.push(state.normalizer, frame.positions))
            for frame in frames
        ]
