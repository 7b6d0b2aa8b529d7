"""What is typical of the movement of each class: medians of the descriptors of its clips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.movement.clip_motion import measure_motion
from skelgraph.movement.descriptors import list_descriptors
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_MOST_CLIPS = 60
"""A median needs no more clips of a class."""

_TO_DEVIATION = 1.4826


@dataclass(frozen=True, kw_only=True, eq=False)
class TypicalMovement:
    """Typical descriptors of each class; :func:`measure_typical` makes it.

    Args:
        num_dimensions: 2 or 3 coordinates of the clips, which tell what the descriptors are.
        clips: Number of clips of each class that were measured.
        medians: Median (F,) of each descriptor of :func:`list_descriptors`, for each class; NaN if
            it is not known.
        spread: How much clips of one class differ (F,): the median distance from the class's
            median, in the units of a standard deviation.

    Raises:
        ValueError: If there is not a number for each descriptor.
    """

    num_dimensions: int
    clips: Mapping[str, int]
    medians: Mapping[str, FloatArray]
    spread: FloatArray

    def __post_init__(self) -> None:
        count = len(list_descriptors(self.num_dimensions))
        shapes = {self.spread.shape, *(one.shape for one in self.medians.values())}
        if shapes != {(count,)} or self.clips.keys() != self.medians.keys():
            raise ValueError(
                f"expected {count} descriptors of each class, but got arrays of "
                f"{', '.join(map(str, sorted(shapes)))}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types, by the names of the descriptors."""
        names = [one.name for one in list_descriptors(self.num_dimensions)]
        return {
            "num_dimensions": self.num_dimensions,
            "clips": dict(self.clips),
            "medians": {
                label: dict(zip(names, map(_round, values), strict=True))
                for label, values in self.medians.items()
            },
            "spread": dict(zip(names, map(_round, self.spread), strict=True)),
        }

    @classmethod
    def from_dict(cls, contents: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` gave.

        Raises:
            KeyError, TypeError, ValueError: If something is missing or is no number.
        """
        num_dimensions = int(contents["num_dimensions"])
        names = [one.name for one in list_descriptors(num_dimensions)]

        def read(values: Mapping[str, Any]) -> FloatArray:
            return np.array([np.nan if values[name] is None else values[name] for name in names])

        return cls(
            num_dimensions=num_dimensions,
            clips={str(label): int(count) for label, count in contents["clips"].items()},
            medians={str(label): read(values) for label, values in contents["medians"].items()},
            spread=read(contents["spread"]),
        )


def _round(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.4g}")


def measure_typical(clips: Sequence[PoseSequence]) -> TypicalMovement | None:
    """Measure what is typical of each class of cleaned recordings.

    Args:
        clips: Recordings that face +z, with y up (:class:`~skelgraph.poses.Preprocessing`), each
            with its label.

    Returns:
        It, or None if no recording has a trunk, a head or hands.
    """
    by_label: dict[str, list[PoseSequence]] = {}
    for clip in clips:
        by_label.setdefault(clip.label or "", []).append(clip)
    measured: dict[str, FloatArray] = {}
    for label, own in sorted(by_label.items()):
        rows = [row for clip in choose_evenly(own) if (row := _describe(clip)) is not None]
        if rows:
            measured[label] = np.stack(rows)
    if not measured:
        return None
    medians = {label: _find_median(rows) for label, rows in measured.items()}
    distances = [np.abs(rows - medians[label]) for label, rows in measured.items()]
    return TypicalMovement(
        num_dimensions=clips[0].num_dimensions,
        clips={label: len(rows) for label, rows in measured.items()},
        medians=medians,
        spread=_TO_DEVIATION * _find_median(np.concatenate(distances)),
    )


def choose_evenly(clips: Sequence[PoseSequence]) -> list[PoseSequence]:
    """Return as many clips of a class as :func:`measure_typical` takes, in even distances."""
    numbers = np.linspace(0, len(clips) - 1, min(len(clips), _MOST_CLIPS)).round().astype(int)
    return [clips[number] for number in numbers]


def _describe(clip: PoseSequence) -> FloatArray | None:
    """Return the descriptors of a recording; None if it has no part that they are measured at."""
    try:
        return measure_motion(clip.load()).descriptors
    except PoseError:
        return None


def _find_median(rows: FloatArray) -> FloatArray:
    """Return the median (F,) of what is known of rows (n, F); NaN where nothing is."""
    known = np.isfinite(rows)
    return np.array(
        [
            np.median(column[there]) if there.any() else np.nan
            for column, there in zip(rows.T, known.T, strict=True)
        ]
    )
