"""Reader of the annotation pickles of PYSKL and MMAction2.

A dictionary with ``split`` (names of clips by part) and ``annotations``, or the list of annotations
alone. An annotation is a dictionary: ``frame_dir`` (its name), ``label`` (a number), ``keypoint``
(M, T, V, C) of M persons, in pixels (C = 2) with ``keypoint_score`` (M, T, V), or in space (C = 3).
A joint that is not there, and a person where there are fewer than M, are zeros. No frame rate is
in it, and no names of joints or labels. The pickle is read as data: nothing in it is executed.

What the format has no place for (rate, layout, unit, names of labels) is read from the key
``skelgraph`` of each annotation, under which :mod:`skelgraph.io.pyskl_writer` writes it.

Format: PYSKL, "The annotation format" (tools/data/README.md); MMAction2, PoseDataset.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.io.annotations import (
    OWN_KEY,
    expect_annotation,
    find_annotations,
    read_fact,
    read_label,
    read_name,
    take_array,
)
from skelgraph.io.archive_index import USUAL_LAYOUTS
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.joint_names import layout_from_fields, pick_joints
from skelgraph.io.persons import name_persons, parse_ntu_name
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.text import read_bytes
from skelgraph.io.unnamed_joints import blank_zeros, layout_of_count
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit, UpAxis
from skelgraph.typing import FloatArray

_MAX_REUSE = 2
"""Annotations that share arrays may have so many times more numbers than the file has bytes."""


def read_pyskl(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read an annotation pickle: a sequence for each clip and person, in the file's order.

    A clip of one person is named after its ``frame_dir``, persons of one clip ``<frame_dir>#1`` and
    so on; they are one recording. Persons who are zero throughout are left out. Names in the form
    of NTU RGB+D tell the subject and the recording. Without a layout 17 joints in pixels are
    ``coco17``, 18 ``openpose18``, 25 ``openpose25``, and 25 in space ``ntu25``. A rate must be
    given for files that skelgraph did not write.

    Raises:
        FormatError: If the file is no such pickle, names anything but arrays, or layout or rate are
            neither known nor given.
    """
    path = Path(path)
    content = read_bytes(path)
    annotations = find_annotations(parse_pickle(content, path), path)
    room = _MAX_REUSE * len(content)
    sequences: list[PoseSequence] = []
    for number, annotation in enumerate(annotations):
        where = Path(f"{path}, annotation {number}")
        annotation = expect_annotation(annotation, where)
        keypoints = _to_doubles(take_array(annotation, "keypoint", 4, where))
        room -= keypoints.size
        if room < 0:
            raise FormatError(f"{where}: its arrays are out of proportion to the file")
        sequences += _read_annotation(annotation, keypoints, layout, fps, where)
    if not sequences:
        raise FormatError(f"{path}: expected persons, but there is none in any annotation")
    return sequences


def _to_doubles(array: npt.NDArray[Any]) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):  # NaN of a kind that warns
        return array.astype(np.float64)


def _read_annotation(
    annotation: Mapping[str, Any],
    keypoints: FloatArray,
    layout: JointLayout | None,
    fps: float | None,
    where: Path,
) -> list[PoseSequence]:
    M, T, V, C = keypoints.shape
    if not T or C not in (2, 3):
        raise FormatError(
            f"{where}: expected keypoints (persons, frames, joints, 2 or 3), but got {(M, T, V, C)}"
        )
    scores = None
    if annotation.get("keypoint_score") is not None:
        scores = _to_doubles(take_array(annotation, "keypoint_score", 3, where))
        if scores.shape != (M, T, V):
            raise FormatError(
                f"{where}: expected keypoint_score {(M, T, V)}, but got {scores.shape}"
            )
    own = annotation.get(OWN_KEY)
    if scores is not None and not isinstance(own, dict):
        scores = scale_confidence(scores, where)
    facts: Mapping[str, Any] = own if isinstance(own, dict) else {}
    skeleton, picked = _find_layout(facts, (V, C), layout, where)
    told = read_fact(facts, "fps", float, where)
    rate = fps if told is None else told
    clip = read_name(annotation, where)
    label = read_fact(facts, "label", str, where) or read_label(annotation, where)
    subject, recording, _ = parse_ntu_name(clip) or (None, None, None)
    there = [person for person in range(M) if keypoints[person].any()]
    return [
        build_sequence(
            where,
            blank_zeros(keypoints[person][:, picked], skeleton),
            layout=skeleton,
            fps=require_rate(rate, where, "annotations of PYSKL"),
            unit=cast(Unit | None, read_fact(facts, "unit", str, where)),
            up=cast(UpAxis | None, read_fact(facts, "up", str, where))
            or ("-y" if C == 2 else None),
            confidence=None if scores is None else scores[person][:, picked].clip(min=0),
            name=name,
            label=label,
            subject=read_fact(facts, "subject", str, where) or subject,
            recording=read_fact(facts, "recording", str, where)
            or recording
            or (clip if len(there) > 1 else None),
        )
        for person, name in zip(there, name_persons(clip, len(there)), strict=True)
    ]


def _find_layout(
    facts: Mapping[str, Any], counts: tuple[int, int], layout: JointLayout | None, where: Path
) -> tuple[JointLayout, list[int]]:
    """Return the layout, and the number that each of its joints has in the file."""
    own = facts.get("layout")
    if own is None:
        found = layout_of_count(counts[0], layout, where, usual=USUAL_LAYOUTS.get(counts))
        return found, list(range(counts[0]))
    found = layout_of_count(counts[0], layout_from_fields(own, where), where)
    if layout is None:
        return found, list(range(counts[0]))
    return layout, pick_joints(found.joints, layout, where)


def _sniff(path: Path, head: bytes) -> bool:
    if head[:1] != b"\x80" or head[1:2] not in (b"\2", b"\3", b"\4", b"\5"):
        return False
    return any(word in head for word in (b"annotations", b"frame_dir", b"keypoint", b"split"))


READER = Reader(
    name="pyskl",
    suffixes=(".pkl", ".pickle"),
    sniff=_sniff,
    read=read_pyskl,
    description="annotation pickle of PYSKL or MMAction2: many clips with labels",
    guesses_layout=True,
)
