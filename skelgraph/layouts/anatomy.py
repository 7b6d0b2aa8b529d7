"""Which joint of a layout is which part of the body, found from its joint names and its tree.

Motion-capture systems name the same joint in many ways (``LeftArm``, ``UpperArm_L``, ``lShldr``),
and the same name means different joints: ``LeftShoulder`` is the collar bone where there is an
upper arm as well, and the shoulder where there is not. Names are therefore read in an order of
preference, and the joints of the trunk are found from where the arms branch off. Markers on the
skin are named as in Vicon's "Plug-in Gait Reference Guide": ``LSHO``, ``RASI``; computed joint
centers as in biomechanics: ``LHJC``.
"""

import re
from collections.abc import Sequence

from skelgraph.layouts.joint_layout import JointLayout

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_PREFIX = re.compile(r"^(bip|mixamorig)\d*[ _]+(?=.)", re.IGNORECASE)
_NOISE = {"joint", "j", "jnt", "bvh"}

_SIDED: dict[str, tuple[str, ...]] = {
    "shoulder": ("upperarm", "uparm", "arm", "shldr", "shoulder", "sho", "sjc"),
    "elbow": ("elbow", "forearm", "lowerarm", "lowarm", "elb", "ejc"),
    "wrist": ("wrist", "hand", "wjc"),
    "hip": ("upperleg", "upleg", "thigh", "hip", "hjc"),
    "knee": ("knee", "lowerleg", "lowleg", "leg", "shin", "calf", "kne", "kjc"),
    "ankle": ("ankle", "foot", "ank", "ajc"),
    "toe": ("toe", "toes", "toebase", "ball", "footindex", "bigtoe", "foot"),
    "eye": ("eye",),
    "ear": ("ear",),
    "collar": ("collar", "clavicle", "shoulder"),
}
_MORE_URGENT = {"collar": "shoulder", "toe": "ankle"}
"""Parts that a joint of this name is not, if it is already the other one."""
_UNSIDED: dict[str, tuple[str, ...]] = {
    "pelvis": ("pelvis", "hips", "hip", "midhip", "hipcenter", "spinebase"),
    "neck": ("neck", "neck1"),
    "neck_nose": ("necknose",),
    "head": ("head",),
    "nose": ("nose",),
}

_BONE_ENDS = {
    "shoulder": "clavicle",
    "elbow": "humerus",
    "wrist": "radius",
    "hip": "hipjoint",
    "knee": "femur",
    "ankle": "tibia",
}
"""The bones whose ends are the joints of a limb, as Acclaim's files name them: an arm that has a
humerus, or a leg that has a femur, is named after its bones."""
_MARKERS = ("asi", "psi", "fhd", "bhd", "wra", "wrb")
"""Sided markers of Plug-in Gait between which a joint lies: pelvis, head and wrist."""
_MIDDLE_MARKERS = ("sacr", "clav", "strn", "c7", "t10")
_GLUED = {
    *(word for words in _SIDED.values() for word in words if word != "ear"),  # "rear"
    *(*_MARKERS, "upa", "frm", "fin", "thi", "tib", "hee", "heel", "bak"),
    *("thumb", "bigtoe", "smalltoe", *_BONE_ENDS.values()),
}
"""Words to which an ``l`` or ``r`` is joined without a mark: ``lwrist``, ``RASI``."""


def find_parts(layout: JointLayout) -> dict[str, int]:
    """Return the parts of the body that can be told from a layout, each with its joint's number.

    Parts are ``pelvis``, ``spine``, ``thorax``, ``neck``, ``neck_nose``, ``head``, ``nose``, and
    with ``left_`` and ``right_`` before it ``collar``, ``shoulder``, ``elbow``, ``wrist``,
    ``hip``, ``knee``, ``ankle``, ``toe``, ``eye``, ``ear``. The thorax is the joint from which
    both arms branch off, the spine the middle one between it and the pelvis.

    Example:
        >>> from skelgraph.layouts import MPI23
        >>> parts = find_parts(MPI23)
        >>> [MPI23.joints[parts[part]] for part in ("pelvis", "spine", "thorax", "left_ankle")]
        ['Hips', 'Chest2', 'Chest4', 'LeftAnkle']
    """
    parts = find_named_parts(layout.joints)
    _add_trunk(parts, layout)
    return parts


def find_named_parts(joints: Sequence[str]) -> dict[str, int]:
    """Return the parts of the body that names alone tell, as :func:`find_parts`, with their number.

    Example:
        >>> find_named_parts(["LSHO", "LELB", "Hips", "Hat"])
        {'pelvis': 2, 'left_shoulder': 0, 'left_elbow': 1}
    """
    number = {describe_joint(joint): index for index, joint in reversed([*enumerate(joints)])}
    parts: dict[str, int] = {}
    for part, words in _UNSIDED.items():
        _take(parts, part, [number.get((None, word)) for word in words])
    for side in ("left", "right"):
        for part, words in _SIDED.items():
            candidates = [number.get((side, word)) for word in words]
            taken = parts.get(f"{side}_{_MORE_URGENT[part]}") if part in _MORE_URGENT else None
            _take(parts, f"{side}_{part}", [None if one == taken else one for one in candidates])
        for part, bone in _BONE_ENDS.items():
            is_arm = part in ("shoulder", "elbow", "wrist")
            if (side, "humerus" if is_arm else "femur") in number and (side, bone) in number:
                parts[f"{side}_{part}"] = number[side, bone]
                if parts.get(f"{side}_collar") == number[side, bone]:
                    del parts[f"{side}_collar"]
    if ("left", "femur") in number and (None, "root") in number:
        parts.setdefault("pelvis", number[None, "root"])
    return parts


def find_markers(joints: Sequence[str]) -> dict[str, int]:
    """Return the markers of Plug-in Gait between which joints lie, with their number.

    Example:
        >>> find_markers(["LASI", "RASI", "LKNE", "C7"])
        {'left_asi': 0, 'right_asi': 1, 'c7': 3}
    """
    found: dict[str, int] = {}
    for number, joint in enumerate(joints):
        side, word = describe_joint(joint)
        if side is not None and word in _MARKERS:
            found.setdefault(f"{side}_{word}", number)
        elif side is None and word in _MIDDLE_MARKERS:
            found.setdefault(word, number)
    return found


def is_pelvis(joint: str) -> bool:
    """Return whether a joint's name is one of those given to the pelvis."""
    side, word = describe_joint(joint)
    return side is None and word in _UNSIDED["pelvis"]


def find_pairs(joints: Sequence[str]) -> list[tuple[str, str]]:
    """Return the ``(left, right)`` pairs of joint names that differ in their side alone.

    Example:
        >>> find_pairs(["Hips", "LeftArm", "RightArm", "Foot_L", "Foot_R", "Prop1"])
        [('LeftArm', 'RightArm'), ('Foot_L', 'Foot_R')]
    """
    sides: dict[str, dict[str, list[str]]] = {"left": {}, "right": {}}
    for joint in joints:
        side, word = describe_joint(joint)
        if side is not None:
            sides[side].setdefault(word, []).append(joint)
    return [
        (left[0], sides["right"][word][0])
        for word, left in sides["left"].items()
        if len(left) == 1 and len(sides["right"].get(word, ())) == 1
    ]


def describe_joint(joint: str) -> tuple[str | None, str]:
    """Return the side and the bare word of a joint's name, without its prefixes.

    Example:
        >>> describe_joint("mixamorig:LeftForeArm"), describe_joint("Bip01 R UpperArm")
        (('left', 'forearm'), ('right', 'upperarm'))
        >>> describe_joint("RASI"), describe_joint("Leg")
        (('right', 'asi'), (None, 'leg'))
    """
    name = _PREFIX.sub("", joint.rpartition(":")[2])
    words = [word.lower() for word in _WORD.findall(name)]
    words = [word for word in words if word not in _NOISE] or words
    if len(words) == 1 and words[0][:1] in _SIDES and words[0][1:] in _GLUED:
        return _SIDES[words[0][0]], words[0][1:]
    sides = {_SIDES[word] for word in words if word in _SIDES}
    rest = "".join(word for word in words if word not in _SIDES)
    if len(sides) != 1 or not rest or rest.isdigit():  # "L5" is a vertebra
        return None, "".join(words)
    return sides.pop(), rest


def _take(parts: dict[str, int], part: str, candidates: list[int | None]) -> None:
    found = [joint for joint in candidates if joint is not None]
    if found:
        parts[part] = found[0]


def _add_trunk(parts: dict[str, int], layout: JointLayout) -> None:
    if "left_shoulder" not in parts or "right_shoulder" not in parts:
        return
    between_arms = layout.path(parts["left_shoulder"], parts["right_shoulder"])
    branch = min(between_arms, key=layout.depth_first.index)
    others = ("head", "nose", "neck_nose", "pelvis", "left_shoulder", "right_shoulder")
    if branch in {parts.get(part) for part in others}:
        return
    parts["thorax"] = branch
    if "pelvis" in parts:
        path = layout.path(parts["pelvis"], branch)
        if len(path) > 2:
            parts["spine"] = path[(len(path) - 1) // 2]
