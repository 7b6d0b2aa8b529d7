"""The interface of 2D pose estimators, the cache of their results, and files of keypoints.

Pose estimation takes longer than all that follows, so that it is done once for each content of a
file and each setting of the estimator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from skelgraph.data import (
    Progress,
    fingerprint_settings,
    holds_many_clips,
    keep_sequences,
    recall_sequences,
    remembered_fingerprint,
)
from skelgraph.errors import ExtractionError
from skelgraph.extraction.video import Video
from skelgraph.io import cache_folder, open_recording
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_VERSION = 1
"""Raise it if an estimator's results are kept in another way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """The persons in a recording.

    Args:
        persons: A sequence of keypoints for each person.
        size_px: Width and height of the image; None if they are unknown.
        notes: Remarks for the user.
        is_cached: Whether the result came from the cache.
    """

    persons: tuple[PoseSequence, ...]
    size_px: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    is_cached: bool = False


class Estimator(Protocol):
    """Find the keypoints of the persons in a recording."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def settings(self) -> Mapping[str, object]:
        """Return all that its result depends on except the file, as plain values."""
        ...

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Find the persons in a recording.

        Args:
            source: The file.
            progress: Called with the numbers of frames done and of all.

        Raises:
            ExtractionError: If the file cannot be used, the estimator fails, or nobody is in it.
            FormatError: If the file or the estimator's results cannot be read.
        """
        ...


def estimate_cached(
    estimator: Estimator, source: Path, *, progress: Progress | None = None
) -> Estimate:
    """Return what an estimator found when the video and the settings were last the same.

    Raises:
        ExtractionError, FormatError: As the estimator.
        DatasetError: If the file cannot be opened.
    """
    key = {
        "version": _VERSION,
        "content": remembered_fingerprint(source, [source]),
        "estimator": estimator.name,
        "settings": dict(estimator.settings()),
    }
    path = cache_folder("keypoints") / f"{fingerprint_settings(key)}.safetensors"
    recalled = recall_sequences(path)
    if recalled is not None:
        persons, extra = recalled
        named = tuple(replace(person, name=source.stem) for person in persons)
        return Estimate(persons=named, is_cached=True, **_unpack(extra))
    estimate = estimator.estimate(source, progress=progress)
    extra = {"size_px": estimate.size_px, "notes": estimate.notes}
    keep_sequences(path, estimate.persons, extra)
    return estimate


def _unpack(extra: Mapping[str, Any]) -> dict[str, Any]:
    size = extra["size_px"]
    return {"size_px": None if size is None else tuple(size), "notes": tuple(extra["notes"])}


def pad_frames(sequence: PoseSequence, num_frames: int) -> PoseSequence:
    """Append frames in which all joints are missing until there are ``num_frames``."""
    added = num_frames - sequence.num_frames
    if added <= 0:
        return sequence
    V, C = sequence.positions.shape[1:]
    nobody = np.full((added, V, C), np.nan, dtype=np.float32)
    confidence = sequence.confidence
    if confidence is not None:
        confidence = np.concatenate([confidence, np.zeros((added, V), dtype=np.float32)])
    positions = np.concatenate([sequence.positions, nobody])
    return replace(sequence, positions=positions, confidence=confidence)


@dataclass(frozen=True, kw_only=True)
class KeypointFileEstimator:
    """Read keypoints that another program has estimated.

    Args:
        layout: Layout of files that do not tell it.
        fps: Frames per second of files that do not tell it.
        size_px: Width and height of the image, which the files do not tell.
        video: The video whose keypoints they are; it tells frame rate and size.
    """

    layout: JointLayout | None = None
    fps: float | None = None
    size_px: tuple[float, float] | None = None
    video: Video | None = None

    name: ClassVar[str] = "file"

    def settings(self) -> Mapping[str, object]:
        """Return layout, frame rate and size."""
        layout = None if self.layout is None else self.layout.to_dict()
        return {"layout": layout, "fps": self.fps, "size_px": self.size_px}

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Read the persons of a file.

        Raises:
            FormatError: If it cannot be read.
            ExtractionError: If nobody is in it, or it is an archive of many clips.
        """
        if source.is_file() and holds_many_clips(source):
            raise ExtractionError(
                f"{source}: expected the keypoints of one recording, but it is an archive of many "
                f"clips; `skelgraph train --data` and `skelgraph predict` take it as it is"
            )
        video = self.video
        fps = self.fps or (None if video is None else video.fps)
        recording = open_recording(source)
        persons, _ = recording.read_with_hints(layout=self.layout, fps=fps)
        if not persons:
            raise ExtractionError(f"{source}: expected a person, but nobody is there")
        size_px, notes = self.size_px, [f"format {recording.format}"]
        if video is not None:
            size_px = size_px or (video.width_px, video.height_px)
            if persons[0].num_frames != video.num_frames:
                notes.append(
                    f"it has {persons[0].num_frames} frames, and {video.path} has "
                    f"{video.num_frames}"
                )
        name = source.name if source.is_dir() else source.stem
        named = [replace(person, name=name) for person in persons]
        return Estimate(persons=tuple(named), size_px=size_px, notes=tuple(notes))
