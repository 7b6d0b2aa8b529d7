"""A person who moves arms and trunk, at 30 frames/s."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def moving(seated_body: np.ndarray) -> PoseSequence:
    """60 frames of a person in space, who also walks and turns a little."""
    rng = np.random.default_rng(3)
    time = np.arange(60)[:, None, None] / 30
    sway = 0.1 * np.sin(2 * np.pi * (rng.uniform(0.3, 2, (1, 10, 3)) * time + rng.random((10, 3))))
    positions = seated_body + sway + time * np.array([0.3, 0.0, 0.8]) + np.array([1.0, 0.9, 2.0])
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")


@pytest.fixture
def filmed(moving: PoseSequence) -> PoseSequence:
    """The same person in an image, with confidences."""
    pixels = moving.positions[:, :, :2] * np.array([200.0, -200.0]) + np.array([300.0, 800.0])
    confidence = np.random.default_rng(1).uniform(0.3, 1.2, pixels.shape[:2])
    return replace(moving, positions=pixels, unit="px", up="-y", confidence=confidence)
