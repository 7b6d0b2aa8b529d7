"""Between a camera's image, its space, and the world: the conventions of lifted poses.

A camera's space has x to the right of the image, y down and z away from the camera. Source: Pavllo
et al., CVPR 2019, and its code, VideoPose3D.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from skelgraph.errors import PoseError
from skelgraph.typing import FloatArray

H36M_CAMERA = (0.1407056450843811, -0.1500701755285263, -0.755240797996521, 0.6223280429840088)
"""Unit quaternion (w, x, y, z) that turns a camera's space into a world whose z points up: that of
camera 54138969 of subject S1 of Human3.6M, which looks down at the person a little."""

_UNIT_TOLERANCE = 1e-3


def normalize_screen(positions: FloatArray, *, width_px: float, height_px: float) -> FloatArray:
    """Pixels as lifters take them: x from -1 to 1 over the image's width, and y in the same scale.

    Both are divided by half the width, so that the aspect ratio stays; the image's center becomes
    the origin, and y still points down.

    Args:
        positions: Array (..., 2) in pixels; NaN stays NaN.
        width_px: Width of the image.
        height_px: Height of the image.

    Returns:
        Array (..., 2), y from -h/w to h/w; single precision stays single precision.

    Raises:
        PoseError: If these are not coordinates of an image, or the image has no size.

    Example:
        >>> normalize_screen(np.array([[0.0, 0.0], [320.0, 180.0]]), width_px=640, height_px=360)
        array([[-1.    , -0.5625],
               [ 0.    ,  0.    ]])
    """
    positions = _check_axis(positions, 2)
    if not (0 < width_px < np.inf and 0 < height_px < np.inf):
        raise PoseError(
            f"expected the width and height of an image in pixels, but got {width_px} x {height_px}"
        )
    corner = np.array([1, height_px / width_px], dtype=positions.dtype)
    return positions * (2 / width_px) - corner


def camera_to_world(
    positions: FloatArray,
    *,
    rotation: tuple[float, float, float, float] = H36M_CAMERA,
    on_floor: bool = True,
) -> FloatArray:
    """Positions of a camera's space turned into a world whose z points up.

    A lifted recording does not tell how its camera was held. By default it is turned as if it had
    been seen by one of Human3.6M's cameras, which is meant for looking at it only.

    Args:
        positions: Array (..., 3); NaN stays NaN.
        rotation: Unit quaternion (w, x, y, z) from the camera's space to the world.
        on_floor: Whether the lowest of all positions is put at z = 0.

    Returns:
        Array (..., 3) in the same unit; single precision stays single precision.

    Raises:
        PoseError: If these are not positions in space, or the quaternion has not length 1.
    """
    positions = _check_axis(positions, 3)
    length = float(np.linalg.norm(rotation))
    if len(rotation) != 4 or not abs(length - 1) <= _UNIT_TOLERANCE:
        raise PoseError(
            f"expected a rotation of four numbers (w, x, y, z) of length 1, but got {rotation}"
        )
    w, x, y, z = rotation
    matrix = Rotation.from_quat([x, y, z, w]).as_matrix().astype(positions.dtype)
    turned = positions @ matrix.T
    if on_floor and not np.isnan(turned).all():
        turned[..., 2] -= np.nanmin(turned[..., 2])
    return turned


def _check_axis(positions: FloatArray, dimensions: int) -> FloatArray:
    positions = np.asarray(positions)
    if positions.ndim == 0 or positions.shape[-1] != dimensions:
        raise PoseError(
            f"expected positions (..., {dimensions}), but got an array {positions.shape}"
        )
    return positions if positions.dtype.kind == "f" else positions.astype(np.float64)
