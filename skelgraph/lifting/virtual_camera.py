"""Virtual pinhole cameras, which film recordings in space.

World: meters, y up, right-handed; after :func:`skelgraph.poses.align_heading` a person faces +z,
with the left side at +x. Camera: x to the right of the image, y down, z away from the
camera. Image: pixels from the upper left corner, y down, the optical axis at the center. No lens
distortion.
"""

from dataclasses import dataclass, replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_LEAST_DEPTH_M = 0.05
"""Joints nearer to the camera's plane than this, or behind it, are not in the image."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VirtualCamera:
    """A pinhole camera.

    Args:
        rotation: Array (3, 3) whose rows are the camera's axes x, y, z in the world.
        place_m: Position in the world (3,), in meters.
        focal_px: Focal length in pixels.
        width_px: Width of the image.
        height_px: Height of the image.

    Example:
        >>> camera = VirtualCamera.look_at([0, 0, 0], place_m=[0, 0, 2], focal_px=1000)
        >>> camera.project(np.array([[0.0, 0.0, 0.0], [0.5, 0.25, 0.0]]))
        array([[ 960.,  540.],
               [1210.,  415.]])
    """

    rotation: FloatArray
    place_m: FloatArray
    focal_px: float
    width_px: int = 1920
    height_px: int = 1080

    @classmethod
    def look_at(
        cls,
        target_m: FloatArray | list[float],
        *,
        place_m: FloatArray | list[float],
        focal_px: float,
        width_px: int = 1920,
        height_px: int = 1080,
        roll_deg: float = 0.0,
    ) -> "VirtualCamera":
        """Return a camera whose optical axis goes through a point of the world.

        Args:
            target_m: The point (3,).
            place_m: Where the camera stands (3,).
            focal_px: Focal length in pixels.
            width_px: Width of the image.
            height_px: Height of the image.
            roll_deg: Turn about the optical axis, which turns the image counterclockwise.

        Raises:
            PoseError: If it looks straight up or down, which leaves the image without an up
                direction, or a size is not positive.
        """
        position = np.asarray(place_m, dtype=np.float64)
        away = np.asarray(target_m, dtype=np.float64) - position
        right = np.cross(away, [0.0, 1.0, 0.0])
        if not np.linalg.norm(right) > 1e-6 * np.linalg.norm(away):
            raise PoseError(
                f"expected a camera that does not look straight up or down, but one at "
                f"{position.tolist()} m looks at {np.asarray(target_m).tolist()} m"
            )
        if not (min(focal_px, width_px, height_px) > 0 and np.isfinite(focal_px)):
            raise PoseError(
                f"expected a focal length and an image above 0 px, but got {focal_px} and "
                f"{width_px} x {height_px}"
            )
        right /= np.linalg.norm(right)
        away /= np.linalg.norm(away)
        down = np.cross(away, right)
        cosine, sine = np.cos(np.deg2rad(roll_deg)), np.sin(np.deg2rad(roll_deg))
        return cls(
            rotation=np.stack([cosine * right + sine * down, cosine * down - sine * right, away]),
            place_m=position,
            focal_px=float(focal_px),
            width_px=int(width_px),
            height_px=int(height_px),
        )

    def turned_to(self, target_m: FloatArray) -> "VirtualCamera":
        """Turn the camera in place by the smallest angle to look at a point of the world.

        A person at the image's border is filmed from another direction than that of the optical
        axis, and without the focal length the difference is unknown. In the space of the turned
        camera the person's position in the image does not matter.
        """
        ahead = self.to_camera(target_m)
        ahead = ahead / np.linalg.norm(ahead)
        axis = np.array([ahead[1], -ahead[0], 0.0])  # ahead x (0, 0, 1)
        cross = np.cross(np.eye(3), axis)
        turn = np.eye(3) + cross + cross @ cross / (1 + ahead[2])
        return replace(self, rotation=turn @ self.rotation)

    def to_camera(self, positions_m: FloatArray) -> FloatArray:
        """Convert positions (..., 3) of the world to the camera's space, both in meters."""
        return (np.asarray(positions_m, dtype=np.float64) - self.place_m) @ self.rotation.T

    def project(self, positions_m: FloatArray) -> FloatArray:
        """Project positions (..., 3) of the world to the image, (..., 2) in pixels.

        They may be beyond its borders; those behind the camera become NaN.
        """
        positions = self.to_camera(positions_m)
        depth = np.where(positions[..., 2:] > _LEAST_DEPTH_M, positions[..., 2:], np.nan)
        center = np.array([self.width_px, self.height_px]) / 2
        return positions[..., :2] * (self.focal_px / depth) + center


@dataclass(frozen=True, kw_only=True)
class CameraRanges:
    """Ranges of virtual cameras, of which each value is drawn uniformly.

    The defaults are ours: a person filmed from the front half, by anything from a telephone to a
    camera at the other end of a room.

    Args:
        distance_m: Distance from the person.
        azimuth_deg: Direction of the camera about the vertical: 0 is in front of a person who faces
            +z, 90 at the person's left.
        height_m: Height of the camera above the middle of the person.
        field_of_view_deg: Angle that the image's longer side covers; with the image's size it gives
            the focal length.
        aim_m: Distance of the point that the camera looks at from the middle of the person, to the
            right and upward.
        roll_deg: Turn about the optical axis.
        image_sizes_px: Pairs of width and height, of which one is drawn.
    """

    distance_m: tuple[float, float] = (1.5, 6.0)
    azimuth_deg: tuple[float, float] = (-90.0, 90.0)
    height_m: tuple[float, float] = (-0.2, 0.6)
    field_of_view_deg: tuple[float, float] = (35.0, 75.0)
    aim_m: tuple[float, float] = (-0.3, 0.3)
    roll_deg: tuple[float, float] = (-5.0, 5.0)
    image_sizes_px: tuple[tuple[int, int], ...] = (
        *((1920, 1080), (1280, 720), (640, 480)),
        *((720, 480), (1080, 1920)),
    )

    def __post_init__(self) -> None:
        for name in ("distance_m", "azimuth_deg", "height_m", "field_of_view_deg", "aim_m"):
            least, greatest = getattr(self, name)
            if not -np.inf < least <= greatest < np.inf:
                raise PoseError(f"expected a range of {name}, but got {least} to {greatest}")
        if self.distance_m[0] <= 0 or not (
            self.field_of_view_deg[0] > 0 and self.field_of_view_deg[1] < 180
        ):
            raise PoseError(
                f"expected distances above 0 m and fields of view between 0 and 180 degrees, but "
                f"got {self.distance_m} and {self.field_of_view_deg}"
            )


def draw_camera(
    generator: np.random.Generator, target_m: FloatArray, ranges: CameraRanges | None = None
) -> VirtualCamera:
    """Draw a random camera that looks roughly at a person, whose middle is (3,), in meters."""
    ranges = CameraRanges() if ranges is None else ranges
    distance = generator.uniform(*ranges.distance_m)
    azimuth = np.deg2rad(generator.uniform(*ranges.azimuth_deg))
    width, height = ranges.image_sizes_px[generator.integers(len(ranges.image_sizes_px))]
    half_angle = np.deg2rad(generator.uniform(*ranges.field_of_view_deg)) / 2
    toward_person = np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
    position = target_m + distance * toward_person
    position[1] += generator.uniform(*ranges.height_m)
    across = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    aim = target_m + generator.uniform(*ranges.aim_m) * across
    aim[1] += generator.uniform(*ranges.aim_m)
    return VirtualCamera.look_at(
        aim,
        place_m=position,
        focal_px=max(width, height) / 2 / np.tan(half_angle),
        width_px=width,
        height_px=height,
        roll_deg=generator.uniform(*ranges.roll_deg),
    )


def find_middle(sequence: PoseSequence) -> FloatArray:
    """Return the middle of a person (3,), the mean of all joints over all frames.

    Raises:
        PoseError: If all joints are missing.
    """
    if not sequence.present.any():
        raise PoseError(f"sequence {sequence.name!r}: expected some joint, but all are missing")
    return np.asarray(sequence.positions[sequence.present].astype(np.float64).mean(axis=0))


def project_sequence(sequence: PoseSequence, camera: VirtualCamera) -> PoseSequence:
    """Project a recording in space to a camera's image: the same joints in pixels, y down.

    Joints beyond the image's borders are kept, as a network that extrapolates would return them.

    Args:
        sequence: The recording, in meters, y up.
        camera: The camera.

    Raises:
        PoseError: If the recording is not in meters with y up.
    """
    if (sequence.num_dimensions, sequence.unit, sequence.up) != (3, "m", "+y"):
        raise PoseError(
            f"sequence {sequence.name!r}: expected 3 dimensions in 'm' with '+y' up, but got "
            f"{sequence.num_dimensions} in {sequence.unit!r} with {sequence.up!r}; apply "
            f"to_meters() and align_heading()"
        )
    pixels = camera.project(sequence.positions).astype(np.float32)
    return replace(sequence, positions=pixels, unit="px", up="-y")
