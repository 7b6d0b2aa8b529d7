"""The temperature of a softmax, which makes its scores probabilities: fitted and applied.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. Nothing heavy is imported, since
each prediction applies it.
"""

from collections.abc import Sequence

import numpy as np

from skelgraph.typing import FloatArray, IntArray

MIN_CLIPS = 20
"""Fewest clips to which a temperature is fitted."""

LIMITS = (0.05, 20.0)
"""Lowest and highest temperature."""

LEAST_PROBABILITY = 1e-6
"""The last digit of a score in ``predictions.csv``; below it, likelihoods are not told apart."""


def temper(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return the softmax probabilities (..., classes) that another temperature gives.

    No temperature changes which class has the highest one.

    Example:
        >>> temper(np.array([0.8, 0.2]), 2.0).round(3).tolist()
        [0.667, 0.333]
    """
    if temperature == 1.0:
        return probabilities
    logits = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def fit_temperature(
    logits: FloatArray, labels: Sequence[int] | IntArray, *, strength: float = 10.0
) -> float:
    r"""Fit the temperature that divides logits, on clips that trained nothing.

    It minimizes the negative log-likelihood summed over the clips, plus
    ``strength / 2 * log(temperature) ** 2``: so it stays near 1 with few clips, and finite on
    those that are all right. The default takes temperatures between 0.5 and 2 for usual, as a
    log-normal prior of standard deviation 0.3; fifty clips say about as much.

    Args:
        logits: Logits or log-probabilities (N, K).
        labels: Class number of each clip.
        strength: Strength of the pull towards 1: the inverse variance of that prior; 0 for none.

    Returns:
        The temperature, from 0.05 to 20.

    Raises:
        ValueError: If there is no clip, a number is not finite, or a label is none of the classes.

    Example:
        >>> sure = np.log([[0.99, 0.01]] * 4)  # but wrong in one of four
        >>> round(fit_temperature(sure, [0, 0, 0, 1], strength=0), 2)
        4.18
    """
    logits, numbers = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    if logits.ndim != 2 or len(logits) == 0 or numbers.shape != logits.shape[:1]:
        raise ValueError(
            f"expected logits (clips, classes) and a label of each clip, but got {logits.shape} "
            f"and {numbers.shape}"
        )
    if not np.isfinite(logits).all():
        raise ValueError("expected logits that are finite, but some are not")
    if numbers.min() < 0 or numbers.max() >= logits.shape[1]:
        raise ValueError(
            f"expected labels from 0 to {logits.shape[1] - 1}, but got {numbers.min()} to "
            f"{numbers.max()}"
        )
    # Imported here, since a prediction fits nothing.
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    own = logits[np.arange(len(numbers)), numbers]

    def cost(log_temperature: float) -> float:
        scale = np.exp(-log_temperature)
        nll = (logsumexp(logits * scale, axis=1) - own * scale).sum()
        return float(nll + strength / 2 * log_temperature**2)

    low, high = np.log(LIMITS)
    fitted = minimize_scalar(cost, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(fitted.x))
