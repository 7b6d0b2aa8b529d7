"""Removing from a recording the place, heading, size and proportions of the person."""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout, find_parts
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence
from skelgraph.typing import FloatArray, IntArray

_TRUNK_PARTS = ("collar", "shoulder", "hip")
_LEAST_HEADING = 1e-3
_LEAST_LENGTH = 1e-6


def to_meters(sequence: PoseSequence) -> PoseSequence:
    """Return the same recording in meters; unchanged where its unit is pixels or unknown."""
    if sequence.unit == "m" or sequence.unit not in METERS_PER_UNIT:
        return sequence
    positions = sequence.positions * np.float32(METERS_PER_UNIT[sequence.unit])
    return replace(sequence, positions=positions, unit="m")


def center_on_root(
    sequence: PoseSequence, *, per_frame: bool = True, of: PoseSequence | None = None
) -> PoseSequence:
    """Return the same recording with the layout's center joint, the root, at the origin.

    In frames in which the root is missing, its place is interpolated linearly between the frames
    around them, or taken from the nearest frame at the recording's ends, so that the other joints
    of these frames are kept; the root itself stays missing.

    Args:
        sequence: The recording.
        per_frame: Whether the root is at the origin in every frame. If not, only in the first frame
            that has it, so that the recording keeps how the person moves about.
        of: Whose root it is, if it is that of another person in the same frames.

    Raises:
        PoseError: If the root is missing in all frames.
    """
    positions, sequence, own = sequence.positions, of or sequence, sequence
    root = _root_path(sequence)
    if root is None:
        raise PoseError(
            f"sequence {sequence.name!r}: expected the center joint "
            f"{sequence.layout.joints[sequence.layout.center]!r} in some frame, but it is missing "
            f"in all {sequence.num_frames}; convert to a layout whose center is seen, or do not "
            f"center"
        )
    if not per_frame:
        first = int(np.argmax(sequence.present[:, sequence.layout.center]))
        root = root[first : first + 1]
    return replace(own, positions=(positions - root[:, None]).astype(np.float32))


def _root_path(sequence: PoseSequence) -> FloatArray | None:
    """Return the center joint's places (T, C), interpolated and extended; None if never there."""
    center = sequence.layout.center
    present = np.flatnonzero(sequence.present[:, center])
    if not len(present):
        return None
    frames = np.arange(sequence.num_frames)
    axes = sequence.positions[present, center].T
    return np.stack([np.interp(frames, present, axis) for axis in axes], axis=1)


def align_heading(sequence: PoseSequence, *, of: PoseSequence | None = None) -> PoseSequence:
    """Return the same recording turned about the vertical, so that the person faces +z.

    The recording must have three dimensions, right-handed.

    In the result x points to the person's left, y up and z forward (right-handed), whatever axis
    pointed up before. The person's left is the mean, over frames and over the layout's left-right
    pairs, of the left joint minus the right one, without its vertical part. Pairs of the trunk
    (collars, shoulders, hips) are taken where the layout has them, all pairs otherwise.

    Args:
        sequence: The recording.
        of: Whose heading it is, if it is that of another person in the same space.

    Raises:
        PoseError: If the recording has two dimensions, its layout has no pairs, no pair is there in
            any frame, or the left-right axis has no horizontal direction (a person lying on the
            side, or turning in full circles).
    """
    own, sequence = sequence, of or sequence
    where = f"sequence {sequence.name!r}"
    if sequence.num_dimensions != 3:
        raise PoseError(f"{where}: a heading needs 3 dimensions, but it has 2; do not align it")
    try:
        left, right = find_heading_pairs(sequence.layout).T
    except PoseError as error:
        raise PoseError(f"{where}: {error}") from error
    across = sequence.positions[:, left].astype(np.float64) - sequence.positions[:, right]
    across = across[~np.isnan(across[:, :, 0])]
    up = _unit_vector(sequence.up)
    mean = across.mean(axis=0) if len(across) else np.zeros(3)
    horizontal = mean - up * (mean @ up)
    length = float(np.linalg.norm(horizontal))
    widths = np.linalg.norm(across, axis=1)
    if not len(across) or length <= _LEAST_HEADING * widths.mean():
        raise PoseError(
            f"{where}: its left-right axis has no horizontal direction, mean length {length:.3g} "
            f"over {len(across)} pairs of joints, so that it has no heading; do not align it"
        )
    toward_left = horizontal / length
    axes = np.stack([toward_left, up, np.cross(toward_left, up)], axis=1)
    return replace(own, positions=(own.positions @ axes).astype(np.float32), up="+y")


def point_up(sequence: PoseSequence) -> PoseSequence:
    """Return the same recording of an image with y pointing up, as it does in space.

    Only an image whose y points down is changed.

    Raises:
        PoseError: If the recording has three dimensions.
    """
    if sequence.num_dimensions != 2:
        raise PoseError(
            f"sequence {sequence.name!r}: expected an image of 2 dimensions, but it has 3; align "
            f"its heading"
        )
    if sequence.up != "-y":
        return sequence
    return replace(
        sequence, positions=sequence.positions * np.array([1, -1], dtype=np.float32), up="+y"
    )


def find_heading_pairs(layout: JointLayout) -> IntArray:
    """Return the pairs (P, 2) of left and right joints that tell where a person's left is.

    Raises:
        PoseError: If the layout has none.
    """
    parts = find_parts(layout)
    trunk = {parts.get(f"{side}_{part}") for part in _TRUNK_PARTS for side in ("left", "right")}
    pairs = [pair for pair in layout.pairs if trunk.issuperset(pair)] or layout.pairs
    if not pairs:
        raise PoseError(
            f"a heading needs left-right pairs, but layout {layout.name!r} has none; give the "
            f"layout its pairs, convert it, or do not align headings"
        )
    return np.array(pairs, dtype=np.int64)


def _unit_vector(axis: str) -> FloatArray:
    vector = np.zeros(3)
    vector["xyz".index(axis[1])] = -1.0 if axis[0] == "-" else 1.0
    return vector


def bone_lengths(sequence: PoseSequence) -> FloatArray:
    """Return the median length of each bone over the frames in which both its joints are there.

    Returns:
        Array (V,), indexed by the bone's child, in the sequence's unit; 0 at the center, NaN for a
        bone that is never there.
    """
    V = sequence.layout.num_joints
    bones = sequence.positions - sequence.positions[:, sequence.layout.parents]
    lengths = np.linalg.norm(bones.astype(np.float64), axis=2)
    medians = np.full(V, np.nan)
    seen = ~np.isnan(lengths).all(axis=0)
    medians[seen] = np.nanmedian(lengths[:, seen], axis=0)
    medians[sequence.layout.center] = 0.0
    return medians


def scale_to_body(sequence: PoseSequence, *, of: PoseSequence | None = None) -> PoseSequence:
    """Return the same recording in units of its mean bone length, so that the size of the image and
    the
    distance from the camera do not matter.

    The recording is divided by the mean of :func:`bone_lengths` over the bones that it shows; its
    unit is then unknown.

    Args:
        sequence: The recording.
        of: Whose bones they are, if they are those of another person in the same picture.

    Raises:
        PoseError: If the recording shows no bone of some length.
    """
    own, sequence = sequence, of or sequence
    lengths = np.delete(bone_lengths(sequence), sequence.layout.center)
    seen = lengths[~np.isnan(lengths)]
    if not seen.sum() > 0:
        raise PoseError(
            f"sequence {sequence.name!r}: expected a bone of some length to scale by, but "
            f"{len(seen)} bones are there and have length 0; do not scale it"
        )
    positions = (own.positions / seen.mean()).astype(np.float32)
    return replace(own, positions=positions, unit="unknown")


def normalize_bone_lengths(sequence: PoseSequence, lengths: FloatArray) -> PoseSequence:
    """Return the same movement of a person with other bone lengths.

    Joints are placed one after another from the center outward: each bone keeps its direction and
    gets the length that is asked for. The center joint stays where it is.

    Where the parent of a joint is missing, the joint keeps its offset from its nearest ancestor
    that is there, scaled by how much larger the bones asked for are than the recording's; where it
    has none, that from the center's place as :func:`center_on_root` finds it. A bone whose length
    is NaN is scaled in the same way, and one that has no length, and so no direction, is not given
    any. Only joints that are missing before are missing after.

    Args:
        sequence: The recording.
        lengths: Array (V,) indexed by the bone's child, in the sequence's unit, as
            :func:`bone_lengths` returns it; the center's entry does not count.

    Raises:
        PoseError: If there is not one length of 0 or more, or NaN, for each joint.
    """
    lengths = np.array(lengths, dtype=np.float64)
    layout = sequence.layout
    if lengths.shape != (layout.num_joints,) or (lengths < 0).any() or np.isinf(lengths).any():
        raise PoseError(
            f"expected a bone length of 0 or more, or NaN, for each of the {layout.num_joints} "
            f"joints of layout {layout.name!r}, but got {lengths.tolist()}"
        )
    lengths[layout.center] = 0.0
    own = bone_lengths(sequence)
    scale = _relative_size(own, lengths)
    least = _LEAST_LENGTH * np.nansum(own)
    present, ancestors = sequence.present, _nearest_ancestors(sequence)
    frames = np.arange(sequence.num_frames)
    old = sequence.positions.astype(np.float64)
    root = _root_path(sequence)
    if root is not None:
        old[:, layout.center] = root
    new = old.copy()
    for joint in layout.depth_first[1:]:
        ancestor, parent = ancestors[:, joint], layout.parents[joint]
        bone = old[:, joint] - old[frames, ancestor]
        length = np.linalg.norm(bone, axis=1)
        stretch = np.full(len(bone), scale)
        if not np.isnan(lengths[joint]):
            has_direction = present[:, parent] & (length > least)
            np.divide(lengths[joint], length, out=stretch, where=has_direction)
        placed = new[frames, ancestor] + bone * stretch[:, None]
        new[:, joint] = np.where(np.isnan(placed), old[:, joint], placed)
    new[:, layout.center] = sequence.positions[:, layout.center]
    return replace(sequence, positions=new.astype(np.float32))


def _relative_size(own: FloatArray, wanted: FloatArray) -> float:
    """Return the total length of the wanted bones, over that of the bones that are there."""
    known = ~(np.isnan(own) | np.isnan(wanted))
    total = own[known].sum()
    return float(wanted[known].sum() / total) if total > 0 else 1.0


def _nearest_ancestors(sequence: PoseSequence) -> IntArray:
    """Return each joint's nearest ancestor (T, V) that is there in the frame, or the center."""
    layout, present = sequence.layout, sequence.present
    ancestors = np.full(present.shape, layout.center)
    for joint in layout.depth_first[1:]:
        parent = layout.parents[joint]
        ancestors[:, joint] = np.where(present[:, parent], parent, ancestors[:, parent])
    return ancestors
