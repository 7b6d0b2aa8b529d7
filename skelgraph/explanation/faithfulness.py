"""Whether what an attribution names matters to the network: deletion against random deletions."""

import numpy as np

from skelgraph.explanation.clip_explanation import Faithfulness
from skelgraph.explanation.clip_input import ClipInput
from skelgraph.typing import BoolArray, FloatArray, IntArray

DELETED_SHARE = 0.1
NUM_DRAWS = 20
_INTERVAL = (0.025, 0.975)
_CLIPS_AT_ONCE = 16


def measure_faithfulness(
    clip: ClipInput,
    values: FloatArray,
    target: int,
    *,
    share: float = DELETED_SHARE,
    draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Faithfulness:
    """Delete the entries of the largest values, and as many random ones, in turns.

    A deleted entry (frame, joint) counts as missing, which the networks are made for: it is in no
    softmax, no mean and no batch statistic. Only entries that are there are deleted. The check is
    the deletion of Samek et al., IEEE TNNLS 28(11), 2017, at one share, against draws by chance:
    of scattered entries, and of the largest values after joints were permuted and time was rolled.

    Args:
        clip: The clip as the network takes it.
        values: Attribution (T, V) of the network's input.
        target: Number of the class whose probability is measured.
        share: Share of the entries that are deleted.
        draws: Number of random deletions.
        seed: Seed of the draws.
    """
    entries = np.flatnonzero(clip.there)
    count = max(round(share * len(entries)), 1)
    rng = np.random.default_rng(seed)
    scattered = [rng.choice(entries, count, replace=False) for _ in range(draws)]
    moved = [_find_largest(_move(values, rng), entries, count) for _ in range(draws)]
    before = float(clip.predict()[0, target])
    deleted = [_find_largest(values, entries, count), *scattered, *moved]
    changes = before - _predict_without(clip, deleted)[:, target]
    of_scattered, of_moved = changes[1 : draws + 1], changes[draws + 1 :]
    low, high = np.quantile(of_scattered, _INTERVAL)
    return Faithfulness(
        probability=before,
        deleted_share=share,
        top_change=float(changes[0]),
        random_mean=float(of_scattered.mean()),
        random_low=float(low),
        random_high=float(high),
        moved_mean=float(of_moved.mean()),
        moved_high=float(np.quantile(of_moved, _INTERVAL[1])),
        num_draws=draws,
    )


def _find_largest(values: FloatArray, entries: IntArray, count: int) -> IntArray:
    """Return those of some entries whose values are the largest."""
    return entries[np.argsort(-values.ravel()[entries], kind="stable")[:count]]


def _move(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return values (T, V) at other joints and times, their pattern kept."""
    T, V = values.shape
    return np.roll(values[:, rng.permutation(V)], int(rng.integers(T)), axis=0)


def _predict_without(clip: ClipInput, deleted: list[IntArray]) -> FloatArray:
    """Return the probabilities (N, K) without each set of entries."""
    rows = []
    for start in range(0, len(deleted), _CLIPS_AT_ONCE):
        part = deleted[start : start + _CLIPS_AT_ONCE]
        keep: BoolArray = np.ones((len(part), clip.there.size), dtype=bool)
        for row, entries in zip(keep, part, strict=True):
            row[entries] = False
        rows.append(clip.predict(keep.reshape(len(part), *clip.there.shape)))
    return np.concatenate(rows)
