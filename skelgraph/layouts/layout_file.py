"""A user's own layout in a TOML or JSON file, and any layout as such a file.

Keys: ``joints`` (names, in the order in which files hold them); ``bones``, either a table of each
joint's parent (``left_elbow = "left_shoulder"``) or a list of pairs of joints; and, where wanted,
``name`` (the file's own name without it), ``center`` (the joint from which distances are counted;
without it the one that has no parent), ``pairs`` (left and right joint; found by the joints' names
without it), ``extra_edges`` (links that close cycles) and ``added_bones`` (joints whose bone the
source does not have). A joint is named, or numbered from 0.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from skelgraph.errors import LayoutError
from skelgraph.layouts.anatomy import find_pairs
from skelgraph.layouts.joint_layout import MAX_JOINTS, JointLayout

SUFFIXES = (".toml", ".json")
_KEYS = ("name", "joints", "bones", "center", "pairs", "extra_edges", "added_bones")

Edge = tuple[int, int]


def read_layout(path: Path | str) -> JointLayout:
    """Read a layout file, ``.toml`` or ``.json``.

    Raises:
        LayoutError: If there is no such file, it is neither, a key or a joint is unknown, or the
            bones form no tree; the message names the file and what to do.
    """
    path = Path(path)
    fields = _parse(path)
    unknown = [key for key in fields if key not in _KEYS]
    if unknown:
        hint = _suggest(unknown[0], _KEYS)
        _fail(path, f"unknown key {unknown[0]!r}{hint}; known are {', '.join(_KEYS)}")
    joints = _read_joints(path, fields)
    own_name = fields.get("name", path.stem)
    if not _is_name(own_name):
        _fail(path, f"expected a text as name, but got {own_name!r}")
    bones, center = _read_tree(path, fields, joints)
    pairs = _read_edges(path, fields, "pairs", joints)
    if "pairs" not in fields:
        number = {joint: index for index, joint in enumerate(joints)}
        pairs = [(number[left], number[right]) for left, right in find_pairs(joints)]
    try:
        return JointLayout(
            name=own_name.strip(),
            joints=joints,
            bones=tuple(bones),
            center=center,
            pairs=tuple(pairs),
            extra_edges=tuple(_read_edges(path, fields, "extra_edges", joints)),
            added_bones=tuple(
                _number(path, joint, joints, "added_bones")
                for joint in _read_list(path, fields.get("added_bones", []), "added_bones")
            ),
        )
    except LayoutError as error:
        raise LayoutError(f"{path}: {error}") from error


def write_layout(path: Path | str, layout: JointLayout) -> None:
    """Write a layout as a TOML or, where the name ends so, as a JSON file.

    Raises:
        LayoutError: If the name ends in neither ``.toml`` nor ``.json``.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        _fail(path, f"expected a name that ends in {' or '.join(SUFFIXES)}")
    text = to_toml(layout) if suffix == ".toml" else json.dumps(_name_all(layout), indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


def to_toml(layout: JointLayout) -> str:
    """Return the layout file of a layout, as TOML.

    Example:
        >>> arm = JointLayout.from_parents("arm", {"left_elbow": None, "left_wrist": "left_elbow"})
        >>> print(to_toml(arm))
        name = "arm"
        center = "left_elbow"
        joints = [
          "left_elbow",
          "left_wrist",
        ]
        pairs = []
        <BLANKLINE>
        [bones]  # joint = its parent
        "left_wrist" = "left_elbow"
        <BLANKLINE>
    """
    fields = _name_all(layout)
    bones = fields.pop("bones")
    lines = []
    for key, value in fields.items():
        if isinstance(value, list) and value:
            lines += [f"{key} = [", *(f"  {_quote(item)}," for item in value), "]"]
        else:
            lines.append(f"{key} = {_quote(value)}")
    lines += ["", "[bones]  # joint = its parent"]
    lines += [f"{_quote(child)} = {_quote(parent)}" for child, parent in bones.items()]
    return "\n".join(lines) + "\n"


def is_layout_file(name: str | Path) -> bool:
    """Return whether a name is that of a layout file and not of a layout, told from its ending.

    Example:
        >>> is_layout_file("mine.toml"), is_layout_file("coco17")
        (True, False)
    """
    return Path(name).suffix.lower() in SUFFIXES


def _quote(value: str | list[str]) -> str:
    """Return a TOML text or list; JSON escapes are TOML's, but for the slash, which none needs."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _name_all(layout: JointLayout) -> dict[str, Any]:
    names = layout.joints

    def named(edges: Sequence[Edge]) -> list[list[str]]:
        return [[names[a], names[b]] for a, b in edges]

    fields: dict[str, Any] = {"name": layout.name, "center": names[layout.center]}
    fields |= {"joints": list(names), "pairs": named(layout.pairs)}
    if layout.extra_edges:
        fields["extra_edges"] = named(layout.extra_edges)
    if layout.added_bones:
        fields["added_bones"] = [names[joint] for joint in layout.added_bones]
    return fields | {"bones": dict(named(layout.bones))}


def _parse(path: Path) -> Mapping[str, Any]:
    if not is_layout_file(path):
        _fail(path, f"expected a layout file, whose name ends in {' or '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise LayoutError(f"{path}: there is no such layout file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path}: the layout file cannot be read: {error}") from error
    kind = path.suffix.lower().removeprefix(".").upper()
    try:
        fields = tomllib.loads(text) if kind == "TOML" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{path}: expected {kind}, but it is damaged: {error}") from error
    if not isinstance(fields, dict):
        _fail(path, f"expected a JSON object, but got a {type(fields).__name__}")
    return fields


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value.strip())


def _read_joints(path: Path, fields: Mapping[str, Any]) -> tuple[str, ...]:
    joints = fields.get("joints")
    if not isinstance(joints, list) or not joints:
        _fail(path, 'expected the names of the joints: joints = ["hip", "spine", ...]')
    wrong = [joint for joint in joints if not _is_name(joint)]
    if wrong:
        _fail(path, f"expected texts as names of joints, but got {wrong[0]!r}")
    if len(joints) > MAX_JOINTS:
        _fail(path, f"expected at most {MAX_JOINTS} joints, but got {len(joints)}")
    return tuple(joints)


def _read_tree(
    path: Path, fields: Mapping[str, Any], joints: tuple[str, ...]
) -> tuple[list[Edge], int]:
    """Return the bones, each from child to parent as seen from the center, and the center."""
    given = fields.get("bones", [])
    if isinstance(given, Mapping):
        edges = [
            (_number(path, child, joints, "bones"), _number(path, parent, joints, "bones"))
            for child, parent in given.items()
        ]
    else:
        edges = _read_edges(path, fields, "bones", joints)
    if "center" in fields:
        center = _number(path, fields["center"], joints, "center")
    else:
        children = {child for child, _ in edges}
        roots = [joint for joint in range(len(joints)) if joint not in children]
        if len(roots) != 1:
            names = ", ".join(joints[joint] for joint in roots) or "none"
            _fail(path, f"expected one joint without a parent, but got {names}; name the center")
        center = roots[0]
    return _direct(path, edges, center, joints), center


def _direct(path: Path, edges: list[Edge], center: int, joints: tuple[str, ...]) -> list[Edge]:
    """Return the edges turned toward the center, in the order of their joints."""
    import networkx as nx  # few users have a layout file

    tree: nx.Graph[int] = nx.Graph(edges)
    tree.add_node(center)
    try:
        cycle = [joints[joint] for joint, _ in nx.find_cycle(tree)]
    except nx.NetworkXNoCycle:
        pass
    else:
        _fail(
            path,
            f"expected bones that form a tree, but {', '.join(cycle)} form a cycle; move one of "
            f"its bones to extra_edges",
        )
    loose = [name for joint, name in enumerate(joints) if joint not in tree]
    reached = nx.node_connected_component(tree, center)
    loose += [joints[joint] for joint in sorted(set(tree) - reached)]
    if loose:
        _fail(
            path,
            f"{', '.join(loose)} not joined to {joints[center]!r} by bones; add bones, and name "
            f"those that are yours in added_bones",
        )
    return sorted((child, parent) for parent, child in nx.bfs_edges(tree, center))


def _read_edges(
    path: Path, fields: Mapping[str, Any], key: str, joints: tuple[str, ...]
) -> list[Edge]:
    edges = []
    for pair in _read_list(path, fields.get(key, []), key):
        if not isinstance(pair, list) or len(pair) != 2:
            _fail(path, f"expected pairs of joints in {key}, but got {pair!r}")
        first, second = (_number(path, joint, joints, key) for joint in pair)
        edges.append((first, second))
    return edges


def _read_list(path: Path, value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        _fail(path, f"expected a list as {key}, but got {value!r}")
    return value


def _number(path: Path, joint: Any, joints: tuple[str, ...], key: str) -> int:
    if isinstance(joint, int) and not isinstance(joint, bool):
        if not 0 <= joint < len(joints):
            _fail(path, f"expected joints from 0 to {len(joints) - 1}, but {key} has {joint}")
        return joint
    if joint not in joints:
        _fail(
            path,
            f"{key} names {joint!r}, which is none of the joints{_suggest(str(joint), joints)}",
        )
    return joints.index(joint)


def _suggest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _fail(path: Path, problem: str) -> NoReturn:
    raise LayoutError(f"{path}: {problem}")
