"""A linear model of a clip's movement: descriptors, quantiles and random convolutions in one ridge.

The three families count alike, whatever their numbers of features: each is standardized and scaled
to a kernel of mean diagonal 1, and the kernels are added up. The ridge weighs classes evenly, and
its strength is the one with the least class-balanced squared error on groups of clips (people) that
were left out in turn, within the training clips alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from skelgraph.movement.balanced_ridge import (
    balance_classes,
    draw_inner_folds,
    fit_sharpness,
    make_targets,
    predict_held_out,
    soften_scores,
    solve_ridge,
)
from skelgraph.movement.clip_motion import ClipMotion
from skelgraph.movement.descriptors import summarize_velocities
from skelgraph.movement.random_convolutions import RandomConvolutions, fit_convolutions
from skelgraph.typing import FloatArray, IntArray

STRENGTHS = tuple(float(strength) for strength in 10.0 ** np.arange(-1, 2.6, 0.25))
"""Strengths of the ridge that are tried."""

_LARGEST = 5.0
"""Largest size of a standardized feature; a clip in which the tracking jumps is no outlier then."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Features:
    """The features of clips before they are standardized: one array (clips, F) for each family."""

    families: tuple[FloatArray, ...]

    @classmethod
    def measure(
        cls, motions: Sequence[ClipMotion], scale: FloatArray, convolutions: RandomConvolutions
    ) -> Self:
        both = [
            [np.nan_to_num(velocities / scale) for velocities in side]
            for side in (
                [motion.velocities for motion in motions],
                [motion.mirrored for motion in motions],
            )
        ]
        quantiles = np.mean([summarize_velocities(side) for side in both], axis=0)
        responses = [np.stack([convolutions.transform(one) for one in side]) for side in both]
        return cls(
            families=(
                np.stack([motion.descriptors for motion in motions]),
                quantiles,
                np.sqrt(np.mean(responses, axis=0)),
            )
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureModel:
    """A trained linear model of movement features; :func:`fit_feature_model` makes it.

    Args:
        scale: Size (K,) of the velocity of each posture scalar in training.
        convolutions: The random convolutions.
        means: Mean (F,) of each feature in training.
        factors: What each feature, less its mean, is multiplied by, (F,).
        limits: Largest size (F,) of each product.
        coefficients: Weights (F, C).
        intercept: Scores (C,) of features of zero.
        sharpness: What scores are multiplied by before the softmax.
        strength: Strength of the ridge that was chosen.
    """

    scale: FloatArray
    convolutions: RandomConvolutions
    means: FloatArray
    factors: FloatArray
    limits: FloatArray
    coefficients: FloatArray
    intercept: FloatArray
    sharpness: float
    strength: float

    def predict_proba(self, motions: Sequence[ClipMotion]) -> FloatArray:
        """Return the probability (clips, C) of each class.

        Raises:
            ValueError: If the clips have other features than those of the training.
        """
        if not motions:
            return np.empty((0, len(self.intercept)))
        scores = self.standardize(motions) @ self.coefficients + self.intercept
        return soften_scores(scores, self.sharpness)

    def standardize(self, motions: Sequence[ClipMotion]) -> FloatArray:
        """Return the features (clips, F) as the ridge weighs them.

        Each has a mean of 0 in training; those of a family have one size, and the families count
        alike.

        Raises:
            ValueError: If the clips have other features than those of the training.
        """
        if not motions:
            return np.empty((0, len(self.means)))
        if motions[0].velocities.shape[1] != len(self.scale):
            raise ValueError(
                f"expected {len(self.scale)} posture scalars as in the training, but got "
                f"{motions[0].velocities.shape[1]}"
            )
        features = _Features.measure(motions, self.scale, self.convolutions)
        return _standardize(np.hstack(features.families), self.means, self.factors, self.limits)

    def to_arrays(self) -> dict[str, FloatArray]:
        """Return the model as arrays, for a file."""
        return {
            "scale": self.scale,
            "channels": self.convolutions.channels,
            "biases": self.convolutions.biases,
            "means": self.means,
            "factors": self.factors,
            "limits": self.limits,
            "coefficients": self.coefficients,
            "intercept": self.intercept,
            "sharpness": np.array([self.sharpness]),
            "strength": np.array([self.strength]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the model that :meth:`to_arrays` gave.

        Raises:
            KeyError, ValueError: If arrays are missing or do not fit.
        """
        values = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
        convolutions = RandomConvolutions(
            channels=values.pop("channels"), biases=values.pop("biases")
        )
        sharpness, strength = (float(values.pop(name)[0]) for name in ("sharpness", "strength"))
        model = cls(convolutions=convolutions, sharpness=sharpness, strength=strength, **values)
        size = (len(model.means), len(model.intercept))
        if model.coefficients.shape != size:
            raise ValueError(f"expected coefficients {size}, but got {model.coefficients.shape}")
        return model


def fit_feature_model(
    motions: Sequence[ClipMotion],
    labels: Sequence[int] | IntArray,
    *,
    num_classes: int,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> tuple[FeatureModel, FloatArray]:
    """Fit the model to training clips.

    Args:
        motions: Their movement.
        labels: Class number of each.
        num_classes: Number of classes.
        groups: Who or which recording each clip is of; without groups, or with one alone, clips
            are left out at random.
        seed: Seed of the convolutions.

    Returns:
        The model, and the probabilities (clips, C) of each training clip by ridges that were fitted
        without its group. Labels of the group have no part in its scores; the standardization, the
        strength and the sharpness, a few numbers, are those of all clips. If clips cannot be left
        out (no groups, and a class of one clip), classes are equally probable.

    Raises:
        ValueError: If there are fewer than two clips, or not one label for each.
    """
    truth = np.asarray(labels, dtype=np.int64)
    if len(motions) < 2 or len(truth) != len(motions):
        raise ValueError(
            f"expected two clips or more and a label for each, but got {len(motions)} clips and "
            f"{len(truth)} labels"
        )
    velocities = [motion.velocities for motion in motions]
    scale = _or_one(np.nan_to_num(np.concatenate(velocities)).std(axis=0))
    convolutions = fit_convolutions([np.nan_to_num(one / scale) for one in velocities], seed=seed)
    features = _Features.measure(motions, scale, convolutions)
    means, factors, limits = _plan_standardization(features.families)
    columns = _standardize(np.hstack(features.families), means, factors, limits)
    center = columns.mean(axis=0)
    columns -= center
    kernel = columns @ columns.T
    weights = balance_classes(truth, num_classes)
    folds = list(draw_inner_folds(truth, groups))
    held_out = [
        predict_held_out(kernel, truth, num_classes, strength, folds) for strength in STRENGTHS
    ]
    targets = make_targets(truth, num_classes)
    errors = [weights @ np.square(scores - targets).sum(axis=1) for scores in held_out]
    best = int(np.argmin(errors))
    dual, intercept = solve_ridge(kernel, truth, num_classes, STRENGTHS[best])
    coefficients = columns.T @ dual
    sharpness = fit_sharpness(held_out[best], truth, weights)
    model = FeatureModel(
        scale=scale,
        convolutions=convolutions,
        means=means,
        factors=factors,
        limits=limits,
        coefficients=coefficients,
        intercept=intercept - center @ coefficients,
        sharpness=sharpness,
        strength=STRENGTHS[best],
    )
    return model, soften_scores(held_out[best], sharpness)


def _or_one(sizes: FloatArray) -> FloatArray:
    return np.where(sizes > 1e-9, sizes, 1.0)


def _plan_standardization(
    families: Sequence[FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return means, factors and limits of all features, so that each family counts alike."""
    means, factors, limits = [], [], []
    for family in families:
        known = np.isfinite(family)
        counts = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, family, 0).sum(axis=0) / counts
        spread = np.sqrt(np.where(known, (family - mean) ** 2, 0).sum(axis=0) / counts)
        standard = _standardize(family, mean, 1 / _or_one(spread), np.full(len(mean), _LARGEST))
        share = 1 / np.sqrt(max(np.square(standard).sum(axis=1).mean(), 1e-9) * len(families))
        means.append(mean)
        factors.append(share / _or_one(spread))
        limits.append(np.full(len(mean), share * _LARGEST))
    return np.concatenate(means), np.concatenate(factors), np.concatenate(limits)


def _standardize(
    columns: FloatArray, means: FloatArray, factors: FloatArray, limits: FloatArray
) -> FloatArray:
    """Return standardized features; one that is unknown is at its mean."""
    return np.clip(np.nan_to_num((columns - means) * factors), -limits, limits)
