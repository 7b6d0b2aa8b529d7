"""The cache of parsed recordings, keyed by the content of the files and the settings of reading.

A cache file is a safetensors file, which is mapped into memory rather than read. The tensors
``positions`` and ``confidence`` hold all sequences' numbers, one after another. The metadata hold
``index``, JSON that tells them apart and has the other fields, a list for each, and ``digest``,
which tells a damaged file. Format: https://github.com/huggingface/safetensors, "Format".
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from skelgraph.data.clip_set import ReadResult
from skelgraph.data.fingerprints import fingerprint_settings, fingerprint_sources
from skelgraph.io import cache_folder, replace_whole
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array

_ROOMS_THAT_READ = ("data", "io", "layouts", "poses")
_KEPT_FIELDS = ("files", "num_files", "unreadable", "notes")


def cached_read(
    name: str,
    fingerprint: str,
    settings: Mapping[str, object],
    read: Callable[[], ReadResult],
    *,
    use_cache: bool = True,
) -> ReadResult:
    """Return what ``read`` returned when files, settings and readers were last the same.

    A damaged cache file is replaced. If the cache cannot be written to, there is a warning, and the
    result is the same.

    Args:
        name: Name of the dataset; the cache file's name begins with it.
        fingerprint: Digest of the files.
        settings: All else that the result depends on, except the readers' code: their sources are
            a part of the key.
        read: Reads the files.
        use_cache: Whether to look up and keep the result; if not, the files are read.
    """
    if not use_cache:
        return read()
    key = fingerprint_settings(
        {
            "files": fingerprint,
            "settings": dict(settings),
            "readers": fingerprint_sources(*_ROOMS_THAT_READ),
        }
    )
    path = cache_folder("datasets") / f"{name}-{key}.safetensors"
    cached = _load(path)
    if cached is not None:
        return cached
    result = read()
    extra = {name: getattr(result, name) for name in _KEPT_FIELDS}
    keep_sequences(path, result.sequences, extra)
    return result


def recall_sequences(path: Path) -> tuple[tuple[PoseSequence, ...], dict[str, Any]] | None:
    """Return what :func:`keep_sequences` kept in a file of the cache.

    It is None if the file is absent or damaged, so that it is made again.
    """
    try:
        return load_sequences(path)
    except ARCHIVE_DAMAGE:
        return None


def keep_sequences(
    path: Path, sequences: Sequence[PoseSequence], extra: Mapping[str, object]
) -> None:
    """Keep sequences and further JSON values in a file of the cache.

    If the cache cannot be written to, there is a warning.
    """
    try:
        with replace_whole(path, private=True) as partial:
            save_sequences(partial, sequences, extra)
    except OSError as error:
        warnings.warn(
            f"the parsed recordings cannot be cached, so that the next start is as slow: {error}; "
            "set SKELGRAPH_CACHE to a folder that can be written to",
            stacklevel=3,
        )


def _load(path: Path) -> ReadResult | None:
    recalled = recall_sequences(path)
    if recalled is None:
        return None
    sequences, extra = recalled
    try:
        values = {name: extra[name] for name in _KEPT_FIELDS}
        lists = {name: tuple(value) for name, value in values.items() if name != "num_files"}
        return ReadResult(sequences=sequences, **(values | lists))
    except (KeyError, TypeError):
        return None


ARCHIVE_DAMAGE = (OSError, ValueError, KeyError, TypeError, SafetensorError)
"""What :func:`load_sequences` raises for a file that is absent or damaged."""

_STORED = ("confidence", "positions")
"""Order of the tensors in the file: those of one type are sorted by name."""
_SIZES = ("num_frames", "num_dimensions")
_AS_THEY_ARE = (
    *("fps", "unit", "up", "name", "label", "subject", "recording"),
    *("start_s", "numbering_hz"),
)
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
    for T, C, number, scored, *values in zip(*columns, strict=True):
        layout = layouts[number]
        V = layout.num_joints
        end, last = start + T * V * C, first + (T * V if scored else 0)
        yield PoseSequence.from_checked(
            positions=positions[start:end].reshape(T, V, C),
            confidence=confidence[first:last].reshape(T, V) if scored else None,
            layout=layout,
            **dict(zip(_AS_THEY_ARE, values, strict=True)),
        )
        start, first = end, last


def _join(arrays: list[Float32Array]) -> Float32Array:
    flat = [np.zeros(0, dtype=np.float32), *(array.ravel() for array in arrays)]
    return np.concatenate(flat)
