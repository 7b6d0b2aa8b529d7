"""A seeded data set of emotive upper-body motion: a demonstration and a test bed.

The movement is invented from published descriptions (see
:mod:`skelgraph.synthetic.emotion_style`). No number measured on it is a result about people.
"""

import numpy as np

from skelgraph.errors import DatasetError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.synthetic.actor import Actor, draw_actor
from skelgraph.synthetic.draws import make_generator
from skelgraph.synthetic.emotion_style import EMOTIONS
from skelgraph.synthetic.take import draw_take
from skelgraph.typing import FloatArray

_LONGEST_GAP_S = 0.6
_CLIPS_PER_TAKE = (2, 3)


def generate_emotive_motion(
    *,
    num_actors: int = 6,
    clips_per_emotion: int = 12,
    duration_s: tuple[float, float] = (1.6, 2.4),
    fps: float = 30.0,
    seed: int = 0,
) -> list[PoseSequence]:
    """Clips of invented actors who gesture in four emotions: angry, happy, sad, neutral.

    Each recording is one take of one actor in one emotion, from which two or three clips are cut.
    The same arguments give the same clips, and an actor's clips do not depend on the number of
    actors. The frame rate changes only how densely the same motion is sampled.

    Args:
        num_actors: How many actors.
        clips_per_emotion: How many clips of each actor in each emotion.
        duration_s: Shortest and longest duration of a clip in seconds.
        fps: Frames per second.
        seed: Number from which all chance derives.

    Returns:
        Sequences of layout ``UPPER10`` in meters, +y up, by actor, emotion and clip.

    Raises:
        DatasetError: If a number is out of range.

    Example:
        >>> sequences = generate_emotive_motion(num_actors=2, clips_per_emotion=3)
        >>> len(sequences), sequences[-1].name, sequences[-1].recording
        (24, 'actor01_neutral_02', 'actor01_neutral_take00')
    """
    _check_options(num_actors, clips_per_emotion, duration_s, fps, seed)
    sequences: list[PoseSequence] = []
    for number in range(num_actors):
        actor = draw_actor(make_generator(seed, number))
        for code, emotion in enumerate(EMOTIONS):
            plan = _plan_takes(make_generator(seed, number, code), clips_per_emotion)
            clips = [
                (f"take{take:02d}", positions)
                for take, num_clips in enumerate(plan)
                for positions in _film_take(
                    make_generator(seed, number, code, take),
                    actor,
                    emotion,
                    num_clips=num_clips,
                    duration_s=duration_s,
                    fps=fps,
                )
            ]
            prefix = f"actor{number:02d}_{emotion}"
            sequences.extend(
                PoseSequence(
                    positions=positions,
                    layout=UPPER10,
                    fps=fps,
                    unit="m",
                    up="+y",
                    name=f"{prefix}_{clip:02d}",
                    label=emotion,
                    subject=f"actor{number:02d}",
                    recording=f"{prefix}_{take_name}",
                )
                for clip, (take_name, positions) in enumerate(clips)
            )
    return sequences


def _film_take(
    generator: np.random.Generator,
    actor: Actor,
    emotion: str,
    *,
    num_clips: int,
    duration_s: tuple[float, float],
    fps: float,
) -> list[FloatArray]:
    """Positions (T, 10, 3) of the clips that are cut from one take."""
    most = max(_CLIPS_PER_TAKE)
    durations = generator.uniform(*duration_s, most)
    gaps = generator.uniform(0.1, _LONGEST_GAP_S, most)
    length_s = most * (duration_s[1] + _LONGEST_GAP_S)
    take = draw_take(generator, actor, emotion, length_s)
    starts = np.cumsum(gaps + durations) - durations
    return [
        take.sample(start + np.arange(max(round(duration * fps), 1)) / fps)
        for start, duration in zip(starts[:num_clips], durations, strict=False)
    ]


def _plan_takes(generator: np.random.Generator, num_clips: int) -> list[int]:
    """Numbers of clips of each take, two or three but where the total leaves no choice."""
    plan: list[int] = []
    while num_clips > max(_CLIPS_PER_TAKE):
        allowed = [count for count in _CLIPS_PER_TAKE if num_clips - count >= min(_CLIPS_PER_TAKE)]
        plan.append(int(generator.choice(allowed)))
        num_clips -= plan[-1]
    return [*plan, num_clips]


def _check_options(
    num_actors: int,
    clips_per_emotion: int,
    duration_s: tuple[float, float],
    fps: float,
    seed: int,
) -> None:
    if num_actors < 1 or clips_per_emotion < 1:
        raise DatasetError(
            f"expected at least one actor and one clip per emotion, but got {num_actors} actors "
            f"and {clips_per_emotion} clips"
        )
    shortest_s, longest_s = duration_s
    if not (0 < shortest_s <= longest_s and np.isfinite(longest_s)):
        raise DatasetError(
            f"expected a shortest and a longest duration in seconds, but got {duration_s}"
        )
    if not (np.isfinite(fps) and fps > 0):
        raise DatasetError(f"expected a positive frame rate, but got {fps}")
    if seed < 0:
        raise DatasetError(f"expected a seed of 0 or more, but got {seed}")
