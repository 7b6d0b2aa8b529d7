"""Bodies of rigid bones in the right and in a wrong order of joints."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import open_recording, read_sequence
from skelgraph.layouts import CATALOGUE, KINECT20, MSR20, UPPER10, JointLayout, gather_points
from skelgraph.poses import describe_misfit, find_fitting_layout, measure_misfit

OF_KINECT = {"mid_hip": "hip_center", "neck": "shoulder_center"}
TO_MSR = [KINECT20.joints.index(OF_KINECT.get(joint, joint)) for joint in MSR20.joints]


def move(layout: JointLayout, num_frames: int = 40, dimensions: int = 3) -> np.ndarray:
    """Positions (T, V, C) of a body whose bones keep their lengths and sway."""
    rng = np.random.default_rng(3)
    positions = np.ones((num_frames, layout.num_joints, dimensions))
    for joint in layout.depth_first[1:]:
        sway = rng.normal(size=dimensions) + 0.3 * np.cumsum(
            rng.normal(size=(num_frames, dimensions)), axis=0
        )
        bone = 0.3 * sway / np.linalg.norm(sway, axis=1, keepdims=True)
        positions[:, joint] = positions[:, layout.parents[joint]] + bone
    return positions


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_right_order_costs_what_the_best_tree_does(name: str) -> None:
    layout = CATALOGUE[name]
    positions = move(layout)
    misfit = measure_misfit(positions, layout)
    assert misfit is not None
    assert 0.999 < misfit < 1.2
    assert describe_misfit(positions, layout) is None
    shuffled = positions[:, np.random.default_rng(0).permutation(layout.num_joints)]
    assert "hardly make a body" in (describe_misfit(shuffled, layout) or "")


def test_the_layout_that_fits_better_is_named() -> None:
    positions = move(KINECT20)
    assert find_fitting_layout(positions) == KINECT20
    assert find_fitting_layout(positions[:, TO_MSR]) == MSR20
    assert describe_misfit(positions[:, TO_MSR], KINECT20) == (
        "the joints hardly make a body in the order of layout 'kinect20'; 'msr20' fits: "
        "--layout msr20"
    )


def test_too_little_tells_nothing() -> None:
    positions = move(UPPER10)
    positions[4:, :6] = np.nan
    assert measure_misfit(positions, UPPER10) is None
    assert measure_misfit(np.zeros((9, 10, 3)), UPPER10) is None
    assert measure_misfit(1e300 * move(UPPER10), UPPER10) is not None  # and no warning
    assert describe_misfit(move(UPPER10), gather_points([str(n) for n in range(10)])) is None


def test_missing_joints_do_not_matter() -> None:
    positions = move(UPPER10)
    positions[::3, 4] = positions[5:30, 9] = np.nan
    assert measure_misfit(positions, UPPER10) == pytest.approx(1, abs=0.2)


def write_joint_lines(file: Path, positions: np.ndarray) -> Path:
    rows = np.concatenate([positions, np.ones((*positions.shape[:2], 1))], axis=2)
    np.savetxt(file, rows.reshape(-1, 4))
    return file


def test_joints_without_names_in_another_order_are_a_note(tmp_path: Path) -> None:
    file = write_joint_lines(tmp_path / "a01_s01_e01_skeleton.txt", move(KINECT20)[:, TO_MSR])
    with pytest.warns(UserWarning, match=r"a01_s01_e01.*'kinect20'; 'msr20' fits"):
        read_sequence(file, layout=KINECT20, fps=15)
    with pytest.warns(UserWarning, match="'msr20' fits"):
        open_recording(file).read_with_hints(layout=KINECT20, fps=15)
    assert read_sequence(file, layout=MSR20, fps=15).layout == MSR20


def test_the_order_of_twenty_joints_a_line_is_told_from_the_motion(tmp_path: Path) -> None:
    file = tmp_path / "walk.txt"
    for positions, layout in ((move(KINECT20), KINECT20), (move(KINECT20)[:, TO_MSR], MSR20)):
        np.savetxt(file, positions.reshape(len(positions), -1))
        assert read_sequence(file, fps=30).layout == layout
