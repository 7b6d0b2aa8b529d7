import numpy as np
import pytest

from skelgraph.layouts import CATALOGUE, UPPER10, JointLayout, find_parts, rest_pose

every_layout = pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)


@every_layout
def test_it_is_a_body(layout: JointLayout) -> None:
    pose, parts = rest_pose(layout), find_parts(layout)
    assert pose.shape == (layout.num_joints, 2)
    assert np.isfinite(pose).all()
    for side, sign in (("left", 1), ("right", -1)):
        arm = [pose[parts[f"{side}_{part}"]] for part in ("shoulder", "elbow", "wrist")]
        assert all(sign * place[0] > 0 for place in arm)
        assert arm[0][1] > arm[1][1] > arm[2][1]
        leg = ("hip", "knee", "ankle")
        if all(f"{side}_{part}" in parts for part in leg):
            heights = [pose[parts[f"{side}_{part}"]][1] for part in leg]
            assert heights == sorted(heights, reverse=True)


@every_layout
def test_left_and_right_mirror_each_other(layout: JointLayout) -> None:
    pose = rest_pose(layout)
    np.testing.assert_allclose(pose[layout.mirror], pose * [-1, 1], atol=1e-9)


@every_layout
def test_no_two_joints_are_drawn_on_one_place(layout: JointLayout) -> None:
    pose = rest_pose(layout)
    apart = np.linalg.norm(pose[:, None] - pose[None], axis=-1)
    np.fill_diagonal(apart, 1)
    assert apart.min() > 0.004


def test_joints_between_parts_lie_on_the_way_and_others_go_on() -> None:
    parents = {
        "pelvis": None,
        "belly": "pelvis",
        "ribs": "belly",
        "left_shoulder": "ribs",
        "right_shoulder": "ribs",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "left_sleeve": "left_wrist",
    }
    pose = rest_pose(JointLayout.from_parents("coat", parents))
    pelvis, belly, ribs, _, _, _, wrist, sleeve = pose
    np.testing.assert_allclose(belly, (pelvis + ribs) / 2, atol=0.01)
    assert sleeve[1] < wrist[1]
    assert sleeve[0] > wrist[0]


def test_what_is_no_body_is_a_tree_around_its_center() -> None:
    star = JointLayout.from_parents("star", {"core": None, **dict.fromkeys("abcd", "core")})
    pose = rest_pose(star)
    distances = np.linalg.norm(pose[1:] - pose[0], axis=1)
    np.testing.assert_allclose(distances, distances[0])
    assert len({tuple(place.round(6)) for place in pose}) == 5
    assert rest_pose(JointLayout.from_parents("point", {"marker": None})).shape == (1, 2)


def test_the_center_of_the_upper_body_is_below() -> None:
    assert rest_pose(UPPER10)[:, 1].argmin() in (0, 6, 9)
