"""Reader of C3D files: trajectories of markers, as motion-capture systems of all makes write them.

Binary, in blocks of 512 bytes: a header; a section of parameters in groups, of which ``POINT``
names the markers (``LABELS``), their unit (``UNITS``) and their rate (``RATE``); and the frames,
each with x, y, z and a residual of every marker and then the analog channels, which are left
alone. A negative scale means numbers in single precision, a positive one whole numbers to be
multiplied by it. A negative residual means that the marker was not seen. Numbers are those of the
processor that wrote them: Intel, DEC (VAX) or MIPS. ``POINT:Y_SCREEN`` is the axis that points up
on the screen, and so in the laboratory. A marker may be named with its subject, ``Anna:LASI``.
Among the points are results of models, such as angles and forces, which other parameters of
``POINT`` name.

The library for it (ezc3d) ends the process on some damaged files, so that the few pages of the
format are read here; a test compares both.

Format: "The C3D File Format, User Guide", Motion Lab Systems, 2008 (c3d.org).
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io.c3d_parameters import BLOCK, Parameters, Processor, parse_parameters
from skelgraph.io.guess_metadata import parse_unit
from skelgraph.io.marker_sets import split_subjects
from skelgraph.io.missing_codes import blank_codes
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.text import read_bytes
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence, UpAxis
from skelgraph.typing import FloatArray

_RESULTS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "REACTIONS")
"""Parameters of ``POINT`` that name points which are no positions."""
_RESULT = re.compile(r"(Angles|Force|Moment|Power|GRF|GRM|CoP)\d?$", re.IGNORECASE)
_MODELLED = re.compile(
    r"(?:(?P<segment>PEL|TRX|HED|[LR](?:FE|TI|FO|TO|HU|RA|HN|CL))[OALP]|Cent(?:re|er)OfMass(?:Floor)?)"
)
"""Points of Plug-in Gait: origin (``PELO``) and axes of a bone, and the center of mass."""
_KEY = 0x50
_MOST_FRAMES = 65535


def read_c3d(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read the markers of a C3D file, a sequence for each subject.

    The joints of a layout are picked by name; without it the names of the markers tell the layout
    (:func:`skelgraph.io.marker_sets.split_subjects`). A rate is used if the file tells none.

    Raises:
        FormatError: If the file is no C3D file, is damaged or cut off, or lacks markers of the
            layout.
    """
    path = Path(path)
    content = read_bytes(path)
    if len(content) < 2 * BLOCK or content[1] != _KEY or not content[0]:
        raise FormatError(f"{path}: expected a C3D file, but it does not begin like one")
    parameters = parse_parameters(content, BLOCK * (content[0] - 1), path)
    points = _read_points(content, parameters, path)
    names = _read_names(parameters, points.shape[1], path)
    rate = _read_rate(content, parameters, fps, path)
    units = parameters.texts("POINT", "UNITS")
    sets = split_subjects(names, layout, path)
    return [
        build_sequence(
            path,
            blank_codes(points[:, markers.numbers], markers.layout, path),
            layout=markers.layout,
            fps=rate,
            unit=parse_unit(units[0]) if units else None,
            up=_read_up(parameters),
            name=f"{path.stem}:{markers.subject}" if len(sets) > 1 else None,
        )
        for markers in sets
    ]


def _read_points(content: bytes, parameters: Parameters, path: Path) -> FloatArray:
    """Return the positions (T, markers, 3); NaN where a marker was not seen."""
    processor = parameters.processor
    num_points, num_analog, first, last = processor.integers(content[2:10])
    start = int(processor.integers(content[16:18])[0])
    scale = float(processor.floats(content[12:16])[0])
    num_points = int(parameters.number("POINT", "USED", num_points))
    num_frames = _count_frames(parameters, int(first), int(last))
    start = int(parameters.number("POINT", "DATA_START", start))
    scale = parameters.number("POINT", "SCALE", scale)
    width = 4 if scale < 0 else 2
    row = width * (4 * num_points + int(num_analog))
    offset = BLOCK * (start - 1)
    if not 0 < num_points <= MAX_JOINTS or num_frames <= 0 or offset < BLOCK:
        raise FormatError(
            f"{path}: expected frames of 1 to {MAX_JOINTS} markers, but got {num_frames} frames of "
            f"{num_points}"
        )
    if offset + num_frames * row > len(content):
        raise FormatError(
            f"{path}: expected {num_frames} frames of {row} bytes after byte {offset}, but the "
            f"file has {len(content)}: is it cut off?"
        )
    raw = content[offset : offset + num_frames * row]
    values = processor.floats(raw) if scale < 0 else processor.signed(raw).astype(np.float64)
    frames = values.reshape(num_frames, -1)[:, : 4 * num_points].reshape(num_frames, -1, 4)
    positions = frames[:, :, :3] * (1.0 if scale < 0 else scale)
    seen = (frames[:, :, 3] >= 0) & np.isfinite(positions).all(axis=2)
    return np.where(seen[:, :, None], positions, np.nan)


def _count_frames(parameters: Parameters, first: int, last: int) -> int:
    """Return the number of frames: the header's, unless it is larger than the header can hold."""
    if last < _MOST_FRAMES:
        return last - first + 1
    start, end = (
        parameters.double_word("TRIAL", f"ACTUAL_{field}_FIELD") for field in ("START", "END")
    )
    if start is not None and end is not None:
        return end - start + 1
    return int(parameters.number("POINT", "FRAMES", last - first + 1))


def _read_names(parameters: Parameters, num_points: int, path: Path) -> list[str]:
    """Return the names of all points; empty for one that is no marker."""
    names = [name.strip() for name in parameters.texts("POINT", "LABELS")][:num_points]
    results = {
        name.strip() for group in _RESULTS for name in parameters.texts("POINT", group) if name
    }
    results |= _list_modelled(names)
    markers = ["" if name in results or _RESULT.search(name) else name for name in names]
    if not any(markers):
        markers = names  # a file of joint centers that a model computed
    if not any(markers):
        raise FormatError(f"{path}: expected names of {num_points} markers, but got none")
    if len(names) < num_points:
        warnings.warn(
            f"{path}: names only {len(names)} of {num_points} markers; the others are left out",
            FormatWarning,
            stacklevel=4,
        )
    return markers


def _list_modelled(names: Sequence[str]) -> set[str]:
    """Return the names of points that Plug-in Gait computed: axes only beside their origin.

    Example:
        >>> sorted(_list_modelled(["A:PELO", "A:PELA", "A:LCLA", "A:CentreOfMass"]))
        ['A:CentreOfMass', 'A:PELA', 'A:PELO']
    """
    modelled = set()
    for name in names:
        subject, colon, bare = name.rpartition(":")
        match = _MODELLED.fullmatch(bare)
        segment = match and match["segment"]
        if match and (not segment or f"{subject}{colon}{segment}O" in names):
            modelled.add(name)
    return modelled


def _read_up(parameters: Parameters) -> UpAxis | None:
    """Return the axis that points up on the screen, if the file says it."""
    texts = parameters.texts("POINT", "Y_SCREEN")
    axis = texts[0].strip().lower() if texts else ""
    axis = axis if axis[:1] in ("+", "-") else f"+{axis}"
    return next((known for known in get_args(UpAxis) if known == axis), None)


def _read_rate(content: bytes, parameters: Parameters, fps: float | None, path: Path) -> float:
    header = float(parameters.processor.floats(content[20:24])[0])
    rate = parameters.number("POINT", "RATE", header)
    if np.isfinite(rate) and rate > 0:
        return rate
    return require_rate(fps, path, f"markers at {rate:g} frames/s")


def _sniff(path: Path, head: bytes) -> bool:
    """Whether the parameters' section has its key too: that of the header is one byte of text."""
    at = BLOCK * (head[0] - 1) if head[:1] else 0
    is_keyed = head[1:2] == b"\x50" and 0 < at <= len(head) - 4
    return is_keyed and head[at + 3] in {processor.value for processor in Processor}


READER = Reader(
    name="c3d",
    suffixes=(".c3d",),
    sniff=_sniff,
    read=read_c3d,
    description="marker trajectories of motion-capture systems, binary",
)
