import numpy as np
import pytest

from skelgraph.io.guess_metadata import guess_unit, guess_up, round_rate, stands_on_z
from skelgraph.layouts import (
    COCO17,
    H36M17,
    MEDIAPIPE33,
    MPI23,
    UPPER10,
    JointLayout,
    rest_pose,
)

# A person of 1.75 m who stands: x to the left, y up, meters; Winter's segment lengths, rounded.
HEIGHTS = {
    "pelvis": (0, 0.93), "spine": (0, 1.15), "thorax": (0, 1.43), "neck_nose": (0, 1.58),
    "head": (0, 1.68), "shoulder": (0.22, 1.43), "elbow": (0.22, 1.1), "wrist": (0.22, 0.85),
    "hip": (0.16, 0.93), "knee": (0.16, 0.5), "ankle": (0.16, 0.07), "nose": (0, 1.62),
    "eye": (0.03, 1.65), "ear": (0.07, 1.62), "spinebase": (0, 0.93),
}  # fmt: skip


def stand(layout: JointLayout) -> np.ndarray:
    """Positions (3, V, 3) of the standing person."""
    positions = []
    for joint in layout.joints:
        side, _, part = joint.rpartition("_") if joint != "neck_nose" else ("", "", joint)
        x, y = HEIGHTS[part]
        positions.append([-x if side == "right" else x, y, 0.0])
    return np.tile(np.array(positions), (3, 1, 1))


@pytest.mark.parametrize("layout", [UPPER10, H36M17, COCO17], ids=lambda layout: layout.name)
@pytest.mark.parametrize(
    ("scale", "unit"), [(1, "m"), (100, "cm"), (1000, "mm"), (20, "unknown"), (0.1, "unknown")]
)
def test_a_person_has_the_size_of_one(layout: JointLayout, scale: float, unit: str) -> None:
    assert guess_unit(stand(layout) * scale, layout) == unit


def test_plane_coordinates_are_pixels_unless_they_are_normalized() -> None:
    assert guess_unit(stand(COCO17)[:, :, :2] * 400, COCO17) == "px"
    assert guess_unit(stand(COCO17)[:, :, :2], COCO17) == "unknown"


def test_a_few_missing_frames_do_not_matter_and_all_missing_is_unknown() -> None:
    positions = stand(UPPER10)
    positions[0] = np.nan
    assert guess_unit(positions, UPPER10) == "m"
    assert guess_unit(np.full((3, 10, 3), np.nan), UPPER10) == "unknown"


@pytest.mark.parametrize("layout", [UPPER10, H36M17, COCO17], ids=lambda layout: layout.name)
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_head_is_up(layout: JointLayout, axis: int, sign: int) -> None:
    turned = np.roll(stand(layout), axis - 1, axis=2) * sign
    assert guess_up(turned, layout) == f"{'+' if sign > 0 else '-'}{'xyz'[axis]}"


def test_up_where_nothing_tells_it() -> None:
    layout = JointLayout.from_parents("stick", {"a": None, "b": "a"})
    assert guess_up(np.ones((2, 2, 3)), layout) == "+y"
    assert guess_up(np.ones((2, 2, 2)), layout) == "-y"
    assert guess_up(np.full((2, 10, 3), np.nan), UPPER10) == "+y"


@pytest.mark.parametrize(
    ("fps", "tolerance", "expected"),
    [
        (120.0048, 0.002, 120.0),
        (1 / 0.0167, 0.002, 60.0),
        (29.97, 1e-4, 29.97),
        (0.3, 0.002, 0.3),
        (float("inf"), 0.002, float("inf")),
    ],
)
def test_rates_are_rounded_within_the_tolerance(
    fps: float, tolerance: float, expected: float
) -> None:
    assert round_rate(fps, tolerance) == expected


@pytest.mark.parametrize(("per_meter", "unit"), [(1, "m"), (100, "cm"), (1000, "mm")])
def test_the_box_around_noisy_bones(per_meter: float, unit: str) -> None:
    rng = np.random.default_rng(0)
    positions = rng.uniform(-0.5, 0.5, size=(9, MEDIAPIPE33.num_joints, 3)) * per_meter
    assert guess_unit(positions, MEDIAPIPE33) == unit
    assert guess_unit(positions / per_meter * 5, MEDIAPIPE33) == "unknown"


@pytest.mark.parametrize(
    ("turn", "lift", "expected"),
    [
        ([[1, 0, 0], [0, 0, -1], [0, 1, 0]], 0.0, True),  # z up, the feet on the floor
        ([[1, 0, 0], [0, 0, -1], [0, 1, 0]], 0.9, False),  # lies along z, somewhere
        (np.eye(3), 0.0, False),  # y up
        ([[0, 1, 0], [1, 0, 0], [0, 0, 1]], 0.0, False),  # x up
    ],
)
def test_a_body_that_stands_on_z(turn, lift: float, expected: bool) -> None:
    pose = np.zeros((1, MPI23.num_joints, 3))
    pose[0, :, :2] = rest_pose(MPI23)
    pose[0, :, 1] -= pose[0, :, 1].min()
    positions = np.repeat(pose, 20, axis=0) @ np.transpose(turn) + [0, 0, lift]
    assert stands_on_z(positions, MPI23) is expected
    assert not stands_on_z(np.full((3, MPI23.num_joints, 3), np.nan), MPI23)
