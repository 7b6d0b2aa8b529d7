from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.lifting import (
    CameraRanges,
    VirtualCamera,
    draw_camera,
    find_middle,
    project_sequence,
)
from skelgraph.poses import PoseSequence


def stand(num_frames: int = 3) -> PoseSequence:
    """A person of 10 joints who faces +z, in meters."""
    pose = np.column_stack([rest_pose(UPPER10), np.zeros(10)])
    pose[:, 0] *= np.sign(pose[UPPER10.index("left_wrist"), 0])
    return PoseSequence(
        positions=np.tile(pose, (num_frames, 1, 1)), layout=UPPER10, fps=30.0, unit="m", up="+y"
    )


def test_a_camera_straight_ahead_by_hand() -> None:
    camera = VirtualCamera.look_at(
        [0, 1, 0], place_m=[0, 1, 4], focal_px=800, width_px=640, height_px=480
    )
    world = np.array(
        [
            [0.0, 1.0, 0.0],  # the point it looks at
            [0.5, 1.0, 0.0],  # the person's left is on the image's right
            [0.0, 1.25, 0.0],  # up in the world is up in the image, where y points down
            [0.5, 1.0, 2.0],  # twice as near, twice as far from the center
        ]
    )
    expected = [[320, 240], [420, 240], [320, 190], [520, 240]]
    np.testing.assert_allclose(camera.project(world), expected)
    np.testing.assert_allclose(camera.to_camera(world[1]), [0.5, 0, 4])
    np.testing.assert_allclose(camera.to_camera(world[2]), [0, -0.25, 4])


def test_a_camera_at_the_person_s_left_by_hand() -> None:
    camera = VirtualCamera.look_at([0, 0, 0], place_m=[2, 0, 0], focal_px=100)
    # From there, what is before the person (+z) is on the image's left.
    np.testing.assert_allclose(camera.to_camera(np.array([0.0, 0.0, 1.0])), [-1, 0, 2], atol=1e-12)


def test_a_raised_camera_looks_down() -> None:
    camera = VirtualCamera.look_at([0, 0, 0], place_m=[0, 3, 4], focal_px=100)
    np.testing.assert_allclose(camera.to_camera(np.zeros(3)), [0, 0, 5], atol=1e-12)
    # One unit up: cos of the tilt upward in the image, sin of it nearer.
    np.testing.assert_allclose(camera.to_camera(np.array([0.0, 1.0, 0.0])), [0, -0.8, 4.4])


def test_roll_turns_what_is_seen_counterclockwise() -> None:
    camera = VirtualCamera.look_at([0, 0, 0], place_m=[0, 0, 1], focal_px=100, roll_deg=90)
    seen = camera.project(np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]])) - [960, 540]
    np.testing.assert_allclose(seen, [[0, -50], [-50, 0]], atol=1e-9)


def test_its_axes_are_a_rotation() -> None:
    for seed in range(20):
        camera = draw_camera(np.random.default_rng(seed), np.array([0.3, 1.0, -0.2]))
        np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(camera.rotation) == pytest.approx(1)


def test_a_camera_turned_to_a_point_looks_at_it_by_the_least_turn() -> None:
    target = np.array([0.4, 1.3, -0.2])
    for seed in range(10):
        camera = draw_camera(np.random.default_rng(seed), np.zeros(3))
        turned = camera.turned_to(target)
        distance = np.linalg.norm(target - camera.place_m)
        np.testing.assert_allclose(turned.to_camera(target), [0, 0, distance], atol=1e-12)
        np.testing.assert_allclose(turned.rotation @ turned.rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turned.rotation) == pytest.approx(1)
        ahead = camera.to_camera(target)
        cosine = (np.trace(turned.rotation @ camera.rotation.T) - 1) / 2
        assert cosine == pytest.approx(ahead[2] / np.linalg.norm(ahead))


def test_what_is_behind_a_camera_is_missing() -> None:
    camera = VirtualCamera.look_at([0, 0, 0], place_m=[0, 0, 1], focal_px=100)
    seen = camera.project(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 1.0]]))
    assert np.isnan(seen).any(axis=1).tolist() == [False, True, True]


def test_drawn_cameras_keep_to_their_ranges() -> None:
    ranges = CameraRanges(aim_m=(0.0, 0.0), azimuth_deg=(-30.0, 60.0), height_m=(0.0, 0.5))
    target = np.array([1.0, 2.0, 3.0])
    generator = np.random.default_rng(0)
    cameras = [draw_camera(generator, target, ranges) for _ in range(300)]
    away = np.stack([camera.place_m - target for camera in cameras])
    azimuth = np.rad2deg(np.arctan2(away[:, 0], away[:, 2]))
    distance = np.linalg.norm(away[:, [0, 2]], axis=1)
    assert -30 <= azimuth.min() < -25
    assert 55 < azimuth.max() <= 60
    assert 1.5 <= distance.min() < 1.7
    assert 5.7 < distance.max() <= 6.0
    assert away[:, 1].min() >= 0
    assert away[:, 1].max() <= 0.5
    assert {(one.width_px, one.height_px) for one in cameras} == set(ranges.image_sizes_px)
    for camera in cameras:
        angle = 2 * np.arctan(max(camera.width_px, camera.height_px) / 2 / camera.focal_px)
        assert 35 <= np.rad2deg(angle) <= 75
        np.testing.assert_allclose(
            camera.project(target), [camera.width_px / 2, camera.height_px / 2]
        )


def test_the_same_seed_draws_the_same_camera() -> None:
    first, again, other = (
        draw_camera(np.random.default_rng(seed), np.zeros(3)) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first.rotation, again.rotation)
    np.testing.assert_array_equal(first.place_m, again.place_m)
    assert not np.array_equal(first.place_m, other.place_m)


def test_a_recording_is_projected_with_its_facts() -> None:
    person = replace(stand(), name="walk", label="joy", subject="A")
    positions = person.positions.copy()
    positions[1, 3] = np.nan
    person = replace(person, positions=positions)
    camera = draw_camera(np.random.default_rng(0), find_middle(person))
    image = project_sequence(person, camera)
    assert (image.unit, image.up, image.num_dimensions) == ("px", "-y", 2)
    assert (image.name, image.label, image.subject, image.fps) == ("walk", "joy", "A", 30.0)
    np.testing.assert_array_equal(image.present, person.present)
    np.testing.assert_allclose(
        image.positions[0, 0], camera.project(person.positions[0, 0]), rtol=1e-6
    )


def test_a_person_before_the_camera_is_upright_with_his_left_on_the_image_s_right() -> None:
    person = stand(1)
    camera = VirtualCamera.look_at(
        find_middle(person), place_m=find_middle(person) + np.array([0, 0, 3]), focal_px=900
    )
    x, y = project_sequence(person, camera).positions[0].T
    assert x[UPPER10.index("left_wrist")] > x[UPPER10.index("right_wrist")]
    assert y[UPPER10.index("neck_nose")] < y[UPPER10.index("spinebase")]


def test_what_cannot_be_projected_is_said() -> None:
    camera = VirtualCamera.look_at([0, 0, 0], place_m=[0, 0, 1], focal_px=100)
    person = stand(1)
    for wrong in (replace(person, unit="cm"), replace(person, up="+z")):
        with pytest.raises(PoseError, match=r"in 'm' with '\+y' up, but got 3 in"):
            project_sequence(wrong, camera)
    with pytest.raises(PoseError, match="all are missing"):
        find_middle(replace(person, positions=np.full((1, 10, 3), np.nan)))
    with pytest.raises(PoseError, match="straight up or down"):
        VirtualCamera.look_at([0, 0, 0], place_m=[0, 2, 0], focal_px=100)
    with pytest.raises(PoseError, match="focal length and an image above 0 px"):
        VirtualCamera.look_at([0, 0, 0], place_m=[0, 0, 1], focal_px=0)
    with pytest.raises(PoseError, match=r"azimuth_deg, but got 10\.0 to 5\.0"):
        CameraRanges(azimuth_deg=(10.0, 5.0))
    with pytest.raises(PoseError, match="distances above 0 m"):
        CameraRanges(distance_m=(0.0, 5.0))
