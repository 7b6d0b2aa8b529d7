"""Descriptors of a clip's movement and posture: one number each, named, with a unit.

Speed, acceleration, jerk, their peaks and rhythm stand for Laban's Effort (Weight, Time, Flow), the
space that hands sweep and their distances for Space and Shape, tilts and heights for Body; see
Larboulette and Gibet, "A Review of Computable Expressive Descriptors of Human Motion", MOCO 2015;
Volkova et al., PLoS ONE 9(12), e113647, 2014; EMOKINE (Christensen et al., Behavior Research
Methods 56, 2024). None depends on the length of the clip, which tells how a recording was cut and
not what it shows, and none on which side of the body moves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from skelgraph.movement.body_points import BodyPoints
from skelgraph.movement.posture_scalars import differentiate, list_posture_scalars
from skelgraph.typing import FloatArray

_GROUPS: dict[str, tuple[str, ...]] = {
    "hands": ("left_hand", "right_hand"),
    "elbows": ("left_elbow", "right_elbow"),
    "head": ("head",),
    "chest": ("chest",),
    "feet": ("left_foot", "right_foot"),
    "upper_body": (
        "chest",
        "neck",
        "head",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_hand",
        "right_hand",
    ),
}
_THRESHOLDS_M_S = (0.03, 0.08, 0.2, 0.5)
_OF_SPEED = (
    ("speed_mean", "log m/s", "mean speed"),
    ("speed_p95", "log m/s", "95th percentile of speed"),
    ("acceleration_mean", "log m/s2", "mean acceleration"),
    ("jerk_mean", "log m/s3", "mean jerk"),
    ("jerk_per_speed", "log 1/s2", "jerk over speed: how unsteady"),
    ("acceleration_per_speed", "log 1/s", "acceleration over speed: how sudden"),
    ("peak_rate", "1/s", "peaks of speed a second"),
    ("speed_variation", "1", "standard deviation of speed over its mean"),
    *(
        (f"below_{threshold:g}", "1", f"share of time below {threshold:g} m/s")
        for threshold in _THRESHOLDS_M_S
    ),
    ("rhythm", "1", "autocorrelation of speed after a third of a second"),
)
_UNSIGNED = ("trunk_roll", "head_roll", "shoulder_yaw", "shoulder_roll")
_OF_BOTH_HANDS = ("hand_height", "hand_forward", "hand_lateral")
_AS_THEY_ARE = (
    "trunk_pitch",
    "head_pitch",
    "higher_hand_height",
    "lower_hand_height",
    "hand_distance",
    "hand_asymmetry",
    "head_height",
)
_CHANGING = ("trunk_pitch", "higher_hand_height")


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """What a number in a table of descriptors is.

    Args:
        name: Column of the table: what is measured, and the statistic after a dot.
        unit: Its unit; ``log`` is the natural logarithm. Lengths in an image are in units of five
            mean bone lengths, about a meter.
        meaning: What it measures.
    """

    name: str
    unit: str
    meaning: str


@cache
def list_descriptors(num_dimensions: int = 3) -> tuple[Descriptor, ...]:
    """Return the descriptors of recordings of 2 or 3 dimensions, in the order of their values.

    Example:
        >>> list_descriptors(3)[0].name, list_descriptors(3)[0].unit
        ('hands.speed_mean', 'log m/s')
    """
    return tuple(
        Descriptor(name=name, unit=unit, meaning=meaning)
        for name, unit, meaning in _list_rows(num_dimensions)
    )


def _list_rows(num_dimensions: int) -> Iterator[tuple[str, str, str]]:
    for group in _GROUPS:
        for name, unit, meaning in _OF_SPEED:
            yield f"{group}.{name}", unit, f"{meaning}: {group.replace('_', ' ')}"
    yield "hands.speed_correlation", "1", "correlation of both hands' speeds"
    yield "hands.speed_imbalance", "1", "difference of both hands' mean speeds over their sum"
    yield "head.follows_body", "1", "correlation of the head's speed and the upper body's"
    yield "hands.swept_volume", "log m3", "volume that a hand sweeps, of an ellipsoid; area in 2D"
    scalars = {one.name: one for one in list_posture_scalars(num_dimensions)}
    for name in _AS_THEY_ARE:
        if name in scalars:
            yield f"{name}.mean", scalars[name].unit, f"mean: {scalars[name].meaning}"
            yield f"{name}.spread", scalars[name].unit, f"spread: {scalars[name].meaning}"
    for name in _OF_BOTH_HANDS:
        if f"left_{name}" in scalars:
            meaning = f"{scalars[f'left_{name}'].meaning}, and the right one's"
            yield f"{name}.mean", "m", f"mean: {meaning}"
            yield f"{name}.spread", "m", f"spread: {meaning}"
    for name in _UNSIGNED:
        if name in scalars:
            yield f"{name}.size", "rad", f"mean size: {scalars[name].meaning}"
    yield "upper_body.speed_change", "log 1", "mean speed of the second half over the first's"
    for name in _CHANGING:
        if name in scalars:
            yield f"{name}.change", scalars[name].unit, f"second half less the first: {name}"


def describe_movement(
    points: BodyPoints, posture: FloatArray, *, fps: float, num_dimensions: int
) -> FloatArray:
    """Return the descriptors of a clip; NaN where a body point is never there.

    Args:
        points: Its body points, in meters.
        posture: Its posture scalars (T, K).
        fps: Frames per second.
        num_dimensions: 2 or 3.
    """
    tracks = np.stack(list(points.values()), axis=1)  # (T, P, C)
    sizes = np.stack(
        [np.linalg.norm(differentiate(tracks, fps, order), axis=2) for order in (1, 2, 3)]
    )  # speed, acceleration and jerk, (3, T, P)
    speeds = dict(zip(points, sizes.transpose(2, 0, 1), strict=True))
    values: list[float] = []
    for group, names in _GROUPS.items():
        there = [speeds[name] for name in names if name in speeds]
        if not there:
            values += [np.nan] * len(_OF_SPEED)
        elif group == "hands":
            values += np.mean([_summarize_speed(one, fps) for one in there], axis=0).tolist()
        else:
            values += _summarize_speed(np.mean(there, axis=0), fps)
    body = np.mean([speeds[name][0] for name in _GROUPS["upper_body"] if name in speeds], axis=0)
    values += _compare_hands(points, speeds, body)
    values += _summarize_posture(posture, num_dimensions)
    early, late = _halve(body)
    values.append(float(np.log(late.mean() + 1e-3) - np.log(early.mean() + 1e-3)))
    scalars = [one.name for one in list_posture_scalars(num_dimensions)]
    for name in _CHANGING:
        if name in scalars:
            early, late = _halve(posture[:, scalars.index(name)])
            values.append(float(late.mean() - early.mean()))
    return np.array(values)


def _halve(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both halves of a series; a single frame is both."""
    half = len(series) // 2
    return (series[:half], series[half:]) if half else (series, series)


def _summarize_speed(sizes: FloatArray, fps: float) -> list[float]:
    """Return the statistics of speed, acceleration and jerk, (3, T)."""
    from scipy.signal import find_peaks

    speed, acceleration, jerk = sizes
    mean, spread = speed.mean(), speed.std()
    log_speed = np.log(mean + 1e-3)
    log_acceleration, log_jerk = np.log(acceleration.mean() + 1e-3), np.log(jerk.mean() + 1e-2)
    peaks, _ = find_peaks(speed, prominence=0.3 * spread + 1e-4)
    lag, deviation = max(round(fps / 3), 1), speed - mean
    rhythm = 0.0
    if len(speed) > lag + 3:
        rhythm = (deviation[lag:] * deviation[:-lag]).mean() / (spread**2 + 1e-9)
    return [
        float(value)
        for value in (
            log_speed,
            np.log(np.quantile(speed, 0.95) + 1e-3),
            log_acceleration,
            log_jerk,
            log_jerk - log_speed,
            log_acceleration - log_speed,
            len(peaks) / (len(speed) / fps),
            spread / (mean + 1e-3),
            *((speed < threshold).mean() for threshold in _THRESHOLDS_M_S),
            rhythm,
        )
    ]


def _compare_hands(
    points: BodyPoints, speeds: dict[str, FloatArray], body: FloatArray
) -> list[float]:
    hands = [f"{side}_hand" for side in ("left", "right")]
    together = [np.nan, np.nan]
    if all(hand in speeds for hand in hands):
        left, right = (speeds[hand][0] for hand in hands)
        total = left.mean() + right.mean() + 1e-3
        together = [_correlate(left, right), abs(left.mean() - right.mean()) / total]
    follows = _correlate(speeds["head"][0], body) if "head" in speeds else np.nan
    volumes = [_log_volume(points[hand]) for hand in hands if hand in points]
    return [*together, follows, float(np.mean(volumes)) if volumes else np.nan]


def _correlate(first: FloatArray, second: FloatArray) -> float:
    if first.std() < 1e-6 or second.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _log_volume(track: FloatArray) -> float:
    size = track.shape[1]
    covariance = np.cov(track.T) if len(track) > 1 else np.zeros((size, size))
    covariance += 1e-6 * np.eye(size)
    return float(np.log(np.linalg.eigvalsh(covariance)).sum() / 2)


def _summarize_posture(posture: FloatArray, num_dimensions: int) -> list[float]:
    names = [one.name for one in list_posture_scalars(num_dimensions)]
    column = dict(zip(names, posture.T, strict=True))
    values: list[float] = []
    for name in _AS_THEY_ARE:
        if name in column:
            values += [column[name].mean(), column[name].std()]
    for name in _OF_BOTH_HANDS:
        if f"left_{name}" in column:
            both = np.stack([column[f"{side}_{name}"] for side in ("left", "right")])
            values += [both.mean(), both.std(axis=1).mean()]
    values += [np.abs(column[name]).mean() for name in _UNSIGNED if name in column]
    return [float(value) for value in values]


def summarize_velocities(velocities: Sequence[FloatArray]) -> FloatArray:
    """Return quantiles, spread and mean size of each column of series, (clips, features).

    Ten quantiles from 5 to 95 %, as interval features without intervals: the distribution of a
    velocity tells how often and how fast a posture is taken and left (QUANT: Dempster, Schmidt and
    Webb, Data Mining and Knowledge Discovery 38, 2024).
    """
    levels = np.linspace(0.05, 0.95, 10)
    return np.stack(
        [
            np.concatenate(
                [
                    np.quantile(series, levels, axis=0).ravel(),
                    series.std(axis=0),
                    np.abs(series).mean(axis=0),
                ]
            )
            for series in velocities
        ]
    )
