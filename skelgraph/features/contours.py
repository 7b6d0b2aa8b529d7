"""Contours of prosody over time, and the seven statistics of each, as openSMILE defines them."""

import numpy as np

from skelgraph.features.feature_names import FUNCTIONALS
from skelgraph.typing import FloatArray


def smooth(values: FloatArray, *, skip_zeros: bool) -> FloatArray:
    """Return the means (T,) of three neighboring frames of a contour (T,).

    The first and the last frame are repeated beyond the ends.

    Args:
        values: The contour.
        skip_zeros: A zero is a frame without a value: it stays, and is in no mean.
    """
    padded = np.pad(values, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3)
    if not skip_zeros:
        return np.asarray(windows.mean(axis=1))
    counts = np.maximum(1, (windows != 0).sum(axis=1))
    return np.where(windows[:, 1] == 0, 0, windows.sum(axis=1) / counts)


def statistics(contour: FloatArray) -> FloatArray:
    """Compute the seven ``FUNCTIONALS`` of a contour (T,); zeros if it has no value.

    The slope ``linregc1`` is by frame; the centroid is where the contour's mass lies, as a part of
    its length, and 0 where its sum is.
    """
    if len(contour) == 0:
        return np.zeros(len(FUNCTIONALS))
    time = np.arange(len(contour))
    total = contour.sum()
    centroid = (time * contour).sum() / total / len(contour) if total != 0 else 0.0
    slope = np.polyfit(time, contour, 1)[0] if len(contour) > 1 else 0.0
    low, high = np.percentile(contour, [10, 90])
    return np.array([contour.std(), contour.mean(), slope, centroid, low, high, high - low])
