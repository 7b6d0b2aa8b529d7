"""Frames of a recording, told by numbers or by the names of images, some of which are left out."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.typing import IntArray

_LAST_NUMBER = re.compile(r"(.*?)(\d{1,15})(\D*)", re.DOTALL)
_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z]\w*$")
_NUMBERS = re.compile(r"(\d{1,15})")
_MAX_FRAMES_PER_NUMBER = 20
_MAX_FRAMES = 20_000
"""So many frames may be missing whatever the number of those that are there; more would need memory
out of proportion to the file."""


def place_numbers(numbers: Sequence[int], path: Path, *, first: int | None = None) -> IntArray:
    """Return the frames, from 0 on, of numbers that may repeat and leave out others.

    Where all numbers are multiples (every fifth frame of a video), these are neighboring frames.

    Args:
        numbers: One or more numbers, each less than 2**53.
        path: The file, for errors.
        first: Number of the first frame, if none may be left out and there is such a number; the
            smallest one otherwise.

    Raises:
        FormatError: If most frames are missing, or a number is smaller than the first.

    Example:
        >>> place_numbers([10, 30, 20, 50], Path("a.json")).tolist()
        [0, 2, 1, 4]
        >>> place_numbers([2, 3, 5], Path("a.json"), first=0).tolist()
        [2, 3, 5]
    """
    unique, inverse = np.unique(np.array(numbers, dtype=np.int64), return_inverse=True)
    if first is None:
        step = int(np.gcd.reduce(np.diff(unique))) if len(unique) > 2 else 1
        unique = (unique - unique[0]) // step
    else:
        unique = unique - first
    limit = max(_MAX_FRAMES_PER_NUMBER * len(unique), _MAX_FRAMES)
    if unique[0] < 0 or unique[-1] >= limit:
        raise FormatError(
            f"{path}: expected the numbers of frames, but they are {min(numbers)} to "
            f"{max(numbers)} for {len(unique)} frames, so that most are missing; cut the recording "
            "where it has a gap"
        )
    return np.asarray(unique[inverse])


def place_names(names: Sequence[str], path: Path) -> IntArray:
    """Return the frames, from 0 on, of the names of their images, which may repeat.

    Names that are alike but for the last number in them are sorted by that number, and frames of
    the numbers in between are missing. Bare numbers that are not padded with zeros are counted from
    0: so are the frames of a video named. Other names are sorted, their numbers as numbers, and no
    frame is missing between them.

    Args:
        names: One or more names, with or without folder and suffix.
        path: The file, for errors.

    Raises:
        FormatError: As :func:`place_numbers`.

    Example:
        >>> place_names(["2.jpg", "10.jpg", "10.jpg"], Path("a.json")).tolist()
        [2, 10, 10]
        >>> place_names(["walk_0010.png", "walk_0012.png", "walk_0009.png"], Path("a")).tolist()
        [1, 3, 0]
    """
    stems = [_SUFFIX.sub("", name.replace("\\", "/").rpartition("/")[2]) for name in names]
    matches = [_LAST_NUMBER.fullmatch(stem) for stem in stems]
    around = {match and (match[1], match[3]) for match in matches}
    numbers = [int(match[2]) for match in matches if match]
    if None in around or len(around) > 1 or len(set(numbers)) < len(set(names)):
        order = sorted(sorted(set(names)), key=_natural_key)
        place = {name: frame for frame, name in enumerate(order)}
        return np.array([place[name] for name in names])
    is_video = around == {("", "")} and all(str(int(stem)) == stem for stem in stems)
    return place_numbers(numbers, path, first=0 if is_video else None)


def _natural_key(name: str) -> list[tuple[int, str]]:
    parts = _NUMBERS.split(name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
