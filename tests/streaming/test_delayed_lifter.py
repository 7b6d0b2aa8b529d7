import copy
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import ExtractionError, LayoutError, PoseError
from skelgraph.layouts import COCO17, JointLayout
from skelgraph.lifting import KeypointLifter, load_lifter
from skelgraph.poses import PoseSequence
from skelgraph.streaming import (
    DelayedLifter,
    LifterState,
    LiveFrame,
    LiveModel,
    LivePose,
    load_delayed_lifter,
)


@pytest.fixture
def lifter10() -> KeypointLifter:
    found = load_lifter("lifter10", device="cpu")
    assert isinstance(found, KeypointLifter)
    return found


def run(lifter: DelayedLifter, sequence: PoseSequence) -> list[tuple[float, LivePose]]:
    state, lifted = LifterState(), []
    for number, positions in enumerate(sequence.positions):
        scores = None if sequence.confidence is None else sequence.confidence[number]
        pose = LivePose(positions, scores)
        lifted += lifter.push(state, number / sequence.fps, pose)
    return lifted


def test_still_keypoints_are_lifted_as_a_recording(
    lifter10: KeypointLifter, keypoints: PoseSequence
) -> None:
    still = replace(keypoints, positions=np.repeat(keypoints.positions[:1], 40, axis=0))
    online = DelayedLifter(lifter10, source_layout=COCO17, fps=25.0)
    expected = lifter10.lift(still, size_px=None, space="world")
    lifted = run(online, still)
    assert [time_s for time_s, _ in lifted] == pytest.approx(np.arange(27) / 25)
    for _, pose in lifted:
        np.testing.assert_allclose(pose.positions, expected.positions[0], atol=1e-5)
        assert expected.confidence is not None
        np.testing.assert_allclose(pose.confidence, expected.confidence[0], atol=1e-6)


def test_what_moves_is_lifted_with_the_frames_before_and_after(
    lifter10: KeypointLifter, keypoints: PoseSequence
) -> None:
    online = DelayedLifter(lifter10, source_layout=COCO17, fps=25.0)
    _, frames = _clean(online, keypoints)
    smooth = replace(keypoints, positions=np.stack([frame.positions for frame in frames]))
    lifted = run(online, keypoints)
    for number in (0, 5, 20, 26):
        expected = lifter10.lift(smooth[: number + 14], size_px=None, space="world")
        np.testing.assert_allclose(
            lifted[number][1].positions, expected.positions[number], atol=1e-5
        )


def _clean(online: DelayedLifter, keypoints: PoseSequence) -> tuple[LifterState, list]:
    state, frames = LifterState(), []
    assert keypoints.confidence is not None
    for number, positions in enumerate(keypoints.positions):
        frames += online.cleaner.push(
            state.cleaner, number / 25, positions, keypoints.confidence[number]
        )
    return state, frames


@pytest.mark.parametrize(("delay_s", "frames"), [(None, 13), (0.2, 5), (0.0, 0), (9.0, 13)])
def test_the_delay_is_what_was_asked_for(
    lifter10: KeypointLifter, keypoints: PoseSequence, delay_s: float | None, frames: int
) -> None:
    online = DelayedLifter(lifter10, source_layout=COCO17, fps=25.0, delay_s=delay_s)
    assert online.delay_frames == frames
    assert online.delay_s == pytest.approx(frames / 25 + online.cleaner.lag_s)
    assert len(run(online, keypoints)) == 40 - frames


def test_nobody_and_nobody_of_a_size_have_no_joints(
    lifter10: KeypointLifter, keypoints: PoseSequence
) -> None:
    positions = keypoints.positions.copy()
    positions[:5, COCO17.index("left_shoulder")] = np.nan
    positions[20:] = np.nan
    online = DelayedLifter(lifter10, source_layout=COCO17, fps=25.0, delay_s=0.0)
    lifted = run(online, replace(keypoints, positions=positions))
    missing = [bool(np.isnan(pose.positions).all()) for _, pose in lifted]
    held = 12  # half a second of 25 frames/s
    assert missing == [True] * 5 + [False] * (15 + held) + [True] * (20 - held)


def test_a_state_can_be_copied_and_pickled(
    lifter10: KeypointLifter, keypoints: PoseSequence
) -> None:
    online = DelayedLifter(lifter10, source_layout=COCO17, fps=25.0)
    state = LifterState()
    for number in range(30):
        online.push(state, number / 25, LivePose(keypoints.positions[number]))
    copies = [copy.deepcopy(state), pickle.loads(pickle.dumps(state))]
    ((_, expected),) = online.push(state, 30 / 25, LivePose(keypoints.positions[30]))
    for one in copies:
        ((_, pose),) = online.push(one, 30 / 25, LivePose(keypoints.positions[30]))
        np.testing.assert_array_equal(pose.positions, expected.positions)


def test_a_model_in_space_takes_keypoints(trained_run: Path, keypoints: PoseSequence) -> None:
    model = LiveModel.load(
        trained_run, source_layout="coco17", num_dimensions=2, source_fps=25.0, device="cpu"
    )
    assert (model.num_dimensions, model.layout) == (2, COCO17)
    assert keypoints.confidence is not None
    answers = []
    for number in range(120):
        at = number % 40
        pose = LivePose(keypoints.positions[at], keypoints.confidence[at])
        answers += model.push(LiveFrame(number / 25, {"ann": pose}))
    assert answers[0].time_s == pytest.approx(model.warmup_s - model.delay_s, abs=0.05)
    assert model.delay_s > 13 / 30
    assert answers[-1].probabilities.sum() == pytest.approx(1)
    assert "keypoints are lifted from 27 frames, 13 of them later ones" in model.describe()[1]
    with pytest.raises(PoseError, match="expected positions in 2D, but got 3D"):
        model.push(LiveFrame(9.0, {"ann": LivePose(np.zeros((17, 3)))}))


def test_lifters_of_other_forms_are_errors(lifter_file: Path) -> None:
    with pytest.raises(ExtractionError, match="this one needs the size of the image"):
        load_delayed_lifter(lifter_file, device="cpu")
    hand = JointLayout.from_parents("hand", {"palm": None, "thumb_tip": "palm"})
    with pytest.raises(LayoutError, match="cannot be converted"):
        load_delayed_lifter("lifter10", source_layout=hand, device="cpu")


def test_a_model_of_joints_that_no_lifter_gives_is_an_error() -> None:
    with pytest.raises(LayoutError, match="the lifter does not give right_hip"):
        LiveModel.load("style7", source_layout="coco17", num_dimensions=2, device="cpu")
