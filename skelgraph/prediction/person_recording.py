"""A person of a recording as networks take it, and where it comes from."""

from dataclasses import dataclass
from pathlib import Path

from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the recording of a person comes from.

    Args:
        person: Number of the person in the recording, from 1 on; None if there is one person alone.
        estimator: Name of the estimator that found the keypoints in a video; None of a file.
        lifter: Name of the lifter that brought the keypoints to space; None if none did.
        video: The video, or that of the keypoints; None if it is not known.
    """

    person: int | None = None
    estimator: str | None = None
    lifter: str | None = None
    video: Path | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonRecording:
    """A person of a recording as the networks of a run take it, before they clean it.

    Args:
        sequence: The recording, with all frames of the file or video; it has the name of the
            prediction.
        origin: Where it comes from.
        keypoints: The keypoints in the image, y down, in the same frames: as estimated, or, if they
            are lifted, without doubtful ones, with short gaps filled, and low-pass filtered. None
            if the recording was in space.
        size_px: Width and height of the image; None if they are unknown.
    """

    sequence: PoseSequence
    origin: Origin = Origin()
    keypoints: PoseSequence | None = None
    size_px: tuple[float, float] | None = None
