"""A video or a camera, whose persons are found image by image."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain

from skelgraph.errors import FormatError
from skelgraph.extraction import Estimator, VideoImage, open_frame_detector
from skelgraph.io import PoseFormat, PoseLineParser
from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources.frame_sorter import FrameSorter
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices


class VideoSource:
    """Find the persons in each image; images that come too late for the estimator are dropped.

    Args:
        name: Name of the video or camera.
        open_images: Returns its images.
        estimator: What finds the persons; loaded when the source is opened.
        fps: Images per second.
        notices: Where single frames are told of.
        clock: Plays it at its rate.
    """

    has_producer = True

    def __init__(
        self,
        name: str,
        open_images: Callable[[], Iterator[VideoImage]],
        estimator: Estimator,
        *,
        fps: float,
        notices: Notices,
        clock: PlayClock,
    ) -> None:
        self.name = name
        self.num_dropped = 0
        self.fps = fps
        self.clock = clock
        self._open_images = open_images
        self._estimator = estimator
        self._sorter = FrameSorter(PoseLineParser(unit="px", fps=fps), notices)
        self._frames = self._detect()
        self._first: LiveFrame | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is played at its rate."""
        return not self.clock.is_fast

    def open(self) -> PoseFormat:
        """Find the first person.

        Raises:
            ExtractionError: If it or the estimator cannot be used.
            FormatError: If nobody is in it.
        """
        self._first = next(self._frames, None)
        found = self._sorter.format
        if self._first is None or found is None:
            raise FormatError(f"{self.name}: expected a person, but nobody is seen in any image")
        return found

    def iterate(self) -> Iterator[LiveFrame]:
        """Yield the frames as they come."""
        if self._first is not None:
            yield self._first
            self.clock.restart()  # after the first person, a model was loaded
            yield from self._frames

    def close(self) -> None:
        """End the playing."""
        self.clock.stop()

    def _detect(self) -> Iterator[LiveFrame]:
        images = self._open_images()
        first = next(images, None)  # if it cannot be read, report that instead of the estimator
        if first is None:
            return
        with ExitStack() as stack:
            detector = stack.enter_context(open_frame_detector(self._estimator))
            header = {} if detector.layout is None else {"layout": detector.layout.name}
            for image in chain([first], images):
                late_s = self.clock.wait_for(image.time_s)
                if self.clock.is_stopped:
                    return
                if self.is_live and late_s > 1 / self.fps:
                    self.num_dropped += 1
                    continue
                keypoints, scores = detector.find(image)
                people = [
                    {"joints": joints, "confidence": confidence}
                    for joints, confidence in zip(keypoints.tolist(), scores.tolist(), strict=True)
                ]
                frame = self._sorter.take(
                    {**header, "time": image.time_s, "persons": people},
                    f"{self.name}, image {image.number}",
                )
                if frame is not None and self._sorter.format is not None:
                    yield frame
