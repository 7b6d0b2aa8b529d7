"""What live models answer in the first seconds of clips whose frames come one after another."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.beginnings import SECONDS, see_beginnings
from skelgraph.experiments import FoldScores, PooledFolds
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, stack_scores
from skelgraph.streaming import LiveFrame, LiveModel, LivePose
from skelgraph.training import name_scores
from skelgraph.typing import FloatArray


def step_beginnings(pooled: PooledFolds, clips: Sequence[PoseSequence]) -> dict[str, PooledFolds]:
    """Return the folds with the last answer of live models by the seconds that they have seen.

    As :func:`harness.beginnings.see_beginnings`, but with each frame pushed when it comes.
    """
    folds: dict[str, list[FoldScores]] = {key: [] for key in SECONDS}
    for fold in pooled.folds:
        people = {one.subject for one in fold.predictions}
        answers = step_clips(fold.run.path, [one for one in clips if one.subject in people])
        for key, predictions in answers.items():
            folds[key].append(replace(fold, predictions=tuple(predictions)))
    return {key: replace(pooled, folds=tuple(ones)) for key, ones in folds.items()}


def step_clips(run: Path, clips: Sequence[PoseSequence]) -> dict[str, list[Prediction]]:
    """Return predictions of clips of one layout by the seconds that a live model has seen.

    Before the first answer all classes are alike.
    """
    first = clips[0]
    model = LiveModel.load(
        run,
        source_layout=first.layout,
        unit=first.unit,
        up=first.up,
        source_fps=first.fps,
        pooling="mean",
    )
    answers = [push_clip(model, clip) for clip in clips]
    predictions = {}
    for key in SECONDS:
        pairs = zip(clips, answers, strict=True)
        scores = np.stack([rows[: _count_frames(key, clip) + 1][-1] for clip, rows in pairs])
        predictions[key] = name_scores(clips, model.classes, scores)
    return predictions


def _count_frames(key: str, clip: PoseSequence) -> int:
    return clip.num_frames if key == "all" else round(float(key) * clip.fps)


def push_clip(model: LiveModel, clip: PoseSequence) -> list[FloatArray]:
    """Return the probabilities (classes,) after each number of frames of a clip, from 0 on."""
    model.reset()
    latest = np.full(len(model.classes), 1 / len(model.classes))
    scores = [latest]
    for number, positions in enumerate(clip.positions):
        confidence = None if clip.confidence is None else clip.confidence[number]
        frame = LiveFrame(number / clip.fps, {"who": LivePose(positions, confidence)})
        for answer in model.push(frame):
            latest = answer.probabilities
        scores.append(latest)
    return scores


def compare_stepped(pooled: PooledFolds, clips: Sequence[PoseSequence]) -> dict[str, Any]:
    """Return UAR by seconds of frames that come, and how far it is from that of whole clips."""
    stepped, seen = step_beginnings(pooled, clips), see_beginnings(pooled, clips)
    result = {}
    for key, one in stepped.items():
        other = seen[key]
        assert other is not None
        (ours,), (theirs,) = one.by_seed.values(), other.by_seed.values()
        same = [a.prediction == b.prediction for a, b in zip(ours, theirs, strict=True)]
        apart = stack_scores(ours, pooled.classes) - stack_scores(theirs, pooled.classes)
        result[key] = {
            "uar": one.metrics.uar,
            "uar_interval": one.metrics.uar_interval,
            "uar_of_cut_clips": other.metrics.uar,
            "same_answers": float(np.mean(same)),
            "median_distance": float(np.median(np.abs(apart).max(axis=1))),
        }
    return result
