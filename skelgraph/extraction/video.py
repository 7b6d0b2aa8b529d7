"""Videos, decoded with PyAV: their properties and their frames.

Pixels are those of the upright image: how a camera was held stands in the container as a display
matrix (FFmpeg, ``libavutil/display.h``), which players follow. Only quarter turns are known.
"""

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from skelgraph.errors import ExtractionError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

VIDEO_SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"),
    *(".mts", ".ogv", ".ts", ".webm", ".wmv"),
)
"""Suffixes by which a video is known from a file of keypoints."""

_LEAST_SHARE = 0.95
"""A video of which less can be decoded, or is there, is cut off or damaged."""
_EVEN = 0.5
"""Frames are evenly spaced where no step in time is farther from the mean, in parts of it."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video that can be decoded.

    Args:
        path: The file.
        fps: Frames per second, on average.
        width_px: Width of the upright image.
        height_px: Height of the upright image.
        num_frames: Number of frames.
        rotation: Angle in degrees, counter-clockwise, by which the frames as they are stored have
            to be turned to be upright: 0, 90, 180 or 270.
        is_even: Whether the frames are evenly spaced in time.
    """

    path: Path
    fps: float
    width_px: int
    height_px: int
    num_frames: int
    rotation: int = 0
    is_even: bool = True


class VideoImage(NamedTuple):
    """A frame of a video.

    Args:
        number: Number of the frame, from 0 on.
        time_s: When it is shown, in seconds.
        pixels: Array (height, width, 3), red, green and blue from 0 to 255.
    """

    number: int
    time_s: float
    pixels: npt.NDArray[np.uint8]


def is_video(path: str | Path) -> bool:
    """Whether a path has the suffix of a video."""
    return Path(path).suffix.lower() in VIDEO_SUFFIXES


def probe_video(path: str | Path) -> Video:
    """Return a video's properties. All of it is read, but only its first frame is decoded.

    Raises:
        ExtractionError: If it cannot be opened, has no picture, or is cut off; or PyAV is missing.
    """
    path = Path(path)
    with _open(path) as (container, stream):
        first = next(_decode(path, container, stream), None)
        if first is None:
            raise ExtractionError(f"{path}: expected a video, but not one frame can be decoded")
        turns = round(first.rotation / 90) % 4
        size = (first.width, first.height)
        rate, told = stream.average_rate or stream.guessed_rate, stream.frames
    if not rate:
        raise ExtractionError(
            f"{path}: expected a video that tells its frame rate, but it tells none; write it anew "
            f"with a constant rate (ffmpeg -r)"
        )
    times = _list_times(path)
    if len(times) < _LEAST_SHARE * told:
        raise ExtractionError(
            f"{path}: expected the {told} frames that the file promises, but only {len(times)} are "
            f"there; is it cut off?"
        )
    width, height = size if turns % 2 == 0 else size[::-1]
    return Video(
        path=path,
        fps=float(rate),
        width_px=width,
        height_px=height,
        num_frames=len(times),
        rotation=90 * turns,
        is_even=_are_even(times),
    )


def read_frames(
    video: Video, *, picks: Collection[int] | None = None, max_side_px: int | None = None
) -> Iterator[VideoImage]:
    """Yield the frames of a video, upright; only a few are in memory at a time.

    ``picks`` are the numbers of the frames that are wanted, all without it. Images with a longer
    side than ``max_side_px`` are made smaller.

    Raises:
        ExtractionError: If a frame cannot be decoded, or many are missing at the end.
    """
    last = max(picks, default=-1) if picks is not None else None
    turns = video.rotation // 90
    number = -1
    with _open(video.path) as (container, stream):
        for number, frame in enumerate(_decode(video.path, container, stream)):
            if last is not None and number > last:
                return
            if picks is None or number in picks:
                shrink = min(1.0, (max_side_px or np.inf) / max(frame.width, frame.height))
                width, height = round(shrink * frame.width), round(shrink * frame.height)
                pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
                time_s = number / video.fps if frame.time is None else float(frame.time)
                upright = np.ascontiguousarray(np.rot90(pixels, turns), dtype=np.uint8)
                yield VideoImage(number, time_s, upright)
    wanted = video.num_frames if last is None else last + 1
    if number + 1 < _LEAST_SHARE * wanted:
        raise ExtractionError(
            f"{video.path}: expected {video.num_frames} frames, but only {number + 1} can be "
            f"decoded; is it damaged?"
        )


def read_camera(number: int) -> Iterator[VideoImage]:
    """Yield the images of a camera of this machine as they come, without an end.

    Raises:
        ExtractionError: If there is no such camera, or it cannot be read.
    """
    known = {"linux": ("v4l2", f"/dev/video{number}"), "darwin": ("avfoundation", str(number))}
    if sys.platform not in known:
        raise ExtractionError(f"camera:{number}: cameras are read on Linux and macOS only")
    form, name = known[sys.platform]
    if form == "v4l2" and not Path(name).exists():
        raise ExtractionError(f"camera:{number}: there is no {name}; is the camera connected?")
    first_s: float | None = None
    with _open(Path(name), form) as (container, stream):
        for index, frame in enumerate(_decode(Path(name), container, stream)):
            time_s = time.monotonic() if frame.time is None else float(frame.time)
            first_s = time_s if first_s is None else first_s
            pixels = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            yield VideoImage(index, time_s - first_s, pixels)


def describe_unevenness(video: Video) -> tuple[str, ...]:
    """Return a note if the frames of a video are not evenly spaced."""
    if video.is_even:
        return ()
    return (
        f"its frames are not evenly spaced in time; {video.fps:g} frames/s is their mean (write "
        f"the video anew with a constant rate for more)",
    )


@contextmanager
def _open(path: Path, form: str | None = None) -> "Iterator[tuple[InputContainer, VideoStream]]":
    av = _import_av()
    try:
        container = av.open(path if form is None else str(path), format=form)
    except av.FFmpegError as error:
        raise ExtractionError(
            f"{path}: expected a video, but it cannot be opened: {error.strerror}; is it cut off "
            f"or no video?"
        ) from error
    with container:
        if not container.streams.video:
            raise ExtractionError(f"{path}: expected a video, but there is no picture in it")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield container, stream


def _decode(
    path: Path, container: "InputContainer", stream: "VideoStream"
) -> "Iterator[av.VideoFrame]":
    av = _import_av()
    # Else broken pictures are shown as if nothing had happened.
    stream.codec_context.options = {"err_detect": "explode"}
    number = 0
    try:
        for frame in container.decode(stream):
            yield frame
            number += 1
    except av.FFmpegError as error:
        raise ExtractionError(
            f"{path}, frame {number}: cannot be decoded: {error.strerror}; is the video damaged?"
        ) from error


def _list_times(path: Path) -> list[int]:
    """List the times at which frames are shown, in order, in the stream's unit of time."""
    av = _import_av()
    with _open(path) as (container, stream):
        try:
            times = [
                packet.dts or 0 if packet.pts is None else packet.pts
                for packet in container.demux(stream)
                if packet.size and not packet.is_discard
            ]
        except av.FFmpegError as error:
            raise ExtractionError(
                f"{path}: cannot be read to its end: {error.strerror}; is the video damaged?"
            ) from error
    return sorted(times)


def _are_even(times: list[int]) -> bool:
    steps = np.diff(times)
    return not len(steps) or bool((abs(steps - steps.mean()) <= _EVEN * steps.mean()).all())


def _import_av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ExtractionError(
            "videos are decoded with PyAV, which is not installed; pip install 'skelgraph[video]'"
        ) from error
    return av
