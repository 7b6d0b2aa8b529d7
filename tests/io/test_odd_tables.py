"""Tables and files of laboratories as people have them, under ``odd`` of the shared data."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import detect_format, read_sequence

pytestmark = pytest.mark.realdata


@pytest.fixture
def odd(shared_data: Path) -> Path:
    folder = shared_data / "odd"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    return folder


def test_trajectories_of_nexus(odd: Path) -> None:
    path = odd / "table" / "nexus_trajectories.csv"
    assert detect_format(path) == "nexus"
    sequence = read_sequence(path)
    assert (sequence.num_frames, sequence.fps, sequence.unit) == (580, 100, "mm")
    assert sequence.layout.num_joints == 51
    left = sequence.layout.index("boite:gauche_ext")
    np.testing.assert_allclose(sequence.positions[0, left], [44.1628, -276.862, 675.697])
    assert 0.98 < sequence.present.mean() < 1  # gaps are missing


def test_a_table_with_its_hierarchy(odd: Path) -> None:
    sequence = read_sequence(odd / "table" / "walk01_pos.csv")
    layout = sequence.layout
    assert (sequence.num_frames, layout.num_joints, sequence.unit) == (101, 24, "cm")
    assert layout.joints[layout.center] == "Hips"
    assert layout.joints[layout.parents[layout.index("LeftHand_End")]] == "LeftHand"


def test_one_motion_in_three_spellings(odd: Path) -> None:
    names = ("dot-columns", "excel-semicolon-comma")
    dots, commas = (read_sequence(odd / "table" / f"{name}.csv") for name in names)
    first = read_sequence(odd / "table" / "freemocap_body_3d_xyz.csv", fps=30)
    np.testing.assert_array_equal(dots.positions, commas.positions)
    assert (dots.layout.name, dots.num_frames, dots.fps) == ("mediapipe33", 30, 30)
    assert (dots.unit, commas.unit, first.unit) == ("m", "m", "mm")
    np.testing.assert_allclose(dots.positions, first.positions / 1000, atol=1e-5)


def test_a_table_of_deeplabcut(odd: Path) -> None:
    sequence = read_sequence(odd / "labs" / "deeplabcut.csv", fps=25)
    assert (sequence.num_frames, sequence.num_dimensions) == (962, 2)
    assert sequence.layout.joints[:5] == ("tl", "tr", "bl", "br", "lt")
    assert sequence.layout.joints[-1] == "tailtip"
    assert sequence.confidence is not None
    assert sequence.confidence.max() <= 1


def test_an_analysis_of_sleap(odd: Path) -> None:
    sequence = read_sequence(odd / "labs" / "sleap.analysis.h5", fps=30)
    layout = sequence.layout
    assert (sequence.num_frames, layout.num_joints, sequence.num_dimensions) == (21690, 11, 2)
    assert layout.joints[layout.center] == "haunch"
    assert layout.joints[layout.parents[layout.index("nose")]] == "neck"
    assert not layout.added_bones
    assert not layout.extra_edges
