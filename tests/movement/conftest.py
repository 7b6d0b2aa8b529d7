"""Fixtures of this room: a body of known posture and movement."""

from collections.abc import Callable

import numpy as np
import pytest

from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.movement import ClipMotion, measure_motion
from skelgraph.poses import PoseSequence

FPS = 30.0
REST = np.array(
    [
        [0, 0, 0],
        [0, 0.25, 0],
        [0, 0.5, 0],
        [0, 0.65, 0.08],
        [0.18, 0.5, 0],
        [0.2, 0.22, 0],
        [0.2, 0, 0.05],
        [-0.18, 0.5, 0],
        [-0.2, 0.22, 0],
        [-0.2, 0, 0.05],
    ]
)
"""Upper body in meters: pelvis, spine, thorax, head, left arm, right arm."""


def make_body(num_frames: int = 90, moves: dict[int, np.ndarray] | None = None) -> PoseSequence:
    """A still body, some joints of which are displaced by (T, 3) meters."""
    positions = np.repeat(REST[None], num_frames, axis=0)
    for joint, displacement in (moves or {}).items():
        positions[:, joint] += displacement
    return PoseSequence(positions=positions, layout=UPPER10, fps=FPS, unit="m", name="body")


def draw_body(seed: int, num_frames: int = 90, speed_hz: float = 1.0) -> PoseSequence:
    """A body that sways at random, smoothly, unlike on both sides."""
    rng = np.random.default_rng(seed)
    time = np.arange(num_frames)[:, None, None] / FPS
    phase, rate = rng.uniform(0, 6, (10, 3)), speed_hz * rng.uniform(0.5, 1.5, (10, 3))
    sway = 0.05 * np.sin(2 * np.pi * rate * time + phase)
    return PoseSequence(
        positions=REST + sway, layout=UPPER10, fps=FPS, unit="m", name=f"body {seed}"
    )


@pytest.fixture(scope="session")
def make() -> Callable[..., PoseSequence]:
    return make_body


@pytest.fixture(scope="session")
def draw() -> Callable[..., PoseSequence]:
    return draw_body


@pytest.fixture(scope="session")
def pose_in() -> Callable[..., np.ndarray]:
    """A pose of any layout in 2 or 3 dimensions."""

    def pose(layout, num_dimensions: int) -> np.ndarray:
        flat = rest_pose(layout)
        return np.c_[flat, np.zeros(len(flat))][:, :num_dimensions]

    return pose


@pytest.fixture(scope="session")
def two_classes() -> tuple[list[ClipMotion], list[int], list[str]]:
    """Movement of slow and fast bodies, their class numbers and persons."""
    motions, labels, people = [], [], []
    for seed in range(24):
        label = seed % 2
        body = draw_body(seed, num_frames=40 + seed, speed_hz=(0.8, 1.2)[label])
        motions.append(measure_motion(body))
        labels.append(label)
        people.append(f"person {seed // 6}")
    return motions, labels, people
