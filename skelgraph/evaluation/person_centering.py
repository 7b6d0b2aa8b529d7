"""Calibration by a person's own clips: scores relative to what is usual of the person."""

from collections.abc import Hashable, Sequence

import numpy as np

from skelgraph.evaluation.temperature import LEAST_PROBABILITY
from skelgraph.typing import FloatArray

_SHARE = 0.5
"""Share of a person's mean that is taken off."""

ENOUGH_CLIPS = 20
"""Clips of a person at which half is taken off of what any number of clips would take off."""


def center_on_persons(probabilities: FloatArray, persons: Sequence[Hashable]) -> FloatArray:
    r"""Take off each person's own tendency, and return the probabilities (N, C) that remain.

    Somebody who moves much looks angry in all clips, to a model that never saw him or her. With the
    log-probabilities ``l`` of the person's n clips, each clip gets

    .. math:: l - \frac{1}{2}\,\frac{n}{n + 20}\,(\bar l - \operatorname{mean}_c \bar l)

    and a softmax. Half of the mean stays, since part of it is what the person really did: of
    somebody whose clips are all of one class, that class loses. A clip that is alone hardly
    changes. No label is used, but all clips of the person are, so that results are of another
    protocol than those of single clips, and are never to be compared as if they were of one.

    Both constants were chosen in trials on the actors of mpi-ebed.

    Args:
        probabilities: Probabilities (N, C) of each class.
        persons: Whose each clip is.

    Raises:
        ValueError: If there is not one person for each clip.

    Example:
        >>> lively = np.array([[0.9, 0.1], [0.6, 0.4]] * 20)
        >>> center_on_persons(lively, ["ann"] * 40)[:2].round(2).tolist()
        [[0.85, 0.15], [0.49, 0.51]]
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2 or len(persons) != len(probabilities):
        raise ValueError(
            f"expected probabilities (clips, classes) and a person for each clip, but got "
            f"{probabilities.shape} and {len(persons)} persons"
        )
    logs = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
    clips: dict[Hashable, list[int]] = {}
    for number, person in enumerate(persons):
        clips.setdefault(person, []).append(number)
    for own in clips.values():
        mean = logs[own].mean(axis=0)
        logs[own] -= _SHARE * len(own) / (len(own) + ENOUGH_CLIPS) * (mean - mean.mean())
    powers = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
