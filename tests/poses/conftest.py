"""A person who moves: a skeleton with real proportions, in meters, y up, facing about +z."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def moving(seated_body: np.ndarray) -> PoseSequence:
    """90 frames at 30 frames/s: joints sway slowly about a rest pose, and the person walks."""
    rng = np.random.default_rng(7)
    time_s = np.arange(90)[:, None, None] / 30
    frequency_hz, phase = rng.uniform(0.2, 1.5, (10, 3)), rng.uniform(0, 2 * np.pi, (10, 3))
    sway = 0.03 * np.sin(2 * np.pi * frequency_hz * time_s + phase)
    walk = time_s * [0.3, 0.0, 0.5] + [1.0, 0.9, -2.0]
    return PoseSequence(
        positions=seated_body + sway + walk,
        layout=UPPER10,
        fps=30.0,
        unit="m",
        name="walk",
        label="joy",
        subject="A",
        recording="r1",
    )


@pytest.fixture
def holey(moving: PoseSequence) -> PoseSequence:
    """The same with joints missing: the root, a wrist for long, an elbow at the ends, a frame."""
    positions = moving.positions.copy()
    positions[20:24, 0] = np.nan
    positions[30:60, 6] = np.nan
    positions[:5, 8] = np.nan
    positions[85:, 8] = np.nan
    positions[70] = np.nan
    confidence = np.where(np.isnan(positions[:, :, 0]), 0.2, 0.9)
    return replace(moving, positions=positions, confidence=confidence)
