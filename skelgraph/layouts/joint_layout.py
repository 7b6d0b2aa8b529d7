"""The joint layout: the one object from which graph, bones, mirroring and drawing are derived."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from skelgraph.errors import LayoutError
from skelgraph.layouts.joint_tree import count_hops
from skelgraph.typing import IntArray

if TYPE_CHECKING:
    import networkx as nx

MAX_JOINTS = 1000
"""More joints than this are no body; a whole one with hands and face has up to about 550."""


@dataclass(frozen=True, kw_only=True)
class JointLayout:
    """The joints of a skeleton and the tree of bones that joins them.

    Two layouts are equal when all fields are equal. Most layouts are easiest written with
    :meth:`from_parents`.

    Args:
        name: Name under which the layout is found and reported.
        joints: Names of the joints, in the order in which files and tensors hold them.
        bones: One ``(child, parent)`` pair of joint numbers for each joint but the center; a
            spanning tree rooted at ``center``.
        center: Number of the joint from which distances are counted.
        pairs: ``(left, right)`` pairs of joint numbers; a mirrored skeleton exchanges them.
        extra_edges: Further edges of the graph that are no bones of the tree (they close cycles).
        added_bones: The children whose bone is not a link of the source but ours, added to connect
            a part that would be loose.

    Raises:
        LayoutError: If names repeat, numbers are out of range, or the bones form no spanning tree.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    center: int = 0
    pairs: tuple[tuple[int, int], ...] = ()
    extra_edges: tuple[tuple[int, int], ...] = ()
    added_bones: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        repeated = {name for name in self.joints if self.joints.count(name) > 1}
        if repeated:
            raise LayoutError(
                f"layout {self.name!r}: joint names must differ, but {sorted(repeated)} repeat"
            )
        numbers = [self.center, *self.added_bones]
        for pair in (*self.bones, *self.pairs, *self.extra_edges):
            numbers.extend(pair)
        wrong = sorted({number for number in numbers if not 0 <= number < self.num_joints})
        if wrong:
            raise LayoutError(
                f"layout {self.name!r}: expected joint numbers from 0 to {self.num_joints - 1}, "
                f"but got {wrong}"
            )
        self._check_tree()
        self._check_pairs()

    def _check_tree(self) -> None:
        depth = count_hops(self.bones, self.center)
        if len(self.bones) != self.num_joints - 1 or len(depth) != self.num_joints:
            loose = sorted(name for joint, name in enumerate(self.joints) if joint not in depth)
            problem = f"{loose} are not connected to it" if loose else "there is a cycle"
            raise LayoutError(
                f"layout {self.name!r}: expected {self.num_joints - 1} bones that join all joints "
                f"to {self.joints[self.center]!r}, but got {len(self.bones)} and {problem}"
            )
        for child, parent in self.bones:
            if depth[child] != depth[parent] + 1:
                raise LayoutError(
                    f"layout {self.name!r}: bone ({self.joints[child]!r}, {self.joints[parent]!r}) "
                    f"must be (child, parent) as seen from {self.joints[self.center]!r}"
                )

    def _check_pairs(self) -> None:
        members = [joint for pair in self.pairs for joint in pair]
        if len(set(members)) != len(members):
            raise LayoutError(f"layout {self.name!r}: a joint may be in one left-right pair only")

    @classmethod
    def from_parents(
        cls,
        name: str,
        parents: Mapping[str, str | None],
        *,
        pairs: Iterable[tuple[str, str]] | None = None,
        extra_edges: Iterable[tuple[str, str]] = (),
        added_bones: Iterable[str] = (),
    ) -> "JointLayout":
        """Make a layout from a mapping of each joint's name to its parent's.

        Args:
            name: Name of the layout.
            parents: Joint to parent, in joint order; exactly one joint, the center, has ``None``.
            pairs: ``(left, right)`` pairs of names. Without them, names that differ in ``left_``
                and ``right_`` alone are pairs.
            extra_edges: Pairs of names of further edges.
            added_bones: Names of the children whose bone the source does not have.

        Raises:
            LayoutError: If a name is unknown, or not exactly one joint is without a parent.

        Example:
            >>> arm = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
            >>> arm.bones
            ((1, 0),)
        """
        number = {joint: index for index, joint in enumerate(parents)}
        roots = [joint for joint, parent in parents.items() if parent is None]
        if len(roots) != 1:
            raise LayoutError(
                f"layout {name!r}: expected one joint without a parent, but got {roots}"
            )
        if pairs is None:
            pairs = [
                (joint, other)
                for joint in parents
                if "left" in joint and (other := joint.replace("left", "right")) in number
            ]

        def numbered(names: Iterable[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
            result = tuple((a, b) for a, b in names)
            unknown = sorted({joint for pair in result for joint in pair if joint not in number})
            if unknown:
                raise LayoutError(
                    f"layout {name!r}: {unknown} are named in a bone, edge or pair but are no "
                    f"joints of it; it has {list(number)}"
                )
            return tuple((number[a], number[b]) for a, b in result)

        bones = [(child, parent) for child, parent in parents.items() if parent is not None]
        return cls(
            name=name,
            joints=tuple(parents),
            bones=numbered(bones),
            center=number[roots[0]],
            pairs=numbered(pairs),
            extra_edges=numbered(extra_edges),
            added_bones=tuple(
                pair[0] for pair in numbered((joint, joint) for joint in added_bones)
            ),
        )

    def __str__(self) -> str:
        """Return its name and size; the full definition is its ``repr``."""
        return f"{self.name} ({self.num_joints} joints)"

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone to be pickled, not what was computed from them."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def to_dict(self) -> dict[str, Any]:
        """Return the layout as plain JSON types."""
        fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "JointLayout":
        """Return the layout that :meth:`to_dict` wrote, also after a way through JSON.

        Raises:
            LayoutError: If a field is missing, unknown or malformed.
        """
        unknown = fields.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise LayoutError(f"expected the fields of a joint layout (not {min(unknown)!r})")
        try:
            return msgspec.convert(fields, cls)
        except msgspec.ValidationError as error:
            raise LayoutError(
                f"expected pairs of joints in the layout, all of them whole numbers, but: {error}"
            ) from error

    @property
    def num_joints(self) -> int:
        """Number of joints V."""
        return len(self.joints)

    @property
    def is_loose(self) -> bool:
        """Whether no bone is the source's: points whose names are no known parts of a body."""
        return self.num_joints > 1 and len(self.added_bones) == len(self.bones)

    @cached_property
    def graph(self) -> "nx.Graph[int]":
        """The undirected graph of the joints: bones and extra edges, without self-loops."""
        import networkx as nx  # few ask for it, and it is slow to import

        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(self.num_joints))
        graph.add_edges_from(self.bones)
        graph.add_edges_from(self.extra_edges)
        return graph

    @cached_property
    def distances(self) -> IntArray:
        """Number of edges from each joint to the center, (V,), by breadth-first search."""
        return self.distances_to(self.center)

    def distances_to(self, joint: int) -> IntArray:
        """Number of edges from each joint to the given one, (V,), by breadth-first search."""
        hops = count_hops((*self.bones, *self.extra_edges), joint)
        return np.array([hops.get(j, self.num_joints) for j in range(self.num_joints)])

    @cached_property
    def parents(self) -> IntArray:
        """Parent of each joint in the tree of bones, (V,); the center is its own parent."""
        parents = np.full(self.num_joints, self.center)
        for child, parent in self.bones:
            parents[child] = parent
        return parents

    @cached_property
    def depth_first(self) -> tuple[int, ...]:
        """The joints in depth-first order from the center, so that parents precede children."""
        order, stack = [], [self.center]
        while stack:
            joint = stack.pop()
            order.append(joint)
            children = (child for child, parent in self.bones if parent == joint)
            stack += sorted(children, reverse=True)
        return tuple(order)

    def path(self, start: int, end: int) -> list[int]:
        """Return the joints on the way along bones from one joint to another, with both."""
        up, down = self._ancestors(start), self._ancestors(end)
        shared = len(set(up) & set(down))
        return [*up[: len(up) - shared + 1], *reversed(down[: len(down) - shared])]

    def _ancestors(self, joint: int) -> list[int]:
        """Return a joint, its parent, and so on to the center."""
        joints = [joint]
        while joints[-1] != self.center:
            joints.append(int(self.parents[joints[-1]]))
        return joints

    @cached_property
    def mirror(self) -> IntArray:
        """The permutation of the joints, (V,), that exchanges left and right."""
        permutation = np.arange(self.num_joints)
        for left, right in self.pairs:
            permutation[left], permutation[right] = right, left
        return permutation

    def index(self, joint: str) -> int:
        """Number of the joint of that name.

        Raises:
            LayoutError: If there is none.
        """
        if joint not in self.joints:
            raise LayoutError(
                f"layout {self.name!r} has no joint {joint!r}; it has {list(self.joints)}"
            )
        return self.joints.index(joint)

    def subset(self, joints: Iterable[int], name: str) -> "JointLayout":
        """Return the layout of some joints; one whose parent is left out hangs on the nearest
        ancestor that stays.

        Raises:
            LayoutError: If the joints that stay are not joined by their ancestors.
        """
        kept = sorted(set(joints))
        parents: dict[str, str | None] = {}
        for joint in kept:
            ancestor = joint
            while ancestor != self.center:
                ancestor = int(self.parents[ancestor])
                if ancestor in kept:
                    break
            stays = ancestor in kept and ancestor != joint
            parents[self.joints[joint]] = self.joints[ancestor] if stays else None

        def named(edges: Iterable[tuple[int, int]]) -> list[tuple[str, str]]:
            return [(self.joints[a], self.joints[b]) for a, b in edges if a in kept and b in kept]

        return JointLayout.from_parents(
            name, parents, pairs=named(self.pairs), extra_edges=named(self.extra_edges)
        )
