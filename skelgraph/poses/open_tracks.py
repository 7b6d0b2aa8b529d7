"""The tracks of persons that can still go on, and the detections that are theirs."""

import numpy as np

from skelgraph.typing import FloatArray, IntArray

FARTHEST = 0.5
"""Mean distance of the joints from where they are expected, in sizes of the body, from which on it
is somebody else."""
SURE_AFTER = 3
"""A track of fewer detections than this may be a ghost, and yields to the others."""
_YIELDED = 0.1
_PATIENCE = 10
"""A track may be absent for so many frames for each in which it was there."""
_STEADINESS = 0.5


def measure_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the mean distance of the joints that both have, over the last two axes (V, C).

    It is infinite if there is none.
    """
    steps = np.sqrt(np.square(one - other).sum(axis=-1))
    shared = ~np.isnan(steps)
    count = shared.sum(axis=-1)
    total = np.where(shared, steps, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)


class OpenTracks:
    """The tracks that can still go on: pose, velocity, size and last frame of each."""

    def __init__(self, poses: FloatArray) -> None:
        self.numbers: list[int] = []
        self.pose = poses[:0]
        self.velocity = np.zeros((0, poses.shape[2]))
        self.size = np.zeros(0)
        self.last = np.zeros(0, dtype=np.int64)
        self.count = np.zeros(0, dtype=np.int64)
        self.total = 0

    def forget(self, frame: int, max_gap: int) -> None:
        """End the tracks that have been absent for too long."""
        kept = frame - self.last <= 1 + np.minimum(max_gap, _PATIENCE * self.count)
        if not kept.all():
            self.numbers = [number for number, keep in zip(self.numbers, kept, strict=True) if keep]
            for field in ("pose", "velocity", "size", "last", "count"):
                setattr(self, field, getattr(self, field)[kept])

    def expect(self, frame: int) -> FloatArray:
        """Return where the tracks' joints are in a frame if they move as before."""
        return self.pose + (self.velocity * (frame - self.last)[:, None])[:, None]

    def match(
        self, expected: FloatArray, poses: FloatArray, sizes: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Return the rows of tracks, and the detections that are theirs."""
        from scipy.optimize import linear_sum_assignment  # takes half a second to import

        size = np.maximum(self.size[:, None], sizes)
        rows = [measure_distances(pose, poses) for pose in expected]
        cost = np.array(rows).reshape(size.shape) / size
        cost = np.where(cost < FARTHEST, cost + _YIELDED * (self.count < SURE_AFTER)[:, None], 1)
        chosen, columns = linear_sum_assignment(cost)
        near = cost[chosen, columns] < 1
        return chosen[near], columns[near]

    def go_on(
        self, rows: IntArray, expected: FloatArray, poses: FloatArray, sizes: FloatArray, frame: int
    ) -> None:
        """Add a detection to each of some tracks."""
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
        """Move the only track on by some detections, of which this is the last."""
        self.pose[0] = np.where(np.isnan(pose), self.pose[0], pose)
        self.velocity[0] = 0.0
        self.last[0] = frame
        self.count[0] += count

    def begin(self, poses: FloatArray, sizes: FloatArray, frame: int) -> list[int]:
        """Begin tracks, and return their numbers."""
        new = list(range(self.total, self.total + len(poses)))
        self.numbers += new
        self.total += len(new)
        self.pose = np.concatenate([self.pose, poses])
        self.velocity = np.concatenate([self.velocity, np.zeros((len(new), poses.shape[2]))])
        self.size = np.concatenate([self.size, sizes])
        self.last = np.concatenate([self.last, np.full(len(new), frame)])
        self.count = np.concatenate([self.count, np.ones(len(new), dtype=np.int64)])
        return new
