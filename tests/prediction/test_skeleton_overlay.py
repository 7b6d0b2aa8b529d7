"""Skeletons and labels on the pixels of an image."""

import numpy as np
import pytest

from skelgraph.layouts import BLUE, COCO17, VERMILION
from skelgraph.prediction import Label, SkeletonOverlay
from skelgraph.prediction.skeleton_overlay import load_font

GRAY = 90


def make_image(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), GRAY, dtype=np.uint8)


def stand(left: float, top: float, size: float) -> np.ndarray:
    """A person who stands with the arms spread, seen from the front."""
    places = np.full((17, 2), np.nan)
    spots = {
        "nose": (0.5, 0.05),
        "left_shoulder": (0.65, 0.25),
        "right_shoulder": (0.35, 0.25),
        "left_elbow": (0.8, 0.25),
        "right_elbow": (0.2, 0.25),
        "left_wrist": (1.0, 0.25),
        "right_wrist": (0.0, 0.25),
        "left_hip": (0.6, 0.6),
        "right_hip": (0.4, 0.6),
    }
    for name, spot in spots.items():
        places[COCO17.index(name)] = spot
    return places * size + [left, top]


def find_color(image: np.ndarray, color: str) -> np.ndarray:
    """The places (n, 2), x and y, of the pixels of a color."""
    wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    rows, columns = np.nonzero((np.abs(image.astype(int) - wanted) < 12).all(axis=2))
    return np.stack([columns, rows], axis=1)


def test_left_is_vermilion_and_right_is_blue_where_the_joints_are() -> None:
    places = stand(100, 100, 300)
    drawn = SkeletonOverlay((640, 480)).draw(make_image(640, 480), [(COCO17, places, None)])
    assert drawn.shape == (480, 640, 3)
    left, right = find_color(drawn, VERMILION), find_color(drawn, BLUE)
    assert left[:, 0].mean() > right[:, 0].mean() + 100
    assert left[:, 0].max() == pytest.approx(400, abs=6)
    assert right[:, 0].min() == pytest.approx(100, abs=6)
    untouched = (drawn == GRAY).all(axis=2)
    assert untouched.mean() > 0.97
    assert untouched[300:, :].all()  # legs are missing


def test_lines_and_letters_grow_with_the_image() -> None:
    shares = []
    for scale in (2, 4):
        size = (320 * scale, 240 * scale)
        person = (COCO17, stand(60 * scale, 80 * scale, 150 * scale), Label(text="joy", color=BLUE))
        drawn = SkeletonOverlay(size).draw(make_image(*size), [person])
        shares.append((drawn != GRAY).any(axis=2).mean())
    assert shares[0] == pytest.approx(shares[1], rel=0.15)


def test_a_label_is_above_the_person_and_inside_the_image() -> None:
    overlay = SkeletonOverlay((640, 480))
    color = "#12ab34"
    for left, top, is_above in ((200, 200, True), (-100, -40, False), (560, 10, False)):
        person = (COCO17, stand(left, top, 150), Label(text="neutral 64%", color=color))
        plate = find_color(overlay.draw(make_image(640, 480), [person]), color)
        low, high = plate.min(axis=0), plate.max(axis=0)
        assert (low >= 0).all()
        assert high[0] - low[0] == pytest.approx(overlay.text_px * 7.5, rel=0.25)
        if is_above:
            assert high[1] < top
            assert (low[0] + high[0]) / 2 == pytest.approx(left + 75, abs=3)


def test_labels_of_people_who_overlap_do_not() -> None:
    colors = ("#12ab34", "#ab1234")
    persons = [
        (COCO17, stand(200 + 10 * number, 200, 150), Label(text="joy", color=color))
        for number, color in enumerate(colors)
    ]
    drawn = SkeletonOverlay((640, 480)).draw(make_image(640, 480), persons)
    first, second = (find_color(drawn, color)[:, 1] for color in colors)
    assert first.max() < second.min()


def test_letters_are_dark_on_light_plates_and_light_on_dark_ones() -> None:
    for color, letters in (("#F0E442", "#000000"), ("#0072B2", "#ffffff")):
        person = (COCO17, stand(200, 200, 150), Label(text="joy 78%", color=color))
        drawn = SkeletonOverlay((640, 480)).draw(make_image(640, 480), [person])
        top = drawn[:190]
        assert len(find_color(top, letters)) > 50


def test_who_is_not_there_or_outside_is_not_drawn() -> None:
    image = make_image(320, 240)
    label = Label(text="joy", color=BLUE)
    absent = (COCO17, np.full((17, 2), np.nan), label)
    overlay = SkeletonOverlay((320, 240))
    np.testing.assert_array_equal(overlay.draw(image, [absent]), image)
    outside = (COCO17, stand(900, 900, 50), None)
    np.testing.assert_array_equal(overlay.draw(image, [outside]), image)


def test_the_font_is_of_the_size() -> None:
    assert load_font(20).getlength("joy") < load_font(40).getlength("joy")
