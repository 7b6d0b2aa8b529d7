import numpy as np
import pytest

from skelgraph.io.bvh_hierarchy import Hierarchy, forward_kinematics

XYZ_POSITION = ("xposition", "yposition", "zposition")


def elementary(channel: str, value: float) -> np.ndarray:
    """The 4x4 matrix of one channel, written out from its definition."""
    matrix = np.eye(4)
    if channel.endswith("position"):
        matrix["xyz".index(channel[0]), 3] = value
        return matrix
    c, s = np.cos(np.radians(value)), np.sin(np.radians(value))
    matrix[:3, :3] = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }[channel[0]]
    return matrix


def recursive_positions(hierarchy: Hierarchy, motion: np.ndarray) -> np.ndarray:
    """Forward kinematics by the book: a product of 4x4 matrices per frame and joint."""
    first = np.cumsum([0, *map(len, hierarchy.channels)])

    def pose(frame: np.ndarray, joint: int) -> np.ndarray:
        values = dict(zip(hierarchy.channels[joint], frame[first[joint] :], strict=False))
        move = np.eye(4)
        move[:3, 3] = hierarchy.offsets[joint]
        for axis, channel in enumerate(XYZ_POSITION):
            move[axis, 3] = values.get(channel, move[axis, 3])
        for channel, value in values.items():
            if channel.endswith("rotation"):
                move = move @ elementary(channel, value)
        parent = hierarchy.parents[joint]
        return move if parent < 0 else pose(frame, parent) @ move

    joints = range(len(hierarchy.joints))
    return np.array([[pose(frame, joint)[:3, 3] for joint in joints] for frame in motion])


def random_hierarchy(rng: np.random.Generator, num_joints: int) -> Hierarchy:
    def channels() -> tuple[str, ...]:
        names = [f"{axis}{kind}" for axis in "xyz" for kind in ("position", "rotation")]
        return tuple(rng.permutation(names)[: rng.integers(0, 7)])

    return Hierarchy(
        joints=tuple(f"joint{number}" for number in range(num_joints)),
        parents=(-1, *(int(rng.integers(0, number)) for number in range(1, num_joints))),
        offsets=rng.normal(size=(num_joints, 3)),
        channels=(("xposition", "yrotation"), *(channels() for _ in range(1, num_joints))),
    )


@pytest.mark.parametrize("seed", range(8))
def test_any_channels_in_any_order_equal_the_recursion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hierarchy = random_hierarchy(rng, num_joints=9)
    motion = rng.uniform(-200, 200, size=(5, hierarchy.num_channels))
    expected = recursive_positions(hierarchy, motion)
    np.testing.assert_allclose(forward_kinematics(hierarchy, motion), expected, atol=1e-10)


def arm(elbow_channels: tuple[str, ...]) -> Hierarchy:
    return Hierarchy(
        joints=("shoulder", "elbow", "wrist", "back"),
        parents=(-1, 0, 1, 0),
        offsets=np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, -1]], dtype=float),
        channels=((*XYZ_POSITION, "zrotation"), elbow_channels, (), ("yrotation",)),
    )


def test_a_right_angle_at_the_elbow() -> None:
    positions = forward_kinematics(arm(("zrotation",)), np.array([[5.0, 6, 7, 0, 90, 0]]))
    expected = [[[5, 6, 7], [6, 6, 7], [6, 7, 7], [5, 6, 6]]]
    np.testing.assert_allclose(positions, expected, atol=1e-12)


def test_a_position_channel_replaces_its_coordinate_of_the_offset_alone() -> None:
    positions = forward_kinematics(arm(("yposition",)), np.array([[0.0, 0, 0, 0, 3, 0]]))
    np.testing.assert_allclose(positions[0, 1], [1, 3, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("channel", "missing"),
    [
        (0, [True, True, True, True]),  # where the root is
        (3, [False, True, True, True]),  # how the root is turned
        (4, [False, False, True, False]),  # how the elbow is turned
        (5, [False, False, False, False]),  # how a joint without descendants is turned
    ],
)
def test_missing_numbers_make_missing_what_depends_on_them(
    channel: int, missing: list[bool]
) -> None:
    motion = np.full((3, 6), 10.0)
    motion[1, channel] = np.nan
    positions = forward_kinematics(arm(("zrotation",)), motion)
    assert np.isnan(positions).any(axis=2)[1].tolist() == missing
    assert not np.isnan(positions[[0, 2]]).any()
