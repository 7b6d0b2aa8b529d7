"""What is the same in a movement wherever, in whatever size and at whatever rate it is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skelgraph.layouts import JointLayout, find_parts
from skelgraph.poses import PoseSequence, hold_positions
from skelgraph.typing import Float32Array, IntArray

RATE_HZ = 20.0
"""Frames per second of all fingerprints."""

WINDOW = 12
"""Frames of a moment: 0.6 s."""

HOP = 4
"""Frames between the moments that are looked up."""

_SMOOTHING_S = 0.05
EDGE_FRAMES = 2
"""Frames that smoothing spoils at either end of a clip: they have no fingerprint."""
_TELLING_PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_TRUNK_PARTS = ("pelvis", "spine", "thorax", "neck", "neck_nose", "head", "nose")
_NUM_COMPONENTS, _NUM_WAVES = 8, 3
_POSTURE_WEIGHT = 15.0
_LEAST_STRENGTH = 0.002
_MOST_FRAMES_FITTED = 5000
_TINY = 1e-9
_FEWEST_JOINTS, _MOST_JOINTS = 6, 16


@dataclass(frozen=True, kw_only=True, eq=False)
class JointDistances:
    """The pairs of joints whose distances are the fingerprint of a layout's clips.

    Distances do not change if a person is moved, turned or mirrored; a mirrored person exchanges
    them.

    Args:
        first: One joint of each pair.
        second: The other joint.
        mirror: The number of the pair that each becomes if left and right are exchanged.
    """

    first: IntArray
    second: IntArray
    mirror: IntArray

    @classmethod
    def of(cls, layout: JointLayout) -> "JointDistances":
        """Choose the joints that tell most of a body: limbs and trunk, or some of all."""
        pairs = list(combinations(_choose_joints(layout), 2))
        number = {frozenset(pair): index for index, pair in enumerate(pairs)}
        mirrored = [frozenset(int(layout.mirror[joint]) for joint in pair) for pair in pairs]
        first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return cls(
            first=first,
            second=second,
            mirror=np.array([number[pair] for pair in mirrored], dtype=np.int64),
        )

    def measure(self, sequence: PoseSequence) -> Float32Array:
        """Return the distances of a clip, smoothed, at :data:`RATE_HZ`.

        Returns:
            Array (frames, pairs) without the frames at both ends, which smoothing changes; there
            may be none. The distance to a joint that is never there is 0.
        """
        from scipy.ndimage import gaussian_filter1d

        held = np.nan_to_num(hold_positions(sequence.positions))
        smooth = gaussian_filter1d(held, _SMOOTHING_S * sequence.fps, axis=0, mode="nearest")
        places = np.arange(0, sequence.num_frames - 0.999, sequence.fps / RATE_HZ)
        places = places[EDGE_FRAMES : len(places) - EDGE_FRAMES]
        before = np.floor(places).astype(np.int64)
        after = np.minimum(before + 1, sequence.num_frames - 1)
        share = (places - before)[:, None, None]
        resampled = (1 - share) * smooth[before] + share * smooth[after]
        distances = np.linalg.norm(resampled[:, self.first] - resampled[:, self.second], axis=2)
        there = np.asarray(sequence.present.any(axis=0))
        distances[:, ~(there[self.first] & there[self.second])] = 0
        return np.asarray(distances, dtype=np.float32)


def _choose_joints(layout: JointLayout) -> Sequence[int]:
    """Return joints of the limbs and the trunk, or every so many of all; with their mirror."""
    parts = find_parts(layout)
    names = [f"{side}_{part}" for part in _TELLING_PARTS for side in ("left", "right")]
    chosen = {parts[name] for name in (*names, *_TRUNK_PARTS) if name in parts}
    if len(chosen) < _FEWEST_JOINTS:
        step = -(-layout.num_joints // _MOST_JOINTS)
        chosen = set(range(0, layout.num_joints, step))
    return sorted(chosen | {int(layout.mirror[joint]) for joint in chosen})


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """Short windows of clips, each as a code; windows that are alike have codes that are near.

    Args:
        codes: Array (moments, channels).
        clips: Array (moments,): the clip that each is of.
        starts: Array (moments,): the frame at which each begins.
    """

    codes: Float32Array
    clips: IntArray
    starts: IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class MomentEncoder:
    """The code of a window of distances: its mean posture and, of any strength, its movement.

    Args:
        axes: Array (pairs, components): the directions in which the clips' distances vary most.
    """

    axes: Float32Array

    @classmethod
    def fit(cls, clips: Sequence[Float32Array]) -> "MomentEncoder":
        """Find the directions of a set of clips."""
        step = max(1, sum(map(len, clips)) // _MOST_FRAMES_FITTED)
        some = np.concatenate([clip[::step] for clip in clips]).astype(np.float64)
        some /= np.maximum(some.mean(axis=1, keepdims=True), _TINY)
        values, vectors = np.linalg.eigh(np.cov(some, rowvar=False))
        return cls(axes=vectors[:, np.argsort(-values)[:_NUM_COMPONENTS]].astype(np.float32))

    def encode(self, clips: Mapping[int, Float32Array], *, hop: int) -> Moments:
        """Return every ``hop``-th window of each clip in which the person moves."""
        codes, numbers, starts = [], [], []
        for number, clip in clips.items():
            code, start = self._encode_clip(clip, hop)
            codes.append(code)
            starts.append(start)
            numbers.append(np.full(len(start), number))
        return Moments(
            codes=np.concatenate(codes),
            clips=np.concatenate(numbers),
            starts=np.concatenate(starts),
        )

    def _encode_clip(self, clip: Float32Array, hop: int) -> tuple[Float32Array, IntArray]:
        windows = sliding_window_view(clip @ self.axes, WINDOW, axis=0)[::hop]
        sizes = sliding_window_view(clip.mean(axis=1), WINDOW)[::hop].mean(axis=1)
        sizes = np.maximum(sizes, _TINY)[:, None]
        posture = windows.mean(axis=2) / sizes
        movement = (windows @ _make_waves()).reshape(len(windows), -1) / sizes
        strength = np.linalg.norm(movement, axis=1) / np.sqrt(WINDOW * clip.shape[1])
        moves = np.flatnonzero(strength > _LEAST_STRENGTH)
        movement = movement[moves] / np.linalg.norm(movement[moves], axis=1, keepdims=True)
        codes = np.concatenate([_POSTURE_WEIGHT * posture[moves], movement], axis=1)
        return codes.astype(np.float32), moves * hop


def _make_waves() -> Float32Array:
    """Return the slowest cosines of a window, without the constant, (WINDOW, waves)."""
    frames = (np.arange(WINDOW) + 0.5)[:, None]
    waves = np.cos(np.pi / WINDOW * frames * np.arange(1, _NUM_WAVES + 1))
    return np.asarray(waves * np.sqrt(2 / WINDOW), dtype=np.float32)
