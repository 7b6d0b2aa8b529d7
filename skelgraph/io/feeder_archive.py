"""Archives that the feeders of ST-GCN, 2s-AGCN and CTR-GCN take.

An npz with ``x_train``, ``y_train``, ``x_test``, ``y_test`` (CTR-GCN): x is (N, T, M * 25 * 3), the
persons of a frame one after the other, or (N, C, T, V, M); y is the number of the class, (N,), or
one-hot, (N, classes). Or ``train_data.npy`` (N, C, T, V, M) beside ``train_label.pkl``, a pair of
lists: names and numbers of the classes (ST-GCN); the files of ``val`` that lie beside them are the
other part. Clips end with frames of zeros, and a person who is not there is zero.

Format: Uason-Chen/CTR-GCN, data/ntu/seq_transformation.py and feeders/feeder_ntu.py;
yysijie/st-gcn, tools/ntu_gendata.py.
"""

import math
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.io.archive_builder import ArchiveBuilder
from skelgraph.io.archive_index import ArchiveIndex
from skelgraph.io.npz_archive import DAMAGE, MAX_EXPANSION, read_header
from skelgraph.io.persons import parse_ntu_name
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.text import read_bytes, shorten
from skelgraph.typing import IntArray

_PARTS = ("train", "val", "valid", "test")
_NUMBERS_OF_PERSON = 75
_LENGTHS = struct.Struct("<HH")
"""Of the name and of what follows it, from byte 26 of a member of a zip."""


def index_npz(builder: ArchiveBuilder) -> ArchiveIndex:
    """Return the clips of an npz with ``x_train`` and ``y_train``.

    Raises:
        FormatError: If it is no such npz.
    """
    path, parts = builder.path, dict[str, list[str]]()
    try:
        with zipfile.ZipFile(path) as archive:
            for part in _PARTS:
                if f"x_{part}.npy" in archive.namelist():
                    labels = _read_labels(archive, f"y_{part}.npy", path)
                    clips = _open_member(builder, archive, f"x_{part}.npy")
                    names = [f"{part}-{number:05}" for number in range(len(labels))]
                    parts[part] = _add_all(builder, names, clips, labels)
    except DAMAGE as error:
        raise FormatError(
            f"{path}: expected an npz archive with x_train, but it cannot be read: "
            f"{shorten(str(error), 200)}"
        ) from error
    return builder.build(parts)


def _read_labels(archive: zipfile.ZipFile, key: str, path: Path) -> list[str]:
    if key not in archive.namelist():
        raise FormatError(f"{path}: expected the labels of clips in {key!r}, but it is not there")
    with archive.open(key) as file:
        shape, _, dtype = read_header(file)
        if dtype.kind not in "iufb" or len(shape) not in (1, 2):
            raise FormatError(
                f"{path}: expected numbers of classes in {key!r}, (clips,) or one-hot (clips, "
                f"classes), but got {dtype} {shape}"
            )
        array = np.frombuffer(file.read(math.prod(shape) * dtype.itemsize), dtype).reshape(shape)
    numbers: IntArray = array.argmax(axis=1) if array.ndim == 2 else array.astype(np.int64)
    return ["" if number < 0 else str(number) for number in numbers.tolist()]


def _open_member(
    builder: ArchiveBuilder, archive: zipfile.ZipFile, key: str
) -> Iterator[npt.NDArray[Any]]:
    """Yield the clips of an array, which stay where they are unless they are compressed."""
    info = archive.getinfo(key)
    if info.file_size > MAX_EXPANSION * len(builder.content):
        raise ValueError(f"{key} is out of proportion to the file")
    with archive.open(info) as file:
        shape, is_fortran, dtype = read_header(file)
        _check_shape(builder.path, key, shape, dtype)
        size = math.prod(shape) * dtype.itemsize
        if file.tell() + size != info.file_size:
            raise ValueError(f"shape {shape} of {dtype} does not fit {info.file_size} bytes")
        if info.compress_type == zipfile.ZIP_STORED:
            at = info.header_offset + 26
            begin = at + 4 + sum(_LENGTHS.unpack(builder.content[at : at + 4])) + file.tell()
            yield from np.ndarray(
                shape, dtype, builder.content, begin, order="F" if is_fortran else "C"
            )
        elif is_fortran:
            raise ValueError(f"{key} is compressed by columns; save it with rows first")
        else:
            yield from _read_clips(file, shape, dtype)


def _read_clips(
    file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[npt.NDArray[Any]]:
    size = math.prod(shape[1:]) * dtype.itemsize
    for _ in range(shape[0]):
        yield np.frombuffer(file.read(size), dtype).reshape(shape[1:])


def _check_shape(path: Path, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    is_flat = len(shape) == 3 and shape[2] and shape[2] % _NUMBERS_OF_PERSON == 0
    is_split = len(shape) == 5 and shape[1] in (2, 3)
    if dtype.kind not in "fiu" or min(shape, default=0) < 1 or not (is_flat or is_split):
        raise FormatError(
            f"{path}: expected numbers in {key!r}, (clips, frames, persons x 25 x 3) or (clips, 2 "
            f"or 3, frames, joints, persons), but got {dtype} {shape}"
        )


def _add_all(
    builder: ArchiveBuilder,
    names: Iterable[str],
    clips: Iterable[npt.NDArray[Any]],
    labels: Iterable[str],
) -> list[str]:
    """Add the clips of a part and return their names."""
    added = []
    try:
        for name, clip, label in zip(names, clips, labels, strict=True):
            subject, recording, _ = parse_ntu_name(name) or (None, None, None)
            persons = _drop_zeros(_arrange(clip))
            builder.add(name, persons, label=label, subject=subject, recording=recording)
            added.append(name)
    except ValueError as error:
        if isinstance(error, FormatError) or "zip()" not in str(error):
            raise
        raise FormatError(f"{builder.path}: expected a label for each clip: {error}") from error
    return added


def _arrange(clip: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a clip as (M, T, V, C)."""
    if clip.ndim == 2:
        return clip.reshape(len(clip), -1, 25, 3).transpose(1, 0, 2, 3)
    return clip.transpose(3, 1, 2, 0)  # (C, T, V, M)


def _drop_zeros(clip: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a clip without the frames of zeros at its end."""
    if clip[:, -1].any():
        return clip
    there = np.flatnonzero(clip.any(axis=(0, 2, 3)))
    return clip[:, : there[-1] + 1 if len(there) else 1]


def index_npy(builder: ArchiveBuilder) -> ArchiveIndex:
    """Return the clips of ``train_data.npy``, and of ``val_data.npy`` beside it.

    Raises:
        FormatError: If it is no such array, or has no labels beside it.
    """
    parts = {}
    for part, (data, label) in find_feeder_files(builder.path).items():
        names, labels = _read_names(label)
        try:
            array = np.load(data, mmap_mode="r", allow_pickle=False)
        except DAMAGE as error:
            raise FormatError(f"{data}: expected a numpy array, but it is damaged") from error
        _check_shape(data, "the array", array.shape, array.dtype)
        if data == builder.path:  # so that its clips are found in the file
            start = data.stat().st_size - array.nbytes
            array = np.ndarray(array.shape, array.dtype, builder.content, start, array.strides)
        parts[part] = _add_all(builder, names, iter(array), labels)
    return builder.build(parts)


def find_feeder_files(path: Path) -> Mapping[str, tuple[Path, Path]]:
    """Return the arrays and the labels of each part: the given array's, and those beside it.

    None are there if the name does not begin with a part, or there is no file of labels.
    """
    own, mark, rest = path.name.partition("_data")
    found = {}
    for part in dict.fromkeys((own, *_PARTS)):
        data, label = path.with_name(f"{part}_data{rest}"), path.with_name(f"{part}_label.pkl")
        if mark and own in _PARTS and data.is_file() and label.is_file():
            found[part] = (data, label)
    return found


def _read_names(path: Path) -> tuple[list[str], list[str]]:
    """Read the names and the numbers of the classes of all clips."""
    value = parse_pickle(read_bytes(path), path)
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    lists = [list(one) for one in value if isinstance(one, list | tuple | np.ndarray)]
    if not is_pair or len(lists) != 2 or not all(isinstance(name, str) for name in lists[0]):
        raise FormatError(f"{path}: expected a pair of lists: names of clips, and their labels")
    return [name.removesuffix(".skeleton") for name in lists[0]], [
        "" if str(one).startswith("-") else str(one) for one in lists[1]
    ]
