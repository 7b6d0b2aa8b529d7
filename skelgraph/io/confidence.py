"""Confidences as estimators write them, brought to the range of 0 to 1.

Most are between 0 and 1. Those of heat maps and of SimCC models pass 1 by a little, and count as
1. Some files have COCO's visibility flags in their place: 0 for a keypoint that is not labeled, 1
for a hidden one, 2 for one that is seen. Others have percentages.
"""

import warnings
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatWarning
from skelgraph.typing import FloatArray

_USUAL_EXCESS = 1.5
"""A confidence of a heat map or a SimCC model may be as large, and needs no note."""
_LEAST_PERCENTAGE = 10.0
_SEEN = 2


def scale_confidence(confidence: FloatArray, path: Path) -> FloatArray:
    """Return confidences of 0 to 1; NaN and negative ones, which mean a missing joint, stay.

    Visibility flags are halved, percentages divided by 100, and other confidences above 1 count as
    1. A :class:`skelgraph.errors.FormatWarning` says so, unless they pass 1 by as little as usual.

    Args:
        confidence: Array of any shape, as the file has it.
        path: The file, for the note.

    Example:
        >>> scale_confidence(np.array([0.0, 0.9, 1.2]), Path("a.json")).tolist()
        [0.0, 0.9, 1.0]
    """
    full, note = find_full_confidence(confidence)
    if note:
        warnings.warn(f"{path}: {note}", FormatWarning, stacklevel=2)
    scaled: FloatArray = np.minimum(confidence / full, 1.0)
    return scaled


def find_full_confidence(confidence: FloatArray) -> tuple[float, str]:
    """Return the number that means a confidence of 1, and a note; empty if it is 1 as usual.

    Args:
        confidence: Array of any shape, as the file has it.

    Example:
        >>> find_full_confidence(np.array([0, 50, 97]))
        (100.0, 'confidences reach 97 and are taken for percentages')
    """
    known = confidence[np.isfinite(confidence)]
    highest = float(known.max(initial=0.0))
    if highest <= _USUAL_EXCESS:
        return 1.0, ""
    if highest == _SEEN and np.isin(known, (0, 1, _SEEN)).all():
        return (
            float(_SEEN),
            "visibility flags stand for confidences: 0 is missing, 1 is 0.5, 2 is 1",
        )
    if _LEAST_PERCENTAGE < highest <= 100 and np.median(known[known > 0]) > 1:
        return 100.0, f"confidences reach {highest:g} and are taken for percentages"
    return 1.0, f"confidences reach {highest:g}, but should not pass 1: larger ones count as 1"
