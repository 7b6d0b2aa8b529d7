"""People who come and go in front of a live model, for minutes of frames."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from harness.small_dataset import write_small_dataset
from skelgraph import TrainConfig, train
from skelgraph.layouts import rest_pose
from skelgraph.streaming import LiveFrame, LiveModel, LivePose

PEOPLE, MINUTES, FPS = 20, 10, 30


def measure_soak(*, quick: bool = False) -> dict[str, Any]:
    """Return the memory of a process while people come and go for ten minutes of frames."""
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig.of(
            data=write_small_dataset(Path(folder) / "data", quick=quick),
            model="s-stgcn-small" if quick else "s-stgcn",
            stream="joint",
            temporal="causal",
            filter="one-euro",
            epochs=1,
            out=Path(folder) / "run",
        )
        model = LiveModel.load(train(config).run.path, unit="m", device="cpu")
    rest = np.append(rest_pose(model.layout), np.zeros((model.layout.num_joints, 1)), axis=1)
    speeds = generator.uniform(1, 5, rest.shape)  # radians per second
    num_frames = 300 if quick else MINUTES * 60 * FPS
    people = {number: _draw_stay(generator) for number in range(PEOPLE)}
    newcomer, answers, samples = PEOPLE, 0, []
    start = time.process_time()
    for number in range(num_frames):
        for person in [person for person, end in people.items() if end <= number]:
            del people[person]
            people[newcomer] = number + _draw_stay(generator)
            newcomer += 1
        turns = number / FPS + np.array(list(people))[:, None, None]
        poses = rest + 0.1 * np.sin(speeds * turns)
        poses[generator.random(poses.shape[:2]) < 0.02] = np.nan
        persons = {str(name): LivePose(pose) for name, pose in zip(people, poses, strict=True)}
        answers += len(model.push(LiveFrame(number / FPS, persons)))
        if number % (num_frames // 20) == num_frames // 20 - 1:
            samples.append(round(_read_memory_mib(), 1))
    seconds = time.process_time() - start
    return {
        "frames": num_frames,
        "people": PEOPLE,
        "persons": newcomer,
        "answers": answers,
        "remembered": len(model.people),
        "memory_mib": samples,
        "growth_mib": round(samples[-1] - samples[len(samples) // 4], 1),
        "frame_ms": round(1000 * seconds / num_frames, 2),
    }


def _draw_stay(generator: Any) -> int:
    """Return for how many frames somebody stays: 2 s to a minute."""
    return int(generator.integers(2 * FPS, 60 * FPS))


def _read_memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
