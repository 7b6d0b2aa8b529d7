"""Fusion of the class scores of several streams: their weighted sum, or one layer over all of them.

Section 6.3 of Shi et al., Sensors 2021, 21, 205: "the softmax scores of the two models were
directly added" (2s-S-STGCN-a), or "were concatenated and then fed into a fully connected layer"
(2s-S-STGCN-c). Scores are arrays (S, N, K): streams, clips, classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from skelgraph.typing import FloatArray, IntArray

_TOLERANCE = 1e-4  # scores are kept with six decimals


@dataclass(frozen=True, kw_only=True)
class SumFusion:
    """Adds the streams' scores.

    Args:
        weights: Weight of each stream; only their ratios matter.

    Raises:
        ValueError: If a weight is negative or not finite, or none is above zero.
    """

    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights, dtype=np.float64)
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise ValueError(
                f"expected weights of 0 or more that are not all 0, but got {self.weights}"
            )

    def combine(self, scores: FloatArray) -> FloatArray:
        """Weighted mean of the scores, (N, K): their weighted sum, scaled to add up to 1.

        Raises:
            ValueError: If they are no scores, or of another number of streams.

        Example:
            >>> SumFusion(weights=(3, 1)).combine(np.array([[[0.5, 0.5]], [[0.1, 0.9]]])).tolist()
            [[0.4, 0.6]]
        """
        scores = check_scores(scores, num_streams=len(self.weights))
        weights = np.asarray(self.weights, dtype=np.float64)
        return np.asarray(np.tensordot(weights / weights.sum(), scores, axes=1), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The fusion as plain JSON types."""
        return {"strategy": "sum", "weights": list(self.weights)}


@dataclass(frozen=True, kw_only=True, eq=False)
class ConcatFusion:
    """One fully connected layer over the concatenated scores; :func:`fit_concat` makes it.

    Args:
        weight: Array (K, S * K): of each class, the weights of all scores, stream by stream.
        bias: Array (K,).

    Raises:
        ValueError: If the shapes do not fit, or a number is not finite.
    """

    weight: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        weight, bias = (np.asarray(part, dtype=np.float64) for part in (self.weight, self.bias))
        fits = weight.ndim == 2 and bias.shape == weight.shape[:1]
        if not (fits and weight.size > 0 and weight.shape[1] % weight.shape[0] == 0):
            raise ValueError(
                f"expected a weight (classes, streams * classes) and a bias (classes,), but got "
                f"{weight.shape} and {bias.shape}"
            )
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise ValueError("expected a layer of finite numbers, but some are not")
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", bias)

    def combine(self, scores: FloatArray) -> FloatArray:
        """Softmax of the layer's output, (N, K).

        Raises:
            ValueError: If they are no scores, or of another number of streams or classes.
        """
        num_classes, width = self.weight.shape
        scores = check_scores(scores, num_streams=width // num_classes, num_classes=num_classes)
        logits = concatenate(scores) @ self.weight.T + self.bias
        return np.asarray(softmax(logits, axis=1), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The fusion as plain JSON types."""
        return {"strategy": "concat", "weight": self.weight.tolist(), "bias": self.bias.tolist()}


Fusion = SumFusion | ConcatFusion


def fusion_from_dict(settings: Mapping[str, Any]) -> Fusion:
    """The fusion that ``to_dict`` wrote.

    Raises:
        KeyError, TypeError, ValueError: If it is none.
    """
    if settings["strategy"] == "sum":
        return SumFusion(weights=tuple(float(weight) for weight in settings["weights"]))
    if settings["strategy"] != "concat":
        raise ValueError(f"expected the fusion sum or concat, but got {settings['strategy']!r}")
    return ConcatFusion(weight=np.array(settings["weight"]), bias=np.array(settings["bias"]))


def fit_concat(
    scores: FloatArray, labels: Sequence[int] | IntArray, *, strength: float = 1.0
) -> ConcatFusion:
    r"""Fits a fully connected layer over concatenated scores.

    The clips must be none that the streams were trained on. A network is over-confident on its own
    training clips: its scores there are nearly one-hot and always right, and a layer fitted on them
    learns to trust the stream that has learned them best by heart.

    It minimizes the cross-entropy summed over the clips, plus
    ``strength / 2 * (|W - W_0|^2 + |b|^2)``, where :math:`W_0` adds up the streams' scores of each
    class. So the problem is strictly convex, its one solution does not depend on chance, and with
    few clips (or a class without any) the layer stays near the sum.

    Args:
        scores: Array (S, N, K).
        labels: Class number of each clip.
        strength: Strength of the pull towards the sum.

    Raises:
        ValueError: If they are no scores, there are no labels for them, or the strength is not
            above zero.
    """
    from scipy.optimize import minimize  # a prediction only combines scores

    from skelgraph.evaluation.metrics import check_numbers  # it brings scikit-learn

    scores = check_scores(scores)
    num_streams, num_clips, num_classes = scores.shape
    numbers = check_numbers("labels", labels, num_classes)
    if len(numbers) != num_clips:
        raise ValueError(f"expected a label for each of {num_clips} clips, but got {len(numbers)}")
    if not strength > 0:
        raise ValueError(f"expected a strength above 0, but got {strength}")
    inputs = np.hstack([concatenate(scores), np.ones((num_clips, 1))])
    truth = np.eye(num_classes)[numbers]
    start = np.hstack([np.tile(np.eye(num_classes), num_streams), np.zeros((num_classes, 1))])

    def cost(flat: FloatArray) -> tuple[float, FloatArray]:
        layer = flat.reshape(start.shape)
        log_scores = log_softmax(inputs @ layer.T, axis=1)
        gradient = (np.exp(log_scores) - truth).T @ inputs + strength * (layer - start)
        pull = strength / 2 * np.square(layer - start).sum()
        return float(pull - (truth * log_scores).sum()), gradient.ravel()

    found = minimize(
        cost, start.ravel(), jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15}
    )
    layer = found.x.reshape(start.shape)
    return ConcatFusion(weight=layer[:, :-1], bias=layer[:, -1])


def concatenate(scores: FloatArray) -> FloatArray:
    """The scores of all streams beside each other, (N, S * K)."""
    return np.asarray(np.concatenate(list(scores), axis=1), dtype=np.float64)


def check_scores(
    scores: FloatArray, *, num_streams: int | None = None, num_classes: int | None = None
) -> FloatArray:
    """Scores as an array (S, N, K), once they are seen to be such.

    Raises:
        ValueError: If they have another shape, or are no probabilities that add up to 1.
    """
    scores = np.asarray(scores, dtype=np.float64)
    expected = tuple(
        name if number is None else str(number)
        for name, number in (("streams", num_streams), ("clips", None), ("classes", num_classes))
    )
    if scores.ndim != 3 or any(
        number not in (None, size)
        for number, size in zip((num_streams, None, num_classes), scores.shape, strict=True)
    ):
        raise ValueError(f"expected scores ({', '.join(expected)}), but got {scores.shape}")
    adds_up = np.abs(scores.sum(axis=2) - 1) <= _TOLERANCE
    if not ((scores >= 0).all() and adds_up.all()):
        raise ValueError("expected scores of 0 or more that add up to 1 for each clip and stream")
    return scores
