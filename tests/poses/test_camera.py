import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.poses import H36M_CAMERA, camera_to_world, normalize_screen

CORNERS = np.array([[0.0, 0.0], [1920.0, 0.0], [1920.0, 1080.0], [960.0, 540.0]])


def test_the_image_s_width_becomes_two_and_its_aspect_stays() -> None:
    normalized = normalize_screen(CORNERS, width_px=1920, height_px=1080)
    expected = [[-1, -0.5625], [1, -0.5625], [1, 0.5625], [0, 0]]
    np.testing.assert_allclose(normalized, expected, atol=1e-12)
    upright = normalize_screen(np.array([300.0, 700.0]), width_px=400, height_px=800)
    np.testing.assert_allclose(upright, [0.5, 1.5])


def test_missing_joints_stay_missing_and_precision_stays() -> None:
    image = np.array([[1.0, 2.0], [np.nan, np.nan]], dtype=np.float32)
    result = normalize_screen(image, width_px=10, height_px=20)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(result), np.isnan(image))
    space = np.array([[1.0, 2.0, 3.0], [np.nan] * 3], dtype=np.float32)
    world = camera_to_world(space)
    assert world.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(world), np.isnan(space))
    assert world[0, 2] == 0
    assert np.isnan(camera_to_world(space[1:])).all()


def test_whole_numbers_are_taken_too() -> None:
    pixels = np.array([[3, 1]])
    normalized = normalize_screen(pixels, width_px=4, height_px=2)
    np.testing.assert_array_equal(normalized, [[0.5, 0.0]])


def test_the_input_is_left_alone() -> None:
    space = np.random.default_rng(0).normal(size=(4, 10, 3))
    before = space.copy()
    camera_to_world(space)
    np.testing.assert_array_equal(space, before)


def test_the_rotation_is_the_quaternion_s() -> None:
    """v + 2 (w (q x v) + q x (q x v)), as the official code turns a vector."""
    vectors = np.random.default_rng(1).normal(size=(6, 17, 3))
    w, q = H36M_CAMERA[0], np.array(H36M_CAMERA[1:])
    expected = vectors + 2 * (w * np.cross(q, vectors) + np.cross(q, np.cross(q, vectors)))
    world = camera_to_world(vectors, on_floor=False)
    np.testing.assert_allclose(world, expected, atol=1e-6)
    expected[..., 2] -= expected[..., 2].min()
    np.testing.assert_allclose(camera_to_world(vectors), expected, atol=1e-6)


def test_a_quarter_turn_about_x_puts_the_camera_s_down_below() -> None:
    half = np.sqrt(0.5)
    axes = np.eye(3)  # right, down, away
    world = camera_to_world(axes, rotation=(half, -half, 0.0, 0.0), on_floor=False)
    np.testing.assert_allclose(world, [[1, 0, 0], [0, 0, -1], [0, 1, 0]], atol=1e-12)


def test_people_stand_upright_in_the_room() -> None:
    down, away = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    assert camera_to_world(down, on_floor=False)[2] < -0.95
    assert -0.3 < camera_to_world(away, on_floor=False)[2] < 0  # the camera looks down a little


@pytest.mark.parametrize("shape", [(), (3,), (4, 17, 3), (2, 4)])
def test_other_than_image_coordinates_are_errors(shape: tuple[int, ...]) -> None:
    with pytest.raises(PoseError, match=r"expected positions \(..., 2\), but got an array \("):
        normalize_screen(np.zeros(shape), width_px=10, height_px=10)


def test_other_than_positions_in_space_are_errors() -> None:
    with pytest.raises(
        PoseError, match=r"expected positions \(..., 3\), but got an array \(4, 2\)"
    ):
        camera_to_world(np.zeros((4, 2)))


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 10), (10, -1), (np.nan, 1), (1, np.inf)])
def test_an_image_without_a_size_is_an_error(width_px: float, height_px: float) -> None:
    with pytest.raises(PoseError, match="width and height of an image in pixels, but got"):
        normalize_screen(np.zeros((1, 2)), width_px=width_px, height_px=height_px)


@pytest.mark.parametrize("rotation", [(1, 1, 0, 0), (0, 0, 0, 0), (1, 0, 0), (np.nan, 0, 0, 0)])
def test_what_is_no_rotation_is_an_error(rotation: tuple[float, ...]) -> None:
    with pytest.raises(PoseError, match=r"four numbers \(w, x, y, z\) of length 1, but got \("):
        camera_to_world(np.zeros((1, 3)), rotation=rotation)
