"""The comparison of an exported model with PyTorch, on drawn recordings."""

from collections.abc import Sequence

import numpy as np

from skelgraph.data import ClipMedia
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout, rest_pose
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunFacts
from skelgraph.serving.export_file import Agreement
from skelgraph.serving.served_networks import ServedNetwork
from skelgraph.typing import FloatArray

LARGEST_DIFFERENCE = 1e-4
"""Largest difference of a probability from PyTorch's that an export may have."""

LENGTHS = (16, 37, 64, 128, 300, 600)
"""Frames of the recordings that are compared, at the model's frame rate."""

_GAP = 0.4
"""Share of a recording in which a joint is missing; longer than the gaps that are filled."""


def compare_networks(
    networks: Sequence[ServedNetwork], exported: Sequence[ServedNetwork], *, seed: int = 0
) -> Agreement:
    """Compare probabilities for recordings of several lengths, whole and with missing joints.

    Raises:
        RunError: If they differ by more than :data:`LARGEST_DIFFERENCE`.
    """
    differences = []
    for network, other in zip(networks, exported, strict=True):
        clips = draw_recordings(network.facts, seed=seed)
        expected = network.score([network.prepare(clip, ClipMedia()) for clip in clips])
        prepared = [other.prepare(clip, ClipMedia()) for clip in clips]
        alone = np.concatenate([other.score([clip]) for clip in prepared])
        scores = np.stack([other.score(prepared), alone])  # padded, and perhaps nothing missing
        differences.append(float(np.abs(scores - expected).max()))
    if not max(differences) <= LARGEST_DIFFERENCE:
        raise RunError(
            f"{networks[0].run.path}: the exported probabilities differ from PyTorch's by "
            f"{max(differences):.1e}, more than {LARGEST_DIFFERENCE:.0e}: nothing was written"
        )
    return Agreement(frames=LENGTHS, largest_difference=max(differences))


def draw_recordings(facts: RunFacts, *, seed: int = 0) -> list[PoseSequence]:
    """Return recordings of a person who moves, two of each length: whole, and with gaps."""
    generator = np.random.default_rng(seed)
    recordings = []
    for num_frames in LENGTHS:
        for has_gaps in (False, True):
            positions = _draw_positions(facts.layout, facts.num_dimensions, num_frames, generator)
            if has_gaps:
                _cut_gaps(positions, facts.layout.center, generator)
            present = ~np.isnan(positions).any(axis=2)
            confidence = np.where(present, generator.uniform(0.3, 1, present.shape), 0.0)
            recordings.append(
                PoseSequence(
                    positions=positions,
                    layout=facts.layout,
                    fps=facts.preprocessing.fps or 30.0,
                    unit="m" if facts.num_dimensions == 3 else "px",
                    confidence=confidence if facts.channels == "xyc" else None,
                    name=f"{num_frames} frames",
                )
            )
    return recordings


def _draw_positions(
    layout: JointLayout, num_dimensions: int, num_frames: int, generator: np.random.Generator
) -> FloatArray:
    """Return positions (T, V, C) of a standing person whose joints swing."""
    V = layout.num_joints
    pose = np.zeros((V, num_dimensions))
    pose[:, :2] = rest_pose(layout)
    if num_dimensions == 3:
        pose[:, 2] = generator.normal(0, 0.05, V)
    phase, rate = generator.uniform(0, 6, (2, V, num_dimensions))
    time = np.arange(num_frames)[:, None, None] / 30
    swing = 0.08 * np.sin(rate * time + phase)
    return np.asarray(pose + swing + generator.normal(0, 0.002, (num_frames, V, num_dimensions)))


def _cut_gaps(positions: FloatArray, root: int, generator: np.random.Generator) -> None:
    """Make joints missing for a while, one of them all the time; not the root."""
    num_frames, V, _ = positions.shape
    others = [joint for joint in range(V) if joint != root]
    length = max(int(num_frames * _GAP), 1)
    for joint in generator.choice(others, size=max(len(others) // 3, 1), replace=False):
        start = int(generator.integers(num_frames - length + 1))
        positions[start : start + length, joint] = np.nan
    positions[:, others[-1]] = np.nan
