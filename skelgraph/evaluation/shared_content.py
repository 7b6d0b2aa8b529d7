"""Clips that are the same recording by what they show, whatever they are called."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np

from skelgraph.evaluation.copied_clips import find_copies, finds_copies_alone
from skelgraph.evaluation.motion_fingerprint import (
    EDGE_FRAMES,
    HOP,
    RATE_HZ,
    WINDOW,
    JointDistances,
    MomentEncoder,
    Moments,
)
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array, FloatArray

ContentKind = Literal["duplicate", "part", "overlap"]

_RADIUS = 0.6
"""Distance of the codes of two moments up to which they may be one."""

_AT_ONCE = 4000
_MOST_TRIED = 4
_LEAST_FRAMES = 15
_LEAST_MOVEMENT = 0.004
_MOST_ERROR = 0.1
"""Difference of two clips, as a share of their movement, up to which they are one recording: the
same take measures 0.01 after resampling and 0.08 with 3 mm of noise added to each joint, different
takes of one gesture 0.13 and more."""

_MOST_ERROR_OF_FRAME, _LEAST_SHARE = 0.2, 0.8
_SAME_END_S = 0.25
_TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class SharedContent:
    """Two clips that show, in part or as a whole, one recorded movement.

    Args:
        first: Number of one clip.
        second: Number of the other, larger.
        kind: ``"duplicate"`` if both begin and end together, ``"part"`` if one holds all of the
            other and more, ``"overlap"`` if each has something of its own.
        mirrored: Whether left and right are exchanged.
        seconds: Length of what they share.
        shift_s: How much later the second begins in the recording.
        error: How much they differ, as a share of how much the person moves.
    """

    first: int
    second: int
    kind: ContentKind
    mirrored: bool
    seconds: float
    shift_s: float
    error: float

    def describe(self, names: Sequence[str]) -> str:
        """Return both clips' names and what they share.

        Example:
            >>> shared = SharedContent(
            ...     first=0, second=1, kind="part", mirrored=True, seconds=2.3, shift_s=1, error=0
            ... )
            >>> shared.describe(["walk_1", "walk_2"])
            'walk_1 and walk_2 (part, mirrored, 2.3 s)'
        """
        mirrored = "mirrored, " if self.mirrored else ""
        what = f"{self.kind}, {mirrored}{self.seconds:.1f} s"
        return f"{names[self.first]} and {names[self.second]} ({what})"


def find_shared_content(
    sequences: Sequence[PoseSequence], *, parts: Sequence[int] | None = None
) -> tuple[SharedContent, ...]:
    """Find clips that show the same recorded movement, by their content alone.

    Two clips are found if they are equal, or if about a second or more of their movement is the
    same: windows of one take that overlap, also if one was moved, turned, scaled, mirrored or
    resampled to another frame rate. The distances between joints are compared, relative to the
    body's size and smoothed, so that detail above about 3 Hz does not count. Moments of 0.6 s that
    are alike are looked up first; then all frames that the two clips share have to agree, up to a
    tenth of the movement in them. Two takes of one gesture, or of walking, do not. Clips in which
    nobody moves are alike without being one recording, and are not found. Of archives of very many
    clips only exact copies are found (:mod:`skelgraph.evaluation.copied_clips`).

    Args:
        sequences: The clips. Those of one layout and one number of dimensions are compared; convert
            others before.
        parts: Number of the part that each clip is in. Clips of one part are not compared, nor
            those whose number is negative. By default all clips are compared.

    Returns:
        One entry for each pair of clips, in the order of their numbers.
    """
    numbers = range(len(sequences)) if parts is None else parts
    if finds_copies_alone(sequences):
        return _find_copies(sequences, numbers)
    groups: dict[tuple[JointLayout, int], dict[int, PoseSequence]] = defaultdict(dict)
    for clip, (sequence, part) in enumerate(zip(sequences, numbers, strict=True)):
        if part >= 0 and sequence.has_joints:
            groups[sequence.layout, sequence.num_dimensions][clip] = sequence
    pairs: dict[tuple[int, int], SharedContent] = {}
    for (layout, _), clips in groups.items():
        of_clip = {clip: int(numbers[clip]) for clip in clips}
        if len(set(of_clip.values())) > 1:
            for shared in (*_find_equal(clips, of_clip), *_find_alike(layout, clips, of_clip)):
                pairs.setdefault((shared.first, shared.second), shared)
    return tuple(pairs[pair] for pair in sorted(pairs))


def join_pairs(shared: Sequence[SharedContent]) -> list[set[int]]:
    """Return groups of clips that are joined by pairs."""
    groups: list[set[int]] = []
    for one in shared:
        joined = {one.first, one.second}
        joined.update(*(group for group in groups if group & joined))
        groups = [*(group for group in groups if not group & joined), joined]
    return groups


def _find_copies(
    sequences: Sequence[PoseSequence], parts: Sequence[int]
) -> tuple[SharedContent, ...]:
    compared = {clip: one for clip, one in enumerate(sequences) if parts[clip] >= 0}
    pairs = find_copies(compared, dict(enumerate(parts)))
    return tuple(_pair_copies(sequences, first, second) for first, second in sorted(pairs))


def _pair_copies(
    sequences: Sequence[PoseSequence] | Mapping[int, PoseSequence], first: int, second: int
) -> SharedContent:
    return SharedContent(
        first=first,
        second=second,
        kind="duplicate",
        mirrored=False,
        seconds=sequences[first].duration_s,
        shift_s=0.0,
        error=0.0,
    )


def _find_equal(
    sequences: Mapping[int, PoseSequence], parts: Mapping[int, int]
) -> Iterator[SharedContent]:
    """Yield the pairs whose positions are equal to the last digit, however short they are."""
    groups: dict[tuple[tuple[int, ...], bytes], list[int]] = defaultdict(list)
    for clip, sequence in sequences.items():
        positions = sequence.positions
        still = np.broadcast_to(positions[:1], positions.shape)
        if not np.array_equal(positions, still, equal_nan=True):
            digest = blake2b(positions.tobytes(), digest_size=16).digest()
            groups[positions.shape, digest].append(clip)
    for group in groups.values():
        for number, first in enumerate(group):
            for second in group[number + 1 :]:
                if parts[first] != parts[second]:
                    yield _pair_copies(sequences, first, second)


def _find_alike(
    layout: JointLayout, sequences: Mapping[int, PoseSequence], parts: Mapping[int, int]
) -> Iterator[SharedContent]:
    """Yield the pairs of which about a second or more is one movement."""
    pairs = JointDistances.of(layout)
    plain = {clip: pairs.measure(sequence) for clip, sequence in sequences.items()}
    plain = {clip: distances for clip, distances in plain.items() if len(distances) >= WINDOW}
    if len(plain) < 2:
        return
    encoder = MomentEncoder.fit(list(plain.values()))
    every = encoder.encode(plain, hop=1)
    exchanged = {clip: distances[:, pairs.mirror] for clip, distances in plain.items()}
    for mirrored, others in ((False, plain), (True, exchanged)):
        shifts = _look_up(every, encoder.encode(others, hop=HOP), parts)
        for (first, second), likely in shifts.items():
            matches = [
                match
                for shift in likely
                if (match := _compare(plain[first], others[second], shift)) is not None
            ]
            if matches:
                error, shift = min(matches)
                yield _classify(
                    (first, second),
                    (len(plain[first]), len(plain[second])),
                    shift,
                    error,
                    mirrored=mirrored,
                )


def _look_up(
    every: Moments, some: Moments, parts: Mapping[int, int]
) -> dict[tuple[int, int], list[int]]:
    """Return, for each pair of clips with moments that are alike, the likeliest shifts."""
    from scipy.spatial import cKDTree

    votes: dict[tuple[int, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    if not len(every.codes):
        return {}
    part = np.full(max(parts) + 1, -1)
    part[list(parts)] = list(parts.values())
    tree = cKDTree(every.codes)
    for begin in range(0, len(some.codes), _AT_ONCE):
        block = cKDTree(some.codes[begin : begin + _AT_ONCE])
        near = tree.sparse_distance_matrix(block, _RADIUS, output_type="ndarray")
        one, other = near["i"], near["j"] + begin
        first, second = every.clips[one], some.clips[other]
        kept = (first < second) & (part[first] != part[second])
        shifts = (every.starts[one] - some.starts[other])[kept].tolist()
        weights = (1 - near["v"][kept] / _RADIUS).tolist()
        for pair, shift, weight in zip(
            zip(first[kept].tolist(), second[kept].tolist(), strict=True),
            shifts,
            weights,
            strict=True,
        ):
            votes[pair][shift] += weight
    return {
        pair: sorted(counts, key=lambda shift: -counts[shift])[:_MOST_TRIED]
        for pair, counts in votes.items()
    }


def _compare(first: Float32Array, second: Float32Array, shift: int) -> tuple[float, int] | None:
    """Return how much two clips differ in the frames that they share, and the shift.

    None if they differ too much, share too little, or nobody moves.
    """
    begin, end = max(shift, 0), min(len(first), len(second) + shift)
    if end - begin < _LEAST_FRAMES:
        return None
    one, other = first[begin:end], second[begin - shift : end - shift]
    one = one / max(float(one.mean()), _TINY)
    other = other / max(float(other.mean()), _TINY)
    movement = float(np.sqrt(np.square(one - one.mean(axis=0)).mean()))
    if movement < _LEAST_MOVEMENT:
        return None
    errors = _measure_errors(one, other) / movement
    fitting = errors[errors <= _MOST_ERROR_OF_FRAME]
    if len(fitting) < _LEAST_SHARE * len(errors):
        return None
    error = float(np.sqrt(np.square(fitting).mean()))
    return (error, shift) if error <= _MOST_ERROR else None


def _measure_errors(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the difference of each frame, after the shift by a part of a frame that fits best."""
    speed = np.gradient(other, axis=0)
    late = float(((one - other) * speed).sum() / max(float((speed**2).sum()), _TINY))
    difference = one - other - np.clip(late, -0.6, 0.6) * speed
    return np.asarray(np.sqrt(np.square(difference).mean(axis=1)))


def _classify(
    pair: tuple[int, int], lengths: tuple[int, int], shift: int, error: float, *, mirrored: bool
) -> SharedContent:
    """Return what two clips share, told from where the second lies in the first."""
    begins, ends = shift / RATE_HZ, (lengths[1] + shift - lengths[0]) / RATE_HZ
    shared = min(lengths[0], lengths[1] + shift) - max(shift, 0)
    together = (abs(begins) <= _SAME_END_S, abs(ends) <= _SAME_END_S)
    kind: ContentKind = "duplicate" if all(together) else "overlap"
    if kind == "overlap" and (any(together) or begins * ends < 0):
        kind = "part"
    return SharedContent(
        first=pair[0],
        second=pair[1],
        kind=kind,
        mirrored=mirrored,
        seconds=(shared + 2 * EDGE_FRAMES) / RATE_HZ,
        shift_s=begins,
        error=error,
    )
