"""What a clip gives to a classifier of features: descriptors and the velocities of its posture."""

from dataclasses import dataclass

from skelgraph.movement.body_points import locate_body, mirror_body
from skelgraph.movement.descriptors import describe_movement
from skelgraph.movement.posture_scalars import differentiate, measure_posture
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_BONE_M = 0.2
"""Mean length of a bone in meters; a recording without a unit of length is measured in bones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipMotion:
    """The movement of one clip; :func:`measure_motion` makes it.

    Args:
        descriptors: Values of :func:`skelgraph.movement.list_descriptors`; NaN if unknown.
        velocities: Velocities (T, K) of the posture scalars, per second.
        mirrored: Those of the mirror image.
    """

    descriptors: FloatArray
    velocities: FloatArray
    mirrored: FloatArray


def measure_motion(sequence: PoseSequence) -> ClipMotion:
    """Measure the movement of a cleaned recording.

    Args:
        sequence: A recording that faces +z, with y up, in meters or, if its unit is no length (an
            image), divided by its mean bone length (:class:`~skelgraph.poses.Preprocessing`).

    Raises:
        PoseError: If the layout has no trunk, head or hands, or the recording never shows any.

    Example:
        >>> import numpy as np
        >>> from skelgraph.layouts import UPPER10, rest_pose
        >>> pose = np.repeat(rest_pose(UPPER10)[None], 30, axis=0)
        >>> still = measure_motion(PoseSequence(positions=pose, layout=UPPER10, fps=30.0, unit="m"))
        >>> still.velocities.shape, bool(np.allclose(still.velocities, 0))
        ((30, 12), True)
    """
    size, num_dimensions = 1.0 if sequence.unit == "m" else _BONE_M, sequence.num_dimensions
    points = {name: size * track for name, track in locate_body(sequence).items()}
    posture = measure_posture(points, num_dimensions)
    reflection = measure_posture(mirror_body(points), num_dimensions)
    return ClipMotion(
        descriptors=describe_movement(
            points, posture, fps=sequence.fps, num_dimensions=num_dimensions
        ),
        velocities=differentiate(posture, sequence.fps),
        mirrored=differentiate(reflection, sequence.fps),
    )
