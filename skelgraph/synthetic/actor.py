"""An invented person: proportions, and habits of posture, tempo and gesture."""

from dataclasses import asdict, dataclass

import numpy as np

from skelgraph.synthetic.draws import bounded_normal
from skelgraph.synthetic.forward_kinematics import CHANNELS, Proportions
from skelgraph.typing import FloatArray

_TEMPO_SPREAD = 0.10
_AMPLITUDE_SPREAD = 0.10
_PAUSE_SPREAD = 0.06


@dataclass(frozen=True, kw_only=True, eq=False)
class Actor:
    """One person's body and habits, which stay the same in all emotions.

    Args:
        proportions: Lengths of the bones.
        posture_deg: Array (17,) of the joint angles about which the person moves.
        tempo: Factor of the duration of strokes.
        amplitude: Factor of the size of gestures.
        pause: Added to the rest between strokes, as a share of the stroke.
        dominant_side: The arm that leads, ``"left"`` or ``"right"``.
        two_handedness: Share of gestures in which the other arm takes part.
        breath_hz: Breathing rate.
    """

    proportions: Proportions
    posture_deg: FloatArray
    tempo: float
    amplitude: float
    pause: float
    dominant_side: str
    two_handedness: float
    breath_hz: float


def draw_actor(generator: np.random.Generator) -> Actor:
    """Draws a person from a population of adults."""
    return Actor(
        proportions=_draw_proportions(generator),
        posture_deg=_draw_posture(generator),
        tempo=float(np.exp(_TEMPO_SPREAD * bounded_normal(generator, 1, bound=1.5)[0])),
        amplitude=float(np.exp(_AMPLITUDE_SPREAD * bounded_normal(generator, 1, bound=1.5)[0])),
        pause=float(_PAUSE_SPREAD * bounded_normal(generator, 1, bound=1.5)[0]),
        dominant_side="left" if generator.uniform() < 0.25 else "right",
        two_handedness=float(generator.uniform(0.3, 0.9)),
        breath_hz=float(generator.uniform(0.2, 0.33)),
    )


def expand_channels(**values: float) -> FloatArray:
    """Return an array (17,) of values by channel; a value of an arm's channel is for both arms."""
    names = [name.removeprefix("left_").removeprefix("right_") for name in CHANNELS]
    return np.array([values.get(name, 0.0) for name in names])


TYPICAL_POSTURE_DEG: FloatArray = expand_channels(
    trunk_pitch=2.0, chest_pitch=8.0, flexion=18.0, abduction=24.0, rotation=14.0, elbow=78.0
)
"""Joint angles of people's mean habitual posture."""

POSTURE_SPREAD_DEG: FloatArray = expand_channels(
    **{"trunk_pitch": 5.0, "trunk_roll": 1.5, "trunk_yaw": 3.0, "chest_pitch": 5.0},
    **{"head_pitch": 6.0, "head_yaw": 4.0, "head_roll": 3.0, "shoulder_raise": 2.5},
    **{"flexion": 7.0, "abduction": 3.5, "rotation": 6.0, "elbow": 9.0},
)
"""Standard deviation over people of each joint angle's habitual value."""


def _draw_proportions(generator: np.random.Generator) -> Proportions:
    stature = 1.0 + 0.05 * bounded_normal(generator, 1)[0]
    bones = stature * (1.0 + 0.04 * bounded_normal(generator, 7))
    typical = asdict(Proportions())
    return Proportions(
        **{bone: typical[bone] * factor for bone, factor in zip(typical, bones, strict=True)}
    )


def _draw_posture(generator: np.random.Generator) -> FloatArray:
    deviation = POSTURE_SPREAD_DEG * bounded_normal(generator, len(CHANNELS))
    posture: FloatArray = TYPICAL_POSTURE_DEG + deviation
    return posture
