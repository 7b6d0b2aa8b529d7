"""The source that a user names."""

import sys
import time
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from skelgraph.config import USUAL_LIVE_FPS, SourceSettings
from skelgraph.errors import FormatError
from skelgraph.extraction import (
    Estimator,
    EstimatorOptions,
    choose_frame_estimator,
    is_video,
    make_video_estimator,
    probe_video,
    read_camera,
    read_frames,
)
from skelgraph.io import PoseLineParser, is_recording_folder
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.streaming.sources.folder_source import FolderSource, list_frames
from skelgraph.streaming.sources.line_feeds import (
    MAX_LINE_BYTES,
    FileFeed,
    LineFeed,
    SocketFeed,
    StreamFeed,
)
from skelgraph.streaming.sources.line_source import LineSource
from skelgraph.streaming.sources.live_source import LiveSource, PlayClock
from skelgraph.streaming.sources.notices import Notices
from skelgraph.streaming.sources.recording_source import RecordingSource
from skelgraph.streaming.sources.video_source import VideoSource

STANDARD_INPUT = "-"
LINE_SUFFIXES = (".jsonl", ".ndjson")
"""Suffixes of files of lines of JSON, read or written."""
_TEXT_SUFFIXES = ("", ".txt", ".log")
_LOCAL = ("127.0.0.1", "localhost")
_GROWN_S = 5.0
"""What has changed in the last seconds is growing."""


def make_source(reference: str, settings: SourceSettings, notices: Notices) -> LiveSource:
    """Return the source of a reference, which is yet to be opened.

    Args:
        reference: ``-`` for standard input, ``tcp://127.0.0.1:PORT``, or a path.
        settings: How it is read.
        notices: Where single frames are told of.

    Raises:
        FormatError: If there is none.
        LayoutError: If the layout of the settings is not known.
    """
    layout = None if settings.layout is None else resolve_layout(settings.layout)
    clock = PlayClock(is_fast=settings.fast)
    parser = PoseLineParser(layout=layout, unit=settings.unit, fps=settings.fps)
    if reference == STANDARD_INPUT:
        feed: LineFeed = StreamFeed(sys.stdin.buffer)
        return LineSource("standard input", feed, parser, notices, clock)
    if reference.startswith("tcp:"):
        feed = SocketFeed(_find_port(reference), clock)
        notices.note(f"waiting for lines of JSON at tcp://127.0.0.1:{feed.port}")
        return LineSource(f"port {feed.port}", feed, parser, notices, clock)
    if reference.startswith("camera:"):
        return _make_camera_source(reference, settings, notices, clock)
    path = Path(reference)
    if not path.exists():
        raise FormatError(
            f"{reference}: there is no such file or folder; a SOURCE is one, or -, "
            f"tcp://127.0.0.1:PORT or camera:0"
        )
    if path.is_fifo() or path.is_char_device():
        return LineSource(str(path), StreamFeed(_open_pipe(path)), parser, notices, clock)
    if _holds_lines(path):
        feed = FileFeed(path, clock, follow=settings.follow or _is_growing(path))
        return LineSource(str(path), feed, parser, notices, clock)
    if path.is_dir():
        return _make_folder_source(path, settings, parser, notices, clock)
    if is_video(path):
        return _make_video_source(path, settings, notices, clock)
    return _make_recording_source(path, settings, layout, notices)


def _make_folder_source(
    path: Path,
    settings: SourceSettings,
    parser: PoseLineParser,
    notices: Notices,
    clock: PlayClock,
) -> LiveSource:
    frames = list_frames(path)
    if not frames and is_recording_folder(path):
        return _make_recording_source(path, settings, None, notices)
    if not frames and any(path.iterdir()):
        raise FormatError(
            f"{path}: expected a folder with a JSON file for each frame, but there is none; name "
            f"one recording"
        )
    follow = settings.follow or not frames or _is_growing(path)
    if parser.fps is None:
        parser.fps = USUAL_LIVE_FPS
        notices.note(f"{path}: taken for {parser.fps:g} frames/s, which no file tells (--fps)")
    return FolderSource(path, parser, notices, clock, follow=follow)


def _make_recording_source(
    path: Path, settings: SourceSettings, layout: JointLayout | None, notices: Notices
) -> LiveSource:
    return RecordingSource(
        path,
        layout=layout,
        unit=settings.unit,
        fps=settings.fps,
        is_fast=settings.fast,
        notices=notices,
    )


def _make_video_source(
    path: Path, settings: SourceSettings, notices: Notices, clock: PlayClock
) -> LiveSource:
    video = probe_video(path)
    return VideoSource(
        str(path),
        lambda: read_frames(video),
        _make_estimator(settings),
        fps=video.fps,
        notices=notices,
        clock=clock,
    )


def _make_camera_source(
    reference: str, settings: SourceSettings, notices: Notices, clock: PlayClock
) -> LiveSource:
    number = reference.partition(":")[2]
    if not number.isdecimal():
        raise FormatError(f"{reference}: expected the number of a camera, such as camera:0")
    return VideoSource(
        reference,
        lambda: read_camera(int(number)),
        _make_estimator(settings),
        fps=settings.fps or USUAL_LIVE_FPS,
        notices=notices,
        clock=clock,
    )


def _make_estimator(settings: SourceSettings) -> Estimator:
    own = settings.estimators
    options = EstimatorOptions(
        pose_model=own.pose_model, detector=own.detector, max_persons=own.max_persons
    )
    return make_video_estimator(choose_frame_estimator(settings.estimator, options), options)


def _find_port(reference: str) -> int:
    try:
        parts = urlsplit(reference)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host not in _LOCAL or port is None:
        raise FormatError(
            f"{reference}: expected a port of this machine, such as tcp://127.0.0.1:9000; frames "
            f"from elsewhere may be sent through ssh -L"
        )
    return port


def _open_pipe(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from error


def _holds_lines(path: Path) -> bool:
    """Whether a file has lines of JSON: by its suffix, or by its first line if it may have them."""
    if path.suffix.lower() in LINE_SUFFIXES:
        return True
    if path.is_dir() or path.suffix.lower() not in _TEXT_SUFFIXES:
        return False
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES).strip()
    return first.startswith(b"{") and first.endswith(b"}")


def _is_growing(path: Path) -> bool:
    return time.time() - path.stat().st_mtime < _GROWN_S
