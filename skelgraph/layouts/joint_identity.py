"""What a joint is, told without the order of joints, so that any skeleton can say it."""

import numpy as np

from skelgraph.layouts.anatomy import find_parts
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.typing import FloatArray

REGIONS = ("trunk", "head", "arm", "hand", "leg", "foot")
"""Regions of the body."""

_REGION_OF = {
    **dict.fromkeys(("pelvis", "spine", "thorax", "collar"), "trunk"),
    **dict.fromkeys(("neck", "neck_nose", "head", "nose", "eye", "ear"), "head"),
    **dict.fromkeys(("shoulder", "elbow"), "arm"),
    **dict.fromkeys(("wrist",), "hand"),
    **dict.fromkeys(("hip", "knee"), "leg"),
    **dict.fromkeys(("ankle", "toe"), "foot"),
}

IDENTITY_CHANNELS = 2 + len(REGIONS)
"""Numbers of :func:`identify_joints` for each joint."""


def find_regions(layout: JointLayout) -> tuple[str, ...]:
    """Return the region of the body of each joint, one of :data:`REGIONS`.

    It is known by name (:func:`find_parts`); a joint of another name is of its parent's region, and
    one without such a parent of the trunk.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> find_regions(UPPER10)[-3:]
        ('arm', 'arm', 'hand')
    """
    regions: dict[int, str] = {}
    for part, joint in find_parts(layout).items():
        name = part.removeprefix("left_").removeprefix("right_")
        regions.setdefault(joint, _REGION_OF[name])
    for joint in layout.depth_first:
        parent = int(layout.parents[joint])
        regions.setdefault(joint, regions.get(parent, "trunk"))
    return tuple(regions[joint] for joint in range(layout.num_joints))


def identify_joints(layout: JointLayout) -> FloatArray:
    """Return numbers from -1 to 1 that tell each joint from others, ``(V, IDENTITY_CHANNELS)``.

    They are its distance to the center in edges, as a share of the largest; its side, -1 for left
    and 1 for right; and 1 for its region of the body.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> identify_joints(UPPER10)[UPPER10.center].tolist()
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    identity = np.zeros((layout.num_joints, IDENTITY_CHANNELS))
    identity[:, 0] = layout.distances / max(int(layout.distances.max()), 1)
    for left, right in layout.pairs:
        identity[left, 1], identity[right, 1] = -1.0, 1.0
    for joint, region in enumerate(find_regions(layout)):
        identity[joint, 2 + REGIONS.index(region)] = 1.0
    return identity
