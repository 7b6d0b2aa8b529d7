"""The making of an archive's index while the file is read for the first time."""

import math
import mmap
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.io.archive import to_floats
from skelgraph.io.archive_index import ArchiveIndex, Body
from skelgraph.io.text import shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import Unit, UpAxis

_MOST_PERSONS = 62
_PERSONS = 6
"""Place of the persons in a row."""
_MAX_REUSE = 2
"""Clips that share arrays may have so many times more numbers than the file has bytes."""


class ArchiveBuilder:
    """Collects the clips of an archive while it is read.

    Args:
        path: The file, for errors.
        format: Name of the format.
        content: The file, mapped into memory.
        store: A file to which numbers are written that cannot be used where they are.
    """

    def __init__(self, path: Path, format: str, content: mmap.mmap, store: BinaryIO) -> None:
        self.path = path
        self.format = format
        self.content = content
        self.store = store
        self.rows: list[tuple[Any, ...]] = []
        self.bodies: dict[Body, int] = {}
        self.types: dict[str, int] = {}
        self._begin = np.frombuffer(content, np.uint8).ctypes.data
        self._room = _MAX_REUSE * len(content)

    def add(
        self,
        name: str,
        keypoints: npt.NDArray[Any],
        scores: npt.NDArray[Any] | None = None,
        *,
        label: str | None = None,
        subject: str | None = None,
        recording: str | None = None,
        fps: float | None = None,
        layout: JointLayout | None = None,
        unit: Unit | None = None,
        up: UpAxis | None = None,
    ) -> None:
        """Note a clip; one in which nobody is there has no persons, but stays a clip.

        Args:
            name: Its name.
            keypoints: Array (M, T, V, C); M may be 0.
            scores: Array (M, T, V).
            label: What is shown.
            subject: Who is recorded.
            recording: The recording.
            fps: Frames per second.
            layout: Layout of the joints.
            unit: Unit of length.
            up: Axis that points upward.

        Raises:
            FormatError: If clips share arrays, so that together they are out of proportion.
        """
        self._room -= max(len(keypoints), 1) * math.prod(keypoints.shape[1:])
        if self._room < 0:
            raise FormatError(f"{self.path}, clip {name}: its arrays are out of proportion")
        persons = _find_persons(keypoints)
        if not len(keypoints):  # one person of zeros, whose numbers have a place
            keypoints = np.zeros((1, *keypoints.shape[1:]), np.float32)
            scores = None if scores is None else np.zeros(keypoints.shape[:3], np.float32)
        arrays = [keypoints] if scores is None else [keypoints, scores]
        places = [self._locate(array) for array in arrays]
        is_stored = None in places
        if is_stored:
            arrays = [np.ascontiguousarray(to_floats(array)) for array in arrays]
            places = [self._write(array) for array in arrays]
        rows = [self._describe(*pair) for pair in zip(places, arrays, strict=True)]
        body = Body(
            num_joints=keypoints.shape[2],
            num_dimensions=keypoints.shape[3],
            has_confidence=scores is not None,
            layout=layout,
            unit=unit,
            up=up or ("-y" if keypoints.shape[3] == 2 else None),
        )
        self.rows.append(
            (
                name,
                label or "",
                subject or "",
                recording or "",
                np.nan if fps is None else fps,
                self.bodies.setdefault(body, len(self.bodies)),
                persons,
                rows[0],
                rows[1] if scores is not None else (-1, *[0] * 7),
                is_stored,
            )
        )

    def _locate(self, array: npt.NDArray[Any]) -> int | None:
        """Return the first byte of an array in the file; None if it is not there."""
        place = int(array.__array_interface__["data"][0]) - self._begin
        last = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
        inside = place >= 0 and last >= 0 and place + last + array.itemsize <= len(self.content)
        return place if inside and min(array.strides) >= 0 else None

    def _write(self, array: npt.NDArray[Any]) -> int:
        place = self.store.tell()
        self.store.write(array.data)
        return place

    def _describe(self, place: int | None, array: npt.NDArray[Any]) -> tuple[int, ...]:
        kind = self.types.setdefault(array.dtype.str, len(self.types))
        return (place or 0, *array.shape, *array.strides, kind)

    def build(self, splits: Mapping[str, Iterable[str]] | None = None) -> ArchiveIndex:
        """Return the index.

        Args:
            splits: Names of the clips of each part; others than those that were added are passed
                over.

        Raises:
            FormatError: If nobody is there in any clip.
        """
        if not any(row[_PERSONS] for row in self.rows):
            raise FormatError(f"{self.path}: expected persons, but there is none in any clip")
        names, labels, subjects, recordings, *columns = zip(*self.rows, strict=True)
        number = {name: clip for clip, name in enumerate(names)}
        lists = {part: list(listed) for part, listed in (splits or {}).items()}
        return ArchiveIndex(
            format=self.format,
            names=names,
            labels=labels,
            subjects=subjects,
            recordings=recordings,
            rates=np.array(columns[0], dtype=np.float64),
            bodies=tuple(self.bodies),
            body=np.array(columns[1], dtype=np.int64),
            persons=np.array(columns[2], dtype=np.int64),
            arrays=np.array(columns[3], dtype=np.int64),
            scores=np.array(columns[4], dtype=np.int64),
            is_stored=np.array(columns[5], dtype=bool),
            types=tuple(self.types),
            splits={
                part: np.array([number[name] for name in listed if name in number], dtype=np.int64)
                for part, listed in lists.items()
            },
            split_note=_find_strangers(lists, number),
        )


def _find_strangers(splits: Mapping[str, list[str]], known: Container[str]) -> str:
    """Return which part of a split lists names, but of no clip; empty if there is none."""
    for part, listed in splits.items():
        if listed and not any(name in known for name in listed):
            some = shorten(", ".join(listed[:3]), 100)
            more = ", ..." if len(listed) > 3 else ""
            return (
                f"part {part!r} of the split lists {len(listed)} names, none of which is a clip "
                f"({some}{more})"
            )
    return ""


def _find_persons(keypoints: npt.NDArray[Any]) -> int:
    """Return a number whose bit m is set if person m is there in some frame."""
    persons = 0
    with np.errstate(invalid="ignore"):  # a NaN of a kind that warns
        for m, person in enumerate(keypoints[:_MOST_PERSONS]):
            if person[0].any() or person.any():
                persons |= 1 << m
    return persons
