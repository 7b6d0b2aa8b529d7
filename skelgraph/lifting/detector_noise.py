"""Keypoints as a pose estimator would deliver them: jitter, drift, outliers, swaps, drop-outs.

The size of all errors is said in radii of the body (:func:`body_radius`), so that neither the image
nor the person's size in it matters. The defaults are ours. What they were held against: the part
above 6 Hz of two real files has standard deviations of 0.002 (nose) to 0.010 (hip) radii where
OpenPose sees a seated person in full HD, and of 0.02 to 0.03 (median-based) where AlphaPose sees a
dancer of 76 px, whose own movement is in that. COCO's annotators differ by 0.026 (nose), 0.079
(shoulder), 0.072 (elbow), 0.062 (wrist) and 0.107 (hip) of the square root of the person's area
(cocodataset.org, keypoint evaluation), which bounds what a slow error can be.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.signal import lfilter

from skelgraph.errors import PoseError
from skelgraph.layouts import find_parts
from skelgraph.poses import PoseSequence
from skelgraph.typing import BoolArray, FloatArray

_WEIGHTS = {"wrist": 2.0, "ankle": 1.5, "elbow": 1.3, "knee": 1.3, "hip": 1.5}
_HEAD_PARTS = ("nose", "neck_nose", "head", "left_eye", "right_eye", "left_ear", "right_ear")
_HEAD_WEIGHT = 0.5
_DOUBT_RADII = 0.3
"""Error at which the confidence is down to 1/e."""


@dataclass(frozen=True, kw_only=True)
class DetectorNoise:
    """How large and how frequent the errors of a simulated pose estimator are.

    Sizes are standard deviations of each coordinate in body radii, of a shoulder: those of wrists
    are 2 times as large, of hips and ankles 1.5, elbows and knees 1.3, parts of the head 0.5.
    Drop-outs and outliers are as much more frequent there.

    Args:
        jitter: Error that is drawn anew in each frame.
        drift: Error that moves slowly (a first-order autoregressive process).
        drift_s: Time in seconds after which the drift's correlation is down to 1/e.
        outlier: Size of an outlier, a joint found somewhere else for some frames.
        outlier_hz: How many outliers begin in a second, of one shoulder.
        outlier_s: Their mean length in seconds.
        swap_hz: How many times a second a left joint and its right twin change places.
        swap_s: Mean length of a swap in seconds.
        drop_hz: How many times a second a shoulder is lost.
        drop_s: Mean length of a loss in seconds.
    """

    jitter: float = 0.01
    drift: float = 0.02
    drift_s: float = 0.3
    outlier: float = 0.4
    outlier_hz: float = 0.05
    outlier_s: float = 0.07
    swap_hz: float = 0.02
    swap_s: float = 0.1
    drop_hz: float = 0.05
    drop_s: float = 0.2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < np.inf:
                raise PoseError(f"expected {field.name} of 0 or more, but got {value}")


def body_radius(sequence: PoseSequence) -> float:
    """Size of a person in an image: the median over frames of the root mean square distance of the
    joints to their mean, in the sequence's unit.

    Raises:
        PoseError: If no frame has two joints, or they all are in one place.
    """
    counts = sequence.present.sum(axis=1)
    seen = sequence.positions[counts >= 2].astype(np.float64)
    radius = 0.0
    if len(seen):
        away = seen - np.nanmean(seen, axis=1, keepdims=True)
        radius = float(np.median(np.sqrt(np.nanmean((away**2).sum(axis=2), axis=1))))
    if not radius > 0:
        raise PoseError(
            f"sequence {sequence.name!r}: expected a person of some size, but no frame has two "
            f"joints apart"
        )
    return radius


def add_detector_noise(
    sequence: PoseSequence,
    generator: np.random.Generator,
    noise: DetectorNoise | None = None,
) -> PoseSequence:
    """The same recording of an image with a pose estimator's errors and confidences.

    A lost joint is missing (NaN) and has confidence 0. The confidence of the others is between 0.75
    and 1, less the farther they are from the truth (:math:`e^{-d / 0.3}` for an error of d radii);
    swapped joints keep theirs, since an estimator does not notice. Joints that are missing stay so.

    Args:
        sequence: The true keypoints, of two dimensions.
        generator: Source of the draws; the same state gives the same noise.
        noise: Sizes and rates of the errors.

    Raises:
        PoseError: If the recording has three dimensions, or the person no size.
    """
    if sequence.num_dimensions != 2:
        raise PoseError(
            f"sequence {sequence.name!r}: expected keypoints of 2 dimensions, but it has 3; "
            f"project it first"
        )
    noise = DetectorNoise() if noise is None else noise
    weights = _weigh_joints(sequence)
    errors = _draw_errors(sequence, generator, noise, weights)
    doubt = np.linalg.norm(errors, axis=2) / _DOUBT_RADII
    confidence: FloatArray = generator.uniform(0.75, 1.0, doubt.shape) * np.exp(-doubt)
    positions = sequence.positions + errors * body_radius(sequence)
    positions, confidence = _swap_pairs(sequence, positions, confidence, generator, noise)
    shape = sequence.present.shape
    lost = _draw_runs(generator, shape, noise.drop_hz * weights, noise.drop_s, sequence.fps)
    positions[lost] = np.nan
    confidence[np.isnan(positions).any(axis=2)] = 0.0
    return replace(
        sequence,
        positions=positions.astype(np.float32),
        confidence=confidence.astype(np.float32),
    )


def _weigh_joints(sequence: PoseSequence) -> FloatArray:
    """How much larger the errors of each joint (V,) are than those of a shoulder."""
    weights = np.ones(sequence.layout.num_joints)
    for part, joint in find_parts(sequence.layout).items():
        word = part.rpartition("_")[2]
        weights[joint] = _HEAD_WEIGHT if part in _HEAD_PARTS else _WEIGHTS.get(word, 1.0)
    return weights


def _draw_errors(
    sequence: PoseSequence,
    generator: np.random.Generator,
    noise: DetectorNoise,
    weights: FloatArray,
) -> FloatArray:
    """Jitter, drift and outliers (T, V, 2) in body radii."""
    T, V, _ = sequence.positions.shape
    jitter = noise.jitter * generator.standard_normal((T, V, 2))
    drift = noise.drift * _draw_drift(generator, (T, V, 2), noise.drift_s * sequence.fps)
    rates = noise.outlier_hz * weights
    is_outlier = _draw_runs(generator, (T, V), rates, noise.outlier_s, sequence.fps)
    outliers = noise.outlier * _draw_drift(generator, (T, V, 2), noise.outlier_s * sequence.fps)
    return weights[:, None] * (jitter + drift) + is_outlier[..., None] * outliers


def _draw_drift(
    generator: np.random.Generator, shape: tuple[int, ...], frames: float
) -> FloatArray:
    """An autoregressive process of variance 1 along the first axis, from its first frame on."""
    keep = float(np.exp(-1 / frames)) if frames > 0 else 0.0
    steps = generator.standard_normal(shape)
    steps[1:] *= np.sqrt(1 - keep**2)
    return np.asarray(lfilter([1.0], [1.0, -keep], steps, axis=0))


def _draw_runs(
    generator: np.random.Generator,
    shape: tuple[int, int],
    rates_hz: FloatArray,
    mean_s: float,
    fps: float,
) -> BoolArray:
    """Runs of frames (T, V) of geometric lengths that begin at random, at a rate for each joint."""
    begins = generator.random(shape) < rates_hz / fps
    lengths = generator.geometric(min(1.0, 1 / max(mean_s * fps, 1e-9)), shape)
    frames = np.arange(shape[0])[:, None]
    ends = np.maximum.accumulate(np.where(begins, frames + lengths, 0), axis=0)
    return np.asarray(ends > frames)


def _swap_pairs(
    sequence: PoseSequence,
    positions: FloatArray,
    confidence: FloatArray,
    generator: np.random.Generator,
    noise: DetectorNoise,
) -> tuple[FloatArray, FloatArray]:
    """Positions (T, V, 2) and confidences (T, V) with left and right exchanged now and then."""
    pairs = np.array(sequence.layout.pairs, dtype=np.int64).reshape(-1, 2)
    rates = np.full(len(pairs), noise.swap_hz)
    shape = (sequence.num_frames, len(pairs))
    swapped = _draw_runs(generator, shape, rates, noise.swap_s, sequence.fps)
    order = np.tile(np.arange(sequence.layout.num_joints), (sequence.num_frames, 1))
    for pair, (left, right) in enumerate(pairs):
        frames = swapped[:, pair]
        order[frames, left], order[frames, right] = right, left
    return (
        np.take_along_axis(positions, order[..., None], axis=1),
        np.take_along_axis(confidence, order, axis=1),
    )
