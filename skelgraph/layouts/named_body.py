"""Put a skeleton together from the names of its joints or markers, in any spelling and order.

Files of markers and tables name their points but not the bones between them. The names of a body's
parts tell the bones: the trunk from the pelvis to the head, and the arms and legs from the trunk
outward. Points of other names have no bones.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from skelgraph.layouts.anatomy import describe_joint, find_named_parts, find_pairs
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.joint_tree import name_parents

_TRUNK = (
    *("pelvis", "l5", "l3", "waist", "lowerback", "abdomen", "belly", "spinenavel", "spinemid"),
    *("midspine", "spine", "torso", "t12", "t10", "t8", "chest", "spinechest", "upperchest"),
    *("upperspine", "strn", "sternum", "thorax", "clav", "spineshoulder", "shouldercenter"),
    *("centershoulder", "midshoulder", "c7", "neckbase", "neck", "upperneck", "headbottom", "head"),
)
"""The joints of the trunk from the bottom up; further ones of a name (``Spine2``) follow it."""
_CHEST, _NECK = _TRUNK.index("t8"), _TRUNK.index("neckbase")
_LIMBS: Mapping[str, tuple[str, ...]] = {
    "arm": ("collar", "shoulder", "upa", "elbow", "frm", "wra", "wrist", "hand"),
    "leg": ("psi", "asi", "hip", "thi", "knee", "tib", "ankle", "foot"),
}
"""The joints of a limb from the trunk outward; what lies beyond is in ``_BEYOND``."""
_BEYOND: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("handtip", "handend", "palm", "fin"), ("hand", "wrist", "wra")),
    **dict.fromkeys(("thumb", "index", "middle", "ring", "pinky", "little"), ("hand", "wrist")),
    **dict.fromkeys(("heel", "hee", "bigtoe", "smalltoe", "toe"), ("foot", "ankle")),
    **dict.fromkeys(("toeend", "footend", "toetip"), ("toe", "foot", "ankle")),
    "eye": ("nose", "head"),
    **dict.fromkeys(("eyeinner", "eyeouter"), ("eye", "nose", "head")),
    "ear": ("eye", "nose", "head"),
    "mouth": ("nose", "head"),
    **dict.fromkeys(("fhd", "bhd"), ("head",)),
    **dict.fromkeys(("nose", "headtop", "headend", "topofhead", "jaw", "chin"), ("head",)),
    "wrb": ("frm", "elbow"),
    "bak": ("t10", "c7"),
}
"""The joint on which each further one hangs: the first that is there, on its side or in the middle,
and else the top of the trunk."""
_MIDDLE = {*_TRUNK, "nose", "mouth", "headtop", "headend", "topofhead", "jaw", "chin"}
_SPELLINGS = {
    **dict.fromkeys(("hips", "midhip", "hipcenter", "spinebase", "root", "rootpelvis"), "pelvis"),
    **{f"hand{finger}": finger for finger in ("thumb", "index", "middle", "ring", "pinky")},
    **{"footindex": "toe", "ball": "toe", "toebase": "toe", "toes": "toe", "necknose": "nose"},
    **{"sacr": "pelvis", "sacrum": "pelvis", "headnub": "headend", "vertex": "headtop"},
}
_CORES = tuple(
    tuple(f"{side}_{part}" for part in pair for side in ("left", "right"))
    for pair in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)
_LIMB_JOINTS = (("shoulder",), ("elbow",), ("wrist", "wra"), ("hip", "asi"), ("knee",), ("ankle",))
_SIDES = ("left", "right")
_NUMBER = re.compile(r"(.*?)(\d*)$", re.DOTALL)

Part = tuple[str | None, str, int]
"""Side, word and number of a joint."""


def build_named_body(joints: Sequence[str]) -> JointLayout | None:
    """Return a layout of joints whose names are known parts of a body; None for anything else.

    A body has two successive joints of both arms or of both legs, and at least half of all names
    are known, or all joints of both arms and both legs. Points of other names hang on the center by
    bones that are marked as added.

    Args:
        joints: Names of the joints, each once.

    Example:
        >>> names = ["RSho", "RElb", "LSho", "LElb", "Neck", "Hat"]
        >>> body = build_named_body(names)
        >>> [(names[child], names[parent]) for child, parent in body.bones][:3]
        [('RSho', 'Neck'), ('RElb', 'RSho'), ('LSho', 'Neck')]
        >>> [names[joint] for joint in body.added_bones], build_named_body(names[3:])
        (['Hat'], None)
    """
    parts = _recognize(joints)
    named = find_named_parts(joints)
    has_core = any(all(part in named for part in core) for core in _CORES)
    is_half_known = 2 * len(parts) >= len(joints)
    if not has_core or not (is_half_known or _has_all_limbs(parts)):
        return None
    parents = _Assembly(parts).join()
    center = next(number for number, parent in parents.items() if parent is None)
    loose = [number for number in range(len(joints)) if number not in parts]
    parents |= dict.fromkeys(loose, center)
    return JointLayout.from_parents(
        name_layout("body", joints),
        name_parents(joints, [parents[number] for number in range(len(joints))]),
        pairs=find_pairs(joints),
        added_bones=[joints[number] for number in loose],
    )


def gather_points(joints: Sequence[str], stem: str = "points") -> JointLayout:
    """Return a layout of points that are no known body: each hangs on the first by an added bone.

    Example:
        >>> layout = gather_points(["tl", "tr", "nose"])
        >>> layout.name, layout.is_loose
        ('points-3-d8c4', True)
    """
    return JointLayout.from_parents(
        name_layout(stem, joints),
        {joint: joints[0] if number else None for number, joint in enumerate(joints)},
        pairs=find_pairs(joints),
        added_bones=joints[1:],
    )


def name_layout(stem: str, joints: Sequence[str]) -> str:
    """Return a name with the number of joints and a digest of their names."""
    digest = hashlib.sha256(repr(list(joints)).encode()).hexdigest()[:4]
    return f"{stem}-{len(joints)}-{digest}"


def _recognize(joints: Sequence[str]) -> dict[int, Part]:
    """Return the part of each joint whose name is known, by its number."""
    known = {number: part for part, number in find_named_parts(joints).items()}
    parts: dict[int, Part] = {}
    for number, joint in enumerate(joints):
        side, _, word = known.get(number, "").rpartition("_")
        if word and side in ("left", "right"):
            parts[number] = (side, word, 0)
        elif found := _read_name(joint):
            parts[number] = found
    return parts


def _has_all_limbs(parts: Mapping[int, Part]) -> bool:
    """Whether each joint, or a marker on it, of both arms and both legs is there."""
    known = {(side, word) for side, word, _ in parts.values()}
    return all(any((side, word) in known for word in at) for at in _LIMB_JOINTS for side in _SIDES)


def _read_name(joint: str) -> Part | None:
    side, text = describe_joint(joint)
    match = _NUMBER.fullmatch(text)
    for word, digits in ((text, ""), match.groups() if match else (text, "")):
        word = _SPELLINGS.get(word, word)
        is_sided = word in _BEYOND or any(word in limb for limb in _LIMBS.values())
        if word in _MIDDLE if side is None else is_sided:
            return side, word, int(digits[:4] or 0)
    return None


class _Assembly:
    """The known joints of a body, and how they are joined."""

    def __init__(self, parts: Mapping[int, Part]) -> None:
        self.parts = parts
        reverse = reversed([*parts.items()])  # of several joints of a part the first counts
        self.numbers: dict[Part, int] = {part: number for number, part in reverse}
        trunk = [part for part in self.numbers if part[0] is None and part[1] in _TRUNK]
        self.trunk = sorted(trunk, key=_height)
        spine = [self.numbers[part] for part in self.trunk]
        self.spine: list[int] = spine or [self._find_stand_in()]
        self.arm_base: int = self._find_arm_base()

    def join(self) -> dict[int, int | None]:
        """Return the parent of each joint; None for the center."""
        parents: dict[int, int | None] = {self.spine[0]: None}
        parents |= zip(self.spine[1:], self.spine, strict=False)
        outer = {number: part for number, part in self.parts.items() if number not in parents}
        return parents | {number: self._find_parent(part) for number, part in outer.items()}

    def _find_stand_in(self) -> int:
        """Return the center of a body without a trunk: its nose, a shoulder or a hip."""
        sides = [(side, word, 0) for word in ("shoulder", "hip", "knee") for side in _SIDES]
        choices = [(None, "nose", 0), *sides]
        return next(self.numbers[part] for part in choices if part in self.numbers)

    def _find_arm_base(self) -> int:
        """Return the highest joint below the neck if it is as high as the chest, else the neck."""
        heights = [_height(part) for part in self.trunk]
        below = [at for at, (rank, _) in enumerate(heights) if rank < _NECK]
        above = [at for at, (rank, _) in enumerate(heights) if rank >= _NECK]
        if below and (not above or heights[below[-1]] >= (_CHEST, 0) or heights[below[-1]][1]):
            return self.spine[below[-1]]
        return self.spine[above[0] if above else 0]

    def _find_parent(self, part: Part) -> int:
        side, word, digit = part
        own = self.numbers[part]
        smaller = [(side, word, number) for number in range(digit - 1, -1, -1)]
        inner = [*smaller, *self._list_inner(side, word)]
        found = (self.numbers[choice] for choice in inner if choice in self.numbers)
        top = self.spine[-1]
        return next((number for number in found if number != own), top)

    def _list_inner(self, side: str | None, word: str) -> list[Part]:
        """Return the parts on which one may hang, the best first."""
        if word in _LIMBS["arm"]:
            words = _LIMBS["arm"]
            base = self.parts[self.arm_base]
            return [*_list_reversed(side, words[: words.index(word)]), base]
        if word in _LIMBS["leg"]:
            words = _LIMBS["leg"]
            base = (side, "shoulder", 0) if not self.trunk else self.parts[self.spine[0]]
            return [
                *(_list_reversed(side, words[: words.index(word)])),
                *(base, self.parts[self.spine[0]]),
            ]
        return [(at, outer, 0) for outer in _BEYOND.get(word, ()) for at in (side, None)]


def _list_reversed(side: str | None, words: Sequence[str]) -> list[Part]:
    return [(side, word, 0) for word in reversed(words)]


def _height(part: Part) -> tuple[int, int]:
    return _TRUNK.index(part[1]), part[2]
