"""The times of a clip that counted most."""

import numpy as np

from skelgraph.explanation.clip_explanation import Attribution, Moment
from skelgraph.poses import PoseSequence
from skelgraph.typing import BoolArray, FloatArray

_SMOOTHED_S = 0.3
_MOST_MOMENTS = 3
_MOST_JOINTS = 3
_LEAST_SHARE = 0.1


def find_moments(sequence: PoseSequence, attribution: Attribution) -> tuple[Moment, ...]:
    """Return the times in which joints spoke for the class, the most important first.

    What speaks for the class in a frame, all joints together, is averaged over 0.3 s; a moment is
    where this is above its mean by a standard deviation. At most three are told, and none that has
    less than a tenth of all that speaks for the class.

    Args:
        sequence: The cleaned clip.
        attribution: Of its joints and frames.
    """
    for_class = np.maximum(attribution.values, 0)
    total = float(for_class.sum())
    if total == 0:
        return ()
    level = _smooth(for_class.sum(axis=1), max(round(_SMOOTHED_S * sequence.fps), 1))
    found = []
    for start, end in _list_spans(level > level.mean() + level.std()):
        part = for_class[start:end]
        share = float(part.sum()) / total
        if share >= _LEAST_SHARE:
            joints = _name_joints(sequence, part.sum(axis=0))
            found.append(
                Moment(
                    start_s=sequence.start_s + start / sequence.fps,
                    end_s=sequence.start_s + end / sequence.fps,
                    share=share,
                    why=_join([joint.replace("_", " ") for joint in joints]),
                    joints=joints,
                )
            )
    return tuple(sorted(found, key=lambda moment: -moment.share)[:_MOST_MOMENTS])


def _smooth(values: FloatArray, frames: int) -> FloatArray:
    """Return the moving mean of as many frames; at the ends of those that are there."""
    kernel = np.ones(min(frames, len(values)))
    counts = np.convolve(np.ones(len(values)), kernel, mode="same")
    return np.asarray(np.convolve(values, kernel, mode="same") / counts)


def _list_spans(chosen: BoolArray) -> list[tuple[int, int]]:
    """Return begin and end of each run of True."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    return [(int(start), int(end)) for start, end in changes.reshape(-1, 2)]


def _name_joints(sequence: PoseSequence, sums: FloatArray) -> tuple[str, ...]:
    """Return the joints that make up half of the sums (V,), at most three."""
    order = np.argsort(-sums, kind="stable")
    needed = int(np.searchsorted(np.cumsum(sums[order]), 0.5 * sums.sum())) + 1
    return tuple(sequence.layout.joints[joint] for joint in order[: min(needed, _MOST_JOINTS)])


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
