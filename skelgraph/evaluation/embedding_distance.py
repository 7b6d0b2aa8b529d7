"""How far the embedding of a clip is from those of the training clips.

The Mahalanobis distance to the mean of all training clips, as in Lee et al., "A simple unified
framework for detecting out-of-distribution samples", NeurIPS 2018, but without classes: few clips
are each class's. Nothing heavy is imported, since each prediction measures it.
"""

from dataclasses import dataclass

import numpy as np

from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class EmbeddingDistance:
    """The place and spread of the training clips' embeddings.

    Args:
        mean: Array (D,).
        precision: Inverse of the covariance, array (D, D).

    Raises:
        ValueError: If shapes do not fit, or a number is not finite.
    """

    mean: FloatArray
    precision: FloatArray

    def __post_init__(self) -> None:
        mean = np.asarray(self.mean, dtype=np.float64)
        precision = np.asarray(self.precision, dtype=np.float64)
        if mean.ndim != 1 or precision.shape != (len(mean), len(mean)):
            raise ValueError(
                f"expected a mean (D,) and a precision (D, D), but got {mean.shape} and "
                f"{precision.shape}"
            )
        if not (np.isfinite(mean).all() and np.isfinite(precision).all()):
            raise ValueError("expected a mean and a precision of finite numbers, but some are not")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "precision", precision)

    def measure(self, embeddings: FloatArray) -> FloatArray:
        """Return the distance (N,) of embeddings (N, D).

        Raises:
            ValueError: If they have another number of dimensions.

        Example:
            >>> distance = EmbeddingDistance(mean=np.zeros(2), precision=np.eye(2))
            >>> distance.measure(np.array([[3.0, 4.0]])).tolist()
            [5.0]
        """
        embeddings = np.asarray(embeddings, dtype=np.float64)
        if embeddings.ndim != 2 or embeddings.shape[1] != len(self.mean):
            raise ValueError(
                f"expected embeddings (clips, {len(self.mean)}), but got {embeddings.shape}"
            )
        moved = embeddings - self.mean
        squares = np.einsum("nd,de,ne->n", moved, self.precision, moved, optimize=True)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def fit_embedding_distance(embeddings: FloatArray) -> EmbeddingDistance:
    """Fit the distance to embeddings (N, D) of training clips.

    The covariance is shrunk towards a multiple of the identity, since there are about as many clips
    as dimensions (Ledoit and Wolf, J. Multivariate Analysis 88, 2004).

    Raises:
        ValueError: If there are fewer than two clips, or all are alike.
    """
    from sklearn.covariance import LedoitWolf  # a prediction fits nothing

    embeddings = np.asarray(embeddings, dtype=np.float64)
    if embeddings.ndim != 2 or len(embeddings) < 2 or not np.ptp(embeddings, axis=0).any():
        raise ValueError(
            f"expected embeddings (clips, D) of two clips or more that differ, but got "
            f"{embeddings.shape}"
        )
    fitted = LedoitWolf().fit(embeddings)
    return EmbeddingDistance(mean=fitted.location_, precision=fitted.precision_)
