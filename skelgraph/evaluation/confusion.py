"""Confusion matrices, and the recalls that follow from them.

Matrices are (..., C, C) with the true class in the row and the predicted one in the column.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skelgraph.typing import IntArray


def check_numbers(name: str, numbers: Sequence[int] | IntArray, num_classes: int) -> IntArray:
    """The class numbers as an array (N,), once they are seen to be such.

    Raises:
        ValueError: If there are none, or one is no whole number from 0 to ``num_classes - 1``.
    """
    array = np.asarray(numbers)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"expected {name} (clips,) of at least one clip, but got {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"expected {name} as class numbers, but got {array.dtype}")
    if array.min() < 0 or array.max() >= num_classes:
        raise ValueError(
            f"expected {name} from 0 to {num_classes - 1}, but got {array.min()} to {array.max()}"
        )
    return array.astype(np.int64)


def check_pair(
    truth: Sequence[int] | IntArray, predicted: Sequence[int] | IntArray, num_classes: int
) -> tuple[IntArray, IntArray]:
    """Truth and prediction as arrays (N,) of class numbers.

    Raises:
        ValueError: If one is no array of class numbers or their lengths differ.
    """
    truth = check_numbers("true classes", truth, num_classes)
    predicted = check_numbers("predicted classes", predicted, num_classes)
    if len(truth) != len(predicted):
        raise ValueError(
            f"expected one prediction for each of {len(truth)} clips, but got {len(predicted)}"
        )
    return truth, predicted


def recalls(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Recall of each class (..., C); NaN for a class that does not occur.

    Example:
        >>> recalls(np.array([[3, 1], [0, 0]])).tolist()
        [0.75, nan]
    """
    support = confusion.sum(axis=-1).astype(np.float64)
    support[support == 0] = np.nan
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return np.asarray(hits / support, dtype=np.float64)


def uar(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Unweighted average recall (...,): the mean recall of the classes that occur."""
    return np.asarray(np.nanmean(recalls(confusion), axis=-1), dtype=np.float64)


def war(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Weighted average recall (...,): the share of clips that are right."""
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    return np.asarray(hits / confusion.sum(axis=(-2, -1)), dtype=np.float64)
