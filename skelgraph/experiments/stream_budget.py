"""What an answer while frames arrive costs, part by part, and how many people one core serves."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skelgraph.config import VideoEstimatorName
from skelgraph.experiments.speed import describe_machine
from skelgraph.extraction import EstimatorOptions, choose_estimator, make_video_estimator
from skelgraph.layouts import JointLayout, rest_pose
from skelgraph.streaming import LiveFrame, LiveModel, LivePose, SteppedNetwork
from skelgraph.typing import FloatArray

RATE = 30.0
"""Frames per second of the people whom a core serves."""

PARTS = {
    "cleaning": "cleaning: layout, gaps, filter, rate",
    "normalization": "center, heading, bones",
    "streams": "streams",
    "network": "network",
    "pooling": "pooling",
    "output": "output",
}
"""Parts of an answer in their order, and what they are called in the table."""

_WARM_FRAMES = 90
_SWAYS_HZ = (0.3, 2.0)
_SWAY_M = 0.05
_BODY_M = 1.6
_BODY_PX = 400.0

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class StreamRounds:
    """What is timed.

    Args:
        people: Numbers of people in a frame; each is measured by itself.
        frames: Poses that are timed, of all people together.
        seed: Seed of their motion.
    """

    people: tuple[int, ...] = (1, 10, 100)
    frames: int = 3000
    seed: int = 0


@dataclass
class PartClock:
    """Seconds that parts took, by their names; what a part calls of another is the other's."""

    seconds: dict[str, float] = field(default_factory=dict)
    _inside: list[float] = field(default_factory=list, init=False)

    def attach(self, owner: Any, method: str, part: str) -> None:
        """Time all calls of a method of an object from now on."""
        call = getattr(owner, method)

        def timed(*arguments: Any, **options: Any) -> Any:
            self._inside.append(0.0)
            start = time.perf_counter()
            result = call(*arguments, **options)
            taken = time.perf_counter() - start
            own = taken - self._inside.pop()
            self.seconds[part] = self.seconds.get(part, 0.0) + own
            if self._inside:
                self._inside[-1] += taken
            return result

        setattr(owner, method, timed)


def measure_stream(
    model: str, rounds: StreamRounds | None = None, report: Report = lambda line: None
) -> dict[str, Any]:
    """Measure what a frame costs a live model, and return plain JSON types.

    People sway; nobody is missing. PyTorch should have one thread.

    Args:
        model: A run, a model folder, or the name of a model that comes with skelgraph.
        rounds: What is timed.
        report: Called with a line before each measurement.

    Raises:
        SkelgraphError: If the model cannot be loaded, or takes no frames as they come.
    """
    rounds = rounds or StreamRounds()
    in_space = LiveModel.load(model).num_dimensions == 3
    load = partial(LiveModel.load, model, unit="m" if in_space else "px", source_fps=RATE)
    live = load()
    result: dict[str, Any] = {
        "machine": describe_machine(torch.device("cpu")),
        "model": model,
        "fps": RATE,
        "times_s": {
            "delay": round(live.delay_s, 3),
            "first_answer": round(live.warmup_s, 3),
            "interval": round(live.interval_s, 3),
        },
        "rows": [],
    }
    for people in rounds.people:
        report(f"{people} {'person' if people == 1 else 'people'}")
        result["rows"].append(_measure_people(load(), people, rounds))
    return result


def measure_estimator(
    video: Path, name: VideoEstimatorName | None, options: EstimatorOptions
) -> dict[str, Any]:
    """Measure what a 2D estimator takes for a frame of a video, without its start.

    Raises:
        ExtractionError: If it is no video, the estimator or its model file is missing, or nobody is
            in the video.
    """
    chosen = choose_estimator(video, name, options)
    assert chosen != "file"
    moments: list[tuple[float, int]] = []
    make_video_estimator(chosen, options).estimate(
        video, progress=lambda done, _: moments.append((time.perf_counter(), done))
    )
    (start, first), (end, last) = moments[0], moments[-1]
    return {
        "name": chosen,
        "model": None if options.pose_model is None else Path(options.pose_model).name,
        "frames": last,
        "ms_per_frame": 1000 * (end - start) / max(last - first, 1),
    }


def _measure_people(live: LiveModel, people: int, rounds: StreamRounds) -> dict[str, Any]:
    """Return milliseconds of each part for a pose of one person, and how many a core serves."""
    clock = PartClock()
    clock.attach(live, "push", "output")
    for network in live.networks:
        clock.attach(network, "push", "network")
        if isinstance(network, SteppedNetwork):
            clock.attach(network.stream, "push", "streams")
            clock.attach(network.step.pooling, "push", "pooling")
    for source in dict.fromkeys(network.source for network in live.networks):
        clock.attach(source.cleaner, "push", "cleaning")
        clock.attach(source.normalizer, "push", "normalization")
    num_frames = max(rounds.frames // people, 2 * _WARM_FRAMES)
    pushes = []
    for number, frame in enumerate(_draw_frames(live, people, num_frames, rounds.seed)):
        if number == _WARM_FRAMES:
            clock.seconds.clear()
        start = time.perf_counter()
        live.push(frame)
        pushes.append(time.perf_counter() - start)
    poses = people * (num_frames - _WARM_FRAMES)
    parts = {part: 1000 * clock.seconds.get(part, 0.0) / poses for part in PARTS}
    total = sum(parts.values())
    return {
        "people": people,
        "frames": num_frames - _WARM_FRAMES,
        "ms": parts,
        "ms_all": total,
        "slowest_push_ms": 1000 * float(np.percentile(pushes[_WARM_FRAMES:], 99)),
        "people_per_core": 1000 / (RATE * total),
    }


def _draw_frames(live: LiveModel, people: int, frames: int, seed: int) -> Iterator[LiveFrame]:
    """Yield frames of people who sway, each in his or her own way."""
    motions = [
        draw_sway(live.layout, live.num_dimensions, frames, np.random.default_rng((seed, person)))
        for person in range(people)
    ]
    confidence = np.ones(live.layout.num_joints)
    for frame in range(frames):
        poses = {
            f"person {number}": LivePose(motion[frame], confidence)
            for number, motion in enumerate(motions)
        }
        yield LiveFrame(frame / RATE, poses)


def draw_sway(
    layout: JointLayout, num_dimensions: int, frames: int, generator: np.random.Generator
) -> FloatArray:
    """Return positions (T, V, C) of a person who sways: in meters, or in pixels of an image."""
    pose = rest_pose(layout) * _BODY_M
    pose = np.concatenate([pose, np.zeros((len(pose), num_dimensions - 2))], axis=1)
    rates, phases = (
        generator.uniform(*ends, size=pose.shape) for ends in (_SWAYS_HZ, (0.0, 2 * np.pi))
    )
    seconds = np.arange(frames)[:, None, None] / RATE
    positions = pose + _SWAY_M * np.sin(2 * np.pi * rates * seconds + phases)
    return positions if num_dimensions == 3 else positions / _BODY_M * [_BODY_PX, -_BODY_PX]


def format_stream(result: Mapping[str, Any]) -> str:
    """Return the results of :func:`measure_stream` as Markdown, with an estimator's if it is there.

    The estimator's milliseconds are those of a whole image; shares are of one person's frame.
    """
    machine, times, rows = result["machine"], result["times_s"], result["rows"]
    estimator = result.get("estimator")
    titles = ["1 person" if row["people"] == 1 else f"{row['people']} people" for row in rows]
    totals = [row["ms_all"] for row in rows]
    lines = [
        f"{machine['processor']}, {machine['threads']} "
        f"{'thread' if machine['threads'] == 1 else 'threads'}, torch {machine['torch']}. "
        f"{result['model']}: first answer after {times['first_answer']:.2f} s, then every "
        f"{times['interval']:.2f} s, about {times['delay']:.2f} s ago.",
        "",
        f"| ms for a person's frame | {' | '.join(titles)} |",
        "|---|" + "---|" * len(rows),
    ]
    if estimator is not None:
        shares = [estimator["ms_per_frame"] / row["people"] for row in rows]
        totals = [total + share for total, share in zip(totals, shares, strict=True)]
        what = " ".join(word for word in (estimator["name"], estimator["model"]) if word)
        lines.append(_format_row(f"estimator ({what})", shares, totals))
    for part, title in PARTS.items():
        lines.append(_format_row(title, [row["ms"][part] for row in rows], totals))
    lines.append(_format_row("all", totals, totals))
    slowest = (f"{row['slowest_push_ms']:.2f}" for row in rows)
    lines.append(f"| slowest of 100 frames, all people | {' | '.join(slowest)} |")
    served = (f"{1000 / (RATE * total):.1f}" for total in totals)
    lines.append(f"| people a core serves at {RATE:.0f} frames/s | {' | '.join(served)} |")
    return "\n".join(lines)


def _format_row(title: str, values: list[float], totals: list[float]) -> str:
    cells = (
        f"{value:.3f} ({value / total:.0%})" for value, total in zip(values, totals, strict=True)
    )
    return f"| {title} | {' | '.join(cells)} |"
