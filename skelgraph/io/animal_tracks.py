"""Tracks of animals or people with the names of their points, as pose estimators export them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.joint_names import pick_joints, settle_layout
from skelgraph.io.reader import build_sequence
from skelgraph.io.text import shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout, find_pairs, recognize_layout
from skelgraph.poses import PoseSequence, Unit
from skelgraph.typing import FloatArray

Edges = Sequence[tuple[int, int]]


@dataclass(frozen=True, kw_only=True, eq=False)
class AnimalTrack:
    """The points of one animal over time.

    Args:
        joints: Names of its V points.
        positions: Array (T, V, C); NaN for a missing point.
        confidence: Array (T, V), if there is any; NaN counts as none.
        edges: The links between its points, if the file tells them, from parent to child.
        name: Its name, empty if it has none.
    """

    joints: tuple[str, ...]
    positions: FloatArray
    confidence: FloatArray | None = None
    edges: tuple[tuple[int, int], ...] = ()
    name: str = ""


def build_animals(
    path: Path,
    tracks: Sequence[AnimalTrack],
    *,
    format: str,
    layout: JointLayout | None,
    fps: float,
    unit: Unit | None = None,
) -> list[PoseSequence]:
    """Return a sequence of each track that is there in some frame.

    Sequences of several are named after the file and the track (``cage#mouse1``).

    Args:
        path: The file.
        tracks: The tracks.
        format: Name of the format, after which layouts that are not known are named.
        layout: The layout wanted; its joints are picked by name.
        fps: Frames per second.
        unit: The unit of length, if the file tells it.

    Raises:
        FormatError: If nobody is there, or a track makes no sequence.
    """
    there = [track for track in tracks if np.isfinite(track.positions).all(axis=2).any()]
    if not there:
        raise FormatError(f"{path}: expected tracks, but nobody is there in any frame")
    is_plane = there[0].positions.shape[2] == 2
    sequences = []
    for number, track in enumerate(there, start=1):
        skeleton, picked = settle_skeleton(track, format, layout, path)
        confidence = track.confidence
        if confidence is not None:
            confidence = scale_confidence(np.nan_to_num(confidence[:, picked]).clip(min=0), path)
        sequences.append(
            build_sequence(
                path,
                np.where(np.isfinite(track.positions), track.positions, np.nan)[:, picked],
                layout=skeleton,
                fps=fps,
                unit=unit or ("px" if is_plane else None),
                up="-y" if is_plane else None,
                confidence=confidence,
                name=None if len(there) == 1 else f"{path.stem}#{track.name or number}",
            )
        )
    return sequences


def settle_skeleton(
    track: AnimalTrack, format: str, layout: JointLayout | None, path: Path
) -> tuple[JointLayout, Sequence[int]]:
    """Return the layout of a track, and the number of each of its joints among the track's points.

    Raises:
        FormatError: If points have no names, an edge links none, or a wanted joint is not there.
    """
    joints = track.joints
    if not 0 < len(joints) <= MAX_JOINTS or len(set(joints)) < len(joints) or not all(joints):
        raise FormatError(
            f"{path}: expected names of joints, no name twice, but got "
            f"{shorten(', '.join(joints), 80)!r}"
        )
    if layout is not None:
        return layout, pick_joints(joints, layout, path)
    if not track.edges:
        return settle_layout(joints, None, path)
    try:
        return layout_from_edges(joints, track.edges, format), range(len(joints))
    except LayoutError as error:
        raise FormatError(f"{path}: {shorten(str(error), 400)}") from error


def layout_from_edges(joints: Sequence[str], edges: Edges, name: str) -> JointLayout:
    """Return the layout of joints that are linked as a file says.

    The center is the first joint that is nobody's child. Edges that close a cycle are extra edges;
    a part that is linked to no other is joined to the center by an added bone.

    Args:
        joints: Names of the joints.
        edges: Pairs of joint numbers, from parent to child.
        name: Name of the format, after which the layout is named.

    Raises:
        LayoutError: If an edge links what is no joint, or a joint with itself.

    Example:
        >>> layout = layout_from_edges(["nose", "tail", "cup"], [(1, 0)], "sleap")
        >>> layout.joints[layout.center], layout.bones, layout.added_bones
        ('tail', ((0, 1), (2, 1)), (2,))
    """
    wrong = [edge for edge in edges if edge[0] == edge[1] or not _are_joints(edge, len(joints))]
    if wrong:
        raise LayoutError(f"expected edges between {len(joints)} joints, but got {wrong[0]}")
    children = {child for _, child in edges}
    linked = {joint for edge in edges for joint in edge}
    roots = [joint for joint in range(len(joints)) if joint in linked and joint not in children]
    order = [*roots, *range(len(joints))]
    parents: dict[int, int | None] = {}
    added = []
    for root in order:
        if root not in parents:
            parents[root] = None if not parents else order[0]
            added += [root] if len(parents) > 1 else []
            _span(root, edges, parents)
    bones = {frozenset((child, parent)) for child, parent in parents.items()}
    extra = {frozenset(edge): edge for edge in edges if frozenset(edge) not in bones}
    layout = JointLayout.from_parents(
        name,
        {
            joint: None if (parent := parents[number]) is None else joints[parent]
            for number, joint in enumerate(joints)
        },
        pairs=find_pairs(list(joints)),
        extra_edges=[(joints[a], joints[b]) for a, b in extra.values()],
        added_bones=[joints[joint] for joint in added],
    )
    known = recognize_layout(layout)
    if known is not layout:
        return known
    digest = sha256(repr((layout.joints, layout.bones, layout.extra_edges)).encode()).hexdigest()
    return JointLayout.from_dict(
        {**layout.to_dict(), "name": f"{name}-{layout.num_joints}-{digest[:4]}"}
    )


def _are_joints(edge: tuple[int, int], num_joints: int) -> bool:
    return all(0 <= joint < num_joints for joint in edge)


def _span(root: int, edges: Edges, parents: dict[int, int | None]) -> None:
    """Add the tree of all joints that can be reached from a root, by breadth-first search."""
    queue = [root]
    for joint in queue:
        for a, b in edges:
            other = b if a == joint else a if b == joint else None
            if other is not None and other not in parents:
                parents[other] = joint
                queue.append(other)
