"""What annotation tools write, as this package needs it."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from skelgraph.data.clip_range import ClipRange


class Annotation(NamedTuple):
    """One annotated part of a recording.

    Args:
        takes: Names by which the recording may be found, the likeliest first: stems, or paths.
        range: The part of it.
        label: What is annotated.
        subject: Who shows it; None if unknown.
    """

    takes: tuple[str, ...]
    range: ClipRange
    label: str
    subject: str | None = None


class AnnotationFile(NamedTuple):
    """The annotations of a file, and messages for the user about those that were left out."""

    path: Path
    annotations: tuple[Annotation, ...]
    notes: tuple[str, ...] = ()


def take_stem(path: str) -> str:
    """Return the name of a media file without folders and suffix, of any system.

    Example:
        >>> take_stem("videos/take 1.mp4")
        'take 1'
    """
    return PurePosixPath(path.replace("\\", "/")).stem
