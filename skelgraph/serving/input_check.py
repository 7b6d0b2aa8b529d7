"""Whether inputs are unlike the clips that a model was trained on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from skelgraph.poses import PoseSequence
from skelgraph.serving.clip_embeddings import embed_clips
from skelgraph.serving.decision import Decision
from skelgraph.serving.served_networks import SkeletonNetwork
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from skelgraph.serving.predictor import Predictor

_LEAST_RATE = 0.75
"""Frames per second below this share of the training's lowest are too few; resampling makes a
higher rate the training's, but brings back nothing between the frames of a lower one."""


class InputCheck:
    """Compares clips with those that a model was trained on, and counts the unlike ones.

    Args:
        predictor: The model; nothing is unlike if it has no decision.
        noun: What the clips are called.
    """

    def __init__(self, predictor: "Predictor", *, noun: str = "clip") -> None:
        self.predictor = predictor
        self.noun = noun
        self._fps: list[float] = []
        self._durations: list[float] = []
        self._missing: list[float] = []
        self._distances: dict[str, list[float]] = {}

    def add(self, sequences: Sequence[PoseSequence], clips: Sequence[tuple[Any, ...]]) -> None:
        """Take in recordings, and the clips that ``Predictor.prepare`` made of them."""
        decision = self.predictor.decision
        if decision is None or not clips:
            return
        self._fps += [sequence.fps for sequence in sequences]
        self._durations += [sequence.duration_s for sequence in sequences]
        self._missing += [measure_missing(clip[0]) for clip in clips]
        for number, network in enumerate(self.predictor.networks):
            if not isinstance(network, SkeletonNetwork):
                continue
            (stream,) = network.facts.config.stream.names
            if stream in decision.distances:
                embedded = embed_clips(network, [clip[number] for clip in clips])
                measured = decision.distances[stream].measure(embedded)
                self._distances.setdefault(stream, []).extend(measured.tolist())

    def describe(self) -> list[str]:
        """Return a line for each way in which clips are unlike those of the training."""
        decision = self.predictor.decision
        if decision is None or not self._fps:
            return []
        return [f"unlike the training: {line}" for line in self._list(decision)]

    def _list(self, decision: Decision) -> Iterator[str]:
        inputs = decision.rule.inputs
        fps, durations, missing = map(np.array, (self._fps, self._durations, self._missing))
        slow = fps < _LEAST_RATE * inputs.fps.low
        if slow.any():
            yield (
                f"{self._count(slow)} fewer frames per second ({fps.min():g}, the training's had "
                f"{inputs.fps.low:g} or more): fast movement is lost, or the rate is wrong"
            )
        ends = inputs.duration_s
        odd = (durations < 0.99 * ends.low) | (durations > 1.01 * ends.high)
        if odd.any():
            spread = _describe_ends(durations[odd])
            yield (
                f"{self._count(odd)} another length ({spread} s, the training's had "
                f"{ends.low:.3g} to {ends.high:.3g} s)"
            )
        lacking = missing > inputs.most_missing
        if lacking.any():
            yield (
                f"{self._count(lacking)} joints missing (up to {missing.max():.0%} of them, the "
                f"training's up to {inputs.missing.high:.0%})"
            )
        for stream, values in self._distances.items():
            limit, distances = decision.rule.distance_limits[stream], np.array(values)
            far = distances > limit
            if far.any():
                yield (
                    f"{self._count(far)} an embedding far from those of the training (stream "
                    f"{stream}: Mahalanobis distance up to {distances.max():.0f}; 99 % of "
                    f"held-out clips were below {limit:.0f})"
                )

    def _count(self, chosen: Any) -> str:
        number = int(chosen.sum())
        of_all = f"{number} of {len(chosen)} {self.noun}s"
        clips = f"the {self.noun}" if len(chosen) == 1 else of_all
        return f"{clips} {'has' if number == 1 else 'have'}"


def measure_missing(clip: PoseSequence) -> float:
    """Return the share of a clip's joints that are missing."""
    return 1 - float(clip.present.mean())


def _describe_ends(values: FloatArray) -> str:
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"  # tells 1.27 from 1.3
    return low if low == high else f"{low} to {high}"
