"""Pose sequences as one safetensors file, which is mapped into memory rather than read.

The tensors ``positions`` and ``confidence`` hold all sequences' numbers, one after another. The
metadata hold ``index``, JSON that tells them apart and has the other fields, a list for each, and
``digest``, which tells a damaged file.

Format: https://github.com/huggingface/safetensors, "Format".
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array

ARCHIVE_DAMAGE = (OSError, ValueError, KeyError, TypeError, SafetensorError)
"""What :func:`load_sequences` raises for a file that is absent or damaged."""

_STORED = ("confidence", "positions")
"""Order of the tensors in the file: those of one type are sorted by name."""
_SIZES = ("num_frames", "num_dimensions")
_AS_THEY_ARE = ("fps", "unit", "up", "name", "label", "subject", "recording")
"""Fields of a sequence that JSON holds as they are."""


def save_sequences(file: Path, sequences: Iterable[PoseSequence], extra: Mapping[str, Any]) -> None:
    """Write sequences and further JSON values to a file."""
    sequences = list(sequences)
    layouts = list(dict.fromkeys(sequence.layout for sequence in sequences))
    confidences = [one.confidence for one in sequences if one.confidence is not None]
    index = json.dumps(
        {
            "layouts": [layout.to_dict() for layout in layouts],
            "layout": [layouts.index(one.layout) for one in sequences],
            "has_confidence": [one.confidence is not None for one in sequences],
            **{key: [getattr(one, key) for one in sequences] for key in (*_SIZES, *_AS_THEY_ARE)},
            "extra": dict(extra),
        }
    )
    positions = _join([one.positions for one in sequences])
    confidence = _join(confidences)
    save_file(
        {"positions": positions, "confidence": confidence},
        file,
        metadata={"index": index, "digest": _digest(index, positions, confidence)},
    )


def load_sequences(file: Path) -> tuple[tuple[PoseSequence, ...], dict[str, Any]]:
    """Return the sequences and the further values that :func:`save_sequences` wrote.

    Raises:
        ARCHIVE_DAMAGE: If the file is absent or damaged.
    """
    with safe_open(file, framework="np") as archive:  # which checks that the tensors fill the file
        metadata = archive.metadata()
        sizes = [archive.get_slice(name).get_shape()[0] for name in _STORED]
    numbers = _map_numbers(file, sum(sizes))
    confidence, positions = numbers[: sizes[0]], numbers[sizes[0] :]
    if metadata["digest"] != _digest(metadata["index"], positions, confidence):
        raise ValueError(f"{file}: its content is not that which was written")
    index = json.loads(metadata["index"])
    return tuple(_split(index, positions, confidence)), index["extra"]


def _map_numbers(file: Path, count: int) -> Float32Array:
    """Map the last numbers of a file into memory; they cannot be written to."""
    offset = file.stat().st_size - count * np.dtype(np.float32).itemsize
    mapped = np.memmap(file, np.uint8, mode="r")
    return np.asarray(mapped)[offset:].view(np.float32)


def _digest(index: str, positions: Float32Array, confidence: Float32Array) -> str:
    """Return a digest of the text and, as fast as memory is read, a parity of the numbers."""
    digest = blake2b(index.encode(), digest_size=16)
    for numbers in (positions, confidence):
        digest.update(np.bitwise_xor.reduce(numbers.view(np.uint32), initial=0).tobytes())
    return digest.hexdigest()


def _split(
    index: Mapping[str, Any], positions: Float32Array, confidence: Float32Array
) -> Iterator[PoseSequence]:
    """Yield the sequences without a check, which they passed before, and without a copy."""
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
