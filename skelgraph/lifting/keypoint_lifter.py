"""A lifter for any camera: from a recording of an image to one in space."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from skelgraph.layouts import JointLayout
from skelgraph.lifting.lifter_keypoints import normalize_keypoints
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.poses import (
    PoseSequence,
    bone_lengths,
    camera_to_world,
    convert_layout,
    normalize_bone_lengths,
)
from skelgraph.typing import Float32Array

_LEVEL = (0.0, 1.0, 0.0, 0.0)
"""Half a turn about x: from a camera's space, y down and z away, to y up and z toward it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KeypointLifter:
    """Lifts recordings of one person with a network that `skelgraph lift train` trained.

    Args:
        network: From :data:`skelgraph.lifting.LIFTER_KEYPOINTS`, as
            :func:`skelgraph.lifting.normalize_keypoints` gives them, to joints in meters in the
            camera's space; in evaluation mode.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.lifting import LIFTER_KEYPOINTS
        >>> network = TemporalLifter(3, LIFTER_KEYPOINTS, UPPER10, filter_widths=(3,), channels=8)
        >>> lifter = KeypointLifter(network=network.eval())
        >>> image = PoseSequence(
        ...     positions=np.random.default_rng(0).uniform(0, 500, (5, 9, 2)),
        ...     layout=LIFTER_KEYPOINTS,
        ...     fps=30.0,
        ...     unit="px",
        ...     up="-y",
        ... )
        >>> lifter.lift_sequence(image).positions.shape
        (5, 10, 3)
    """

    network: TemporalLifter

    @property
    def layout(self) -> JointLayout:
        """Layout of what comes out."""
        return self.network.output_layout

    def lift_sequence(
        self,
        sequence: PoseSequence,
        image_size: tuple[int, int] | None = None,
        *,
        fix_bones: bool = False,
    ) -> PoseSequence:
        """The recording in space, in meters, with the root joint at the origin.

        x points to the right of the image, y up and z toward the camera (right-handed): a person
        who faces the camera faces +z. Nothing in an image tells how the camera was held; it is
        taken to be level.

        Missing keypoints are made up from the frames around them and the other keypoints; frames
        in which nobody is there stay empty. Nothing is filtered. The first and the last frame are
        repeated beyond the recording's ends, and the mean with the mirrored recording's result is
        taken. A joint's confidence is that of the keypoints that it stands for, where the recording
        has any, the root's that of the hips.

        Args:
            sequence: The recording of an image, y down, in any layout with a nose, shoulders,
                elbows, wrists and hips, of which some may be missing.
            image_size: Width and height of the image; not needed, since places in the image are
                taken relative to the person.
            fix_bones: Whether each bone gets its median length over the recording.

        Raises:
            LayoutError: If the layout has too few of the joints.
            PoseError: If it is no recording of an image, or the shoulders are never seen together.
        """
        lifted = self.lift_camera(sequence)
        known = convert_layout(sequence, self.layout)
        nobody = ~sequence.present.any(axis=1)
        lifted[nobody] = np.nan
        space = replace(
            known,
            positions=camera_to_world(lifted, rotation=_LEVEL, on_floor=False),
            unit="m",
            up="+y",
        )
        return normalize_bone_lengths(space, bone_lengths(space)) if fix_bones else space

    def lift_camera(self, sequence: PoseSequence) -> Float32Array:
        """Joints (T, V, 3) in meters in the camera's space (x right, y down, z away), relative to
        the root joint; every frame has all of them.

        Raises:
            SkelgraphError: As :meth:`lift_sequence`.
        """
        keypoints = torch.from_numpy(normalize_keypoints(sequence)).to(self.network.device)
        lifted: Tensor = self.network.lift(keypoints[None])[0].cpu()
        root = self.layout.center
        return np.asarray((lifted - lifted[:, root : root + 1]).numpy(), dtype=np.float32)
