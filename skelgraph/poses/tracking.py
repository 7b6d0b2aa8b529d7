"""Several persons in each frame as one track each: by their numbers, or by where they are.

Pose estimators list the persons of a frame in no order that means anything. Some of them number
the persons over time; the others leave it to whoever reads the file.
"""

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.persons import measure_sizes
from skelgraph.typing import BoolArray, FloatArray, IntArray

NOBODY = -1
"""Track of a detection without any joint."""

_FARTHEST = 0.5
"""Mean distance of the joints from where they are expected, in sizes of the body, from which on it
is somebody else."""
_SURE_AFTER = 3
"""A track of fewer detections than this may be a ghost, and yields to the others."""
_YIELDED = 0.1
_PATIENCE = 10
"""A track may be absent for so many frames for each in which it was there."""
_STEADINESS = 0.5
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
    least = max(min(_SURE_AFTER, num_frames), _LEAST_SHARE * num_frames)
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
    far = _measure_distances(poses[before], poses[after]) > _FARTHEST * sizes[after]
    return not _any_exchange(before[far], after[far], poses, when, sizes)


def _any_exchange(
    before: IntArray, after: IntArray, poses: FloatArray, when: IntArray, sizes: FloatArray
) -> bool:
    """Whether somebody who has moved far is, in the same frame, where another has come from."""
    for frame in np.unique(when[after]):
        moved = np.flatnonzero(when[after] == frame)
        if len(moved) > 1:
            old, new = poses[before[moved]], poses[after[moved]]
            near = _measure_distances(old[:, None], new[None]) < _FARTHEST * sizes[after[moved]]
            if (near & near.T).any():
                return True
    return False


def _measure_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Mean distance of the joints that both have, over the last two axes (V, C); infinite if there
    is none.
    """
    steps = np.sqrt(np.square(one - other).sum(axis=-1))
    shared = ~np.isnan(steps)
    count = shared.sum(axis=-1)
    total = np.where(shared, steps, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)


class _Tracks:
    """What is known of each track that can still go on."""

    def __init__(self, poses: FloatArray) -> None:
        self.numbers: list[int] = []
        self.pose = poses[:0]
        self.velocity = np.zeros((0, poses.shape[2]))
        self.size = np.zeros(0)
        self.last = np.zeros(0, dtype=np.int64)
        self.count = np.zeros(0, dtype=np.int64)
        self.total = 0

    def forget(self, frame: int, max_gap: int) -> None:
        """Ends the tracks that have been absent for too long."""
        kept = frame - self.last <= 1 + np.minimum(max_gap, _PATIENCE * self.count)
        if not kept.all():
            self.numbers = [number for number, keep in zip(self.numbers, kept, strict=True) if keep]
            for field in ("pose", "velocity", "size", "last", "count"):
                setattr(self, field, getattr(self, field)[kept])

    def expect(self, frame: int) -> FloatArray:
        """Where the tracks' joints are in a frame if they move as before."""
        return self.pose + (self.velocity * (frame - self.last)[:, None])[:, None]

    def match(
        self, expected: FloatArray, poses: FloatArray, sizes: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Tracks and the detections that are theirs."""
        from scipy.optimize import linear_sum_assignment  # takes half a second to import

        size = np.maximum(self.size[:, None], sizes)
        rows = [_measure_distances(pose, poses) for pose in expected]
        cost = np.array(rows).reshape(size.shape) / size
        cost = np.where(cost < _FARTHEST, cost + _YIELDED * (self.count < _SURE_AFTER)[:, None], 1)
        chosen, columns = linear_sum_assignment(cost)
        near = cost[chosen, columns] < 1
        return chosen[near], columns[near]

    def go_on(
        self, rows: IntArray, expected: FloatArray, poses: FloatArray, sizes: FloatArray, frame: int
    ) -> None:
        """Adds a detection to some tracks."""
        step = poses - self.pose[rows]
        shared = ~np.isnan(step)
        gap = (frame - self.last[rows])[:, None]
        count = np.maximum(shared.sum(axis=1), 1)
        velocity = np.where(shared, step, 0.0).sum(axis=1) / count / gap
        share = np.where(self.count[rows] == 1, 1.0, _STEADINESS)[:, None]
        self.velocity[rows] += share * (velocity - self.velocity[rows])
        self.size[rows] += _STEADINESS * (sizes - self.size[rows])
        self.pose[rows] = np.where(np.isnan(poses), expected[rows], poses)
        self.last[rows] = frame
        self.count[rows] += 1

    def skip(self, pose: FloatArray, frame: int, count: int) -> None:
        """Moves the only track on by some detections, of which this is the last."""
        self.pose[0] = np.where(np.isnan(pose), self.pose[0], pose)
        self.velocity[0] = 0.0
        self.last[0] = frame
        self.count[0] += count

    def begin(self, poses: FloatArray, sizes: FloatArray, frame: int) -> list[int]:
        """Begins tracks; their numbers."""
        new = list(range(self.total, self.total + len(poses)))
        self.numbers += new
        self.total += len(new)
        self.pose = np.concatenate([self.pose, poses])
        self.velocity = np.concatenate([self.velocity, np.zeros((len(new), poses.shape[2]))])
        self.size = np.concatenate([self.size, sizes])
        self.last = np.concatenate([self.last, np.full(len(new), frame)])
        self.count = np.concatenate([self.count, np.ones(len(new), dtype=np.int64)])
        return new


def _assign(poses: FloatArray, when: IntArray, sizes: FloatArray, max_gap: int) -> IntArray:
    """Track of each detection, by assignment frame by frame."""
    tracks = _Tracks(poses)
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
        skipped = certain[number] - _SURE_AFTER  # the frames after these tell the velocity again
        if skipped > 0 and len(tracks.numbers) == 1 and tracks.count[0] >= _SURE_AFTER:
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
    limit = _FARTHEST / 2 * np.minimum(sizes[before], sizes[after])
    near &= _measure_distances(poses[before], poses[after]) < limit
    counts = [0] * len(starts)
    for number in reversed(range(len(near))):
        counts[number] = counts[number + 1] + 1 if near[number] else 0
    return counts
