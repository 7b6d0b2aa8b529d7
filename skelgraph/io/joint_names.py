"""The layout of a file whose joints have names."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io.text import shorten
from skelgraph.layouts import (
    CATALOGUE,
    JointLayout,
    build_named_body,
    describe_joint,
    find_pairs,
    gather_points,
    recognize_layout,
)
from skelgraph.layouts import MAX_JOINTS as MAX_JOINTS


def find_catalogue_layout(joints: Sequence[str]) -> JointLayout | None:
    """Return the catalogue's layout that has just these joints, in any order and spelling."""
    for layout in CATALOGUE.values():
        if len(joints) == layout.num_joints and not missing_joints(joints, layout):
            return layout
    return None


def settle_layout(
    joints: Sequence[str], layout: JointLayout | None, path: Path
) -> tuple[JointLayout, list[int]]:
    """Return the layout of a file's joints, and the number of each of its joints in the file.

    Without a given layout it is the catalogue's with just these joints, else a body put together
    from their names (:func:`skelgraph.layouts.build_named_body`), else points without bones.

    Raises:
        FormatError: If names repeat, or the file lacks a joint of the given layout.
    """
    found = find_catalogue_layout(joints) if layout is None else layout
    if found is not None:
        return found, pick_joints(joints, found, path)
    repeated = [joint for joint, count in Counter(joints).items() if count > 1]
    if repeated or not joints:
        raise FormatError(
            f"{path}: expected joints of different names, but "
            + (f"{shorten(', '.join(repeated), 100)} repeat" if repeated else "got none")
        )
    bare = _strip_subject(joints)
    return build_named_body(bare) or gather_points(joints), [*range(len(joints))]


def _strip_subject(joints: Sequence[str]) -> Sequence[str]:
    """Return names without the subject that stands before an underscore or a blank in all of them.

    Example:
        >>> _strip_subject(["Bob_LASI", "Bob_RASI", "Bob_SACR"])
        ['LASI', 'RASI', 'SACR']
    """
    match = re.match(r"[^_ ]{2,}[_ ](?=.)", joints[0])
    prefix = match[0] if match else ""
    if len(joints) < 3 or not prefix or not all(len(joint) > len(prefix) for joint in joints):
        return joints
    shared = all(joint.startswith(prefix) for joint in joints)
    return [joint[len(prefix) :] for joint in joints] if shared else joints


def pick_joints(joints: Sequence[str], layout: JointLayout, path: Path) -> list[int]:
    """Find each joint of a layout among a file's joints, by name in any spelling.

    Raises:
        FormatError: If the file lacks a joint of the layout.
    """
    missing = missing_joints(joints, layout)
    if missing:
        raise FormatError(
            f"{path}: expected the joints of layout {layout.name!r}, but found no "
            f"{', '.join(missing)}; the file's joints are {shorten(', '.join(joints), 400)}"
        )
    found = match_joints(joints, layout)
    return [found[joint] for joint in layout.joints]


def missing_joints(joints: Sequence[str], layout: JointLayout) -> list[str]:
    """Return the joints of a layout that are not among a file's joints in any spelling."""
    found = match_joints(joints, layout)
    return [joint for joint in layout.joints if joint not in found]


def match_joints(joints: Sequence[str], layout: JointLayout) -> dict[str, int]:
    """Return the number of each joint of a layout among a file's joints, of those that are there.

    Names are compared in any spelling.
    """
    exact = {joint.lower(): number for number, joint in enumerate(joints)}
    if len(exact) == len(joints) and all(joint.lower() in exact for joint in layout.joints):
        return {joint: exact[joint.lower()] for joint in layout.joints}
    numbers: dict[tuple[str | None, str], list[int]] = {}
    for number, key in enumerate(_describe_all(joints)):
        numbers.setdefault(key, []).append(number)
    keys = dict(zip(layout.joints, _describe_all(layout.joints), strict=True))
    return {joint: numbers[key][0] for joint, key in keys.items() if len(numbers.get(key, ())) == 1}


def _describe_all(joints: Sequence[str]) -> list[tuple[str | None, str]]:
    """Return sides and words of joint names; a shoulder beside an upper arm is the collar bone."""
    keys = [describe_joint(joint) for joint in joints]
    known = set(keys)

    def is_collar(side: str | None, word: str) -> bool:
        return word == "shoulder" and (side, "upperarm") in known and (side, "collar") not in known

    return [(side, "collar") if is_collar(side, word) else (side, word) for side, word in keys]


def layout_from_parents(parents: Mapping[str, str | None], name: str) -> JointLayout:
    """Return the layout of a file's own joint tree, with the catalogue's name if it is known there.

    A tree that is a catalogue's with further joints is named after both (``mpi23+Prop1-``), any
    other after the format and the number of joints (``bvh-21-``); a digest of the tree follows, so
    that unlike trees have unlike names.

    Example:
        >>> layout_from_parents({"Hips": None, "LeftLeg": "Hips", "RightLeg": "Hips"}, "bvh").name
        'bvh-3-a260'
    """
    return _layout_of_tree(tuple(parents.items()), name)


@lru_cache(maxsize=64)  # the files of a dataset have one tree
def _layout_of_tree(tree: tuple[tuple[str, str | None], ...], name: str) -> JointLayout:
    parents = dict(tree)
    layout = JointLayout.from_parents(name, parents, pairs=find_pairs(list(parents)))
    known = recognize_layout(layout)
    if known is not layout:
        return known
    digest = hashlib.sha256(repr(list(tree)).encode()).hexdigest()[:4]
    stem = _name_extended(layout) or f"{name}-{layout.num_joints}"
    return replace(layout, name=f"{stem}-{digest}")


def _name_extended(layout: JointLayout) -> str | None:
    """Name the catalogue's layout that a layout extends, and the added joints; None for others."""
    for known in CATALOGUE.values():
        shared = [number for number, joint in enumerate(layout.joints) if joint in known.joints]
        if len(shared) == known.num_joints and layout.center in shared:
            reduced = layout.subset(shared, known.name)
            if recognize_layout(reduced) is known:
                extra = [joint for joint in layout.joints if joint not in known.joints]
                return "+".join([known.name, *extra])
    return None


def layout_from_fields(fields: Any, path: Path) -> JointLayout:
    """Return the layout that a file holds as :meth:`JointLayout.to_dict` wrote it.

    Raises:
        FormatError: If the fields are malformed.
    """
    if not isinstance(fields, dict):
        raise FormatError(
            f"{path}: expected the fields of a layout, but got {type(fields).__name__}"
        )
    joints = fields.get("joints")
    names = [fields.get("name"), *(joints if isinstance(joints, list | tuple) else [None])]
    if not all(isinstance(name, str) for name in names):
        raise FormatError(f"{path}: expected a layout with a name and the names of its joints")
    if len(names) > MAX_JOINTS:
        raise FormatError(f"{path}: expected a layout of fewer than {MAX_JOINTS} joints")
    try:
        return JointLayout.from_dict(fields)
    except LayoutError as error:
        raise FormatError(f"{path}: {shorten(str(error), 400)}") from error
