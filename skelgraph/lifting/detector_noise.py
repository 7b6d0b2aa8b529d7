"""The errors of a simulated pose estimator: jitter, drift, outliers, swaps, drop-outs.

The size of all errors is given in radii of the body (:func:`body_radius`), so that neither the
image nor the person's size in it matters. The defaults are ours. They were compared with two real
files: above 6 Hz, OpenPose's keypoints of a seated person in full HD have standard deviations of
0.002 (nose) to 0.010 (hip) radii, and AlphaPose's of a dancer of 76 px 0.02 to 0.03 (median-based),
which includes the dancer's own movement. COCO's annotators differ by 0.026 (nose), 0.079
(shoulder), 0.072 (elbow), 0.062 (wrist) and 0.107 (hip) of the square root of the person's area
(cocodataset.org, keypoint evaluation), which is an upper bound of slow errors.
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
    """Sizes and rates of the errors of a simulated pose estimator.

    Sizes are standard deviations of each coordinate of a shoulder, in body radii. They are 2 times
    as large for wrists, 1.5 times for hips and ankles, 1.3 times for elbows and knees, and 0.5
    times for parts of the head. The same factors hold for the rates of drop-outs and outliers.

    Args:
        jitter: Error that is drawn anew in each frame.
        drift: Error that moves slowly (a first-order autoregressive process).
        drift_s: Time in seconds after which the drift's correlation is down to 1/e.
        outlier: Size of an outlier, a joint found somewhere else for some frames.
        outlier_hz: Outliers of one shoulder per second.
        outlier_s: Their mean length in seconds.
        swap_hz: Swaps of a left joint with its right twin per second.
        swap_s: Mean length of a swap in seconds.
        drop_hz: Losses of a shoulder per second.
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
    """Return the size of a person in an image, in the sequence's unit.

    It is the median over frames of the root mean square distance of the joints from their mean.

    Raises:
        PoseError: If no frame has two joints, or all joints are in one place.
    """
    counts = sequence.present.sum(axis=1)
    positions = sequence.positions[counts >= 2].astype(np.float64)
    radius = 0.0
    if len(positions):
        away = positions - np.nanmean(positions, axis=1, keepdims=True)
        radius = float(np.median(np.sqrt(np.nanmean((away**2).sum(axis=2), axis=1))))
    if not radius > 0:
        raise PoseError(
            f"sequence {sequence.name!r}: expected a person of some size, but no frame has two "
            f"joints apart"
        )
    return radius


def add_detector_noise(
    sequence: PoseSequence, generator: np.random.Generator, noise: DetectorNoise | None = None
) -> PoseSequence:
    """Add a pose estimator's errors and confidences to a recording of an image.

    A lost joint is missing (NaN) and has confidence 0. The other joints have a confidence between
    0.75 and 1, times :math:`e^{-d / 0.3}` for an error of d radii; swapped joints keep theirs,
    since an estimator does not notice. Joints that are missing already stay so.

    Args:
        sequence: The true keypoints, of two dimensions.
        generator: Source of the draws; the same state gives the same noise.
        noise: Sizes and rates of the errors.

    Raises:
        PoseError: If the recording has three dimensions, or the person has no size.
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
        sequence, positions=positions.astype(np.float32), confidence=confidence.astype(np.float32)
    )


def _weigh_joints(sequence: PoseSequence) -> FloatArray:
    """Return the factor of each joint's errors (V,) relative to those of a shoulder."""
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
    """Draw jitter, drift and outliers (T, V, 2) in body radii."""
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
    """Draw an autoregressive process with variance 1 along the first axis, from frame 0 on."""
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
    """Draw runs of frames (T, V) of geometric lengths, which begin at a rate for each joint."""
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
    """Exchange left and right in some frames of positions (T, V, 2) and confidences (T, V)."""
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
