"""Reader and writer of skelgraph's own format: numpy arrays in a zip archive, without pickles.

Keys: ``positions`` (T, V, C), NaN where a joint is missing; ``fps``; ``unit``; ``up``;
``confidence`` (T, V) and the texts ``name``, ``label``, ``subject``, ``recording`` where there are
any; ``start_s`` and ``numbering_hz`` (:class:`skelgraph.poses.PoseSequence`) where they say
something; and the whole layout: ``layout`` (its name), ``joints`` (names), ``bones``, ``pairs`` and
``extra_edges`` (rows of two joint numbers), ``center``, ``added_bones``. A file with ``layout``
alone means the catalogue's. A file of others with one array (T, V, C) and nothing else is read when
layout and frame rate are given.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError, LayoutError, RateError
from skelgraph.io.joint_names import pick_joints
from skelgraph.io.npz_archive import NpzArchive, looks_like_poses, write_archive
from skelgraph.io.reader import Reader, Writer, build_sequence, read_as_list
from skelgraph.io.text import shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout, get_known_layout
from skelgraph.poses import PoseSequence, Unit, UpAxis
from skelgraph.typing import FloatArray, IntArray

_TEXTS = ("name", "label", "subject", "recording")


def read_npz(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a file written by :func:`write_npz`, or one with a single array (T, V, C).

    The joints of a layout are picked by name, if the file has a layout of its own. A rate is used
    if the file tells none.

    Raises:
        FormatError: If the file is no npz archive, holds pickled objects, lacks what is not given,
            or holds arrays that do not fit each other.
    """
    path = Path(path)
    archive = NpzArchive(path)
    positions = archive.read_numbers(_find_positions(archive, path))
    confidence = archive.read_numbers("confidence") if "confidence" in archive.keys else None
    own = _read_layout(archive, path)
    skeleton = own or layout
    if skeleton is None:
        raise FormatError(
            f"{path}: expected the array 'joints' or 'layout', but the keys are "
            f"{shorten(', '.join(archive.keys), 200)}; pass the layout"
        )
    _check_shapes(positions, confidence, skeleton, path)
    if own is not None and layout is not None:
        picked = pick_joints(own.joints, layout, path)
        skeleton = layout
        positions = positions[:, picked]
        confidence = None if confidence is None else confidence[:, picked]
    unit = _read_text(archive, "unit", path)
    up = _read_text(archive, "up", path)
    return build_sequence(
        path,
        positions,
        layout=skeleton,
        fps=_read_rate(archive, fps, path),
        unit=cast(Unit | None, unit),  # the sequence refuses any other text
        up=cast(UpAxis | None, up),
        confidence=confidence,
        name=_read_text(archive, "name", path),
        label=_read_text(archive, "label", path),
        subject=_read_text(archive, "subject", path),
        recording=_read_text(archive, "recording", path),
        start_s=_read_number(archive, "start_s", path) or 0.0,
        numbering_hz=_read_number(archive, "numbering_hz", path),
    )


def _find_positions(archive: NpzArchive, path: Path) -> str:
    if "positions" in archive.keys:
        return "positions"
    if len(archive.keys) == 1:
        return archive.keys[0]
    raise FormatError(
        f"{path}: expected an array 'positions' or a single array, but the keys are "
        f"{shorten(', '.join(archive.keys), 200)}"
    )


def _check_shapes(
    positions: FloatArray, confidence: FloatArray | None, layout: JointLayout, path: Path
) -> None:
    V = layout.num_joints
    shape = positions.shape
    if positions.ndim != 3 or not shape[0] or shape[1] != V or shape[2] not in (2, 3):
        raise FormatError(
            f"{path}: expected positions (frames, {V} joints, 2 or 3) for layout {layout.name!r}, "
            f"but got {shape}"
        )
    if confidence is not None and confidence.shape != shape[:2]:
        raise FormatError(
            f"{path}: expected confidences (frames, joints) = {shape[:2]}, but got "
            f"{confidence.shape}"
        )


def _read_rate(archive: NpzArchive, fps: float | None, path: Path) -> float:
    rate = _read_number(archive, "fps", path)
    rate = fps if rate is None else rate
    if rate is None:
        raise RateError(
            f"{path}: expected the frame rate in array 'fps', but the keys are "
            f"{shorten(', '.join(archive.keys), 200)}; pass it (--fps)"
        )
    return rate


def _read_number(archive: NpzArchive, key: str, path: Path) -> float | None:
    if key not in archive.keys:
        return None
    number = archive.read_numbers(key)
    if number.size != 1:
        raise FormatError(f"{path}: expected one number in array {key!r}, but got {number.shape}")
    return float(number.item())


def _read_text(archive: NpzArchive, key: str, path: Path) -> str | None:
    if key not in archive.keys:
        return None
    texts = archive.read_texts(key)
    if len(texts) != 1:
        raise FormatError(f"{path}: expected one text in array {key!r}, but got {len(texts)}")
    return texts[0]


def _read_layout(archive: NpzArchive, path: Path) -> JointLayout | None:
    name = _read_text(archive, "layout", path)
    if name is None and "joints" not in archive.keys:
        return None
    try:
        if "joints" not in archive.keys:
            return get_known_layout(str(name))
        joints = archive.read_texts("joints")
        if len(joints) > MAX_JOINTS:
            raise LayoutError(f"there are more than {MAX_JOINTS} joints")
        return JointLayout(
            name=name or f"npz-{len(joints)}",
            joints=tuple(joints),
            bones=_read_pairs(archive, "bones", path),
            center=_read_center(archive, path),
            pairs=_read_pairs(archive, "pairs", path),
            extra_edges=_read_pairs(archive, "extra_edges", path),
            added_bones=tuple(archive.read_integers("added_bones").ravel().tolist()),
        )
    except LayoutError as error:
        raise FormatError(f"{path}: {error}") from error


def _read_center(archive: NpzArchive, path: Path) -> int:
    numbers = archive.read_integers("center")
    if numbers.size != 1:
        raise FormatError(f"{path}: expected one number in array 'center', but got {numbers.shape}")
    return int(numbers.item())


def _read_pairs(archive: NpzArchive, key: str, path: Path) -> tuple[tuple[int, int], ...]:
    numbers = archive.read_integers(key)
    if numbers.ndim != 2 or numbers.shape[1] != 2:
        raise FormatError(
            f"{path}: expected rows of two joint numbers in array {key!r}, but got {numbers.shape}"
        )
    return tuple((int(a), int(b)) for a, b in numbers.tolist())


def write_npz(path: str | Path, sequence: PoseSequence) -> None:
    """Write a sequence with its layout and all other fields, under just this name."""
    layout = sequence.layout
    arrays: dict[str, npt.ArrayLike] = {
        "positions": sequence.positions,
        "fps": np.float64(sequence.fps),
        "unit": np.str_(sequence.unit),
        "up": np.str_(sequence.up),
        "layout": np.str_(layout.name),
        "joints": np.array(layout.joints),
        "bones": _pack_pairs(layout.bones),
        "pairs": _pack_pairs(layout.pairs),
        "extra_edges": _pack_pairs(layout.extra_edges),
        "added_bones": np.array(layout.added_bones, dtype=np.int64),
        "center": np.int64(layout.center),
    }
    if sequence.confidence is not None:
        arrays["confidence"] = sequence.confidence
    clock = {"start_s": sequence.start_s, "numbering_hz": sequence.numbering_hz}
    arrays |= {key: np.float64(number) for key, number in clock.items() if number}
    texts = (sequence.name, sequence.label, sequence.subject, sequence.recording)
    arrays |= {key: np.str_(text) for key, text in zip(_TEXTS, texts, strict=True) if text}
    write_archive(Path(path), arrays)


def _pack_pairs(pairs: Sequence[tuple[int, int]]) -> IntArray:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _sniff(path: Path, head: bytes) -> bool:
    return head.startswith(b"PK") and looks_like_poses(path)


WRITER = Writer(
    name="npz",
    suffixes=(".npz",),
    write=write_npz,
    description="everything that a sequence holds",
)

READER = Reader(
    name="npz",
    suffixes=(".npz",),
    sniff=_sniff,
    read=read_as_list(read_npz),
    description="numpy arrays with positions, layout and rate, as skelgraph writes them",
)
