"""Files of many clips, which are read one by one when they are asked for."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.io.archive_index import ArchiveIndex, Body
from skelgraph.io.confidence import find_full_confidence
from skelgraph.io.guess_metadata import guess_unit, guess_up
from skelgraph.io.reader import build_sequence, require_rate
from skelgraph.io.unnamed_joints import blank_zeros
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit, UpAxis
from skelgraph.typing import Float32Array

_SAMPLES = 9
"""Clips from which the unit and the up axis of all are told."""
_SCORED_SAMPLES = 99
"""Clips from which it is told what their confidences are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Archive:
    """An archive whose clips are read one by one, when they are asked for.

    Args:
        path: The file.
        index: What is in it.
        content: Its bytes.
        store: Bytes of the numbers that the file does not hold as plain numbers.
    """

    path: Path
    index: ArchiveIndex
    content: memoryview
    store: memoryview

    def __len__(self) -> int:
        return len(self.index)

    def view_clip(self, number: int) -> npt.NDArray[Any]:
        """Return a clip's numbers (M, T, V, C) as the file has them."""
        return self._view(number, self._rows[number])

    def view_scores(self, number: int) -> npt.NDArray[Any] | None:
        """Return a clip's confidences (M, T, V), if it has any."""
        row = self.index.scores[number].tolist()
        return None if row[0] < 0 else self._view(number, row)

    @cached_property
    def _rows(self) -> list[list[int]]:
        rows: list[list[int]] = self.index.arrays.tolist()
        return rows

    @cached_property
    def _types(self) -> list[np.dtype[Any]]:
        return [np.dtype(name) for name in self.index.types]

    def _view(self, number: int, row: list[int]) -> npt.NDArray[Any]:
        axes = len(row) // 2
        return np.ndarray(
            row[1:axes],
            self._types[row[-1]],
            self.store if self.index.is_stored[number] else self.content,
            row[0],
            row[axes:-1],
        )

    def list_rates(self, fps: float | None) -> list[float]:
        """Return the frames per second of each clip: those of the file, else the given ones.

        Raises:
            RateError: If there are none.
        """
        rates = self.index.rates
        unknown = np.isnan(rates)
        if unknown.any():
            rates = np.where(unknown, require_rate(fps, self.path, "its clips"), rates)
        return [float(rate) for rate in rates.tolist()]

    def read_clip(
        self, number: int, *, layout: JointLayout | None = None, fps: float | None = None
    ) -> list[PoseSequence]:
        """Read the persons of a clip who are there, with the clip's name; there may be none.

        Args:
            number: Number of the clip.
            layout: Layout of the joints, if the file does not tell it.
            fps: Frames per second, if the file does not tell them.

        Raises:
            FormatError: If its numbers make no sequence, or layout or rate are neither known nor
                given.
        """
        index = self.index
        where = Path(f"{self.path}, clip {index.names[number]}")
        body, rate = index.bodies[index.body[number]], float(index.rates[number])
        skeleton = body.find_layout(layout, where)
        keypoints, scores = self.view_clip(number), self.view_scores(number)
        return [
            build_sequence(
                where,
                blank_zeros(to_floats(keypoints[person]), skeleton),
                layout=skeleton,
                fps=rate if rate == rate else require_rate(fps, self.path, "its clips"),
                unit=body.unit,
                up=body.up,
                confidence=None if scores is None else self._scale(scores[person]),
                name=index.names[number],
                label=index.labels[number] or None,
                subject=index.subjects[number] or None,
                recording=index.recordings[number] or None,
            )
            for person in index.list_persons(number)
        ]

    def _scale(self, scores: npt.NDArray[Any]) -> Float32Array:
        scaled: Float32Array = to_floats(scores) / np.float32(self.index.full_confidence)
        return scaled.clip(0, 1)


def to_floats(array: npt.NDArray[Any]) -> Float32Array:
    """Return numbers in single precision."""
    with np.errstate(over="ignore", invalid="ignore"):  # NaN of a kind that warns
        return array.astype(np.float32)


def scale_confidences(archive: Archive) -> Archive:
    """Return the archive with what its confidences are, told from some of its clips."""
    clips = np.flatnonzero(archive.index.scores[:, 0] >= 0)
    if not len(clips):
        return archive
    places = np.linspace(0, len(clips) - 1, min(_SCORED_SAMPLES, len(clips))).astype(np.int64)
    some = [archive.view_scores(clip) for clip in clips[places].tolist()]
    known = np.concatenate([to_floats(scores).ravel() for scores in some if scores is not None])
    full, note = find_full_confidence(known)
    index = replace(archive.index, full_confidence=full, confidence_note=note)
    return replace(archive, index=index)


def guess_bodies(archive: Archive, layout: JointLayout | None = None) -> Archive:
    """Return the archive with the unit and the up axis of each body, told from some of its clips.

    A body whose layout is neither told, usual nor given stays as it is.
    """
    index = archive.index
    bodies = [
        _guess_body(body, number, archive, layout) for number, body in enumerate(index.bodies)
    ]
    return replace(archive, index=replace(index, bodies=tuple(bodies)))


def _guess_body(body: Body, number: int, archive: Archive, layout: JointLayout | None) -> Body:
    layout = body.layout or layout or body.assume_layout()
    if layout is not None and layout.num_joints != body.num_joints:
        return body
    if layout is None or (body.unit is not None and body.up is not None):
        return body
    clips = np.flatnonzero((archive.index.body == number) & (archive.index.persons != 0))
    if not len(clips):
        return body
    some = clips[np.linspace(0, len(clips) - 1, min(_SAMPLES, len(clips))).astype(np.int64)]
    units: list[Unit] = []
    ups: list[UpAxis] = []
    for clip in some.tolist():
        first = archive.view_clip(clip)[archive.index.list_persons(clip)[0]]
        positions = blank_zeros(to_floats(first), layout)
        units.append(guess_unit(positions, layout))
        ups.append(guess_up(positions, layout))
    unit, up = max(units, key=units.count), max(ups, key=ups.count)
    return replace(body, unit=body.unit or unit, up=body.up or up)
