"""A dialog of two seated actors as a pose estimator sees it: each in one half of the picture.

The picture is that of IEMOCAP's videos: 720 x 480, two cameras side by side, black above and below.
The keypoints are COCO's 17, in pixels, y down, with noise, doubtful wrists, and frames in which
nobody is found.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skelgraph.layouts import COCO17, UPPER10
from skelgraph.synthetic.actor import Actor
from skelgraph.synthetic.conversation import Turn
from skelgraph.synthetic.draws import bounded_normal
from skelgraph.synthetic.strokes import minimum_jerk
from skelgraph.synthetic.take import Take, draw_take
from skelgraph.typing import BoolArray, FloatArray

FPS = 30_000 / 1001
"""Frame rate of NTSC video."""

_PANE_WIDTH, _HIP_ROW, _LAST_ROW = 360.0, 325.0, 367.0
_PIXELS_PER_METER = 175.0
_CAMERA_M = 3.0
_NOISE_PX = 1.2
_LISTENING = 0.3
"""Size of a listener's movement against that of a speaker who is neutral."""
_CHANGE_S = 0.4
_DOUBTFUL = 0.02
_UNSEEN = 0.01


def film_actor(
    generator: np.random.Generator, actor: Actor, turns: Sequence[Turn], num_frames: int, pane: int
) -> tuple[FloatArray, FloatArray]:
    """Return the keypoints of one actor over a dialog, in the left pane (0) or the right one (1).

    Returns:
        Keypoints (T, 17, 2) in pixels, NaN in frames in which the actor is not found, and
        confidences (T, 17).
    """
    times_s = np.arange(num_frames) / FPS
    heading = (1.0 - 2.0 * pane) * 20.0 + 6.0 * float(bounded_normal(generator, 1)[0])
    seat = np.array([0.08, 0.04, 0.0]) * bounded_normal(generator, 3) + [0.0, 0.9, 0.0]

    def draw(emotion: str, length_s: float) -> Take:
        take = draw_take(generator, actor, emotion, length_s)
        return replace(take, place_m=seat, heading_deg=heading)

    listening = draw("neutral", num_frames / FPS)
    calm = tuple(replace(one, via=_LISTENING * one.via) for one in listening.trains)
    body = replace(listening, trains=calm).sample(times_s)
    for turn in turns:
        take = draw(turn.gestures, turn.end_s - turn.start_s + 2 * _CHANGE_S)
        frames = np.flatnonzero(
            (times_s > turn.start_s - _CHANGE_S) & (times_s < turn.end_s + _CHANGE_S)
        )
        own_s = times_s[frames] - turn.start_s + _CHANGE_S
        left_s = turn.end_s + _CHANGE_S - times_s[frames]
        share = minimum_jerk(np.minimum(own_s, left_s) / _CHANGE_S)[:, None, None]
        body[frames] += share * (take.sample(own_s) - body[frames])
    keypoints, confidence = _estimate(generator, _project(_flesh_out(body), pane))
    keypoints[_draw_unseen(generator, num_frames)] = np.nan
    return keypoints, confidence


def _flesh_out(body: FloatArray) -> FloatArray:
    """COCO's 17 points (T, 17, 3) in meters of the ten joints (T, 10, 3) of a seated person."""

    def joint(name: str) -> FloatArray:
        values: FloatArray = body[:, UPPER10.index(name)]
        return values

    points: dict[str, FloatArray] = {}
    across = joint("left_shoulder") - joint("right_shoulder")
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    ahead = np.cross(across, up)
    base, head = joint(UPPER10.joints[0]), joint("neck_nose")
    points["nose"] = head + 0.05 * ahead
    for side, sign in (("left", 1.0), ("right", -1.0)):
        knee: FloatArray = base + sign * 0.16 * across + 0.42 * ahead
        points |= {
            f"{side}_eye": head + sign * 0.032 * across + 0.035 * up + 0.03 * ahead,
            f"{side}_ear": head + sign * 0.075 * across + 0.02 * up - 0.05 * ahead,
            f"{side}_hip": base + sign * 0.12 * across,
            f"{side}_knee": knee,
            f"{side}_ankle": knee - 0.42 * up,
        }
        points |= {
            f"{side}_{one}": joint(f"{side}_{one}") for one in ("shoulder", "elbow", "wrist")
        }
    return np.stack([points[name] for name in COCO17.joints], axis=1)


def _project(points_m: FloatArray, pane: int) -> FloatArray:
    """Pixels (T, 17, 2) of points (T, 17, 3) before the camera of a pane."""
    near = _CAMERA_M / (_CAMERA_M - points_m[:, :, 2])
    x = _PANE_WIDTH * (pane + 0.5) + _PIXELS_PER_METER * near * points_m[:, :, 0]
    y = _HIP_ROW - _PIXELS_PER_METER * near * (points_m[:, :, 1] - 0.9)
    x = np.clip(x, _PANE_WIDTH * pane + 1.0, _PANE_WIDTH * (pane + 1) - 2.0)
    return np.stack([x, np.minimum(y, _LAST_ROW)], axis=2)


def _estimate(generator: np.random.Generator, pixels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What an estimator makes of it: noisy keypoints, and how sure it is of each."""
    T, V, _ = pixels.shape
    confidence = 0.85 + 0.05 * bounded_normal(generator, (T, V))
    noise = _NOISE_PX * generator.standard_normal(pixels.shape)
    wrists = [COCO17.index("left_wrist"), COCO17.index("right_wrist")]
    for joint in wrists:
        doubtful = generator.uniform(size=T) < _DOUBTFUL
        noise[doubtful, joint] *= 10.0
        confidence[doubtful, joint] = 0.15
    for name, sure in (("knee", 0.35), ("ankle", 0.06)):
        for joint in (COCO17.index(f"left_{name}"), COCO17.index(f"right_{name}")):
            confidence[:, joint] = sure * generator.uniform(0.7, 1.3, T)
            noise[:, joint] *= 3.0
    return pixels + noise, confidence


def _draw_unseen(generator: np.random.Generator, num_frames: int) -> BoolArray:
    """Frames in which the actor is not found: single ones, and now and then some together."""
    unseen = generator.uniform(size=num_frames) < _UNSEEN
    for start in generator.integers(num_frames, size=num_frames // 600 + 1):
        unseen[start : start + 12] = True
    return unseen
