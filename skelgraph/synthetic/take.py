"""One take: an actor moves in one emotion, and the camera runs."""

from dataclasses import dataclass, replace

import numpy as np

from skelgraph.synthetic.actor import (
    POSTURE_SPREAD_DEG,
    TYPICAL_POSTURE_DEG,
    Actor,
    expand_channels,
)
from skelgraph.synthetic.draws import bounded_normal
from skelgraph.synthetic.emotion_style import STYLES, EmotionStyle
from skelgraph.synthetic.forward_kinematics import CHANNELS, Proportions, arm_slice, pose_upper_body
from skelgraph.synthetic.strokes import StrokeTrain, draw_rhythm
from skelgraph.typing import FloatArray

_GESTURES_DEG = np.array(
    [  # shoulder_raise, flexion, abduction, rotation, elbow
        [2.0, 26.0, 4.0, 0.0, 14.0],  # raises the forearm
        [1.0, -5.0, 10.0, -22.0, -12.0],  # opens to the side
        [0.5, 8.0, 2.0, 0.0, 26.0],  # beats
        [0.5, 20.0, 1.0, 4.0, -24.0],  # reaches forward
    ]
)
_IS_OPENING = np.array([False, True, False, False])
_IS_LATERAL = np.array([False, False, True, True, False])
_ARM_LOW_DEG = np.array([-12.0, -12.0, 5.0, -40.0, 20.0])
_ARM_HIGH_DEG = np.array([20.0, 100.0, 70.0, 45.0, 130.0])
_TORSO_DEG = expand_channels(
    **{"trunk_pitch": 1.6, "trunk_roll": 1.0, "trunk_yaw": 4.0, "chest_pitch": 1.2},
    **{"head_pitch": 2.5, "head_yaw": 3.0, "head_roll": 1.5},
)
_HEAD_DEG = expand_channels(head_pitch=4.0, head_yaw=7.0, head_roll=3.0)
_BOUNCE = expand_channels(
    trunk_pitch=0.5, chest_pitch=1.0, head_pitch=1.4, shoulder_raise=1.2, elbow=1.2
)
_BOUNCE_M = 0.003  # of the root's height, for each degree
_BREATH_DEG = expand_channels(chest_pitch=-0.5, shoulder_raise=0.8)
_SWAY_DEG = expand_channels(trunk_pitch=0.6, trunk_roll=0.6, trunk_yaw=0.6)
_SWAY_M = np.array([0.006, 0.002, 0.006])
_POSTURE_DRIFT = 1.0  # of the posture between takes, as a share of its spread over people
_POSTURE_BOUND = 2.2  # in the same unit: beyond it, elbows would lock and hands touch the trunk
_STROKES_PER_PHRASE = 3
_OTHER_ARM_LAG_S = 0.03
_TORSO_LAG_S = 0.06


@dataclass(frozen=True, kw_only=True, eq=False)
class Take:
    """The course of one take, known at any time, so that it can be sampled at any rate.

    The joint angles are a posture plus trains of strokes plus oscillations.

    Args:
        proportions: The actor's bones.
        posture_deg: Array (17,) of joint angles about which the movement goes.
        trains: Strokes of the arms, the torso and the head: offsets (S, 17) from the posture.
        frequency_hz: Array (O,) of the oscillations: breathing, bouncing, sway.
        phase: Array (O,) in radians.
        swing: Array (O, 20), the amplitude in each joint angle (degrees) and of the root (meters).
        place_m: Array (3,), where the base of the spine is.
        heading_deg: Direction that the actor faces.
    """

    proportions: Proportions
    posture_deg: FloatArray
    trains: tuple[StrokeTrain, ...]
    frequency_hz: FloatArray
    phase: FloatArray
    swing: FloatArray
    place_m: FloatArray
    heading_deg: float

    def sample(self, times_s: FloatArray) -> FloatArray:
        """Positions (T, 10, 3) in meters of the joints of ``UPPER10`` at the times (T,)."""
        cycles = times_s[:, None] * self.frequency_hz
        swung = np.sin(2.0 * np.pi * cycles + self.phase) @ self.swing
        angles = self.posture_deg + swung[:, : len(CHANNELS)]
        for train in self.trains:
            angles = angles + train.sample(times_s)
        root = self.place_m + swung[:, len(CHANNELS) :]
        body = pose_upper_body(angles, self.proportions, self.heading_deg)
        return body + root[:, None, :]


def draw_take(generator: np.random.Generator, actor: Actor, emotion: str, length_s: float) -> Take:
    """Draws a take of one actor in one emotion, from time 0 to its length."""
    style = _draw_style(generator, actor, emotion)
    posture = _draw_posture(generator, actor, style)
    trains = (
        *_draw_gestures(generator, actor, style, posture, length_s),
        _draw_head(generator, style, length_s),
    )
    frequency_hz, swing = _oscillations(generator, actor, style)
    return Take(
        proportions=actor.proportions,
        posture_deg=posture,
        trains=trains,
        frequency_hz=frequency_hz,
        phase=generator.uniform(0.0, 2.0 * np.pi, len(frequency_hz)),
        swing=swing,
        place_m=np.array([0.3, 0.03, 0.3]) * bounded_normal(generator, 3) + [0.0, 0.9, 0.0],
        heading_deg=float(8.0 * bounded_normal(generator, 1)[0]),
    )


def _draw_style(generator: np.random.Generator, actor: Actor, emotion: str) -> EmotionStyle:
    """The emotion's style at the strength of this take, with the actor's habits."""
    strength, tempo, amplitude = bounded_normal(generator, 3, bound=1.5)
    style = STYLES["neutral"].toward(STYLES[emotion], 1.0 + 0.15 * strength)
    return replace(
        style,
        stroke_s=style.stroke_s * actor.tempo * np.exp(0.06 * tempo),
        amplitude=style.amplitude * actor.amplitude * np.exp(0.10 * amplitude),
        pause=style.pause + actor.pause,
    )


def _draw_posture(generator: np.random.Generator, actor: Actor, style: EmotionStyle) -> FloatArray:
    drift = _POSTURE_DRIFT * POSTURE_SPREAD_DEG * bounded_normal(generator, len(CHANNELS))
    expressed = expand_channels(
        trunk_pitch=style.lean_deg, chest_pitch=style.slump_deg, head_pitch=style.head_down_deg
    )
    most = _POSTURE_BOUND * POSTURE_SPREAD_DEG
    posture: FloatArray = np.clip(
        actor.posture_deg + drift, TYPICAL_POSTURE_DEG - most, TYPICAL_POSTURE_DEG + most
    )
    return posture + expressed


def _draw_gestures(
    generator: np.random.Generator,
    actor: Actor,
    style: EmotionStyle,
    posture_deg: FloatArray,
    length_s: float,
) -> tuple[StrokeTrain, ...]:
    """Strokes of the leading arm, of the other arm, and of the torso that goes with them.

    The strokes go to and fro about the posture, so that their size does not shift its mean.
    """
    onset_s, duration_s = draw_rhythm(
        generator,
        length_s=length_s,
        stroke_s=style.stroke_s,
        pause=style.pause,
        irregularity=style.irregularity,
    )
    count = len(onset_s)
    phrase = np.arange(count) // _STROKES_PER_PHRASE
    to_and_fro = (-1.0) ** (np.arange(count) + generator.integers(2))
    haste = np.minimum(duration_s / style.stroke_s, 1.0)  # quick strokes are short ones
    size = style.amplitude * to_and_fro * haste * generator.uniform(0.75, 1.1, count)
    liking = np.where(_IS_OPENING, style.lateral**2, 1.0)
    mix = generator.dirichlet(liking, count)[phrase]
    weight = np.where(_IS_LATERAL, style.lateral, 1.0)
    strokes = size[:, None] * (mix @ _GESTURES_DEG) * weight
    is_joining = generator.uniform(size=count)[phrase] < actor.two_handedness
    share = np.where(is_joining, generator.uniform(0.6, 1.0, count)[phrase], 0.15)[:, None]
    torso = size[:, None] * _TORSO_DEG * bounded_normal(generator, (count, len(CHANNELS)))[phrase]
    other_side = "right" if actor.dominant_side == "left" else "left"
    leading = StrokeTrain(
        onset_s=onset_s,
        duration_s=duration_s,
        via=_via_of_arm(strokes, actor.dominant_side, posture_deg),
        rebound=style.rebound,
    )
    other = _via_of_arm(share * strokes, other_side, posture_deg)
    return leading, leading.delayed(_OTHER_ARM_LAG_S, other), leading.delayed(_TORSO_LAG_S, torso)


def _via_of_arm(strokes_deg: FloatArray, side: str, posture_deg: FloatArray) -> FloatArray:
    """Offsets (S, 17) of one arm's strokes (S, 5), held within the joints' limits.

    Both directions are held alike, since the mean posture would else tell the size of gestures.
    """
    rest = posture_deg[arm_slice(side)]
    room = np.maximum(np.minimum(rest - _ARM_LOW_DEG, _ARM_HIGH_DEG - rest), 0.0)
    via = np.zeros((len(strokes_deg), len(CHANNELS)))
    via[:, arm_slice(side)] = np.clip(strokes_deg, -room, room)
    return via


def _draw_head(generator: np.random.Generator, style: EmotionStyle, length_s: float) -> StrokeTrain:
    onset_s, duration_s = draw_rhythm(
        generator,
        length_s=length_s,
        stroke_s=1.2 * style.stroke_s,
        pause=style.pause + 0.3,
        irregularity=style.irregularity + 0.1,
    )
    chance = bounded_normal(generator, (len(onset_s), len(CHANNELS)))
    return StrokeTrain(
        onset_s=onset_s,
        duration_s=duration_s,
        via=style.amplitude * _HEAD_DEG * chance,
        rebound=style.rebound,
    )


def _oscillations(
    generator: np.random.Generator, actor: Actor, style: EmotionStyle
) -> tuple[FloatArray, FloatArray]:
    """Frequencies (O,) and amplitudes (O, 20) of breathing, bouncing and sway."""
    beat_hz = 1.0 / (style.stroke_s * (1.0 + style.pause))
    sway_hz = generator.uniform(0.15, 0.7, 3)
    directions = bounded_normal(generator, (3, len(CHANNELS) + 3)) / np.sqrt(3.0)
    still = np.zeros(3)
    bounce = style.bounce_deg * np.concatenate([_BOUNCE, [0.0, _BOUNCE_M, 0.0]])
    breath = np.concatenate([_BREATH_DEG, still])
    sway = directions * np.concatenate([_SWAY_DEG, _SWAY_M])
    return np.array([actor.breath_hz, beat_hz, *sway_hz]), np.vstack([breath, bounce, sway])
