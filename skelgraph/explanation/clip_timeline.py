"""The class probabilities of a clip over time."""

from dataclasses import dataclass

import numpy as np

from skelgraph.errors import SkelgraphError
from skelgraph.poses import PoseSequence
from skelgraph.prediction import predict_windows
from skelgraph.serving import Predictor
from skelgraph.typing import FloatArray

_USUAL_WINDOW_S = 4.0
_SHORTEST_S = 0.8
_LEAST_HOP_S = 0.1
_MOST_WINDOWS = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipTimeline:
    """Class probabilities over time.

    Args:
        times_s: Middles (n,) of the windows by the clock of the sequence.
        probabilities: Array (n, K).
        notes: What a reader should know.
    """

    times_s: FloatArray
    probabilities: FloatArray
    notes: tuple[str, ...]


def measure_timeline(predictor: Predictor, sequence: PoseSequence) -> ClipTimeline:
    """Return the probabilities of windows of a clip, of half its length or, if it is long, 4 s.

    There is none if the clip is shorter than 0.8 s, or windows of it cannot be used.
    """
    duration_s = sequence.duration_s
    empty = np.zeros((0, len(predictor.classes)))
    if duration_s < _SHORTEST_S:
        return ClipTimeline(times_s=np.zeros(0), probabilities=empty, notes=())
    window_s = min(duration_s / 2, _USUAL_WINDOW_S)
    hop_s = min(max((duration_s - window_s) / _MOST_WINDOWS, _LEAST_HOP_S), window_s)
    try:
        timeline = predict_windows(predictor, sequence, window_s=window_s, hop_s=hop_s)
    except SkelgraphError as error:
        note = f"no probabilities over time: {error}"
        return ClipTimeline(times_s=np.zeros(0), probabilities=empty, notes=(note,))
    windows = [one for one in timeline.windows if one.probabilities]
    rows = [[one.probabilities[name] for name in predictor.classes] for one in windows]
    return ClipTimeline(
        times_s=np.array([one.middle_s for one in windows]),
        probabilities=np.array(rows) if rows else empty,
        notes=(
            f"probabilities over time are those of windows of {window_s:.1f} s, which the model "
            f"answers less surely than the whole clip",
            *timeline.notes,
        ),
    )
