"""Explaining a model's answer for one clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.errors import PoseError, RunError
from skelgraph.explanation.attributions import check_captum
from skelgraph.explanation.clip_explanation import (
    Attribution,
    ClipExplanation,
    Method,
    Moment,
    NetworkInsight,
    Remark,
)
from skelgraph.explanation.clip_input import spread_sums
from skelgraph.explanation.clip_timeline import measure_timeline
from skelgraph.explanation.feature_weights import FeatureWeights, weigh_features
from skelgraph.explanation.moments import find_moments
from skelgraph.explanation.movement_words import describe_movement_in_words
from skelgraph.explanation.network_attributions import attribute_clip
from skelgraph.explanation.network_insight import look_into
from skelgraph.explanation.typical_of_model import find_typical
from skelgraph.movement import measure_motion
from skelgraph.poses import PoseSequence
from skelgraph.serving import FeatureNetwork, Predictor, ServedNetwork, SkeletonNetwork, load_run

DEFAULT_METHODS: tuple[Method, ...] = ("integrated gradients", "occlusion")
"""Methods that are worth showing: what they name holds in most clips (benchmarks/faithfulness.py).
"""

LONGEST_S = 60.0
"""Longest clip that is explained, in seconds."""

_POSTURE_STREAMS = ("posture", "posture-motion")


def explain_clip(
    model: Predictor | Path | str,
    sequence: PoseSequence,
    *,
    target: str | None = None,
    methods: Sequence[Method] = DEFAULT_METHODS,
) -> ClipExplanation:
    """Explain what a model's answer for one clip rests on.

    Attributions are of the joints and frames of each network's input, and each comes with a check
    of whether it is true (:class:`Faithfulness`). Networks that are fused are explained one by one,
    each by its own probability of the class; a ridge on movement features tells which features
    spoke.

    Args:
        model: A run directory, a model folder or its name, or a predictor that was loaded with
            ``for_inference=False``.
        sequence: The recording of one person, of at most a minute.
        target: The class that is explained; by default the most probable one.
        methods: Methods of attribution.

    Raises:
        RunError: If captum is not installed, the model takes audio or text or is an exported graph,
            or there is no such class.
        SkelgraphError: If the recording cannot be predicted.

    Example:
        >>> explanation = explain_clip("emotion4", sequence)  # doctest: +SKIP
        >>> explanation.label, explanation.words[0].sentence  # doctest: +SKIP
        ('joy', 'The hands are 45 cm apart; 19 to 30 cm more than is typical of anger (15), ...')
    """
    check_captum()
    predictor = model if isinstance(model, Predictor) else load_run(model, for_inference=False)
    _check_can_be_explained(predictor, sequence, target)
    sequence = sequence.load()
    clips = predictor.prepare(sequence)
    (prediction,) = predictor.predict_prepared([sequence], [clips])
    target = target or prediction.prediction
    parts = [
        _explain_network(network, clip, target, methods, num_frames=clips[0].num_frames)
        for network, clip in zip(predictor.networks, clips, strict=True)
    ]
    attributions = tuple(one for part in parts for one in part.attributions)
    timeline = measure_timeline(predictor, sequence)
    words, notes_on_words = _describe_movement(predictor, clips[0], parts)
    return ClipExplanation(
        sequence=clips[0],
        model=str(predictor.run.path),
        classes=predictor.classes,
        probabilities=np.array([prediction.probabilities[name] for name in predictor.classes]),
        label=prediction.prediction,
        answer=predictor.answer(prediction),
        target=target,
        attributions=attributions,
        insights=tuple(part.insight for part in parts),
        times_s=timeline.times_s,
        timeline=timeline.probabilities,
        moments=_find_moments(clips[0], attributions),
        words=words,
        notes=(
            *(note for part in parts for note in part.notes),
            *timeline.notes,
            *notes_on_words,
        ),
    )


def _check_can_be_explained(
    predictor: Predictor, sequence: PoseSequence, target: str | None
) -> None:
    where = predictor.run.path
    for network in predictor.networks:
        if not isinstance(network, SkeletonNetwork | FeatureNetwork):
            kind = "is an exported graph" if predictor.run.is_exported else "takes audio or text"
            raise RunError(
                f"{where}: expected a run or model folder of skeletons alone, but it {kind}"
            )
    if target is not None and target not in predictor.classes:
        raise RunError(
            f"{where}: expected one of its classes, {', '.join(predictor.classes)}, but got "
            f"{target!r}"
        )
    if sequence.duration_s > LONGEST_S:
        raise PoseError(
            f"{sequence.name or 'the sequence'}: expected a clip of at most {LONGEST_S:g} s to be "
            f"explained, but got {sequence.duration_s:.0f} s; cut out the part that you mean"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """What is explained of one network."""

    insight: NetworkInsight
    attributions: tuple[Attribution, ...] = ()
    features: FeatureWeights | None = None
    notes: tuple[str, ...] = ()


def _explain_network(
    network: ServedNetwork,
    clip: PoseSequence,
    target: str,
    methods: Sequence[Method],
    *,
    num_frames: int,
) -> _Part:
    """Explain one network; attributions are over as many frames."""
    stream = network.facts.config.stream.text
    probabilities = network.score([clip])[0]
    classes = network.facts.classes
    if isinstance(network, FeatureNetwork):
        features = weigh_features(network.features, clip, target, classes.index(target))
        return _Part(
            insight=NetworkInsight(network=stream, probabilities=probabilities, gates={}),
            features=features,
            notes=(features.describe(clip.num_dimensions),),
        )
    assert isinstance(network, SkeletonNetwork)
    attributions = attribute_clip(network, clip, target, methods=methods)
    own = classes[int(probabilities.argmax())]
    return _Part(
        insight=look_into(network, clip, probabilities),
        attributions=tuple(
            replace(one, values=spread_sums(one.values, num_frames)) for one in attributions
        ),
        notes=(
            *([] if own == target else [f"the network of {stream} alone says {own}"]),
            *_tell_of_faith(attributions),
            *_tell_of_posture(stream),
        ),
    )


def _tell_of_faith(attributions: Sequence[Attribution]) -> list[str]:
    """Return a line for each attribution that is not faithful in the clip."""
    return [
        f"{one.method} of {one.network} is not faithful in this clip, do not rely on it: "
        f"{one.faithfulness.describe()}"
        for one in attributions
        if not one.faithfulness.holds
    ]


def _tell_of_posture(stream: str) -> list[str]:
    if stream not in _POSTURE_STREAMS:
        return []
    return [
        f"the stream {stream} gives every joint the posture of the whole body as well; what that "
        f"says is part of each joint's attribution"
    ]


def _find_moments(
    sequence: PoseSequence, attributions: Sequence[Attribution]
) -> tuple[Moment, ...]:
    """Return the moments of the first attribution that is faithful; none without one."""
    for attribution in attributions:
        if attribution.is_signed and attribution.faithfulness.holds:
            return find_moments(sequence, attribution)
    return ()


def _describe_movement(
    predictor: Predictor, clip: PoseSequence, parts: Sequence[_Part]
) -> tuple[tuple[Remark, ...], tuple[str, ...]]:
    """Return sentences about the movement of a cleaned clip, and notes on them."""
    try:
        motion = measure_motion(clip)
    except PoseError as error:
        return (), (f"no words about the movement: {error}",)
    typical, notes = find_typical(predictor)
    spoke_for = {
        name: value
        for part in parts
        if part.features is not None
        for name, value in part.features.descriptors.items()
    }
    if clip.num_dimensions == 2:
        notes = (*notes, "in an image, lengths are told as if a bone had 20 cm")
    words = describe_movement_in_words(
        motion.descriptors,
        clip.num_dimensions,
        typical,
        classes=predictor.classes,
        spoke_for=spoke_for or None,
    )
    return words, notes
