import copy
from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.streaming import NormalizerState, OnlineNormalizer, View
from skelgraph.typing import FloatArray

LENGTHS = tuple(float(length) for length in np.linspace(0.0, 0.36, 10))


def make(sequence: PoseSequence, preprocessing: Preprocessing, **options) -> OnlineNormalizer:
    return OnlineNormalizer(
        preprocessing,
        layout=sequence.layout,
        unit=sequence.unit,
        num_dimensions=sequence.num_dimensions,
        up=sequence.up,
        fps=sequence.fps,
        **options,
    )


def run(normalizer: OnlineNormalizer, sequence: PoseSequence) -> list[tuple[FloatArray, View]]:
    state = NormalizerState()
    return [normalizer.push(state, frame) for frame in sequence.positions]


def check_so_far(sequence: PoseSequence, preprocessing: Preprocessing, numbers: range) -> None:
    """Checks that some frames are the last ones of the recordings that end with them."""
    frames = [view.apply(frame) for frame, view in run(make(sequence, preprocessing), sequence)]
    for number in numbers:
        expected = preprocessing.normalize(sequence[: number + 1]).positions[-1]
        np.testing.assert_allclose(frames[number], expected, atol=1e-6)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_place_and_bones_are_those_of_recordings(
    moving: PoseSequence, center: bool, lengths: tuple[float, ...] | None
) -> None:
    preprocessing = Preprocessing(align_heading=False, center=center, bone_lengths=lengths)
    expected = preprocessing.normalize(moving)
    frames = [view.apply(frame) for frame, view in run(make(moving, preprocessing), moving)]
    np.testing.assert_allclose(np.stack(frames), expected.positions, atol=1e-6)


@pytest.mark.parametrize("unit", ["m", "unknown"])
@pytest.mark.parametrize("center", [True, False])
def test_bones_of_no_known_length_have_the_size_of_the_others_so_far(
    moving: PoseSequence, unit: str, center: bool
) -> None:
    lengths = (np.nan, *LENGTHS[1:5], np.nan, *LENGTHS[6:])
    sequence = replace(moving, unit=unit)
    preprocessing = Preprocessing(align_heading=False, center=center, bone_lengths=lengths)
    check_so_far(sequence, preprocessing, range(7))
    check_so_far(sequence, preprocessing, range(7, 60, 8))  # medians are taken anew there


def test_joints_whose_parents_are_missing_keep_their_place(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[20:30, [4, 8]] = np.nan
    sequence = replace(moving, positions=positions)
    preprocessing = Preprocessing(align_heading=False, bone_lengths=LENGTHS)
    check_so_far(sequence, preprocessing, range(23, 24))
    check_so_far(sequence, preprocessing, range(30, 60))


def test_the_last_frame_has_the_heading_of_the_recording(moving: PoseSequence) -> None:
    turned = moving.positions @ np.array([[0.6, 0, -0.8], [0, 1, 0], [0.8, 0, 0.6]])
    sequence = replace(moving, positions=turned)
    preprocessing = Preprocessing()
    expected = preprocessing.normalize(sequence)
    frame, view = run(make(sequence, preprocessing), sequence)[-1]
    np.testing.assert_allclose(view.apply(frame), expected.positions[-1], atol=1e-6)


@pytest.mark.parametrize("up", ["+y", "-y", "+z", "-x"])
def test_each_frame_has_the_heading_of_those_so_far(moving: PoseSequence, up: str) -> None:
    axes = {"+y": np.eye(3), "-y": np.diag([-1.0, -1.0, 1.0])}.get(
        up, np.roll(np.eye(3), {"+z": 1, "-x": -1}.get(up, 0), axis=1)
    )
    sign = -1.0 if up == "-x" else 1.0
    sequence = replace(moving, positions=sign * moving.positions @ axes, up=up)
    if np.linalg.det(sign * axes) < 0:
        sequence = replace(sequence, positions=sequence.positions * np.array([1.0, 1.0, -1.0]))
    preprocessing = Preprocessing()
    normalizer = make(sequence, preprocessing)
    for number, (frame, view) in enumerate(run(normalizer, sequence)[:5]):
        expected = preprocessing.normalize(sequence[: number + 1])
        np.testing.assert_allclose(view.apply(frame), expected.positions[-1], atol=1e-6)


def test_a_long_recording_follows_a_turn(moving: PoseSequence) -> None:
    turn = np.array([[-1.0, 0, 0], [0, 1, 0], [0, 0, -1.0]])
    positions = np.concatenate([moving.positions] * 2 + [moving.positions @ turn] * 6)
    sequence = replace(moving, positions=positions)
    _, view = run(make(sequence, Preprocessing(), memory_s=2.0), sequence)[-1]
    assert view.axes is not None
    (_, expected) = run(make(sequence, Preprocessing()), sequence[120:])[-1]
    assert expected.axes is not None
    angle = np.degrees(np.arccos(np.clip((view.axes[:, 0] * expected.axes[:, 0]).sum(), -1, 1)))
    assert angle < 2
    _, forever = run(make(sequence, Preprocessing(), memory_s=np.inf), sequence[:200])[-1]
    assert forever.axes is not None
    assert forever.axes[2, 2] > 0.9


def test_a_memory_of_less_than_a_frame_has_the_heading_of_the_last(moving: PoseSequence) -> None:
    turn = np.array([[-1.0, 0, 0], [0, 1, 0], [0, 0, -1.0]])
    turned = replace(moving, positions=moving.positions @ turn)
    sequence = replace(moving, positions=np.concatenate([moving.positions, turned.positions]))
    _, view = run(make(sequence, Preprocessing(), memory_s=0.01), sequence)[-1]
    _, expected = run(make(turned, Preprocessing()), turned[59:])[-1]
    assert view.axes is not None
    assert expected.axes is not None
    np.testing.assert_allclose(view.axes, expected.axes, atol=1e-9)


def test_a_person_has_no_joints_before_root_and_heading_are_known(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:3, 0] = np.nan
    positions[3:6, 4:] = np.nan
    sequence = replace(moving, positions=positions)
    done = [view.apply(frame) for frame, view in run(make(sequence, Preprocessing()), sequence)]
    assert [bool(np.isnan(frame).all()) for frame in done[:8]] == [True] * 6 + [False] * 2


def test_a_missing_root_stays_where_it_was(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[10, 0] = np.nan
    sequence = replace(moving, positions=positions)
    normalizer = make(sequence, Preprocessing(align_heading=False))
    frame, _ = run(normalizer, sequence)[10]
    np.testing.assert_allclose(frame[1:], positions[10, 1:] - positions[9, 0], atol=1e-6)
    assert np.isnan(frame[0]).all()


def test_an_image_is_turned_up_and_divided_by_the_mean_bone(filmed: PoseSequence) -> None:
    preprocessing = Preprocessing()
    expected = preprocessing.normalize(filmed[:7])
    frames = run(make(filmed, preprocessing), filmed)
    frame, view = frames[6]
    np.testing.assert_allclose(view.apply(frame), expected.positions[6], atol=1e-6)
    frame, view = frames[-1]  # the size of frames 0 to 55
    expected = preprocessing.normalize(filmed[:56])
    np.testing.assert_allclose(view.size * 1.0, _size(filmed[:56]), rtol=1e-6)


def test_an_image_whose_upward_axis_is_not_in_it_is_left_as_it_is(filmed: PoseSequence) -> None:
    sequence = replace(filmed[:7], up="+z")
    expected = Preprocessing().normalize(sequence)
    frame, view = run(make(sequence, Preprocessing()), sequence)[-1]
    np.testing.assert_allclose(view.apply(frame), expected.positions[-1], atol=1e-6)


def _size(sequence: PoseSequence) -> float:
    bones = sequence.positions - sequence.positions[:, sequence.layout.parents]
    return float(np.median(np.linalg.norm(bones, axis=2), axis=0)[1:].mean())


def test_people_do_not_share_anything(moving: PoseSequence) -> None:
    normalizer = make(moving, Preprocessing())
    state, other = NormalizerState(), NormalizerState()
    for frame in moving.positions[:10]:
        normalizer.push(state, frame)
        normalizer.push(other, frame * np.float32(2) + np.float32(1))
    before = copy.deepcopy(state)
    normalizer.push(other, moving.positions[11])
    np.testing.assert_array_equal(
        normalizer.push(state, moving.positions[11])[1].axes,
        normalizer.push(before, moving.positions[11])[1].axes,
    )


def test_a_layout_without_left_and_right_has_no_heading() -> None:
    arm = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
    with pytest.raises(PoseError, match="needs left-right pairs, but layout 'arm' has none"):
        OnlineNormalizer(Preprocessing(), layout=arm, unit="m", num_dimensions=3, up="+y", fps=30.0)
    assert UPPER10.pairs
