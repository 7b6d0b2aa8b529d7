"""Reader of Acclaim motion (AMC): the angles of a skeleton that lies beside it (ASF), as of CMU.

Flags begin with a colon; then a frame is a line with its number and a line for each bone with the
values of its channels. The skeleton is the file of the same beginning (``11.asf`` for
``11_01.amc``), or the only one in the folder or the folder above it; it is one person's, and where
it is found by its name that is the subject. Joints are the ends of the bones and have their names:
``lfemur`` is the left knee. y points up by custom. Lengths divided by the skeleton's unit of length
are inches in the files of CMU and HDM05, and so they are taken where that is a person's size. The
rate is told nowhere: it is CMU's 120 frames/s, unless another is given.

Format: J. Lander, "Working with Motion Capture File Formats", Game Developer, January 1998; and
mocap.cs.cmu.edu/faqs.php for the unit of length.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io.asf_skeleton import AXES, AcclaimSkeleton, Line, read_asf, split_words
from skelgraph.io.bvh_hierarchy import MAX_LENGTH, turn
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.guess_metadata import guess_unit
from skelgraph.io.joint_names import layout_from_parents, pick_joints
from skelgraph.io.reader import Reader, build_sequence, read_as_list
from skelgraph.io.text import is_number, parse_words, read_text, shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_FPS = 120.0
_METERS_PER_INCH = 0.0254
_FLAGS = (b":fully-specified", b":degrees", b":radians")
_SKELETON = ".asf"


def read_amc(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read an AMC file and the ASF file of its skeleton.

    The layout is the skeleton's own tree, or the given one, whose joints are picked by name. If the
    last frame is cut off, it is left out with a warning.

    Raises:
        FormatError: If there is no skeleton beside the file, or more than one that it may be; if
            either file is malformed; or if they do not fit each other.
    """
    path = Path(path)
    text = read_text(path)
    if path.suffix.lower() == _SKELETON or _is_skeleton(text.encode()):
        raise _describe_skeleton(path)
    flags, frames = _split_frames(text.splitlines(), path)
    skeleton_file = _find_skeleton(path)
    skeleton = read_asf(skeleton_file)
    motion = _build_motion(frames, skeleton, path)
    in_degrees = ":degrees" in flags or (skeleton.in_degrees and ":radians" not in flags)
    positions = _place_joints(skeleton, motion, in_degrees=in_degrees)
    own = _build_layout(skeleton)
    inches = positions / skeleton.unit_length
    is_inches = guess_unit(inches * _METERS_PER_INCH, own) == "m"
    picked = range(own.num_joints) if layout is None else pick_joints(own.joints, layout, path)
    return build_sequence(
        path,
        (inches * _METERS_PER_INCH if is_inches else inches)[:, list(picked)],
        layout=own if layout is None else layout,
        fps=_FPS if fps is None else fps,
        unit="m" if is_inches else None,
        up="+y",
        subject=skeleton_file.stem if path.stem.startswith(skeleton_file.stem) else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The values of a frame: its number in the file, and the words of each bone's line."""

    number: int
    bones: dict[str, Line]


def _split_frames(lines: Sequence[str], path: Path) -> tuple[set[str], list[_Frame]]:
    """Return the flags in lower case, and the frames."""
    flags: set[str] = set()
    frames: list[_Frame] = []
    for n, line in enumerate(lines, start=1):
        words = split_words(line)
        if not words:
            continue
        if words[0].startswith(":"):
            flags.add(words[0].lower())
        elif len(words) == 1 and words[0].isascii() and words[0].isdigit() and len(words[0]) < 15:
            frames.append(_Frame(number=int(words[0]), bones={}))
        elif frames and n == len(lines) and not is_number(words[-1]):
            frames[-1].bones[words[0]] = (n, words[1:-1])  # cut off
        elif not frames or len(words) == 1:
            raise FormatError(
                f"{path}, line {n}: expected the number of a frame or a bone with its values, but "
                f"got {shorten(line.strip())!r}: no Acclaim motion (AMC)"
            )
        elif words[0] in frames[-1].bones:
            raise FormatError(
                f"{path}, line {n}: bone {shorten(words[0])!r} comes twice in frame "
                f"{frames[-1].number}"
            )
        else:
            frames[-1].bones[words[0]] = (n, words[1:])
    if not frames or not frames[0].bones:
        raise FormatError(f"{path}: expected frames of an Acclaim motion (AMC), but got none")
    return flags, frames


def _build_motion(frames: list[_Frame], skeleton: AcclaimSkeleton, path: Path) -> FloatArray:
    """Return the channels (T, channels) of all bones; those of a bone without motion are zero."""
    counts = {bone.name: len(bone.channels) for bone in skeleton.bones}
    for name, (n, words) in frames[0].bones.items():
        if counts.get(name) != len(words):
            raise FormatError(
                f"{path}, line {n}: expected {counts.get(name, 'no')} values for bone "
                f"{shorten(name)!r} of the skeleton, but got {len(words)}: is it the motion of "
                f"another one?"
            )
    if len(frames) > 1 and not _is_whole(frames[-1], frames[0]):
        number = frames.pop().number
        warnings.warn(
            f"{path}: frame {number}, the last one, lacks values and was left out: is the file cut "
            f"off?",
            FormatWarning,
            stacklevel=3,
        )
    for frame in frames:
        if not _is_whole(frame, frames[0]):
            raise FormatError(
                f"{path}, frame {frame.number}: expected values for the same "
                f"{len(frames[0].bones)} bones as in the first frame"
            )
    moved = [name for name in counts if name in frames[0].bones]
    values = _parse_values([[frame.bones[name] for name in moved] for frame in frames], path)
    placed = place_numbers([frame.number for frame in frames], path)
    if len(set(placed.tolist())) < len(frames):
        raise FormatError(f"{path}: expected another number for each frame, but some repeat")
    motion = np.full((int(placed.max()) + 1, sum(counts.values())), np.nan)
    column_moves = np.repeat([name in frames[0].bones for name in counts], list(counts.values()))
    motion[:, ~column_moves] = 0
    motion[placed[:, None], np.flatnonzero(column_moves)] = values
    return motion


def _is_whole(frame: _Frame, first: _Frame) -> bool:
    return frame.bones.keys() == first.bones.keys() and all(
        len(words) == len(first.bones[name][1]) for name, (_, words) in frame.bones.items()
    )


def _parse_values(frames: Sequence[Sequence[Line]], path: Path) -> FloatArray:
    """Parse the values (T, channels); NaN for anything but a finite number."""
    rows = [" ".join(" ".join(words) for _, words in lines) for lines in frames]
    try:
        values = np.loadtxt(rows, dtype=np.float64, comments=None, ndmin=2)
    except ValueError:  # Windows NaN, or damage: read word by word
        values = np.array(
            [[x for n, words in lines for x in parse_words(words, n, path)] for lines in frames]
        )
    values[~np.isfinite(values)] = np.nan
    if (np.abs(values) > MAX_LENGTH).any():
        raise FormatError(f"{path}: expected lengths and angles, but got {np.nanmax(values):g}")
    return values


def _place_joints(skeleton: AcclaimSkeleton, motion: FloatArray, *, in_degrees: bool) -> FloatArray:
    r"""Return the positions of the root and of the end of each bone in every frame.

    With :math:`C` the bone's own frame and :math:`M` the product of its turns, the last one first,
    a bone turns what hangs on it by :math:`C M C^{-1}` beyond the bone before it.

    Args:
        skeleton: The bones.
        motion: Array (T, channels): those of all bones in order. NaN makes missing what depends on
            it.
        in_degrees: Whether angles of the motion are degrees.

    Returns:
        Array (T, V, 3), in the file's lengths.
    """
    T = len(motion)
    columns = np.ascontiguousarray(motion.T)
    positions = np.zeros((len(skeleton.bones), 3, T))
    frames: dict[str | None, FloatArray] = {None: np.repeat(np.eye(3)[:, :, None], T, axis=2)}
    number_of: dict[str, int] = {}
    first = 0
    for number, bone in enumerate(skeleton.bones):
        parent = skeleton.parents[bone.name]
        channels = dict(zip(bone.channels, columns[first:], strict=False))
        first += len(bone.channels)
        frame = np.einsum("ijt,jk->ikt", frames[parent], bone.axes)
        for channel in reversed(bone.order):
            if channel in channels:
                angle = np.deg2rad(channels[channel]) if in_degrees else channels[channel]
                turn(frame, AXES[channel[1]], np.cos(angle), np.sin(angle))
        frame = np.einsum("ijt,kj->ikt", frame, bone.axes)
        if parent is None:
            shift = [channels.get(f"t{axis}", np.zeros(T)) for axis in AXES]
            positions[number] = bone.vector[:, None] + np.array(shift)
        else:
            place = positions[number_of[parent]]
            positions[number] = place + np.einsum("ijt,j->it", frame, bone.vector)
        frames[bone.name], number_of[bone.name] = frame, number
    return np.ascontiguousarray(positions.transpose(2, 0, 1))


def _find_skeleton(path: Path) -> Path:
    """Return the ASF file whose name begins as the motion's, else the only one there is."""
    for folder in (path.parent, path.absolute().parent.parent):
        files = sorted(file for file in _list_files(folder) if file.suffix.lower() == _SKELETON)
        named = [file for file in files if _begins_with(path.stem, file.stem)]
        if named:
            return max(named, key=lambda file: len(file.stem))
        if len(files) == 1:
            return files[0]
        if files:
            raise FormatError(
                f"{path}: expected the skeleton of this motion, but none of the {len(files)} .asf "
                f"files in {folder} has the beginning of its name, as 11.asf for 11_01.amc"
            )
    raise FormatError(
        f"{path}: expected the skeleton of this motion (.asf), but there is none beside it; put it "
        f"there"
    )


def _list_files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _begins_with(name: str, beginning: str) -> bool:
    """Whether a name begins with another one and no word or number goes on after it."""
    name, beginning = name.lower(), beginning.lower()
    rest = name[len(beginning) :]
    return name.startswith(beginning) and not (rest and rest[0].isalnum())


def _build_layout(skeleton: AcclaimSkeleton) -> JointLayout:
    """Return the layout of the ends of the bones, whose sides are ``l`` and ``r``."""
    layout = layout_from_parents(skeleton.parents, "asf")
    number = {name: joint for joint, name in enumerate(layout.joints)}
    sides = [(name, f"r{name[1:]}") for name in layout.joints if name.startswith("l")]
    pairs = [(number[left], number[right]) for left, right in sides if right in number]
    return replace(layout, pairs=tuple(pairs) or layout.pairs)


def _describe_skeleton(path: Path) -> FormatError:
    motions = sorted(f.name for f in _list_files(path.parent) if f.suffix.lower() == ".amc")
    beside = f" such as {motions[0]}" if motions else ", which lie beside it usually"
    return FormatError(
        f"{path}: expected motion, but this is the skeleton alone (ASF); read its .amc files"
        f"{beside}"
    )


def _is_skeleton(content: bytes) -> bool:
    text = content.lower()
    return b":bonedata" in text and (b":root" in text or b":units" in text)


def _sniff(path: Path, head: bytes) -> bool:
    if b"\0" in head:
        return False
    lines = [line.strip().lower() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.startswith(_FLAGS) or (first.startswith(b":") and _is_skeleton(head))


READER = Reader(
    name="amc",
    suffixes=(".amc",),
    sniff=_sniff,
    read=read_as_list(read_amc),
    description="Acclaim motion as of CMU: angles, with the skeleton (.asf) beside it",
)
