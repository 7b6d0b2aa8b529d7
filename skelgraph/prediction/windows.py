"""Predictions for the windows of a long recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skelgraph.config import WindowSettings
from skelgraph.errors import DatasetError, PoseError
from skelgraph.poses import PoseSequence
from skelgraph.prediction.timeline import NOBODY, Timeline, TimelineWindow
from skelgraph.runs import Prediction
from skelgraph.serving import CLIPS_AT_ONCE, NOT_SURE, InputCheck, Predictor
from skelgraph.training import MIN_FRAMES

_LEAST_SEEN = 0.5
"""Share of a window's frames in which the person is there, or it has no answer."""

Span = tuple[float, float]


def predict_windows(
    predictor: Predictor,
    sequence: PoseSequence,
    *,
    window_s: float = 4.0,
    hop_s: float | None = None,
    person: str | None = None,
    check: InputCheck | None = None,
) -> Timeline:
    """Predict what a long recording shows when.

    The recording is cleaned once and cut afterwards, so that gaps and filters know what is before
    and after a window; place, heading and size are those of the window, as they are those of the
    clip in training. Windows begin every ``hop_s`` seconds. If half a hop or more is left at the
    end, one more window ends with the recording; a recording that is shorter than a window is one.
    A window has no answer (``"nobody"``) if the person is there in less than half of its frames.

    Args:
        predictor: A trained run that takes skeletons.
        sequence: The recording of one person.
        window_s: Length of a window in seconds.
        hop_s: Time from one window to the next; by default a quarter of a window.
        person: Who it is, if the recording has several people.
        check: Takes in all windows that have an answer.

    Returns:
        The timeline; its times are those of the recording's clock.

    Raises:
        SkelgraphError: If windows are shorter than a hop or than 8 frames, or the recording cannot
            be used.

    Example:
        >>> timeline = predict_windows(predictor, sequence, window_s=4, hop_s=1)  # doctest: +SKIP
        >>> [(one.start_s, one.answer) for one in timeline.segments]  # doctest: +SKIP
        [(0.0, 'neutral'), (12.5, 'joy')]
    """
    settings = WindowSettings(window_s=window_s, hop_s=hop_s)
    sequence = sequence.load()
    spans = plan_windows(sequence.duration_s, settings)
    cut = _CutRecording.clean(predictor, sequence, settings)
    rows: list[TimelineWindow] = []
    reasons: list[str] = []
    for start in range(0, len(spans), CLIPS_AT_ONCE):
        part = spans[start : start + CLIPS_AT_ONCE]
        clips = [cut.take(span) for span in part]
        reasons += [one.reason for one in clips if isinstance(one, _Unusable) and one.reason]
        rows += _predict_part(predictor, sequence, part, clips, check)
    return Timeline(
        recording=sequence.name,
        classes=predictor.classes,
        windows=tuple(rows),
        person=person,
        notes=_describe_reasons(reasons, len(spans)),
    )


def _describe_reasons(reasons: Sequence[str], num_windows: int) -> tuple[str, ...]:
    """Return a note if windows could not be prepared."""
    if not reasons:
        return ()
    return (f"{len(reasons)} of {num_windows} windows cannot be used; the first: {reasons[0]}",)


def plan_windows(duration_s: float, settings: WindowSettings) -> list[Span]:
    """Return start and end of each window, in seconds from the first frame.

    Example:
        >>> plan_windows(9.5, WindowSettings(window_s=4, hop_s=2))
        [(0.0, 4.0), (2.0, 6.0), (4.0, 8.0), (5.5, 9.5)]
    """
    window_s, hop_s = settings.length_s, settings.step_s
    if duration_s <= window_s:
        return [(0.0, duration_s)]
    hops = int((duration_s - window_s) / hop_s + 1e-9)
    starts = [number * hop_s for number in range(hops + 1)]
    if duration_s - window_s - starts[-1] >= hop_s / 2 - 1e-9:
        starts.append(duration_s - window_s)
    return [(start, start + window_s) for start in starts]


@dataclass(frozen=True, kw_only=True)
class _Unusable:
    """A window without a prediction: its answer, and why, unless nobody is there."""

    answer: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _CutRecording:
    """A recording, cleaned once for each network, from which windows are cut."""

    predictor: Predictor
    start_s: float
    cleaned: tuple[PoseSequence, ...]

    @classmethod
    def clean(
        cls, predictor: Predictor, sequence: PoseSequence, settings: WindowSettings
    ) -> "_CutRecording":
        where = sequence.name or "the sequence"
        cleaned = predictor.clean(sequence)
        for clip in cleaned:
            frames = round(min(settings.length_s, sequence.duration_s) * clip.fps)
            if frames < MIN_FRAMES:
                raise DatasetError(
                    f"{where}: expected windows of at least {MIN_FRAMES} frames, but "
                    f"{min(settings.length_s, sequence.duration_s):g} s are {frames} at "
                    f"{clip.fps:g} frames/s"
                )
        return cls(predictor=predictor, start_s=sequence.start_s, cleaned=cleaned)

    def take(self, span: Span) -> tuple[Any, ...] | _Unusable:
        """Return a window as each network takes it, or why it cannot be used."""
        windows = [self._cut(one, span) for one in self.cleaned]
        for window in windows:
            if window is None or window.present.any(axis=1).mean() < _LEAST_SEEN:
                return _Unusable(answer=NOBODY)
        try:
            return self.predictor.normalize([one for one in windows if one is not None])
        except PoseError as error:  # as without a heading, or without the joint in the center
            return _Unusable(answer=NOT_SURE, reason=str(error))

    def _cut(self, cleaned: PoseSequence, span: Span) -> PoseSequence | None:
        start, end = _count_frames(span, cleaned.fps, offset_s=self.start_s - cleaned.start_s)
        start, end = max(start, 0), min(end, cleaned.num_frames)
        return cleaned[start:end] if end - start >= MIN_FRAMES else None


def _predict_part(
    predictor: Predictor,
    sequence: PoseSequence,
    spans: Sequence[Span],
    clips: Sequence[tuple[Any, ...] | _Unusable],
    check: InputCheck | None,
) -> list[TimelineWindow]:
    """Predict the windows that can be used, together."""
    parts, prepared = [], []
    for span, clip in zip(spans, clips, strict=True):
        if not isinstance(clip, _Unusable):
            parts.append(_slice(sequence, span))
            prepared.append(clip)
    if check is not None:
        check.add(parts, prepared)
    predictions = iter(predictor.predict_prepared(parts, prepared))
    return [
        _describe(
            predictor,
            sequence.start_s + span[0],
            sequence.start_s + span[1],
            clip if isinstance(clip, _Unusable) else next(predictions),
        )
        for span, clip in zip(spans, clips, strict=True)
    ]


def _slice(sequence: PoseSequence, span: Span) -> PoseSequence:
    """Return the frames of a window as they are in the file."""
    start, end = _count_frames(span, sequence.fps)
    return sequence[start : max(end, start + 1)]


def _count_frames(span: Span, fps: float, *, offset_s: float = 0.0) -> tuple[int, int]:
    """Return the first frame of a window and the one after its last: equal windows are as long."""
    start = round((span[0] + offset_s) * fps)
    return start, start + round((span[1] - span[0]) * fps)


def _describe(
    predictor: Predictor, start_s: float, end_s: float, outcome: Prediction | _Unusable
) -> TimelineWindow:
    start_s, end_s = np.round([start_s, end_s], 6).tolist()
    if isinstance(outcome, _Unusable):
        return TimelineWindow(start_s=start_s, end_s=end_s, answer=outcome.answer, probabilities={})
    return TimelineWindow(
        start_s=start_s,
        end_s=end_s,
        answer=predictor.answer(outcome),
        prediction=outcome.prediction,
        probabilities=outcome.probabilities,
    )
