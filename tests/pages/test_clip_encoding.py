"""Clips as a page holds them."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from skelgraph.pages import PageClips
from skelgraph.pages.clip_encoding import stand_up
from skelgraph.pages.contact_sheet import choose_clips
from tests.pages.conftest import make_clip


def decode(clip: dict, person: int = 0) -> np.ndarray:
    """Return the positions (T, V, C) of a person, as the script of the page makes them."""
    data, joints = clip["persons"][person], 10
    numbers = np.frombuffer(base64.b64decode(data["positions"]), "<i2").astype(np.float64)
    numbers = numbers.reshape(-1, joints, clip["dimensions"])
    numbers[numbers == -32768] = np.nan
    return numbers * data["scale"] + data["middle"]


def test_positions_come_back_and_missing_joints_stay_missing():
    clip = make_clip()
    positions = clip.positions.copy()
    positions[3, 6] = np.nan
    page = PageClips(1)
    assert page.add([replace(clip, positions=positions)]) == 0
    np.testing.assert_allclose(decode(page.clips[0]), positions, atol=2e-5)
    assert page.data["layouts"][0]["bones"] == [list(bone) for bone in clip.layout.bones]
    assert page.data["layouts"][0]["sides"] == [0, 0, 0, 0, -1, -1, -1, 1, 1, 1]


def test_a_clip_without_any_joint_can_be_held():
    page = PageClips(1)
    page.add([replace(make_clip(), positions=np.full((5, 10, 2), np.nan))])
    assert np.isnan(decode(page.clips[0])).all()
    assert page.clips[0]["yaw"] == 0


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_space_is_turned_and_not_mirrored(up: str):
    rng = np.random.default_rng(0)
    clip = replace(make_clip(), positions=rng.normal(size=(4, 10, 3)), up=up)
    turned = stand_up(clip)
    sign = 1 if up[0] == "+" else -1
    np.testing.assert_allclose(turned[:, :, 1], sign * clip.positions[:, :, "xyz".index(up[1])])
    axes = np.linalg.lstsq(clip.positions.reshape(-1, 3), turned.reshape(-1, 3), rcond=None)[0]
    assert np.linalg.det(axes) == pytest.approx(1)


def test_an_image_has_up_above():
    clip = replace(make_clip(dimensions=2), up="-y")
    np.testing.assert_allclose(stand_up(clip), clip.positions * [1, -1])


def test_the_person_is_turned_to_who_looks():
    page = PageClips(1)
    clip = make_clip()  # the left is at +x already: who looks stands in front
    page.add([clip])
    assert page.clips[0]["yaw"] == pytest.approx(0)
    page.add([replace(clip, positions=clip.positions * np.array([-1, 1, -1]))])
    assert abs(page.clips[1]["yaw"]) == pytest.approx(np.pi)


def test_frames_are_left_out_evenly_when_there_are_too_many():
    size = 4 / 3 * 2 * 30 * 10 * 3  # bytes of all frames
    page = PageClips(1, budget=size / 2.5)
    page.add([make_clip()])
    assert page.clips[0]["fps"] == 10
    assert page.clips[0]["recordedFps"] == 30
    assert len(decode(page.clips[0])) == 10
    page = PageClips(1, most_fps=15)
    page.add([make_clip()])
    np.testing.assert_allclose(decode(page.clips[0]), make_clip().positions[::2], atol=2e-5)


def test_values_and_confidence_are_bytes_relative_to_the_largest():
    values = np.zeros((30, 10))
    values[2, 6], values[4, 1] = -0.5, 0.25
    page = PageClips(1)
    confidence = np.full((30, 10), 0.5)
    page.add([make_clip(confidence=confidence)], values=[("occlusion", True, values)])
    (held,) = page.clips[0]["values"]
    numbers = np.frombuffer(base64.b64decode(held["bytes"]), np.int8).reshape(30, 10)
    assert (numbers[2, 6], numbers[4, 1], held["most"]) == (-127, 64, 0.5)
    sureties = base64.b64decode(page.clips[0]["persons"][0]["confidence"])
    assert set(sureties) == {128}


def test_persons_who_come_later_begin_later():
    page = PageClips(1)
    page.add([make_clip(name="a"), make_clip(20, name="b", start_s=1.0)])
    assert [one["first"] for one in page.clips[0]["persons"]] == [0, 30]
    assert [one["name"] for one in page.clips[0]["persons"]] == ["a", "b"]


def test_clips_of_a_sheet_are_chosen_from_each_label():
    labels = ["a"] * 50 + ["b"] * 2 + ["c"] * 8
    chosen = choose_clips(labels, 12)
    assert [labels[number] for number in chosen] == ["a"] * 5 + ["b"] * 2 + ["c"] * 5
    assert chosen[:5] == [0, 10, 20, 30, 40]
