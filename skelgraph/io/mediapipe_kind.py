"""Which coordinates landmarks of MediaPipe's 33 joints have, told from their values."""

from typing import Literal

import numpy as np

from skelgraph.layouts import MEDIAPIPE33
from skelgraph.typing import FloatArray

Kind = Literal["world", "space", "image", "pixels"]
"""World landmarks (m from the middle of the hips), positions in space of any unit and origin, and
image landmarks in shares of the image or in pixels."""

_HIPS = [MEDIAPIPE33.index(f"{side}_hip") for side in ("left", "right")]
_SHOULDERS = [MEDIAPIPE33.index(f"{side}_shoulder") for side in ("left", "right")]
_NOSE = MEDIAPIPE33.index("nose")
_AT_ORIGIN = 0.05
"""The middle of the hips of world landmarks is at the origin, and the depth of that of image
landmarks at 0, as closely as this in sizes of the body."""
_LARGEST_PERSON_M = 4.0
_MOST = 0.9
_FARTHEST_SHARE = 4.0
_UPRIGHT = 1.5


def tell_kind(landmarks: FloatArray) -> Kind:
    """Return which coordinates landmarks have.

    World landmarks have the middle of the hips at the origin. Image landmarks lie in 0 to 1, unless
    the body is only partly in the image; the depth of the hips is 0 then. It is 0 in pixels, too,
    and the head is above the hips, where y is smaller. All others are positions in space, whose
    third coordinate is a length.

    Args:
        landmarks: Array (N, 33, C) with C = 2 or 3; NaN where a joint is missing.
    """
    there = landmarks[np.isfinite(landmarks[:, [*_HIPS, *_SHOULDERS, _NOSE]]).all(axis=(1, 2))]
    plane = landmarks[..., :2]
    in_image = float(np.mean((plane >= 0) & (plane <= 1), where=np.isfinite(plane)))
    if landmarks.shape[2] == 2 or not len(there):
        return "image" if in_image >= _MOST / 2 else "pixels"
    size = float(np.median(np.ptp(np.nan_to_num(there), axis=1).max(axis=1)))
    hips = np.median(there[:, _HIPS].mean(axis=1), axis=0)
    if (np.abs(hips) <= _AT_ORIGIN * size).all():
        return "world" if size < _LARGEST_PERSON_M else "space"
    is_flat = bool(abs(hips[2]) <= _AT_ORIGIN * size)
    if in_image >= _MOST:
        return "image" if is_flat or not _stands_along_depth(there) else "space"
    if is_flat and in_image >= _MOST / 2 and np.nanmax(np.abs(plane)) <= _FARTHEST_SHARE:
        return "image"
    is_below = float(np.median(there[:, _NOSE, 1])) < hips[1]
    if is_flat and is_below and (hips[:2] > 0).all() and size > _LARGEST_PERSON_M:
        return "pixels"
    return "space"


def _stands_along_depth(there: FloatArray) -> bool:
    trunk = there[:, _SHOULDERS].mean(axis=1) - there[:, _HIPS].mean(axis=1)
    across, down, depth = np.abs(np.median(trunk, axis=0))
    return bool(depth > _UPRIGHT * max(across, down))
