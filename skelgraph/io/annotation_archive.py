"""Archives of annotations: the pickles of PYSKL and MMAction2, and the same as JSON.

Their form is that of :mod:`skelgraph.io.pyskl`. The arrays of a pickle stay where they are.
"""

import re
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
    find_splits,
    read_fact,
    read_label,
    read_name,
    take_array,
)
from skelgraph.io.archive_builder import ArchiveBuilder
from skelgraph.io.archive_index import ArchiveIndex
from skelgraph.io.joint_names import layout_from_fields
from skelgraph.io.json_text import parse_json
from skelgraph.io.persons import parse_ntu_name
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.text import read_text
from skelgraph.poses import Unit, UpAxis


def index_pickle(builder: ArchiveBuilder) -> ArchiveIndex:
    """Return the clips of an annotation pickle.

    Raises:
        FormatError: If it is no such pickle, or names anything but arrays.
    """
    return _index(builder, parse_pickle(builder.content, builder.path))


def index_json(builder: ArchiveBuilder) -> ArchiveIndex:
    """Return the clips of annotations in JSON.

    Raises:
        FormatError: If it is no such JSON.
    """
    value = parse_json(read_text(builder.path), builder.path)
    for number, annotation in enumerate(find_annotations(value, builder.path)):
        if isinstance(annotation, dict):
            where = Path(f"{builder.path}, annotation {number}")
            for key in ("keypoint", "keypoint_score"):
                if annotation.get(key) is not None:
                    annotation[key] = _stack(annotation[key], key, where)
    return _index(builder, value)


def _stack(value: Any, key: str, where: Path) -> npt.NDArray[np.float64]:
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(
            f"{where}: expected lists of equal lengths with numbers in {key!r}: {error}"
        ) from error


def _index(builder: ArchiveBuilder, value: Any) -> ArchiveIndex:
    for number, annotation in enumerate(find_annotations(value, builder.path)):
        where = Path(f"{builder.path}, annotation {number}")
        _add(builder, expect_annotation(annotation, where), where)
    return builder.build(find_splits(value, builder.path))


def _add(builder: ArchiveBuilder, annotation: Mapping[str, Any], where: Path) -> None:
    keypoints = take_array(annotation, "keypoint", 4, where)
    M, T, V, C = keypoints.shape
    if not T or not V or C not in (2, 3):
        raise FormatError(
            f"{where}: expected keypoints (persons, frames, joints, 2 or 3), but got {(M, T, V, C)}"
        )
    scores = None
    if annotation.get("keypoint_score") is not None:
        scores = take_array(annotation, "keypoint_score", 3, where)
        if scores.shape != (M, T, V):
            raise FormatError(
                f"{where}: expected keypoint_score {(M, T, V)}, but got {scores.shape}"
            )
    own = annotation.get(OWN_KEY)
    facts: Mapping[str, Any] = own if isinstance(own, dict) else {}
    name = read_name(annotation, where)
    subject, recording, action = parse_ntu_name(name) or (None, None, None)
    layout = facts.get("layout")
    builder.add(
        name,
        keypoints,
        scores,
        label=read_fact(facts, "label", str, where) or read_label(annotation, where) or action,
        subject=read_fact(facts, "subject", str, where) or subject,
        recording=read_fact(facts, "recording", str, where) or recording,
        fps=read_fact(facts, "fps", float, where),
        layout=None if layout is None else layout_from_fields(layout, where),
        unit=cast(Unit | None, read_fact(facts, "unit", str, where)),
        up=cast(UpAxis | None, read_fact(facts, "up", str, where)),
    )


def looks_like_annotations(head: bytes) -> bool:
    """Whether JSON begins as annotations do, whose points are no COCO keypoints."""
    return _START.match(head) is not None and (
        b'"frame_dir"' in head or b'"keypoint"' in head or _SPLIT.match(head) is not None
    )


_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_SPLIT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"split"\s*:\s*\{')
