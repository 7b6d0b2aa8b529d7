"""Reader of DeepLabCut's tables: three or four levels of names over the columns of coordinates.

The levels are ``scorer``, perhaps ``individuals``, ``bodyparts`` and ``coords`` (``x``, ``y`` and
``likelihood``, or ``x``, ``y``, ``z`` of triangulated points); a row is a frame and begins with its
number. In text they are header lines; in HDF5 they are as pandas stores a frame, with pickles of
the names, which are read as data. Coordinates are pixels, y down; an empty cell is a missing value.
The likelihood is the confidence. No frame rate is told. Lightning Pose writes the same form.

Format: DeepLabCut's documentation, "What do the output files look like?"
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.animal_tracks import AnimalTrack, build_animals
from skelgraph.io.hdf5 import Hdf5File, holds, is_hdf5, open_hdf5
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.table import find_separator, parse_rows, split_row
from skelgraph.io.table_columns import Counter, columns_of_parts, parse_part
from skelgraph.io.table_timeline import CountedRows, place_rows
from skelgraph.io.text import read_text, shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray

_LEVELS = ("scorer", "individuals", "bodyparts", "coords")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frame:
    """A table with levels of names over its columns.

    Args:
        names: For each column its individual, body part and coordinate.
        values: Array (rows, columns).
        numbers: Array (rows,), numbers of the frames, if they are told.
    """

    names: list[tuple[str, str, str]]
    values: FloatArray
    numbers: FloatArray | None


def read_deeplabcut(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a table of DeepLabCut, a sequence for each animal that is there in some frame.

    The joints of a layout are picked by name. The rate must be given.

    Raises:
        FormatError: If the table is malformed or nobody is there, or the rate is not given.
    """
    path = Path(path)
    frame = _read_hdf5(path) if _starts_as_hdf5(path) else _read_lines(path)
    fps = require_rate(fps, path, "tables of DeepLabCut")
    return build_animals(
        path, _split_animals(frame, path), format="deeplabcut", layout=layout, fps=fps
    )


def _starts_as_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_hdf5(file.read(8))
    except OSError:
        return False  # the reading of text says what is wrong


def _read_lines(path: Path) -> _Frame:
    lines = read_text(path).splitlines()
    separator = find_separator(lines[0])
    levels: dict[str, list[str]] = {}
    for n, line in enumerate(lines[: len(_LEVELS)]):
        cells = [cell.strip() for cell in split_row(line, separator, path, n)]
        if cells and cells[0].lower() in _LEVELS:
            levels[cells[0].lower()] = cells
    if not {"bodyparts", "coords"} <= set(levels) or len({*map(len, levels.values())}) > 1:
        raise FormatError(
            f"{path}: expected equally long header lines scorer, bodyparts and coords, but got "
            f"{shorten(', '.join(levels) or lines[0])!r}"
        )
    num_columns = len(levels["coords"])
    individuals = levels.get("individuals", [""] * num_columns)
    names = list(zip(individuals, levels["bodyparts"], levels["coords"], strict=True))
    is_counted = _begins_with_number(lines[len(levels) :], separator)
    needed = range(0 if is_counted else 1, num_columns)
    values = parse_rows(lines, len(levels), separator, needed, num_columns, path)
    return _Frame(
        names=names[1:],
        values=values[:, int(is_counted) :],
        numbers=values[:, 0] if is_counted else None,
    )


def _begins_with_number(lines: Sequence[str], separator: str) -> bool:
    """Whether rows begin with the number of the frame, and not with the name of an image."""
    row = next((line for line in lines if line.strip()), "")
    return row.partition(separator)[0].strip(' "').isdigit()


def _read_hdf5(path: Path) -> _Frame:
    with open_hdf5(path) as file:
        group = _find_group(file)
        if group is None:
            raise FormatError(f"{path}: expected a table of DeepLabCut, but found none")
        if f"{group}/table" in file:
            return _read_table_format(file, group)
        return _read_fixed_format(file, group)


def _find_group(file: Hdf5File) -> str | None:
    """Return the group of the first frame of pandas in the file."""
    types = {name: file.read_attribute(name, "pandas_type") for name in file.list_names()}
    return next((name for name, kind in types.items() if kind in ("frame", "frame_table")), None)


def _read_table_format(file: Hdf5File, group: str) -> _Frame:
    """Read what pandas writes with ``format="table"``: records, and a pickle of the columns."""
    pickled = file.read_attribute(group, "non_index_axes")
    axes = parse_pickle(pickled.encode("latin-1"), file.path) if isinstance(pickled, str) else None
    match axes:
        case [[1, [*columns]]] | [(1, [*columns])]:
            pass
        case _:
            raise FormatError(f"{file.path}: expected the names of the columns in 'non_index_axes'")
    records = file.read_array(f"{group}/table")
    fields = records.dtype.names or ()
    blocks = [name for name in fields if name.startswith("values_block_")]
    if len(blocks) != 1 or records.ndim != 1 or records[blocks[0]].dtype.kind != "f":
        raise FormatError(f"{file.path}: expected one block of coordinates, but got {len(blocks)}")
    values = records[blocks[0]].reshape(len(records), -1).astype(np.float64)
    is_counted = "index" in fields and records["index"].dtype.kind in "iu"
    return _Frame(
        names=[_name_column(column, file.path) for column in columns],
        values=values,
        numbers=records["index"].astype(np.float64) if is_counted else None,
    )


def _read_fixed_format(file: Hdf5File, group: str) -> _Frame:
    """Read what pandas writes by default: arrays of values and of the levels of their names."""
    levels = []
    for level in range(len(_LEVELS)):
        if f"{group}/block0_items_level{level}" in file:
            texts = file.read_texts(f"{group}/block0_items_level{level}")
            codes = file.read_numbers(f"{group}/block0_items_label{level}", 1).astype(int)
            if not texts or codes.min(initial=0) < 0 or codes.max(initial=0) >= len(texts):
                raise FormatError(f"{file.path}: expected names of columns in {group!r}")
            levels.append([texts[code] for code in codes])
    values = file.read_numbers(f"{group}/block0_values", 2)
    counts = f"{group}/axis1"
    is_counted = counts in file and file.read_array(counts).dtype.kind in "iu"
    return _Frame(
        names=[_name_column(column, file.path) for column in zip(*levels, strict=False)],
        values=values,
        numbers=file.read_numbers(counts, 1) if is_counted else None,
    )


def _name_column(column: object, path: Path) -> tuple[str, str, str]:
    """Return individual, body part and coordinate of a column with its levels."""
    match column:
        case (str(), str(part), str(coordinate)):
            return "", part, coordinate
        case (str(), str(individual), str(part), str(coordinate)):
            return individual, part, coordinate
    raise FormatError(f"{path}: expected columns named by scorer, body part and coordinate")


def _split_animals(frame: _Frame, path: Path) -> list[AnimalTrack]:
    if frame.values.shape[1] != len(frame.names) or not len(frame.values):
        raise FormatError(
            f"{path}: expected rows of {len(frame.names)} values, but got {frame.values.shape}"
        )
    placed: IntArray = np.arange(len(frame.values))
    if frame.numbers is not None:
        if len(frame.numbers) != len(placed):
            raise FormatError(f"{path}: expected a number for each of {len(placed)} rows")
        counter = Counter(name="frame", number=0)
        placed = place_rows(CountedRows(counter=counter, values=frame.numbers), path).frames
    animals: dict[str, dict[str, dict[str, int]]] = {}
    for number, (individual, joint, coordinate) in enumerate(frame.names):
        part = parse_part(coordinate)
        if part is not None:
            animals.setdefault(individual, {}).setdefault(joint, {})[part] = number
    return [_make_track(name, parts, frame, placed, path) for name, parts in animals.items()]


def _make_track(
    name: str,
    parts: dict[str, dict[str, int]],
    frame: _Frame,
    placed: IntArray,
    path: Path,
) -> AnimalTrack:
    columns = columns_of_parts(parts, [], path)
    joints = tuple(columns.coordinates)
    spread = np.full((int(placed[-1]) + 1, frame.values.shape[1]), np.nan)
    spread[placed] = frame.values
    order = [number for joint in joints for number in columns.coordinates[joint]]
    return AnimalTrack(
        joints=joints,
        positions=spread[:, order].reshape(len(spread), len(joints), columns.num_dimensions),
        confidence=(
            spread[:, [columns.confidences[joint] for joint in joints]]
            if columns.confidences
            else None
        ),
        name=name,
    )


def _sniff(path: Path, head: bytes) -> bool:
    if is_hdf5(head):
        return holds(path, lambda file: _find_group(file) is not None)
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip().splitlines()
    first = [line.split(find_separator(line))[0].strip(' "').lower() for line in lines[:4]]
    return first[:1] == ["scorer"] and "coords" in first


READER = Reader(
    name="deeplabcut",
    suffixes=(".csv", ".h5", ".hdf5"),
    sniff=_sniff,
    read=read_deeplabcut,
    description="tables of DeepLabCut and Lightning Pose, as text or HDF5",
)
