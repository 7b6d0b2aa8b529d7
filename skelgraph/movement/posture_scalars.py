"""Posture scalars: tilts, heights and distances of trunk, head and hands over time.

The angles and distances are those that descriptions of expressive posture share: trunk and head
inclination, shoulder slope and hand position relative to the body (Laban's Body and Space; Volkova
et al., PLoS ONE 9(12), e113647, 2014; EMOKINE, Christensen et al., Behavior Research Methods 56,
2024). Their *signed* velocities tell more of an emotion than the speed of any joint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skelgraph.movement.body_points import BodyPoints, locate_body
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_WINDOW_S, _DEGREE = 0.3, 3


_Measure = Callable[[BodyPoints], FloatArray]


@dataclass(frozen=True, kw_only=True)
class PostureScalar:
    """A number that describes the posture in a frame.

    Args:
        name: Its name.
        unit: ``"rad"``, or ``"m"``, which in an image is its own unit of length.
        meaning: What it measures.
        points: Body points that it is measured at.
        depth: Whether it needs the third dimension.
    """

    name: str
    unit: Literal["rad", "m"]
    meaning: str
    points: tuple[str, ...]
    depth: bool
    measure: _Measure


def _between(points: BodyPoints, start: str, end: str) -> FloatArray:
    return points[end] - points[start]


def _tilt(start: str, end: str, axis: int, reference: int = 1) -> _Measure:
    def measure(points: BodyPoints) -> FloatArray:
        vector = _between(points, start, end)
        return np.asarray(np.unwrap(np.arctan2(vector[:, axis], vector[:, reference])))

    return measure


def _coordinate(point: str, axis: int) -> _Measure:
    return lambda points: _between(points, "hips", point)[:, axis]


def _lateral(point: str) -> _Measure:
    return lambda points: np.abs(_between(points, "hips", point)[:, 0])


def _heights(points: BodyPoints) -> FloatArray:
    return np.stack([_between(points, "hips", f"{side}_hand")[:, 1] for side in ("left", "right")])


def _hand_distance(points: BodyPoints) -> FloatArray:
    return np.asarray(np.linalg.norm(_between(points, "left_hand", "right_hand"), axis=1))


def _hand_asymmetry(points: BodyPoints) -> FloatArray:
    left, right = (_between(points, "hips", f"{side}_hand") for side in ("left", "right"))
    mirror = np.ones(left.shape[1])
    mirror[0] = -1
    return np.asarray(np.linalg.norm(right * mirror - left, axis=1))


def _list_scalars() -> tuple[PostureScalar, ...]:
    trunk, head, shoulders = (
        ("hips", "chest"),
        ("neck", "head"),
        ("right_shoulder", "left_shoulder"),
    )
    hands = ("hips", "left_hand", "right_hand")
    rows: list[tuple[str, str, str, tuple[str, ...], bool, _Measure]] = [
        ("trunk_pitch", "rad", "trunk leaning forward", trunk, True, _tilt(*trunk, 2)),
        ("trunk_roll", "rad", "trunk leaning to the left", trunk, False, _tilt(*trunk, 0)),
        ("head_pitch", "rad", "head bent forward", head, True, _tilt(*head, 2)),
        ("head_roll", "rad", "head bent to the left", head, False, _tilt(*head, 0)),
        ("shoulder_yaw", "rad", "shoulders turned to the right", shoulders, True,
         _tilt(*shoulders, 2, 0)),
        ("shoulder_roll", "rad", "left shoulder above the right", shoulders, False,
         _tilt(*shoulders, 1, 0)),
    ]  # fmt: skip
    for side in ("left", "right"):
        hand, points = f"{side}_hand", ("hips", f"{side}_hand")
        rows += [
            (f"{hand}_height", "m", f"{side} hand above the hips", points, False,
             _coordinate(hand, 1)),
            (f"{hand}_forward", "m", f"{side} hand in front of the hips", points, True,
             _coordinate(hand, 2)),
            (f"{hand}_lateral", "m", f"{side} hand beside the hips, either side", points, False,
             _lateral(hand)),
        ]  # fmt: skip
    rows += [
        ("higher_hand_height", "m", "the higher hand above the hips", hands, False,
         lambda points: _heights(points).max(axis=0)),
        ("lower_hand_height", "m", "the lower hand above the hips", hands, False,
         lambda points: _heights(points).min(axis=0)),
        ("hand_distance", "m", "distance between the hands", hands[1:], False, _hand_distance),
        ("hand_asymmetry", "m", "distance of a hand from the other's mirror image", hands, False,
         _hand_asymmetry),
        ("head_height", "m", "head above the hips", ("hips", "head"), False,
         _coordinate("head", 1)),
    ]  # fmt: skip
    return tuple(
        PostureScalar(
            name=name,
            unit="rad" if unit == "rad" else "m",
            meaning=meaning,
            points=points,
            depth=depth,
            measure=measure,
        )
        for name, unit, meaning, points, depth, measure in rows
    )


POSTURE_SCALARS = _list_scalars()
"""All posture scalars: 17 in space, 12 in an image."""


def list_posture_scalars(num_dimensions: int) -> tuple[PostureScalar, ...]:
    """Return the scalars of recordings of 2 or 3 dimensions.

    Example:
        >>> len(list_posture_scalars(3)), len(list_posture_scalars(2))
        (17, 12)
    """
    return tuple(one for one in POSTURE_SCALARS if num_dimensions == 3 or not one.depth)


def measure_posture(points: BodyPoints, num_dimensions: int) -> FloatArray:
    """Return the posture scalars (T, K) of body points; NaN where a point is never there."""
    num_frames = len(next(iter(points.values())))
    columns = [
        scalar.measure(points)
        if all(point in points for point in scalar.points)
        else np.full(num_frames, np.nan)
        for scalar in list_posture_scalars(num_dimensions)
    ]
    return np.stack(columns, axis=1)


def posture_series(sequence: PoseSequence) -> FloatArray:
    """Return the posture scalars (T, K) of a cleaned recording, in radians and its unit of length.

    The columns are those of :func:`list_posture_scalars`.

    Args:
        sequence: A recording that faces +z, with y up (:class:`~skelgraph.poses.Preprocessing`).

    Raises:
        PoseError: If the layout has no trunk, head or hands, or the recording never shows any.

    Example:
        >>> from skelgraph.layouts import UPPER10, rest_pose
        >>> pose = np.repeat(rest_pose(UPPER10)[None], 9, axis=0)
        >>> posture_series(PoseSequence(positions=pose, layout=UPPER10, fps=30.0)).shape
        (9, 12)
    """
    return measure_posture(locate_body(sequence), sequence.num_dimensions)


def count_derivative_frames(fps: float) -> int:
    """Return the number of frames, odd, that a derivative of :func:`differentiate` is taken from.

    Example:
        >>> count_derivative_frames(30.0)
        9
    """
    return max(round(_WINDOW_S * fps) // 2 * 2 + 1, _DEGREE + 2)


def differentiate(series: FloatArray, fps: float, order: int = 1) -> FloatArray:
    """Return a derivative over time of a series (T, ...), per second to the power of ``order``.

    Local cubic polynomials over 0.3 s (Savitzky and Golay, Analytical Chemistry 36(8), 1964);
    shorter series get the longest window that fits, and those of fewer than five frames do not
    move. The derivative of a column with NaN is NaN.
    """
    from scipy.signal import savgol_filter  # its import takes half as long as torch's

    window = min(count_derivative_frames(fps), (len(series) - 1) // 2 * 2 + 1)
    known = np.isfinite(series).all(axis=0)
    if window <= _DEGREE:
        return np.where(known, np.zeros_like(series), np.nan)
    whole = np.where(known, series, 0.0)  # the filter refuses NaN
    derivative = savgol_filter(
        whole, window, _DEGREE, deriv=order, delta=1 / fps, axis=0, mode="interp"
    )
    return np.where(known, derivative, np.nan)
