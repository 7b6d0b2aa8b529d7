"""Keypoints of an image, lifted while they arrive."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skelgraph.config import LiveModelSettings
from skelgraph.errors import ExtractionError, PoseError
from skelgraph.io import PoseFormat
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.lifting import (
    LIFTER_KEYPOINTS,
    KeypointLifter,
    TemporalLifter,
    VideoPose3DLifter,
)
from skelgraph.poses import PoseSequence
from skelgraph.streaming import LiveFrame, LivePose, OnlineLifter, load_live_model
from skelgraph.streaming.sources import Notices
from skelgraph.typing import FloatArray

SOURCE = PoseFormat(layout=COCO17, num_dimensions=2, unit="px", up="-y", fps=25.0)
LEFT_SHOULDER = COCO17.index("left_shoulder")


@pytest.fixture
def lifter() -> KeypointLifter:
    torch.manual_seed(0)
    network = TemporalLifter(3, LIFTER_KEYPOINTS, UPPER10, filter_widths=(3, 3), channels=8)
    return KeypointLifter(network=network.eval())


def push_all_there(online: OnlineLifter, motion: FloatArray) -> list[LiveFrame]:
    """Return the frames that are lifted when each frame has come."""
    frames = [LiveFrame(n / 25, {"ann": LivePose(pose)}) for n, pose in enumerate(motion)]
    lifted = [online.push(frame) for frame in frames]
    return [frame for frame in lifted if frame is not None]


def draw_motion(num_frames: int = 20) -> FloatArray:
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(num_frames, 17, 2))
    return 300 + 100 * rng.normal(size=(1, 17, 2)) + np.cumsum(steps, axis=0)


def push(online: OnlineLifter, frame: LiveFrame) -> LiveFrame:
    lifted = online.push(frame)
    assert lifted is not None
    return lifted


def push_all(online: OnlineLifter, motion: FloatArray) -> list[LiveFrame]:
    ones = np.ones(17)
    return [
        push(online, LiveFrame(number / 25, {"ann": LivePose(pose, ones)}))
        for number, pose in enumerate(motion)
    ]


def test_a_frame_is_the_last_of_those_so_far(lifter: KeypointLifter) -> None:
    motion = draw_motion()
    online = OnlineLifter(lifter, SOURCE, Notices(print))
    assert (online.num_frames, online.format.layout, online.format.unit) == (9, UPPER10, "m")
    frames = push_all(online, motion)
    for number in (0, 4, 19):
        seen = motion[max(number - 8, 0) : number + 1]
        whole = lifter.lift(
            PoseSequence(positions=seen, layout=COCO17, fps=25, unit="px", up="-y"),
            size_px=None,
            space="world",
        )
        pose = frames[number].persons["ann"]
        np.testing.assert_allclose(pose.positions, whole.positions[-1], atol=1e-6)
        assert whole.confidence is not None
        np.testing.assert_array_equal(pose.confidence, whole.confidence[-1])
        assert pose.positions.shape == (10, 3)


def test_a_frame_may_wait_for_those_that_follow(lifter: KeypointLifter) -> None:
    motion = draw_motion(9)  # a receptive field, so that the size is that of the whole
    whole = lifter.lift(
        PoseSequence(positions=motion, layout=COCO17, fps=25, unit="px", up="-y"),
        size_px=None,
        space="world",
    ).positions
    errors = []
    for delay in (0, 2, 4):
        online = OnlineLifter(lifter, SOURCE, Notices(print), delay_frames=delay)
        there = push_all_there(online, motion)
        assert [frame.time_s for frame in there] == [n / 25 for n in range(9 - delay)]
        last = there[-1].persons["ann"].positions
        errors.append(float(np.abs(last - whole[8 - delay]).max()))
        assert f"a delay of {delay / 25:.2f} s more" in online.describe()
    assert errors == pytest.approx([0, 0, 0], abs=1e-6)  # the last push has seen everything
    online = OnlineLifter(lifter, SOURCE, Notices(print), delay_frames=2)
    early = push_all_there(online, motion)[3].persons["ann"].positions
    assert np.abs(early - whole[3]).max() > 1e-4  # two frames are taken for the last one


def test_frames_more_than_a_second_apart_are_lifted_too(lifter: KeypointLifter) -> None:
    slow = replace(SOURCE, fps=0.8)
    online = OnlineLifter(lifter, slow, Notices(print), delay_frames=2)
    frames = [
        online.push(LiveFrame(1.25 * number, {"ann": LivePose(pose)}))
        for number, pose in enumerate(draw_motion(5))
    ]
    assert [frame and list(frame.persons) for frame in frames] == [None, None, *[["ann"]] * 3]


def test_who_leaves_is_lifted_to_the_last_frame(lifter: KeypointLifter) -> None:
    motion = draw_motion(8)
    online = OnlineLifter(lifter, SOURCE, Notices(print), delay_frames=2)
    there = []
    for number, pose in enumerate(motion):
        persons = {"ann": LivePose(pose)}
        if 2 <= number < 5:
            persons["ben"] = LivePose(2 * pose)
        frame = online.push(LiveFrame(number / 25, persons))
        there.append(None if frame is None else sorted(frame.persons))
    both = ["ann", "ben"]
    assert there == [None, None, ["ann"], ["ann"], both, both, both, ["ann"]]


def test_persons_are_lifted_each_by_itself(lifter: KeypointLifter) -> None:
    motion = draw_motion()
    alone = push_all(OnlineLifter(lifter, SOURCE, Notices(print)), motion)
    online = OnlineLifter(lifter, SOURCE, Notices(print))
    for number, pose in enumerate(motion):
        both = {"ben": LivePose(3.0 * pose[::-1]), "ann": LivePose(pose, np.ones(17))}
        if number % 3 == 1:
            del both["ben"]
        frame = push(online, LiveFrame(number / 25, both))
        np.testing.assert_allclose(
            frame.persons["ann"].positions, alone[number].persons["ann"].positions, atol=1e-6
        )


def test_who_is_forgotten_begins_anew(lifter: KeypointLifter) -> None:
    motion = draw_motion()
    first = push_all(OnlineLifter(lifter, SOURCE, Notices(print)), motion[10:])[0]
    online = OnlineLifter(lifter, SOURCE, Notices(print))
    push_all(online, motion[:10])
    again = push(online, LiveFrame(9.0, {"ann": LivePose(motion[10], np.ones(17))}))
    np.testing.assert_array_equal(again.persons["ann"].positions, first.persons["ann"].positions)


def test_who_cannot_be_lifted_is_one_notice(lifter: KeypointLifter) -> None:
    told: list[str] = []
    online = OnlineLifter(lifter, SOURCE, Notices(told.append))
    motion = draw_motion(4)
    for number, pose in enumerate(motion):
        confidence = np.ones(17)
        confidence[LEFT_SHOULDER] = 0.05 if number < 3 else 1.0  # in doubt
        frame = push(online, LiveFrame(number / 25, {"ann": LivePose(pose, confidence)}))
        assert list(frame.persons) == ([] if number < 3 else ["ann"])
    assert told == [
        "person ann: expected both shoulders in some frame, but they are never seen together; a "
        "person is placed and sized by them; left out"
    ]


def test_an_image_may_count_y_upward(lifter: KeypointLifter) -> None:
    motion = draw_motion(3)
    down = push_all(OnlineLifter(lifter, SOURCE, Notices(print)), motion)[-1]
    upward = replace(SOURCE, up="+y")
    up = push_all(OnlineLifter(lifter, upward, Notices(print)), motion * [1, -1])[-1]
    np.testing.assert_array_equal(up.persons["ann"].positions, down.persons["ann"].positions)
    with pytest.raises(ExtractionError, match=r"whose y points down or up, but up is \+x"):
        OnlineLifter(lifter, replace(SOURCE, up="+x"), Notices(print))


def test_a_lifter_that_needs_the_image_is_refused() -> None:
    network = TemporalLifter(2, COCO17, UPPER10, filter_widths=(3,), channels=8).eval()
    with pytest.raises(ExtractionError, match="this lifter needs the size of the image"):
        OnlineLifter(VideoPose3DLifter(network=network), SOURCE, Notices(print))


def test_a_model_in_space_gets_a_lifter_for_an_image() -> None:
    settings, notices = LiveModelSettings(device="cpu"), Notices(print)
    model, lifter = load_live_model(
        "emotion4", SOURCE, settings, lifter="lifter10", notices=notices
    )
    assert lifter is not None
    assert model.layout is UPPER10
    space = PoseFormat(layout=UPPER10, num_dimensions=3, unit="m", up="+z", fps=25.0)
    assert load_live_model("emotion4", space, settings, lifter="none", notices=notices)[1] is None
    with pytest.raises(PoseError, match="emotion4 takes positions in 3D as in its training"):
        load_live_model("emotion4", SOURCE, settings, lifter="none", notices=notices)
