"""A person of any layout who stands still, to be drawn.

Known parts of the body have a place; joints between two of them lie on the way, and joints beyond
them fan out. The head, hands and feet are larger than real ones, so that their joints can be told
apart in a drawing.
"""

import math
import re
from collections.abc import Mapping

import networkx as nx
import numpy as np

from skelgraph.layouts.anatomy import describe_joint, find_parts
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.typing import FloatArray

Place = tuple[float, float]

_MIDDLE: dict[str, Place] = {
    "neck": (0, 0.88),
    "pelvis": (0, 0.52),
    "spine": (0, 0.66),
    "thorax": (0, 0.81),
    "neck_nose": (0, 0.96),
    "head": (0, 1.0),
    "nose": (0, 0.965),
}
"""Places across and up, in heights of the shoulders and a bit; a later part goes before an earlier
one where a joint is both."""
_LEFT: dict[str, Place] = {
    "collar": (0.06, 0.82),
    "shoulder": (0.15, 0.8),
    "elbow": (0.22, 0.63),
    "wrist": (0.28, 0.46),
    "hip": (0.09, 0.51),
    "knee": (0.11, 0.27),
    "ankle": (0.12, 0.05),
    "toe": (0.17, -0.02),
    "eye": (0.04, 1.0),
    "ear": (0.085, 0.975),
    "heel": (0.105, -0.015),
    "smalltoe": (0.205, 0.01),
    "hand": (0.295, 0.41),
    "handtip": (0.315, 0.33),
    "thumb": (0.25, 0.38),
    "index": (0.285, 0.37),
    "pinky": (0.325, 0.385),
    "eyeinner": (0.018, 1.0),
    "eyeouter": (0.062, 1.0),
    "mouth": (0.025, 0.92),
}
"""Of the person's left side, which is on the right for who looks at the person."""
_TOP_OF_HEAD: Place = (0, 1.08)
_STEP = 0.08
_SHRINK = 0.8
_FAN = math.radians(35)
_NUMBERED = re.compile(r"face_(\d+)$|(left|right)_hand_(\d+)$")


def rest_pose(layout: JointLayout) -> FloatArray:
    """Return where to draw each joint of a person who stands and faces the viewer.

    Returns:
        Array (V, 2): to the right and up, with the feet near 0 and the head near 1. Left and right
        joints mirror each other.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> pose = rest_pose(UPPER10)
        >>> bool((pose[[4, 5, 6], 0] > 0).all()), bool(pose[3, 1] > pose[0, 1])
        (True, True)
    """
    places = _place_parts(layout) | _place_numbered(layout)
    if len(places) < 3:
        return _spread_around(layout)
    _place_between(layout, places)
    _place_beyond(layout, places)
    pose = np.array([places[joint] for joint in range(layout.num_joints)], dtype=np.float64)
    for left, right in layout.pairs:
        pose[right] = pose[left] * [-1, 1]
    return pose


def _place_parts(layout: JointLayout) -> dict[int, Place]:
    parts = find_parts(layout)
    places = {}
    for part, place in _MIDDLE.items():
        if part in parts:
            places[parts[part]] = _TOP_OF_HEAD if part == "head" and "nose" in parts else place
    for side, sign in (("left", 1), ("right", -1)):
        described = {describe_joint(joint): index for index, joint in enumerate(layout.joints)}
        for part, (x, y) in _LEFT.items():
            joint = parts.get(f"{side}_{part}", described.get((side, part)))
            if joint is not None and joint not in places:
                places[joint] = (sign * x, y)
    return places


def _place_numbered(layout: JointLayout) -> dict[int, Place]:
    """The points of a face or hand that are named after their numbers."""
    places = {}
    for joint, name in enumerate(layout.joints):
        found = _NUMBERED.match(name)
        if found is None:
            continue
        face, side, finger = found.groups()
        x, y = _FACE[int(face)] if face else _place_finger(int(finger))
        places[joint] = (-x if side == "right" else x, y)
    return places


def _place_finger(point: int) -> Place:
    """A point of the left hand: the wrist, then four each from thumb to little finger."""
    if point == 0:
        return (0.285, 0.445)
    finger, bone = divmod(point - 1, 4)
    angle = math.radians((-150, -108, -90, -72, -55)[finger])
    length = (0.025, 0.05, 0.055, 0.05, 0.045)[finger] + 0.02 * bone
    return 0.285 + length * math.cos(angle), 0.445 + length * math.sin(angle)


def _draw_face() -> list[Place]:
    """The 68 points of the 300-W challenge, from the person's right on."""

    def arc(count: int, center: Place, size: Place, start: float, end: float) -> list[Place]:
        angles = np.radians(np.linspace(start, end, count))
        across, up = np.cos(angles) * size[0], np.sin(angles) * size[1]
        return [
            (center[0] + float(x), center[1] + float(y)) for x, y in zip(across, up, strict=True)
        ]

    points = arc(17, (0, 1.0), (0.1, 0.16), 180, 360)
    points += arc(5, (-0.045, 1.02), (0.03, 0.018), 170, 20)
    points += arc(5, (0.045, 1.02), (0.03, 0.018), 160, 10)
    points += [(0, y) for y in (1.0, 0.985, 0.97, 0.955)]
    points += [(-0.02, 0.942), (-0.01, 0.938), (0, 0.935), (0.01, 0.938), (0.02, 0.942)]
    for x in (-0.045, 0.045):
        points += arc(7, (x, 1.0), (0.02, 0.012), 180, -180)[:6]
    points += arc(13, (0, 0.9), (0.04, 0.02), 180, -180)[:12]
    points += arc(9, (0, 0.9), (0.026, 0.008), 180, -180)[:8]
    return points


_FACE = _draw_face()


def _place_between(layout: JointLayout, places: dict[int, Place]) -> None:
    """Places joints that lie between placed ones, and the joints above all placed ones."""
    placed = sorted(places)
    if len(placed) == layout.num_joints:
        return
    for joint in placed:
        for other in placed:
            way = layout.path(joint, other) if joint < other else []
            if len(way) > 2 and not set(way[1:-1]) & set(placed):
                (x0, y0), (x1, y1) = places[joint], places[other]
                for step, between in enumerate(way[1:-1], start=1):
                    share = step / (len(way) - 1)
                    places.setdefault(between, (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))


def _place_beyond(layout: JointLayout, places: dict[int, Place]) -> None:
    """Places joints away from the placed ones, each branch in the direction that leads to it."""
    tree: nx.Graph[int] = nx.Graph(layout.bones)
    queue = sorted(places)
    for joint in queue:
        open_neighbors = sorted(set(tree.neighbors(joint)) - set(places))
        heading = _heading(joint, tree, places)
        length = _STEP * (_SHRINK if tree.degree[joint] > 2 else 1)
        for rank, neighbor in enumerate(open_neighbors):
            angle = heading + _FAN * (rank - (len(open_neighbors) - 1) / 2)
            x, y = places[joint]
            places[neighbor] = (x + length * math.cos(angle), y + length * math.sin(angle))
            queue.append(neighbor)


def _heading(joint: int, tree: "nx.Graph[int]", places: Mapping[int, Place]) -> float:
    """The direction away from a joint's placed neighbors."""
    x, y = places[joint]
    around = [places[other] for other in tree.neighbors(joint) if other in places]
    across = sum(x - other[0] for other in around)
    up = sum(y - other[1] for other in around)
    return math.atan2(up, across) if abs(across) + abs(up) > 1e-6 else math.pi / 2


def _spread_around(layout: JointLayout) -> FloatArray:
    """A tree that is no body: the center in the middle, each subtree in a sector of its own."""
    parents = layout.parents
    leaves = np.zeros(layout.num_joints)
    for joint in reversed(layout.depth_first):
        leaves[joint] = max(leaves[joint], 1)
        if joint != layout.center:
            leaves[parents[joint]] += leaves[joint]
    depth = [len(layout.path(layout.center, joint)) - 1 for joint in range(layout.num_joints)]
    start = np.full(layout.num_joints, math.pi / 2)
    pose = np.zeros((layout.num_joints, 2))
    for joint in layout.depth_first[1:]:
        parent = parents[joint]
        width = 2 * math.pi * leaves[joint] / leaves[layout.center]
        angle = start[parent] + width / 2
        start[joint], start[parent] = start[parent], start[parent] + width
        pose[joint] = depth[joint] * np.array([math.cos(angle), math.sin(angle)])
    return 0.5 + 0.5 * pose / max(1, *depth) if len(depth) > 1 else pose
