"""Several persons in each frame as one track each: by their numbers, or by where they are.

Pose estimators list the persons of a frame in no order that means anything. Some of them number
the persons over time; the others leave it to whoever reads the file.
"""

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.open_tracks import FARTHEST, SURE_AFTER, OpenTracks, measure_distances
from skelgraph.poses.persons import measure_sizes
from skelgraph.typing import BoolArray, FloatArray, IntArray

NOBODY = -1
"""Track of a detection without any joint."""

_LEAST_SHARE = 0.02

MAX_PERSONS = 200
"""More persons in one frame than this are damage; assigning them would take for ever."""


def track_persons(
    positions: FloatArray,
    frames: IntArray,
    *,
    ids: IntArray | None = None,
    max_gap_frames: int = 30,
) -> IntArray:
    """Tells which detections are one person.

    Numbers of persons (``ids``) are believed where they mean something: unless all are zero, one
    comes twice in a frame, or two persons exchange theirs from one frame to the next while they
    stay where they are. Otherwise detections are assigned to tracks frame by frame, so that the sum
    of the costs is least (Hungarian method). The cost is the mean distance of the joints that both
    have from where the track is expected by its mean velocity, divided by the size of the body;
    half a body is too far. A track may be absent for some frames, fewer if it is young; whoever is
    near no track begins a new one. Tracks of less than three detections, which may be ghosts, yield
    to the others.

    Args:
        positions: Array (D, V, C), the joints of D detections; NaN where one is missing.
        frames: Array (D,), frame of each detection.
        ids: Array (D,), number that the file gives to each person.
        max_gap_frames: Longest absence after which a person is still the same.

    Returns:
        Array (D,): track of each detection, numbered by first appearance; :data:`NOBODY` for a
        detection without a joint.

    Raises:
        PoseError: If there are more than 200 persons in a frame.
    """
    tracks = np.full(len(frames), NOBODY, dtype=np.int64)
    somebody = np.flatnonzero(~np.isnan(positions[:, :, 0]).all(axis=1))
    somebody = somebody[np.argsort(frames[somebody], kind="stable")]
    if not len(somebody):
        return tracks
    crowd, size = np.unique(frames[somebody], return_counts=True)
    if size.max() > MAX_PERSONS:
        raise PoseError(
            f"expected up to {MAX_PERSONS} persons in a frame, but frame {crowd[size.argmax()]} "
            f"has {size.max()}"
        )
    poses, when = positions[somebody].astype(np.float64), frames[somebody]
    sizes = _measure_bodies(poses)
    if ids is not None and _mean_something(ids[somebody], poses, when, sizes):
        found = ids[somebody]
    else:
        found = _assign(poses, when, sizes, max_gap_frames)
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    tracks[somebody] = np.argsort(np.argsort(first))[number]
    return tracks


def find_ghosts(tracks: IntArray, num_frames: int) -> BoolArray:
    """Which tracks are too short to be persons.

    These are there in fewer than three frames, or in less than one in fifty; the longest track is
    always a person.

    Args:
        tracks: Array (D,): track of each detection, as :func:`track_persons` returns it.
        num_frames: Number of frames of the recording.

    Returns:
        Array (tracks,).
    """
    lengths = np.bincount(tracks[tracks != NOBODY])
    least = max(min(SURE_AFTER, num_frames), _LEAST_SHARE * num_frames)
    ghosts: BoolArray = lengths < least
    if len(lengths):
        ghosts[lengths.argmax()] = False
    return ghosts


def _measure_bodies(poses: FloatArray) -> FloatArray:
    """Size (D,) of each detection's body; one of which few joints are seen is larger than they."""
    sizes = measure_sizes(poses)
    usual = np.median(sizes)
    return np.maximum(sizes, usual / 4 if usual > 0 else 1.0)


def _mean_something(ids: IntArray, poses: FloatArray, when: IntArray, sizes: FloatArray) -> bool:
    if not ids.any():
        return False
    order = np.lexsort((when, ids))
    before, after = order[:-1], order[1:]
    same = ids[before] == ids[after]
    gap = when[after] - when[before]
    if (same & (gap == 0)).any():
        return False
    linked = np.flatnonzero(same & (gap == 1))
    before, after = before[linked], after[linked]
    far = measure_distances(poses[before], poses[after]) > FARTHEST * sizes[after]
    return not _any_exchange(before[far], after[far], poses, when, sizes)


def _any_exchange(
    before: IntArray, after: IntArray, poses: FloatArray, when: IntArray, sizes: FloatArray
) -> bool:
    """Whether somebody who has moved far is, in the same frame, where another has come from."""
    for frame in np.unique(when[after]):
        moved = np.flatnonzero(when[after] == frame)
        if len(moved) > 1:
            old, new = poses[before[moved]], poses[after[moved]]
            near = measure_distances(old[:, None], new[None]) < FARTHEST * sizes[after[moved]]
            if (near & near.T).any():
                return True
    return False


def _assign(poses: FloatArray, when: IntArray, sizes: FloatArray, max_gap: int) -> IntArray:
    """Track of each detection, by assignment frame by frame."""
    tracks = OpenTracks(poses)
    found = np.empty(len(poses), dtype=np.int64)
    starts = np.flatnonzero(np.diff(when, prepend=when[0] - 1))
    stops = np.append(starts[1:], len(when))
    certain = _count_certain(poses, when, sizes, starts, stops)
    number = 0
    while number < len(starts):
        start, stop, frame = int(starts[number]), int(stops[number]), int(when[starts[number]])
        here, size = poses[start:stop], sizes[start:stop]
        tracks.forget(frame, max_gap)
        expected = tracks.expect(frame)
        rows, columns = tracks.match(expected, here, size)
        tracks.go_on(rows, expected, here[columns], size[columns], frame)
        found[start + columns] = np.array(tracks.numbers, dtype=np.int64)[rows]
        new = np.setdiff1d(np.arange(stop - start), columns)
        if len(new):
            found[start + new] = tracks.begin(here[new], size[new], frame)
        skipped = certain[number] - SURE_AFTER  # the frames after these tell the velocity again
        if skipped > 0 and len(tracks.numbers) == 1 and tracks.count[0] >= SURE_AFTER:
            last = start + skipped
            found[start : last + 1] = tracks.numbers[0]
            tracks.skip(poses[last], int(when[last]), skipped)
            number += skipped
        number += 1
    return found


def _count_certain(
    poses: FloatArray, when: IntArray, sizes: FloatArray, starts: IntArray, stops: IntArray
) -> list[int]:
    """For each frame, the frames right after it in which one person alone hardly moves.

    Where nobody else is about, there is nothing to assign, and most recordings are of one person.
    """
    alone = stops - starts == 1
    before, after = starts[:-1], starts[1:]
    near = alone[:-1] & alone[1:] & (when[after] - when[before] == 1)
    limit = FARTHEST / 2 * np.minimum(sizes[before], sizes[after])
    near &= measure_distances(poses[before], poses[after]) < limit
    counts = [0] * len(starts)
    for number in reversed(range(len(near))):
        counts[number] = counts[number + 1] + 1 if near[number] else 0
    return counts
