"""Pose sequences as one npz file of plain arrays, without pickle.

``positions`` and ``confidence`` are all sequences' numbers one after another; ``index`` is UTF-8
JSON that tells them apart and holds the rest.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array


def save_sequences(
    file: IO[bytes], sequences: Iterable[PoseSequence], extra: Mapping[str, Any]
) -> None:
    """Writes sequences and further JSON values to an open file."""
    sequences = list(sequences)
    layouts = list(dict.fromkeys(sequence.layout for sequence in sequences))
    confidences = [one.confidence for one in sequences if one.confidence is not None]
    index = {
        "layouts": [layout.to_dict() for layout in layouts],
        "sequences": [_describe(one, layouts.index(one.layout)) for one in sequences],
        "extra": dict(extra),
    }
    np.savez(
        file,
        positions=_join([one.positions for one in sequences]),
        confidence=_join(confidences),
        index=np.frombuffer(json.dumps(index).encode(), dtype=np.uint8),
    )


def load_sequences(path: Path) -> tuple[tuple[PoseSequence, ...], dict[str, Any]]:
    """The sequences and the further values of a file that :func:`save_sequences` wrote.

    Raises:
        OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile: If it is missing or damaged.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as store:
        index = json.loads(store["index"].tobytes())
        positions, confidence = store["positions"], store["confidence"]
    for array in (positions, confidence):
        if array.dtype != np.float32:
            raise ValueError(f"expected numbers of single precision, but got {array.dtype}")
        array.flags.writeable = False
    layouts = [JointLayout.from_dict(entry) for entry in index["layouts"]]
    shapes = [entry["shape"] for entry in index["sequences"]]
    ends = np.cumsum([0, *(T * V * C for T, V, C in shapes)])
    scored = [entry["has_confidence"] for entry in index["sequences"]]
    scores = np.cumsum([0, *(T * V * has for (T, V, _), has in zip(shapes, scored, strict=True))])
    sequences = tuple(
        PoseSequence(
            positions=positions[start:end].reshape(entry["shape"]),
            confidence=confidence[first:last].reshape(entry["shape"][:2])
            if entry["has_confidence"]
            else None,
            layout=layouts[entry["layout"]],
            fps=entry["fps"],
            unit=entry["unit"],
            up=entry["up"],
            name=entry["name"],
            label=entry["label"],
            subject=entry["subject"],
            recording=entry["recording"],
            checked=True,
        )
        for entry, (start, end), (first, last) in zip(
            index["sequences"], pairwise(ends), pairwise(scores), strict=True
        )
    )
    return sequences, index["extra"]


def _join(arrays: list[Float32Array]) -> Float32Array:
    flat = [np.zeros(0, dtype=np.float32), *(array.ravel() for array in arrays)]
    return np.concatenate(flat)


def _describe(sequence: PoseSequence, layout: int) -> dict[str, Any]:
    return {
        "shape": sequence.positions.shape,
        "has_confidence": sequence.confidence is not None,
        "layout": layout,
        "fps": sequence.fps,
        "unit": sequence.unit,
        "up": sequence.up,
        "name": sequence.name,
        "label": sequence.label,
        "subject": sequence.subject,
        "recording": sequence.recording,
    }
