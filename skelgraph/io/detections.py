"""The persons that a pose estimator found in each frame, and the sequences they become."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, PoseError
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.joint_names import missing_joints, pick_joints, settle_layout
from skelgraph.io.reader import build_sequence, check_reach
from skelgraph.layouts import (
    COCO17,
    COCO133,
    HALPE26,
    HALPE136,
    OPENPOSE18,
    OPENPOSE25,
    OPENPOSE25B,
    OPENPOSE134,
    JointLayout,
)
from skelgraph.poses import PoseSequence, Unit, find_ghosts, track_persons
from skelgraph.typing import FloatArray, IntArray

_BY_COUNT = {
    layout.num_joints: layout
    for layout in (COCO17, OPENPOSE18, OPENPOSE25, HALPE26, COCO133, OPENPOSE134, HALPE136)
} | {135: OPENPOSE25B}
"""Layouts by the number of keypoints; those of BODY_135 begin with its body."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Detections:
    """Persons found in single frames.

    Args:
        keypoints: Array (D, V, C), the keypoints of D detections.
        scores: Array (D, V), confidence of each; a keypoint without any is missing.
        frames: Array (D,), frame of each detection.
        num_frames: Number of frames T; some may be without a detection.
        ids: Array (D,), number that the file gives to each person, where it does.
    """

    keypoints: FloatArray
    scores: FloatArray
    frames: IntArray
    num_frames: int
    ids: IntArray | None = None


def collect_ids(values: Sequence[object], *, lowest: int = 0) -> IntArray | None:
    """Return the numbers that a file gives to its detections; None unless all have a whole one.

    Args:
        values: What the file has for each detection; None if it has nothing.
        lowest: Lowest number that counts as one.

    Example:
        >>> collect_ids([3, 5]).tolist(), collect_ids([3, None]), collect_ids([3, -1])
        ([3, 5], None, None)
    """
    ids = [value for value in values if isinstance(value, int) and lowest <= value < 2**53]
    return np.array(ids, dtype=np.int64) if len(ids) == len(values) else None


def split_triples(table: FloatArray, place: str) -> tuple[FloatArray, FloatArray]:
    """Split rows x, y, confidence, x, y, ... into keypoints (D, V, 2) and scores (D, V).

    Raises:
        FormatError: If the length of the rows is no multiple of three.
    """
    if not table.shape[1] or table.shape[1] % 3:
        raise FormatError(
            f"{place}: expected x, y and confidence for each keypoint, but got {table.shape[1]} "
            f"numbers"
        )
    triples = table.reshape(len(table), -1, 3)
    return triples[:, :, :2], triples[:, :, 2]


def note_shares(path: Path) -> None:
    """Warn that positions are in shares of an image whose size the file does not tell."""
    warnings.warn(
        f"{path}: positions are in shares of the image, whose size is not told: they have no unit, "
        "and width and height differ in scale",
        FormatWarning,
        stacklevel=3,
    )


def build_persons(
    path: Path,
    detections: Detections,
    *,
    layout: JointLayout | None,
    fps: float,
    names: Sequence[str] | None = None,
    name: str | None = None,
    label: str | None = None,
    recording: str | None = None,
    unit: Unit | None = None,
) -> list[PoseSequence]:
    """Track persons over time, and return one sequence of all frames for each.

    Persons are numbered by first appearance. Ghosts are left out: detections that last for a moment
    (:func:`skelgraph.poses.find_ghosts`). Confidences are brought to 0 to 1
    (:func:`skelgraph.io.confidence.scale_confidence`).

    Args:
        path: The file or folder.
        detections: Who was found in it.
        layout: The layout of the keypoints, or the joints wanted of those that have names.
        fps: Frames per second.
        names: Names of the keypoints, where the file tells them; else the layout is known from
            their number.
        name: Name of the sequences, if it is not the file's.
        label: What is shown, where the file tells it.
        recording: The recording that the detections are of, if the file holds several.
        unit: Unit of the positions; without one it is the pixel in the plane, and guessed in space.

    Raises:
        FormatError: If nobody is there, the layout is not known, or the values make no sequence.
    """
    skeleton, picked = find_skeleton(detections.keypoints.shape[1], names, layout, path)
    there = detections.scores > 0  # not where it is NaN
    if detections.scores.size and not there.any():
        raise FormatError(
            f"{path}: all scores are 0, so that no keypoint counts as seen; save the estimator's "
            "scores, or write 1 where the positions are right"
        )
    keypoints = np.where(there[:, :, None], detections.keypoints, np.nan)[:, picked]
    keypoints[np.isnan(keypoints).any(axis=2)] = np.nan
    scores = scale_confidence(np.where(there, detections.scores, 0.0), path)[:, picked]
    frames, num_frames = detections.frames, detections.num_frames
    check_reach(path, keypoints, skeleton, frames)
    try:
        tracks = track_persons(
            keypoints, frames, ids=detections.ids, max_gap_frames=max(1, round(fps))
        )
    except PoseError as error:
        raise FormatError(f"{path}: {error}") from error
    ghosts = find_ghosts(tracks, num_frames)
    if not len(ghosts):
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    is_plane = keypoints.shape[2] == 2
    persons = []
    for track in np.flatnonzero(~ghosts):
        own_rows = tracks == track
        positions = np.full((num_frames, *keypoints.shape[1:]), np.nan)
        confidence = np.zeros(positions.shape[:2])
        positions[frames[own_rows]] = keypoints[own_rows]
        confidence[frames[own_rows]] = scores[own_rows]
        person = build_sequence(
            path,
            positions,
            layout=skeleton,
            fps=fps,
            unit=unit or ("px" if is_plane else None),
            up="-y" if is_plane else None,
            confidence=confidence,
            name=name or (path.name if path.is_dir() else path.stem),
            label=label,
            recording=recording,
        )
        persons.append(person)
    return persons


def find_skeleton(
    num_keypoints: int, names: Sequence[str] | None, layout: JointLayout | None, path: Path
) -> tuple[JointLayout, Sequence[int]]:
    """Return the layout of a file's keypoints, and the number of each of its joints among them.

    The joints of a layout that is asked for are picked by name; or it is that of all keypoints, if
    it has as many joints and they have no names, or names that are not its own. Without it, names
    tell the layout (:func:`skelgraph.io.joint_names.settle_layout`), or else the number does.

    Raises:
        FormatError: If no layout is known, or it does not fit.
    """
    if names is not None and len(names) != num_keypoints:
        raise FormatError(
            f"{path}: expected {len(names)} keypoints as the file names them, but got "
            f"{num_keypoints}"
        )
    known = _BY_COUNT.get(num_keypoints) if names is None else None
    joints = names or (known.joints if known else ())
    if layout is not None:
        if layout.num_joints == num_keypoints and (not names or missing_joints(joints, layout)):
            return layout, range(num_keypoints)
        if joints:
            return layout, pick_joints(joints, layout, path)
        raise FormatError(
            f"{path}: expected {layout.num_joints} keypoints for layout {layout.name!r}, but got "
            f"{num_keypoints}"
        )
    if names is not None:
        return settle_layout(names, None, path)
    if known is not None:
        return known, range(known.num_joints)
    counts = ", ".join(f"{count} ({one.name})" for count, one in _BY_COUNT.items())
    raise FormatError(
        f"{path}: expected {counts} keypoints, but got {num_keypoints}; pass the layout"
    )
