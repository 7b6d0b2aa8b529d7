from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import write_npz
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence

MakeSequence = Callable[..., PoseSequence]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder


@pytest.fixture
def make_sequence() -> MakeSequence:
    """Makes a sequence of random positions, a share of whose joints is missing."""

    def make(
        num_frames: int = 5,
        *,
        layout: JointLayout = UPPER10,
        missing: float = 0.0,
        dimensions: int = 3,
        seed: int = 0,
        name: str = "clip",
        label: str | None = None,
        recording: str | None = None,
    ) -> PoseSequence:
        generator = np.random.default_rng(seed)
        positions = generator.normal(size=(num_frames, layout.num_joints, dimensions))
        positions[generator.random(positions.shape[:2]) < missing] = np.nan
        return PoseSequence(
            positions=positions,
            layout=layout,
            fps=30.0,
            unit="m",
            name=name,
            label=label,
            recording=recording,
        )

    return make


@pytest.fixture
def write_clips(make_sequence: MakeSequence) -> Callable[[Path, list[str]], None]:
    """Writes a clip of its own to each of some npz files below a folder."""

    def write(root: Path, files: list[str]) -> None:
        for seed, file in enumerate(files):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            write_npz(root / file, make_sequence(seed=seed, name=Path(file).stem))

    return write
