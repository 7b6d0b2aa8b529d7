"""Reader of the binary ``.pose`` files of the sign language tools: the points of an estimator.

Little-endian: the version (0.1 or 0.2) as a float; width, height and depth; and the components (a
pose, a face, hands), each with its name, the format of its points (``XYZC``, the last one the
confidence), their names, limbs between them and colors. Then the rate, the number of frames and
that of persons; all coordinates (frames, persons, points of all components, 2 or 3); and all
confidences. A point of confidence 0 was not found. The number of frames of version 0.1 has 16 bits,
so that the length of the file tells it.

The pose alone is read. ``POSE_WORLD_LANDMARKS`` go before ``POSE_LANDMARKS``: they are meters from
the middle of the hips, y down, but x and y were multiplied by width and height as of an image.
Image landmarks are pixels, and their z is in no unit: x and y alone are taken. Points that are no
layout of the catalogue, such as the eight that are left where the legs were cut away, are joined by
the file's limbs.

Format: sign-language-processing/pose, docs/specs/v0.1.md and v0.2.md.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.joint_names import find_catalogue_layout, layout_from_parents, settle_layout
from skelgraph.io.persons import name_persons
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.text import read_bytes, shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_WORLD = "POSE_WORLD_LANDMARKS"
_IMAGE = "POSE_LANDMARKS"
_KNOWN = (_WORLD, _IMAGE, "pose_keypoints_2d")
_WORDS = ("pose", "body")
_VERSIONS = (0.1, 0.2)
_MAX_COMPONENTS = 100
_LARGEST_M = 5.0
"""No world landmark is farther from the hips, unless it was multiplied by the size of the image."""


@dataclass(frozen=True, kw_only=True)
class _Component:
    """A component of the header: the names of its points and the pairs of them that are joined."""

    name: str
    num_dimensions: int
    points: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...]
    first: int


def read_sign_pose(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read the pose of each person of a ``.pose`` file.

    The joints of a layout are picked by name. Without it they are the catalogue's layout with just
    these points, or the points joined by the file's limbs.

    Raises:
        FormatError: If the file is none, is cut off, has no component of a pose, or shows nobody.
    """
    path = Path(path)
    content = _Content(read_bytes(path), path)
    version, width, height = _read_start(content)
    components = _read_components(content)
    rate, num_frames, num_persons = content.take("<HHH" if version == _VERSIONS[0] else "<fIH")
    points, confidence = _read_body(
        content, components, (num_frames, num_persons), has_short_count=version == _VERSIONS[0]
    )
    body = _choose_component(components, confidence, path)
    part = slice(body.first, body.first + len(body.points))
    keypoints, scores = points[:, :, part, : body.num_dimensions], confidence[:, :, part]
    keypoints = np.where((scores > 0)[:, :, :, None], keypoints, np.nan).astype(np.float64)
    is_world = body.name == _WORLD
    if is_world and np.nan_to_num(np.abs(keypoints[..., :2])).max() > _LARGEST_M:
        keypoints[..., :2] /= (max(width, 1), max(height, 1))
    if body.name == _IMAGE:
        keypoints = keypoints[..., :2]
    layout, picked = _settle_joints(body, layout, path)
    present = [person for person in range(scores.shape[1]) if (scores[:, person] > 0).any()]
    if not present:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    return [
        build_sequence(
            path,
            keypoints[:, person][:, picked],
            layout=layout,
            fps=float(rate) if 0 < rate < np.inf else require_rate(fps, path, "the frames"),
            unit="m" if is_world else None,
            up="-y" if is_world or body.num_dimensions == 2 or body.name == _IMAGE else None,
            confidence=scale_confidence(scores[:, person][:, picked], path),
            name=name,
            recording=path.stem if len(present) > 1 else None,
        )
        for name, person in zip(name_persons(path.stem, len(present)), present, strict=True)
    ]


class _Content:
    """The bytes of a file, taken from the first to the last."""

    def __init__(self, content: bytes, path: Path) -> None:
        self.content = content
        self.path = path
        self.next = 0

    def take(self, form: str) -> tuple[float, ...]:
        """Take the values of a :mod:`struct` format."""
        if struct.calcsize(form) > self.num_left:
            raise FormatError(f"{self.path}: expected more after the header: is the file cut off?")
        values = struct.unpack_from(form, self.content, self.next)
        self.next += struct.calcsize(form)
        return values

    def take_counts(self, count: int) -> list[int]:
        return [int(value) for value in self.take(f"<{count}H")]

    def take_text(self) -> str:
        (length,) = self.take_counts(1)
        text = self.content[self.next : self.next + length]
        self.take(f"<{length}x")
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise FormatError(f"{self.path}: expected names, but got damaged text") from error

    def take_floats(self, shape: tuple[int, ...]) -> FloatArray:
        count = int(np.prod(shape))
        values = np.frombuffer(self.content, "<f4", count, self.next).reshape(shape)
        self.next += values.nbytes
        return values

    @property
    def num_left(self) -> int:
        return len(self.content) - self.next


def _read_start(content: _Content) -> tuple[float, int, int]:
    """Return version, width and height."""
    (value,) = content.take("<f")
    version = round(value, 3) if np.isfinite(value) else value
    if version not in _VERSIONS:
        raise FormatError(
            f"{content.path}: expected a .pose file of version 0.1 or 0.2, but got {version:g}"
        )
    width, height, _ = content.take_counts(3)
    return version, width, height


def _read_components(content: _Content) -> list[_Component]:
    (count,) = content.take_counts(1)
    components: list[_Component] = []
    first = 0
    for _ in range(count):
        name, form = content.take_text(), content.take_text()
        num_points, num_limbs, num_colors = content.take_counts(3)
        points = tuple(content.take_text() for _ in range(num_points))
        limbs = content.take_counts(2 * num_limbs)
        content.take_counts(3 * num_colors)
        if form not in ("XYC", "XYZC"):
            raise FormatError(
                f"{content.path}: expected points XYC or XYZC in component {shorten(name)!r}, but "
                f"got {shorten(form)!r}"
            )
        components.append(
            _Component(
                name=name,
                num_dimensions=len(form) - 1,
                points=points,
                limbs=tuple(zip(limbs[::2], limbs[1::2], strict=True)),
                first=first,
            )
        )
        first += num_points
    if not first:
        raise FormatError(f"{content.path}: expected components with points, but there are none")
    return components


def _read_body(
    content: _Content,
    components: Sequence[_Component],
    counts: tuple[float, float],
    *,
    has_short_count: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return points (T, M, V, C) and confidences (T, M, V) of all components."""
    num_frames, num_persons = (int(count) for count in counts)
    num_points = components[-1].first + len(components[-1].points)
    num_dimensions = max(component.num_dimensions for component in components)
    frame_bytes = 4 * num_persons * num_points * (num_dimensions + 1)
    held, rest = divmod(content.num_left, frame_bytes) if frame_bytes else (0, 0)
    if has_short_count and held % 2**16 == num_frames:
        num_frames = held
    if not held or rest or held != num_frames:
        raise FormatError(
            f"{content.path}: expected {num_frames} frames of {num_persons} persons and "
            f"{num_points} points, but there are bytes for {held}: is the file cut off?"
        )
    shape = (num_frames, num_persons, num_points)
    points = content.take_floats((*shape, num_dimensions))
    confidence = content.take_floats(shape)
    is_there = (confidence > 0) & np.isfinite(points).all(axis=3)
    return points, np.where(is_there & np.isfinite(confidence), confidence, np.float32(0))


def _choose_component(
    components: Sequence[_Component], confidence: FloatArray, path: Path
) -> _Component:
    """Return the pose: the first of those known, else one that is called so, that is ever there."""
    named = [one for one in components if any(word in one.name.lower() for word in _WORDS)]
    order = sorted(
        named, key=lambda one: _KNOWN.index(one.name) if one.name in _KNOWN else len(_KNOWN)
    )
    poses = [one for one in order if one.points and len(one.points) <= MAX_JOINTS]
    if not poses:
        names = shorten(", ".join(one.name for one in components), 200)
        raise FormatError(
            f"{path}: expected a component of a pose such as {_IMAGE}, but the components are "
            f"{names}; hands and faces alone are not read"
        )
    ends = {one.name: one.first + len(one.points) for one in poses}
    seen = [one for one in poses if confidence[:, :, one.first : ends[one.name]].any()]
    return (seen or poses)[0]


def _settle_joints(
    body: _Component, layout: JointLayout | None, path: Path
) -> tuple[JointLayout, list[int]]:
    """Return the layout and its joints' numbers among the points."""
    if layout is None and find_catalogue_layout(body.points) is None:
        try:
            own = _join_by_limbs(body)
        except LayoutError as error:
            raise FormatError(f"{path}: {shorten(str(error), 400)}") from error
        if own is not None:
            return own, list(range(own.num_joints))
    return settle_layout(body.points, layout, path)


def _join_by_limbs(body: _Component) -> JointLayout | None:
    """Return the tree of a component's limbs from its middle; None if they do not join it."""
    neighbors: dict[int, set[int]] = {point: set() for point in range(len(body.points))}
    limbs = {(min(limb), max(limb)) for limb in body.limbs if limb[0] != limb[1]}
    for one, other in limbs:
        if other not in neighbors:
            return None
        neighbors[one].add(other)
        neighbors[other].add(one)
    trees = [_find_tree(neighbors, start) for start in neighbors]
    if len(set(body.points)) < len(body.points) or len(trees[0][0]) < len(body.points):
        return None
    parents, _ = min(trees, key=lambda tree: tree[1])
    names = dict(enumerate(body.points))
    named = {name: names.get(parents[point]) for point, name in names.items()}
    layout = layout_from_parents(named, "pose")
    bones = {(min(bone), max(bone)) for bone in layout.bones}
    return replace(layout, extra_edges=tuple(sorted(limbs - bones)))


def _find_tree(neighbors: Mapping[int, set[int]], start: int) -> tuple[dict[int, int], int]:
    """Return the parent of each point that is reached, -1 for the start, and the largest depth."""
    parents, depth, queue = {start: -1}, {start: 0}, [start]
    for point in queue:
        for neighbor in sorted(neighbors[point] - parents.keys()):
            parents[neighbor], depth[neighbor] = point, depth[point] + 1
            queue.append(neighbor)
    return parents, depth[queue[-1]]


def _sniff(path: Path, head: bytes) -> bool:
    """Whether a version, three sizes, a few components and the name of the first one come first."""
    if len(head) < 14:
        return False
    version, _, _, _, count, length = struct.unpack_from("<f5H", head)
    name = head[14 : 14 + length]
    is_version = bool(np.isfinite(version)) and round(version, 3) in (0.0, *_VERSIONS)
    return is_version and 0 < count <= _MAX_COMPONENTS and 0 < length <= 100 and name.isascii()


READER = Reader(
    name="sign-pose",
    suffixes=(".pose",),
    sniff=_sniff,
    read=read_sign_pose,
    description="binary .pose of the sign language tools: its pose, without hands and face",
)
