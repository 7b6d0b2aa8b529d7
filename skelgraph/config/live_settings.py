"""Settings of answers while frames arrive."""

from typing import Annotated, Literal

from msgspec import Meta

from skelgraph.config.choices import (
    DEFAULT_LIFTER,
    Count,
    Device,
    Index,
    NonNegative,
    PoolingKind,
    Positive,
    Share,
)
from skelgraph.config.extract_settings import EstimatorSettings
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError

Port = Annotated[int, Meta(ge=1, le=65535)]

LengthUnit = Literal["m", "cm", "mm", "px"]
"""Unit of positions that are told by hand."""

LiveEstimatorName = Literal["rtmlib", "mediapipe"]
"""Estimators that take single images."""

USUAL_LIVE_FPS = 30.0
"""Frames per second of a source that does not tell it."""


DEFAULT_LIVE_RECOGNIZER = "emotion4-live"
"""The model that comes with skelgraph and answers while frames arrive, if no run is named."""


class LiveModelSettings(Settings, frozen=True, kw_only=True):
    """Settings of a model that answers while frames arrive.

    Args:
        pooling: What an answer is about: the mean over everything so far, as in training; over the
            last seconds; or fading.
        memory_s: Length of the window, or half-life of what fades, in seconds.
        hop_s: Seconds between two answers of a model that cannot go on by single frames.
        device: Where it computes.
    """

    pooling: PoolingKind = "window"
    memory_s: Annotated[Positive, Option(flag="--memory", metavar="SECONDS")] = 4.0
    hop_s: Annotated[Positive, Option(flag="--hop", metavar="SECONDS")] = 0.5
    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "auto"


class SourceSettings(Settings, frozen=True, kw_only=True):
    """Settings of a source of frames.

    Args:
        fast: Take every frame, as fast as the machine goes, instead of at the rate at which they
            come or were recorded.
        follow: Wait for more at the end of a file or a folder that has not grown lately.
        timeout_s: End after this many seconds without a frame.
        queue: Number of frames that may wait; beyond it, the oldest are dropped.
        layout: Layout, or layout file, of joints that have no names.
        unit: Unit of positions that do not tell it.
        fps: Frame rate of frames that tell neither it nor their times.
        estimator: 2D estimator of videos and cameras.
        estimators: Settings of their own.
        lifter: What lifts videos and keypoints of an image for a run that was trained in space.
        lift_delay: Frames after each that a lifter waits for; more are steadier, and later.
    """

    fast: Annotated[bool, Option(flag="--fast")] = False
    follow: Annotated[bool, Option(flag="--follow")] = False
    timeout_s: Annotated[
        Positive | None, Option(flag="--timeout", metavar="SECONDS", default="never")
    ] = None
    queue: Annotated[Count, Option(metavar="FRAMES")] = 8
    layout: str | None = None
    unit: Annotated[
        LengthUnit | None, Option(default="px in an image, else by the size of the body")
    ] = None
    fps: Annotated[
        Positive | None, Option(default=f"by when they come; {USUAL_LIVE_FPS:g} for files")
    ] = None
    estimator: Annotated[
        LiveEstimatorName | None, Option(default="rtmlib or mediapipe, as installed")
    ] = None
    estimators: EstimatorSettings = EstimatorSettings()
    lifter: Annotated[str, Option(metavar="NAME|RUN|none")] = DEFAULT_LIFTER
    lift_delay: Annotated[Index, Option(metavar="FRAMES")] = 9


class SegmentSettings(Settings, frozen=True, kw_only=True):
    """Settings of the way from single answers to segments.

    Args:
        smooth_s: Time constant of the exponential smoothing of probabilities, in seconds.
        enter: Probability from which a class becomes the answer.
        leave: Probability below which it is no longer the answer.
        shortest_s: Seconds that an answer has to last.
    """

    smooth_s: Annotated[NonNegative, Option(flag="--smooth", metavar="SECONDS")] = 0.0
    enter: Annotated[Share | None, Option(default="none: the most probable class")] = None
    leave: Annotated[Share | None, Option(default="as --enter")] = None
    shortest_s: Annotated[NonNegative, Option(flag="--shortest", metavar="SECONDS")] = 0.0

    def check_together(self) -> None:
        """Check that a class is left below where it is entered.

        Raises:
            RunError: If it is not.
        """
        if self.leave is None:
            return
        if self.enter is None:
            raise RunError("--leave goes with --enter: pass both, such as --enter 0.6 --leave 0.4")
        if self.leave > self.enter:
            raise RunError(
                f"expected --leave of --enter {self.enter:g} or less, but got {self.leave:g}"
            )


class ViewSettings(Settings, frozen=True, kw_only=True):
    """Settings of the page of a stream.

    Args:
        view: Also show skeletons and answers in a browser on this machine.
        port: Port of the page.
    """

    view: Annotated[bool, Option(flag="--view")] = False
    port: Annotated[Port | None, Option(default="any that is free")] = None

    def check_together(self) -> None:
        """Check that a port is that of a page.

        Raises:
            RunError: If there is none.
        """
        if self.port is not None and not self.view:
            raise RunError("--port is that of the page: pass --view too")
