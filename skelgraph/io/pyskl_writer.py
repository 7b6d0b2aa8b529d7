"""Writer of the annotation pickles of PYSKL and MMAction2; :mod:`skelgraph.io.pyskl` reads them.

What the format has no place for (rate, layout, unit, names of labels) goes under the key
``skelgraph`` of each annotation, which PYSKL passes over.
"""

import math
import pickle
import pickletools
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.io.annotations import OWN_KEY
from skelgraph.io.reader import Writer
from skelgraph.poses import PoseSequence

_PROTOCOL = 3
"""The last protocol that writes names as lines, so that one can be replaced by a shorter one."""

_PICKLED_NAMES = {
    *("numpy ndarray", "numpy dtype"),
    *("numpy.core.multiarray _reconstruct", "numpy.core.multiarray scalar"),
}


def write_pyskl(
    path: str | Path,
    sequences: PoseSequence | Sequence[PoseSequence],
    *,
    split: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write sequences as an annotation pickle that PYSKL and MMAction2 read.

    Neighboring sequences named ``<clip>#1``, ``<clip>#2``, ... become the persons of one
    annotation. A missing joint is written as zeros. In 2D ``keypoint_score`` is the confidence (1
    if there is none, 0 for a missing joint); in 3D PYSKL admits no scores, and confidence is not
    written. Labels become numbers: those that they spell, or else their places among the sorted
    labels. ``img_shape`` is the smallest that holds all points. ``split`` lists the names of the
    clips of each part; without it all are in a part ``all``.
    """
    if isinstance(sequences, PoseSequence):
        sequences = [sequences]
    labels = _number_labels(sequence.label for sequence in sequences)
    annotations = [
        _make_annotation(clip or Path(path).stem, list(persons), labels)
        for (clip, *_), persons in groupby(sequences, key=_clip_of)
    ]
    names = [str(annotation["frame_dir"]) for annotation in annotations]
    parts = {"all": names} if split is None else {part: list(split[part]) for part in split}
    Path(path).write_bytes(format_pickle({"split": parts, "annotations": annotations}))


def _clip_of(sequence: PoseSequence) -> tuple[object, ...]:
    """Return what persons of one clip have in common."""
    stem, mark, number = sequence.name.rpartition("#")
    clip = stem if mark and number.isdigit() else sequence.name
    shape = (sequence.num_frames, sequence.num_dimensions, sequence.layout, sequence.fps)
    return clip, *shape, sequence.unit, sequence.up, sequence.label, sequence.recording


def _number_labels(labels: Iterable[str | None]) -> dict[str, int]:
    names = sorted({label for label in labels if label is not None})
    if all(name.isascii() and name.isdigit() and str(int(name[:9])) == name for name in names):
        return {name: int(name) for name in names}
    return {name: number for number, name in enumerate(names)}


def _make_annotation(
    clip: object, persons: Sequence[PoseSequence], labels: Mapping[str, int]
) -> dict[str, Any]:
    first = persons[0]
    positions = np.stack([person.positions for person in persons])
    present = ~np.isnan(positions[..., 0])
    keypoints = np.where(present[..., None], positions, np.float32(0))
    annotation: dict[str, Any] = {"frame_dir": str(clip), "total_frames": first.num_frames}
    if first.label is not None:
        annotation["label"] = labels[first.label]
    annotation["keypoint"] = keypoints
    if first.num_dimensions == 2:
        scores = [
            np.ones(person.present.shape, np.float32)
            if person.confidence is None
            else person.confidence
            for person in persons
        ]
        annotation["keypoint_score"] = np.where(present, np.stack(scores), np.float32(0))
        size = np.max(keypoints, axis=(0, 1, 2), initial=0)
        width, height = (math.floor(length) + 1 for length in size.tolist())
        annotation["img_shape"] = annotation["original_shape"] = (height, width)
    annotation[OWN_KEY] = {
        "fps": float(first.fps),
        "unit": first.unit,
        "up": first.up,
        "layout": first.layout.to_dict(),
        "label": first.label,
        "subject": first.subject,
        "recording": first.recording,
    }
    return annotation


def format_pickle(value: Any) -> bytes:
    """Return plain values and arrays as a pickle of protocol 3 that every numpy reads.

    Pickles name numpy's modules as the numpy at hand does, and numpy 1 does not know those of
    numpy 2 (``numpy._core``). The names written here are known to both.

    Raises:
        TypeError: If the value holds anything but dictionaries, lists, tuples, texts, bytes,
            numbers, None and arrays.
    """
    content = pickle.dumps(value, protocol=_PROTOCOL)
    parts: list[bytes] = []
    start = 0
    for opcode, argument, place in pickletools.genops(content):
        if opcode.name != "GLOBAL" or place is None:
            continue
        name = str(argument).replace("numpy._core.", "numpy.core.", 1)
        if name not in _PICKLED_NAMES:
            raise TypeError(f"expected plain values and arrays, but got {argument}")
        parts += [content[start:place], b"c", name.replace(" ", "\n").encode(), b"\n"]
        start = place + len(f"c{argument}\n")
    return b"".join([*parts, content[start:]])


WRITER = Writer(
    name="pyskl",
    suffixes=(".pkl", ".pickle"),
    write=write_pyskl,
    description="annotation pickle of PYSKL and MMAction2; no confidences in space",
)
