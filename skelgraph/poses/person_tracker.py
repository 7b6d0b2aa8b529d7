"""The persons of frames that arrive one at a time."""

from collections import deque

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.open_tracks import SURE_AFTER, OpenTracks
from skelgraph.poses.persons import measure_sizes
from skelgraph.poses.tracking import MAX_PERSONS, NOBODY
from skelgraph.typing import FloatArray, IntArray

_SIZES = 300
"""So many sizes of bodies tell what is usual."""


class PersonTracker:
    """Tell frame by frame which detections are one person, from the frames so far.

    Detections are assigned as :func:`skelgraph.poses.track_persons` does without numbers of
    persons. Who begins after the first frame with anybody is a person from the third detection on;
    before, it may be a ghost.

    Args:
        max_gap_frames: Longest absence after which a person is still the same.

    Example:
        >>> tracker = PersonTracker()
        >>> left, right = np.eye(3, 2), np.eye(3, 2) + 10.0
        >>> tracker.assign(np.stack([left, right]), 0).tolist()
        [0, 1]
        >>> tracker.assign(np.stack([right, left]), 1).tolist()
        [1, 0]
    """

    def __init__(self, *, max_gap_frames: int = 30) -> None:
        self.max_gap_frames = max_gap_frames
        self._tracks: OpenTracks | None = None
        self._sizes: deque[float] = deque(maxlen=_SIZES)
        self._sure: set[int] = set()

    def assign(self, poses: FloatArray, frame: int) -> IntArray:
        """Return the track (P,) of each person of a frame, numbered by first appearance.

        Args:
            poses: Array (P, V, C), the joints of P persons; NaN where one is missing.
            frame: Number of the frame, which grows from call to call.

        Returns:
            The tracks; :data:`skelgraph.poses.NOBODY` for a person without joints and for one that
            may be a ghost.

        Raises:
            PoseError: If there are more than 200 persons.
        """
        if len(poses) > MAX_PERSONS:
            raise PoseError(
                f"expected up to {MAX_PERSONS} persons in a frame, but frame {frame} has "
                f"{len(poses)}"
            )
        found = np.full(len(poses), NOBODY, dtype=np.int64)
        there = np.flatnonzero(~np.isnan(poses[:, :, 0]).all(axis=1))
        if not len(there):
            return found
        found[there] = self._assign(poses[there].astype(np.float64), frame)
        return found

    def _assign(self, poses: FloatArray, frame: int) -> IntArray:
        sizes = self._measure(poses)
        is_first = self._tracks is None
        tracks = self._tracks = self._tracks or OpenTracks(poses)
        tracks.forget(frame, self.max_gap_frames)
        expected = tracks.expect(frame)
        rows, columns = tracks.match(expected, poses, sizes)
        tracks.go_on(rows, expected, poses[columns], sizes[columns], frame)
        numbers = np.array(tracks.numbers, dtype=np.int64)
        self._sure |= set(numbers[tracks.count >= SURE_AFTER].tolist())
        found = np.full(len(poses), NOBODY, dtype=np.int64)
        found[columns] = numbers[rows]
        new = np.setdiff1d(np.arange(len(poses)), columns)
        if len(new):
            found[new] = tracks.begin(poses[new], sizes[new], frame)
            self._sure |= set(found[new].tolist()) if is_first else set()
        self._sure &= set(tracks.numbers)
        return np.where(np.isin(found, list(self._sure)), found, NOBODY)

    def _measure(self, poses: FloatArray) -> FloatArray:
        """Return the size (P,) of each body; a partly visible person counts as a larger one."""
        sizes = measure_sizes(poses)
        self._sizes.extend(sizes.tolist())
        usual = float(np.median(self._sizes))
        return np.maximum(sizes, usual / 4 if usual > 0 else 1.0)
