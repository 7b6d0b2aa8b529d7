"""The interface of 2D pose estimators, and the cache of their results.

Pose estimation takes longer than all that follows, so that it is done once for each content of a
file and each setting of the estimator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from skelgraph.data import (
    Progress,
    fingerprint_settings,
    keep_sequences,
    recall_sequences,
    remembered_fingerprint,
)
from skelgraph.io import cache_folder
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
    """Return what an estimator found when file and settings were last the same.

    Args:
        estimator: The estimator.
        source: A video.
        progress: As for the estimator.

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
