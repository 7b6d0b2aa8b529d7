"""Which movement features spoke for a class in a ridge: coefficient times standardized value."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skelgraph.movement import FeatureModel, list_descriptors, measure_motion
from skelgraph.poses import PoseSequence

_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class FeatureWeights:
    """How much features raised the score of a class above the mean score of all classes.

    The parts add up exactly: a ridge is linear, and a feature at its mean in training adds nothing.

    Args:
        target: The class.
        descriptors: What each descriptor of :func:`skelgraph.movement.list_descriptors` added.
        of_velocities: What all quantiles of posture velocities added.
        of_convolutions: What all random convolutions of posture velocities added.
        intercept: What was there before any feature.
    """

    target: str
    descriptors: Mapping[str, float]
    of_velocities: float
    of_convolutions: float
    intercept: float

    @property
    def total(self) -> float:
        """Score of the class above the mean of all."""
        named = sum(self.descriptors.values())
        return named + self.of_velocities + self.of_convolutions + self.intercept

    def describe(self, num_dimensions: int) -> str:
        """Return a sentence: which descriptors spoke most, and what the nameless patterns added."""
        meanings = {one.name: one.meaning for one in list_descriptors(num_dimensions)}
        ordered = sorted(self.descriptors, key=lambda name: -abs(self.descriptors[name]))
        named = [f"{meanings[name]} ({self.descriptors[name]:+.2f})" for name in ordered[:_NAMED]]
        measured = sum(self.descriptors.values())
        rest = self.of_velocities + self.of_convolutions
        return (
            f"in the ridge on movement features, {self.target} is {abs(self.total):.2f} "
            f"{'below' if self.total < 0 else 'above'} the mean score of the classes: "
            f"{measured:+.2f} by posture and movement, most by "
            f"{', '.join(named)}; {rest:+.2f} by patterns of posture velocities, which have no "
            f"names"
        )


def weigh_features(
    model: FeatureModel, clip: PoseSequence, target: str, number: int
) -> FeatureWeights:
    """Return which features of a cleaned clip spoke for a class.

    Args:
        model: The ridge.
        clip: The clip as the ridge takes it.
        target: The class.
        number: Its number.
    """
    motion = measure_motion(clip)
    values = model.standardize([motion])[0]
    weights = model.coefficients[:, number] - model.coefficients.mean(axis=1)
    added = values * weights
    names = [one.name for one in list_descriptors(clip.num_dimensions)]
    num_velocities = _VELOCITY_FEATURES * motion.velocities.shape[1]
    velocities = added[len(names) : len(names) + num_velocities]
    return FeatureWeights(
        target=target,
        descriptors=dict(zip(names, added[: len(names)].tolist(), strict=True)),
        of_velocities=float(velocities.sum()),
        of_convolutions=float(added[len(names) + num_velocities :].sum()),
        intercept=float(model.intercept[number] - np.mean(model.intercept)),
    )


_VELOCITY_FEATURES = 12
"""Numbers of each posture scalar's velocity: ten quantiles, spread and mean size."""
