"""Acoustic features to mean 0 and variance 1, as fitted to the training part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skelgraph.features import AcousticFeatures
from skelgraph.typing import Float32Array

_PARTS = ("mfcc_mean", "mfcc_std", "prosody_mean", "prosody_std")


@dataclass(frozen=True, kw_only=True, eq=False)
class AcousticScaler:
    """Means and standard deviations of each MFCC coefficient and each prosodic value.

    Args:
        mfcc_mean: Array (39,), over all frames.
        mfcc_std: Array (39,); 1 where a coefficient never changes.
        prosody_mean: Array (35,), over utterances.
        prosody_std: Array (35,).
    """

    mfcc_mean: Float32Array
    mfcc_std: Float32Array
    prosody_mean: Float32Array
    prosody_std: Float32Array

    @classmethod
    def fit(cls, utterances: Iterable[AcousticFeatures]) -> "AcousticScaler":
        """Return the statistics of utterances, one or more."""
        utterances = list(utterances)
        frames = [one.mfcc for one in utterances]
        mfcc_mean, mfcc_std = _standard(frames)
        prosody_mean, prosody_std = _standard([one.prosody[None] for one in utterances])
        return cls(
            mfcc_mean=mfcc_mean,
            mfcc_std=mfcc_std,
            prosody_mean=prosody_mean,
            prosody_std=prosody_std,
        )

    def apply(self, features: AcousticFeatures) -> AcousticFeatures:
        """Return the features of an utterance, standardized."""
        return replace(
            features,
            mfcc=(features.mfcc - self.mfcc_mean) / self.mfcc_std,
            prosody=(features.prosody - self.prosody_mean) / self.prosody_std,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as lists of numbers."""
        return {name: [float(value) for value in getattr(self, name)] for name in _PARTS}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AcousticScaler":
        """Return the statistics that :meth:`to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: If they are others.
        """
        return cls(**{name: np.array(values[name], dtype=np.float32) for name in _PARTS})


def _standard(rows: list[Float32Array]) -> tuple[Float32Array, Float32Array]:
    """Mean and standard deviation of the columns of all arrays (rows, columns) together."""
    count = sum(len(one) for one in rows)
    mean = sum(one.sum(axis=0, dtype=np.float64) for one in rows) / count
    squares = sum(np.square(one - mean).sum(axis=0) for one in rows) / count
    std = np.sqrt(squares)
    # What is equal in all of them but for rounding is no measure of anything.
    std = np.where(std > 1e-6 * np.maximum(1.0, np.abs(mean)), std, 1.0)
    return mean.astype(np.float32), std.astype(np.float32)
