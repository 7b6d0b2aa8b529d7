"""Layouts of the whole body with face and hands.

Sources: ``halpe136``: Halpe FullBody, with the links that AlphaPose draws; ``coco133``:
COCO-WholeBody (Jin et al. 2020), with the links that MMPose draws, which has none in the face;
``openpose134``: the same with the body as ``openpose18`` has it, the order of ``to_openpose`` in
rtmlib and of DWPose. All have the 68 points of the face of the 300-W challenge (iBUG) and 21 of
each hand as OpenPose numbers them (0 the wrist, then four each of thumb, index, middle, ring and
little finger). Points are named after their numbers there: ``face_0`` to ``face_67``,
``left_hand_0`` to ``left_hand_20``.

The contours of the face are closed, so that its graph is symmetric; AlphaPose draws them open.
What joins the contours to each other, the face to the nose and the hands to the wrists is ours.
"""

from itertools import pairwise

from skelgraph.layouts.body_layouts import COCO17, HALPE26, OPENPOSE18
from skelgraph.layouts.joint_layout import JointLayout

_NUM_FACE, _NUM_HAND = 68, 21
_NOSE_TIP = 30
_CONTOURS = (
    (30, 29, 28, 27),  # bridge of the nose
    (33, 32, 31),
    (33, 34, 35),
    (21, 20, 19, 18, 17),  # brows
    (22, 23, 24, 25, 26),
    (39, 38, 37, 36),  # eyes, from the inner corners
    (39, 40, 41),
    (42, 43, 44, 45),
    (42, 47, 46),
    (51, 50, 49, 48),  # outer lips
    (51, 52, 53, 54),
    (57, 58, 59),
    (57, 56, 55),
    (62, 61, 60),  # inner lips
    (62, 63, 64),
    (66, 67),
    (66, 65),
    (8, 7, 6, 5, 4, 3, 2, 1, 0),  # jaw
    (8, 9, 10, 11, 12, 13, 14, 15, 16),
)
"""Each from a point on; child after parent."""
_JOINTS_OF_CONTOURS = {
    33: 30, 21: 27, 22: 27, 39: 27, 42: 27, 51: 33, 62: 51, 66: 62, 57: 66, 8: 57,
}  # fmt: skip
_CLOSINGS = ((36, 41), (45, 46), (48, 59), (54, 55), (60, 67), (64, 65))
_FACE_MIRROR = (
    *((point, 16 - point) for point in range(8)),
    *((point, 43 - point) for point in range(17, 22)),
    *((31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),
    *((48, 54), (49, 53), (50, 52), (58, 56), (59, 55), (60, 64), (61, 63), (67, 65)),
)
"""Points on the person's right and their twins on the left."""


def _face_parents() -> dict[str, str | None]:
    parents = {child: parent for way in _CONTOURS for parent, child in pairwise(way)}
    parents |= _JOINTS_OF_CONTOURS
    return {
        f"face_{point}": "nose" if point == _NOSE_TIP else f"face_{parents[point]}"
        for point in range(_NUM_FACE)
    }


def _hand_parents(side: str) -> dict[str, str | None]:
    parents: dict[str, str | None] = {f"{side}_hand_0": f"{side}_wrist"}
    for point in range(1, _NUM_HAND):
        parents[f"{side}_hand_{point}"] = f"{side}_hand_{0 if point % 4 == 1 else point - 1}"
    return parents


def _with_face_and_hands(
    name: str, body: JointLayout, feet: dict[str, str | None], *, added_in_face: tuple[int, ...]
) -> JointLayout:
    parents: dict[str, str | None] = {
        joint: None if number == body.center else body.joints[body.parents[number]]
        for number, joint in enumerate(body.joints)
    }
    parents |= feet
    sided = [joint for joint in parents if joint.startswith("left_")]
    sided += [f"left_hand_{point}" for point in range(_NUM_HAND)]
    parents |= _face_parents() | _hand_parents("left") | _hand_parents("right")
    return JointLayout.from_parents(
        name,
        parents,
        pairs=[
            *((joint, joint.replace("left_", "right_")) for joint in sided),
            *((f"face_{left}", f"face_{right}") for right, left in _FACE_MIRROR),
        ],
        extra_edges=[
            *((body.joints[a], body.joints[b]) for a, b in body.extra_edges),
            *((f"face_{a}", f"face_{b}") for a, b in _CLOSINGS),
        ],
        added_bones=[
            *(body.joints[joint] for joint in body.added_bones),
            *(f"face_{point}" for point in added_in_face),
            *("left_hand_0", "right_hand_0"),
        ],
    )


HALPE136 = _with_face_and_hands(
    "halpe136",
    HALPE26,
    {},
    added_in_face=(_NOSE_TIP, 47, *_JOINTS_OF_CONTOURS),  # AlphaPose does not draw 42 to 47
)

_COCO_FEET: dict[str, str | None] = {
    f"{side}_{part}": f"{side}_ankle"
    for side in ("left", "right")
    for part in ("big_toe", "small_toe", "heel")
}

COCO133 = _with_face_and_hands("coco133", COCO17, _COCO_FEET, added_in_face=tuple(range(_NUM_FACE)))

OPENPOSE134 = _with_face_and_hands(
    "openpose134", OPENPOSE18, _COCO_FEET, added_in_face=tuple(range(_NUM_FACE))
)
