"""Pose sequences as one npz file of plain arrays, without pickle.

``positions`` and ``confidence`` are all sequences' numbers one after another; ``index`` is UTF-8
JSON that tells them apart and holds the rest, a list for each field; ``sums`` are their checksums.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from skelgraph.data.stored_arrays import load_stored, sum_words
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array

_SIZES = ("num_frames", "num_dimensions")
_AS_THEY_ARE = ("fps", "unit", "up", "name", "label", "subject", "recording")
"""Fields of a sequence that JSON holds as they are."""


def save_sequences(
    file: IO[bytes], sequences: Iterable[PoseSequence], extra: Mapping[str, Any]
) -> None:
    """Writes sequences and further JSON values to an open file."""
    sequences = list(sequences)
    layouts = list(dict.fromkeys(sequence.layout for sequence in sequences))
    confidences = [one.confidence for one in sequences if one.confidence is not None]
    index = {
        "layouts": [layout.to_dict() for layout in layouts],
        "layout": [layouts.index(one.layout) for one in sequences],
        "has_confidence": [one.confidence is not None for one in sequences],
        **{key: [getattr(one, key) for one in sequences] for key in (*_SIZES, *_AS_THEY_ARE)},
        "extra": dict(extra),
    }
    positions = _join([one.positions for one in sequences])
    confidence = _join(confidences)
    text = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    sums = np.array([sum_words(array) for array in (positions, confidence, text)], dtype=np.uint64)
    np.savez(file, sums=sums, positions=positions, confidence=confidence, index=text)


def load_sequences(path: Path) -> tuple[tuple[PoseSequence, ...], dict[str, Any]]:
    """The sequences and the further values of a file that :func:`save_sequences` wrote.

    Raises:
        OSError, EOFError, ValueError, KeyError, TypeError, struct.error, zipfile.BadZipFile: If it
            is missing or damaged.
    """
    sums, *arrays = load_stored(path, ("sums", "positions", "confidence", "index"))
    if sums.tolist() != [sum_words(array) for array in arrays]:
        raise ValueError(f"{path}: its arrays are not those that were written")
    positions, confidence, text = arrays
    index = json.loads(text.tobytes())
    return tuple(_split(index, positions, confidence)), index["extra"]


def _split(
    index: Mapping[str, Any], positions: Float32Array, confidence: Float32Array
) -> Iterator[PoseSequence]:
    """The sequences, without a check or a copy: they were checked before they were written."""
    layouts = [JointLayout.from_dict(entry) for entry in index["layouts"]]
    columns = [index[key] for key in (*_SIZES, "layout", "has_confidence", *_AS_THEY_ARE)]
    start = first = 0
    for T, C, number, scored, fps, unit, up, name, label, subject, recording in zip(
        *columns, strict=True
    ):
        layout = layouts[number]
        V = layout.num_joints
        end, last = start + T * V * C, first + (T * V if scored else 0)
        yield PoseSequence.from_checked(
            positions=positions[start:end].reshape(T, V, C),
            confidence=confidence[first:last].reshape(T, V) if scored else None,
            layout=layout,
            fps=fps,
            unit=unit,
            up=up,
            name=name,
            label=label,
            subject=subject,
            recording=recording,
        )
        start, first = end, last


def _join(arrays: list[Float32Array]) -> Float32Array:
    flat = [np.zeros(0, dtype=np.float32), *(array.ravel() for array in arrays)]
    return np.concatenate(flat)
