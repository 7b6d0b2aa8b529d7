"""A video with the skeletons of its persons and what a model says of them.

Frames keep their times, also where these are uneven, and sound is copied as it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skelgraph.data import Progress
from skelgraph.errors import ExtractionError
from skelgraph.extraction import Video, probe_video, read_frames
from skelgraph.io import replace_whole
from skelgraph.prediction.skeleton_overlay import Pixels, SkeletonOverlay
from skelgraph.prediction.video_captions import AnnotatedPerson

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

ANNOTATED_SUFFIXES = (".mp4", ".mkv", ".mov")
"""Kinds of videos that are written, with H.264."""

_TIME_BASE = Fraction(1, 90_000)
_QUALITY = {"crf": "20", "preset": "veryfast"}


def check_annotated(video: Path, out: Path) -> None:
    """Check that an annotated video can be written.

    Raises:
        ExtractionError: If its suffix is another, or it is the video itself.
    """
    if out.suffix.lower() not in ANNOTATED_SUFFIXES:
        raise ExtractionError(
            f"{out}: expected an annotated video that ends in {', '.join(ANNOTATED_SUFFIXES)}"
        )
    if out.is_dir() or (out.exists() and out.samefile(video)):
        kind = "a folder" if out.is_dir() else "the video that is drawn on"
        raise ExtractionError(f"{out}: expected a file to write to, but it is {kind}")


def annotate_video(
    video: Path | Video,
    persons: Sequence[AnnotatedPerson],
    out: Path,
    *,
    progress: Progress | None = None,
) -> list[str]:
    """Write a video with the skeletons of its persons and their labels; its folder is made.

    Args:
        video: The video.
        persons: Who is drawn.
        out: A ``.mp4``, ``.mkv`` or ``.mov``, which is overwritten.
        progress: Called with the numbers of frames drawn and of all.

    Returns:
        What a user should know, such as that sound is left out.

    Raises:
        ExtractionError: If the video cannot be read, the suffix is another, keypoints are not
            those of an image, or PyAV is missing.
    """
    opened = video if isinstance(video, Video) else probe_video(video)
    check_annotated(opened.path, out)
    for person in persons:
        if person.keypoints.num_dimensions != 2:
            raise ExtractionError(
                f"{out}: expected keypoints of an image to draw on it, but "
                f"{person.keypoints.name or 'a person'} is in space"
            )
    overlay = SkeletonOverlay((opened.width_px, opened.height_px))
    with replace_whole(out) as partial, _Writer.open(partial, opened) as writer:
        for image in read_frames(opened):
            drawn = [
                (
                    person.keypoints.layout,
                    person.pose(image.number, opened),
                    person.label(image.number, opened),
                )
                for person in persons
            ]
            writer.write(overlay.draw(image.pixels, drawn), image.time_s)
            if progress is not None:
                progress(image.number + 1, opened.num_frames)
    return writer.notes


class _Writer:
    """Encode images, and copy the sound beside them as its time comes."""

    def __init__(self, container: "OutputContainer", sound: "InputContainer", video: Video) -> None:
        self.container = container
        self.notes: list[str] = []
        rate = Fraction(video.fps).limit_denominator(1001)
        width, height = video.width_px, video.height_px
        self.picture: VideoStream = container.add_stream(  # even: colors are shared by two pixels
            "libx264", rate=rate, width=width + width % 2, height=height + height % 2
        )
        self.picture.pix_fmt = "yuv420p"
        self.picture.options = dict(_QUALITY)
        self.picture.codec_context.time_base = _TIME_BASE
        self._packets = self._copy_sound(sound, video)
        self._next: tuple[float, Any] | None = next(self._packets, None)

    @classmethod
    @contextmanager
    def open(cls, out: Path, video: Video) -> "Iterator[_Writer]":
        import av

        try:
            with av.open(video.path) as sound, av.open(out, "w") as container:
                writer = cls(container, sound, video)
                yield writer
                writer._finish()
        except av.FFmpegError as error:
            raise ExtractionError(f"{out}: cannot be written: {error.strerror}") from error

    def write(self, pixels: Pixels, time_s: float) -> None:
        """Encode an image, after the sound before it."""
        import av

        height, width = pixels.shape[:2]
        if height % 2 or width % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame.pts, frame.time_base = round(time_s / _TIME_BASE), _TIME_BASE
        self._write_sound(until_s=time_s)
        self.container.mux(self.picture.encode(frame))

    def _finish(self) -> None:
        self._write_sound(until_s=np.inf)
        self.container.mux(self.picture.encode())

    def _write_sound(self, until_s: float) -> None:
        while self._next is not None and self._next[0] <= until_s:
            self.container.mux(self._next[1])
            self._next = next(self._packets, None)

    def _copy_sound(self, sound: "InputContainer", video: Video) -> "Iterator[tuple[float, Any]]":
        """Return the packets of the first sound track with their times."""
        if not sound.streams.audio:
            return iter(())
        source = sound.streams.audio[0]
        codec = source.codec_context.codec.canonical_name
        if codec not in self.container.supported_codecs:
            kind = self.container.format.name
            self.notes.append(
                f"{video.path}: its sound ({codec}) does not go into {kind} "
                f"and is left out; a .mkv takes it"
            )
            return iter(())
        target = self.container.add_stream_from_template(source)
        return self._list_packets(sound, source, target)

    @staticmethod
    def _list_packets(
        sound: "InputContainer", source: "Stream", target: "Stream"
    ) -> "Iterator[tuple[float, Any]]":
        for packet in sound.demux(source):
            if packet.dts is not None and packet.time_base is not None:
                time_s = float(packet.dts * packet.time_base)
                packet.stream = target
                yield time_s, packet
