"""From one layout to another: the joints taken, the joints made up, the joints missing."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from skelgraph.errors import LayoutError
from skelgraph.layouts.anatomy import describe_joint, find_markers, find_parts
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.typing import Float32Array

_HEAD = (
    ("left_ear", "right_ear"),
    ("left_eye", "right_eye"),
    ("left_fhd", "right_fhd", "left_bhd", "right_bhd"),
)
_SUBSTITUTES: dict[str, tuple[tuple[str, ...], ...]] = {
    "pelvis": (
        ("left_hip", "right_hip"),
        ("left_asi", "right_asi", "left_psi", "right_psi"),
        ("left_asi", "right_asi", "sacr"),
    ),
    "thorax": (("c7", "clav"), ("left_shoulder", "right_shoulder")),
    "spine": (("strn", "t10"), ("pelvis", "thorax")),
    "neck_nose": (("nose",), ("head",), *_HEAD),
    "head": (("neck_nose",), ("nose",), *_HEAD),
    "nose": (("neck_nose",), ("head",), ("left_fhd", "right_fhd")),
    "neck": (("c7", "clav"), ("thorax",)),
    "left_wrist": (("left_wra", "left_wrb"),),
    "right_wrist": (("right_wra", "right_wrb"),),
    "left_hip": (("left_asi",),),
    "right_hip": (("right_asi",),),
}
"""What may stand for a part that a layout lacks: the first choice whose parts can all be had; the
mean of several. Markers (:func:`skelgraph.layouts.anatomy.find_markers`) stand for the joint
between them, and that on the pelvis for the hip."""


@dataclass(frozen=True, kw_only=True)
class LayoutConversion:
    """How each joint of a target layout is had from a source layout.

    Made by :func:`plan_conversion`; :func:`skelgraph.poses.convert_layout` applies it.

    Args:
        source: Layout of the data.
        target: Layout that is wanted.
        weights: For each target joint the source joints whose weighted mean it is; none where it
            is missing.
    """

    source: JointLayout
    target: JointLayout
    weights: tuple[Mapping[int, float], ...]

    @cached_property
    def matrix(self) -> Float32Array:
        """The weights as an array (V_target, V_source); the row of a missing joint is zero."""
        matrix = np.zeros((self.target.num_joints, self.source.num_joints), dtype=np.float32)
        for joint, weights in enumerate(self.weights):
            for source, weight in weights.items():
                matrix[joint, source] = weight
        return matrix

    @property
    def taken(self) -> dict[str, str]:
        """Target joints that are one joint of the source, with that joint's name."""
        return {
            self.target.joints[joint]: self.source.joints[next(iter(weights))]
            for joint, weights in enumerate(self.weights)
            if len(weights) == 1
        }

    @property
    def made_up(self) -> dict[str, str]:
        """Target joints that are means of several joints of the source, with the formula."""
        return {
            self.target.joints[joint]: " + ".join(
                f"{weight:g} {self.source.joints[source]}" for source, weight in weights.items()
            )
            for joint, weights in enumerate(self.weights)
            if len(weights) > 1
        }

    @property
    def missing(self) -> tuple[str, ...]:
        """Target joints that cannot be had."""
        return tuple(
            self.target.joints[joint] for joint, weights in enumerate(self.weights) if not weights
        )

    def with_joint(self, joint: str, source: str) -> "LayoutConversion":
        """Return the conversion with one target joint taken from a source joint of your choice.

        Raises:
            LayoutError: If one of the layouts has no joint of that name.

        Example:
            >>> from skelgraph.layouts import H36M17, UPPER10
            >>> conversion = plan_conversion(H36M17, UPPER10)
            >>> conversion.with_joint("neck_nose", "head").taken["neck_nose"]
            'head'
        """
        weights = list(self.weights)
        weights[self.target.index(joint)] = {self.source.index(source): 1.0}
        return replace(self, weights=tuple(weights))

    def describe(self) -> str:
        """Return one line on what was made up or is missing; empty if all joints are taken."""
        notes = [f"{joint} made up as {formula}" for joint, formula in self.made_up.items()]
        if self.missing:
            notes.append(f"{', '.join(self.missing)} missing")
        return "; ".join(notes)


@lru_cache(maxsize=64)  # a dataset asks for the same pair of layouts once a clip
def plan_conversion(source: JointLayout, target: JointLayout) -> LayoutConversion:
    """Find each joint of the target layout in the source layout by the part of the body it is.

    Raises:
        LayoutError: If fewer than half of the target's joints can be had.

    Example:
        >>> from skelgraph.layouts import COCO17, UPPER10
        >>> conversion = plan_conversion(COCO17, UPPER10)
        >>> conversion.made_up["spinebase"]
        '0.5 left_hip + 0.5 right_hip'
        >>> conversion.taken["neck_nose"]
        'nose'
    """
    if source == target:
        weights: tuple[Mapping[int, float], ...] = tuple({j: 1.0} for j in range(source.num_joints))
        return LayoutConversion(source=source, target=target, weights=weights)
    available = {**find_markers(source.joints), **find_parts(source)}
    part_of = {joint: part for part, joint in find_parts(target).items()}
    by_name = _index_by(source, str.lower)
    by_words = _index_by(source, describe_joint)

    def weigh(joint: int, name: str) -> Mapping[int, float]:
        found = _resolve(part_of[joint], available) if joint in part_of else {}
        same = by_name.get(name.lower(), by_words.get(describe_joint(name)))
        return {same: 1.0} if not found and same is not None else found

    conversion = LayoutConversion(
        source=source,
        target=target,
        weights=tuple(weigh(joint, name) for joint, name in enumerate(target.joints)),
    )
    if 2 * len(conversion.missing) > target.num_joints:
        raise LayoutError(
            f"layout {source.name!r} cannot be converted to {target.name!r}: no joint found for "
            f"{', '.join(conversion.missing)}; its joints are {', '.join(source.joints)}"
            + ("; `skelgraph layouts --from FILE` proposes a layout file" * source.is_loose)
        )
    return conversion


def _index_by(layout: JointLayout, key: Callable[[str], Hashable]) -> dict[Hashable, int]:
    """Return the numbers of the joints under keys of their names, without those that share one."""
    keys = [key(joint) for joint in layout.joints]
    count = Counter(keys)
    return {one: number for number, one in enumerate(keys) if count[one] == 1}


def _resolve(part: str, available: Mapping[str, int]) -> dict[int, float]:
    """Return the weighted source joints that make a part; empty if it cannot be had."""
    if part in available:
        return {available[part]: 1.0}
    for choice in _SUBSTITUTES.get(part, ()):
        # A substitute is looked for among the joints that are there, or among the trunk's
        # midpoints; head parts stand for each other, so following them further would not end.
        found = [
            _resolve(other, available)
            if other in ("pelvis", "thorax")
            else {available[other]: 1.0}
            if other in available
            else {}
            for other in choice
        ]
        if all(found):
            weights: dict[int, float] = {}
            for one in found:
                for joint, weight in one.items():
                    weights[joint] = weights.get(joint, 0.0) + weight / len(found)
            return weights
    return {}
