"""Previews show the keypoints on the image and the skeleton beside it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skelgraph.errors import ExtractionError
from skelgraph.extraction import draw_preview
from skelgraph.extraction.preview_panels import ImagePanel, SkeletonPanel, make_panels
from skelgraph.layouts import UPPER10
from skelgraph.lifting import TemporalLifter, lift_sequence
from skelgraph.poses import PoseSequence, convert_layout

SIZE = (64.0, 48.0)


@pytest.fixture
def skeleton(keypoints: PoseSequence, lifter: TemporalLifter) -> PoseSequence:
    return convert_layout(lift_sequence(keypoints, lifter, size_px=SIZE), UPPER10)


def test_a_picture_shows_the_video(
    tmp_path: Path,
    make_video: Callable[..., Path],
    keypoints: PoseSequence,
    skeleton: PoseSequence,
) -> None:
    video = make_video(tmp_path / "a.mp4", num_frames=40)
    draw_preview(keypoints, skeleton, tmp_path / "new" / "with.png", video=video)
    draw_preview(keypoints, skeleton, tmp_path / "without.png", size_px=SIZE)
    shades = []
    for file in ("new/with.png", "without.png"):
        with Image.open(tmp_path / file) as picture:
            assert picture.width > 1500
            shades.append(np.asarray(picture.convert("L")))
    assert shades[0].shape == shades[1].shape
    # The video is gray where paper is nearly white; the panels below are the same.
    assert shades[0].mean() < shades[1].mean() - 5
    bottom = slice(2 * shades[0].shape[0] // 3, None)
    np.testing.assert_array_equal(shades[0][bottom], shades[1][bottom])


def test_an_animation_moves_at_the_pace_of_the_recording(
    tmp_path: Path, keypoints: PoseSequence, skeleton: PoseSequence
) -> None:
    draw_preview(keypoints, skeleton, tmp_path / "a.gif", size_px=SIZE)
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 14  # every third of 40
        assert animation.info["duration"] == 120
        first = np.asarray(animation.convert("L"), dtype=float)
        animation.seek(5)
        later = np.asarray(animation.convert("L"), dtype=float)
    assert np.abs(first - later).max() > 50


def test_a_video_may_be_shorter_than_its_keypoints(
    tmp_path: Path,
    make_video: Callable[..., Path],
    keypoints: PoseSequence,
    skeleton: PoseSequence,
) -> None:
    video = make_video(tmp_path / "a.mp4", num_frames=12)
    draw_preview(keypoints, skeleton, tmp_path / "a.png", video=video)
    with Image.open(tmp_path / "a.png") as picture:
        row = np.asarray(picture.convert("L"))[200]
    columns = np.array_split(row, 5)
    assert np.median(columns[0]) < 200 < np.median(columns[4])  # filmed, and on paper


def test_panels_are_those_that_can_be_drawn(
    keypoints: PoseSequence, skeleton: PoseSequence
) -> None:
    frames = [0, 9]
    kinds = [type(one) for one in make_panels(keypoints, skeleton, SIZE, {}, frames)]
    assert kinds == [ImagePanel, SkeletonPanel, SkeletonPanel]
    flat = convert_layout(keypoints, UPPER10)
    assert [type(one) for one in make_panels(keypoints, flat, None, {}, frames)] == kinds[:2]
    titles = [one.title for one in make_panels(skeleton, skeleton, None, {}, frames)]
    assert titles == ["from the front", "from the right"]


def test_all_joints_are_inside_of_their_panel(
    keypoints: PoseSequence, skeleton: PoseSequence
) -> None:
    image, front, side = make_panels(keypoints, skeleton, None, {}, range(40))
    assert isinstance(image, ImagePanel)
    assert (image.low <= keypoints.positions).all()
    assert (keypoints.positions <= image.high).all()
    for panel in (front, side):
        assert isinstance(panel, SkeletonPanel)
        assert (panel.low <= panel.view).all()
        assert (panel.view <= panel.high).all()
        assert not panel.view[:, UPPER10.center].any()
    assert isinstance(front, SkeletonPanel)
    assert isinstance(side, SkeletonPanel)
    np.testing.assert_allclose(front.high - front.low, side.high - side.low)
    assert front.aspect == pytest.approx(side.aspect)


def test_nobody_cannot_be_drawn(
    tmp_path: Path, keypoints: PoseSequence, skeleton: PoseSequence
) -> None:
    empty = replace(skeleton, positions=np.full((40, 10, 3), np.nan))
    with pytest.raises(ExtractionError, match="there is nobody to draw in 'clip'"):
        draw_preview(keypoints, empty, tmp_path / "a.png")
    with pytest.raises(ExtractionError, match=r"a\.pdf: expected a preview that ends in"):
        draw_preview(keypoints, skeleton, tmp_path / "a.pdf")


def test_frames_without_anybody_are_drawn_empty(
    tmp_path: Path, keypoints: PoseSequence, skeleton: PoseSequence
) -> None:
    positions = skeleton.positions.copy()
    positions[3:9] = np.nan
    draw_preview(keypoints, replace(skeleton, positions=positions), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 14
