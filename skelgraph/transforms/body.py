"""Random changes of direction, size and side, which leave the meaning of a motion."""

import math

import numpy as np
import torch

from skelgraph.data import ClipT, ClipTransform
from skelgraph.layouts import JointLayout
from skelgraph.transforms.layout_match import check_layout, resolve_layout
from skelgraph.typing import FloatArray


class Mirror(ClipTransform):
    """Exchange left and right at random: change the sign of x, and swap the joints of each pair.

    Clips must be relative to a root joint, with x as their lateral axis. Joints and bones can both
    be mirrored.

    Args:
        layout: The clips' layout, or its name in the catalogue.
        p: Probability of mirroring a clip.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"expected a probability from 0 to 1, but got {p}")
        self.layout = resolve_layout(layout)
        self.p = p
        self._swap = torch.as_tensor(self.layout.mirror)

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip, mirrored or unchanged."""
        check_layout(data, self.layout)
        if float(torch.rand(())) >= self.p:
            return data
        swap = self._swap.to(data.positions.device)
        x = data.positions[:, swap]
        x[..., 0] = -x[..., 0]
        scores = data.scores
        return data.with_positions(
            x, data.present[:, swap], None if scores is None else scores[:, swap]
        )


class RandomRotation(ClipTransform):
    """Rotate a whole clip about the origin by random angles.

    A clip with three coordinates, of which y points up, is tilted about x and z and then turned
    about y. A clip with two coordinates is only tilted in its plane, since the third is unknown.

    Args:
        degrees: Largest turn about the vertical, in either direction.
        tilt_degrees: Largest tilt, in either direction.
    """

    def __init__(self, degrees: float, tilt_degrees: float = 0.0) -> None:
        if degrees < 0 or tilt_degrees < 0:
            raise ValueError(
                f"expected angles of 0 or more, but got {degrees} and {tilt_degrees} degrees"
            )
        self.degrees = degrees
        self.tilt_degrees = tilt_degrees

    def forward(self, data: ClipT) -> ClipT:
        """Return the rotated clip."""
        largest = torch.tensor([self.tilt_degrees, self.degrees, self.tilt_degrees])
        x, y, z = ((2 * torch.rand(3) - 1) * largest * (math.pi / 180)).tolist()
        if data.positions.shape[2] == 2:
            rotation = _rotation_about(2, z)[:2, :2]
        else:
            rotation = _rotation_about(1, y) @ _rotation_about(0, x) @ _rotation_about(2, z)
        turned = data.positions @ torch.from_numpy(rotation.T).to(data.positions)
        return data.with_positions(turned, data.present)


class RandomScale(ClipTransform):
    """Multiply a whole clip by one random factor.

    Args:
        scales: Smallest and largest factor.
    """

    def __init__(self, scales: tuple[float, float]) -> None:
        smallest, largest = scales
        if not 0 < smallest <= largest:
            raise ValueError(f"expected a smallest and a largest positive factor, but got {scales}")
        self.scales = scales

    def forward(self, data: ClipT) -> ClipT:
        """Return the scaled clip."""
        smallest, largest = self.scales
        factor = smallest + (largest - smallest) * float(torch.rand(()))
        return data.with_positions(data.positions * factor, data.present)


class JitterJoints(ClipTransform):
    """Add independent normal noise to each coordinate of each joint that is there.

    Args:
        std: Standard deviation, in the unit of the clip.
    """

    def __init__(self, std: float) -> None:
        if std < 0:
            raise ValueError(f"expected a standard deviation of 0 or more, but got {std}")
        self.std = std

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with noise."""
        noise = self.std * torch.randn(data.positions.shape)
        return data.with_positions(data.positions + noise.to(data.positions), data.present)


def _rotation_about(axis: int, angle: float) -> FloatArray:
    """Return the matrix (3, 3) of a right-handed rotation about an axis by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cos
    matrix[first, second], matrix[second, first] = -sin, sin
    return matrix
