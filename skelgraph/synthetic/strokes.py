"""Movement as a train of minimum-jerk strokes between via poses.

Flash and Hogan, "The coordination of arm movements: an experimentally confirmed mathematical
model", J. Neuroscience 5, 1985: a stroke's course is the polynomial that makes the integral of the
squared jerk least. Here it moves joint angles, so that hand paths are gently curved. Strokes that
overlap in time add up: Flash and Henis, "Arm trajectory modifications during reaching towards
visual targets", J. Cognitive Neuroscience 3, 1991.
"""

from dataclasses import dataclass, replace

import numpy as np

from skelgraph.synthetic.draws import bounded_normal
from skelgraph.typing import FloatArray

_REBOUND_ONSET = 0.75  # of the stroke's duration
_REBOUND_DURATION = 0.6
_SHORTEST_REBOUND_S = 0.16  # quicker ones would lie above 6 Hz, where recordings are filtered


@dataclass(frozen=True, kw_only=True, eq=False)
class StrokeTrain:
    """Strokes that follow each other through via poses, each from its predecessor's to its own.

    Args:
        onset_s: Array (S,), ascending: when each stroke begins.
        duration_s: Array (S,), positive.
        via: Array (S, D) of the poses; the first is held until the second stroke begins.
        rebound: Share of a stroke by which it overshoots before it swings back, the abrupt stop
            of a stiff movement.
    """

    onset_s: FloatArray
    duration_s: FloatArray
    via: FloatArray
    rebound: float = 0.0

    def delayed(self, lag_s: float, via: FloatArray) -> "StrokeTrain":
        """Strokes through other poses that come a little later."""
        return replace(self, onset_s=self.onset_s + lag_s, via=via)

    def sample(self, times_s: FloatArray) -> FloatArray:
        """The pose (T, D) at each of the times (T,)."""
        steps = np.diff(self.via, axis=0, prepend=self.via[:1])
        elapsed_s = times_s[:, None] - self.onset_s
        back_s = np.maximum(self.duration_s * _REBOUND_DURATION, _SHORTEST_REBOUND_S)
        back = minimum_jerk((elapsed_s - self.duration_s * _REBOUND_ONSET) / back_s)
        forth = minimum_jerk(elapsed_s / self.duration_s)
        pose: FloatArray = (
            self.via[0] + ((1.0 + self.rebound) * forth - self.rebound * back) @ steps
        )
        return pose


def minimum_jerk(phase: FloatArray) -> FloatArray:
    """Share of a stroke that is done at a phase from 0 to 1; held before and after.

    Flash and Hogan 1985, the course between two points at rest.

    Example:
        >>> minimum_jerk(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
        [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    phase = np.clip(phase, 0.0, 1.0)
    share: FloatArray = phase**3 * (10.0 - 15.0 * phase + 6.0 * phase**2)
    return share


def draw_rhythm(
    generator: np.random.Generator,
    *,
    length_s: float,
    stroke_s: float,
    pause: float,
    irregularity: float,
) -> tuple[FloatArray, FloatArray]:
    """Draw onsets and durations (S,) in seconds of strokes that cover a time from before 0 on.

    ``stroke_s`` is the median duration; ``pause`` the rest between strokes as a share of the
    stroke, negative where strokes overlap; ``irregularity`` the standard deviation of the logarithm
    of durations and of rests.
    """
    period_s = stroke_s * (1.0 + pause)
    count = int(np.ceil(1.6 * length_s / period_s)) + 6
    durations = stroke_s * np.exp(irregularity * bounded_normal(generator, count, bound=1.5))
    rests = (1.0 + pause) * np.exp(irregularity * bounded_normal(generator, count))
    start = -period_s * (1.0 + generator.uniform())
    onsets = start + np.concatenate([[0.0], np.cumsum(durations * rests)[:-1]])
    return onsets, durations
