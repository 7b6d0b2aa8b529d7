"""The page of a recording: its persons in the player, and what the file holds."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from skelgraph.io import VIDEO_SUFFIXES
from skelgraph.pages.clip_encoding import PageClips
from skelgraph.pages.page_file import write_page
from skelgraph.poses import PoseSequence

Facts = Sequence[tuple[str, str]]


def write_recording_page(
    file: Path,
    persons: Sequence[PoseSequence],
    *,
    source: Path,
    facts: Facts = (),
    of_each: Sequence[tuple[str, Facts]] = (),
) -> Path:
    """Write the page of a recording.

    A video of the same name beside the recording is shown beside the skeletons; the page holds its
    address, not the video.

    Args:
        file: The page; its folder is made.
        persons: Those who are shown.
        source: The recording.
        facts: What the file is, as names and values.
        of_each: Heading and facts of each person.

    Returns:
        The page's path.

    Raises:
        OSError: If it cannot be written.
    """
    source = source if source.name else source.resolve()  # "." has no name
    clips = PageClips(1)
    video = find_video(source)
    clips.add(persons, video=None if video is None else locate(video, file))
    return write_page(
        file,
        "recording.html",
        title=source.name,
        data=clips.data,
        scripts=("recording.js",),
        facts=list(facts),
        persons=list(of_each),
    )


def find_video(source: Path) -> Path | None:
    """Return a recording that is a video, or the video of its name beside it, or None."""
    if source.suffix.lower() in VIDEO_SUFFIXES:
        return source
    beside = [source.with_suffix(suffix) for suffix in VIDEO_SUFFIXES]
    return next((video for video in beside if video.is_file()), None)


def locate(target: Path, page: Path) -> str:
    """Return the address of a file for a page: relative if it is beside or below the page."""
    target, folder = target.resolve(), page.resolve().parent
    if folder in target.parents:
        return quote(os.path.relpath(target, folder).replace(os.sep, "/"))
    return target.as_uri()
