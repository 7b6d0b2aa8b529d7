import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skelgraph import TrainConfig, load_run, train
from skelgraph.config import PoolingKind
from skelgraph.errors import LayoutError, PoseError, RunError
from skelgraph.io import read_npz
from skelgraph.layouts import JointLayout
from skelgraph.models import SpatialTemporalNetwork
from skelgraph.nn import TemporalPooling
from skelgraph.poses import PoseSequence
from skelgraph.streaming import LiveAnswer, LiveFrame, LiveModel, LivePose, SteppedNetwork
from skelgraph.typing import FloatArray


@pytest.fixture(scope="module")
def make_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Trains a small network on the arm swings, with settings that know no future."""

    def make(**settings) -> Path:
        usual = {"filter": "one-euro", "align_heading": False}
        if settings.get("stream") != "features":
            usual |= {"model": "st-gcn-small", "epochs": 1}
        config = TrainConfig.of(
            data=arm_swings,
            test_subjects=("cid",),
            out=tmp_path_factory.mktemp("runs") / "live",
            **{**usual, **settings},
        )
        return train(config).run.path

    return make


@pytest.fixture(scope="module")
def causal_run(make_run: Callable[..., Path]) -> Path:
    return make_run(stream="bone", temporal="causal")


@pytest.fixture(scope="module")
def swing(arm_swings: Path) -> PoseSequence:
    return read_npz(arm_swings / "cid_fast_1.npz")


@pytest.fixture(scope="module")
def slow_swing(arm_swings: Path) -> PoseSequence:
    return read_npz(arm_swings / "cid_slow_2.npz")


def play(
    model: LiveModel, clips: dict[str, PoseSequence], *, fps: float = 30.0, start_s: float = 0.0
) -> list[LiveAnswer]:
    """Pushes clips side by side; the shorter ones end before."""
    answers = []
    for number in range(max(clip.num_frames for clip in clips.values())):
        persons = {
            name: LivePose(clip.positions[number])
            for name, clip in clips.items()
            if number < clip.num_frames
        }
        answers += model.push(LiveFrame(start_s + number / fps, persons))
    return answers


def list_probabilities(answers: list[LiveAnswer], person: str) -> FloatArray:
    return np.stack([one.probabilities for one in answers if one.person == person])


def test_a_causal_run_answers_as_for_the_clip_so_far(causal_run: Path, swing: PoseSequence) -> None:
    predictor = load_run(causal_run)
    model = LiveModel.load(causal_run, unit="m", pooling="mean", device="cpu")
    answers = play(model, {"ann": swing})
    assert model.delay_s == 0
    assert model.warmup_s == 0
    stride = round(model.interval_s * model.fps)
    assert [one.time_s for one in answers] == pytest.approx(np.arange(0, 24, stride) / 30)
    for answer in answers:
        length = round(answer.time_s * 30) + 1
        if length < 8:
            continue  # too short for a clip
        expected = predictor.predict(swing[:length])
        assert dict(zip(model.classes, answer.probabilities, strict=True)) == pytest.approx(
            expected.probabilities, abs=1e-5
        )
        assert answer.label == expected.prediction


def test_a_run_without_padding_answers_as_for_the_clip_so_far(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(
        model="s-stgcn-small", members=2, stream="joint-motion", temporal="valid", filter="none"
    )
    predictor = load_run(run)
    model = LiveModel.load(run, unit="m", pooling="mean", device="cpu")
    positions = np.concatenate([swing.positions, swing.positions[::-1]] * 2)
    long = PoseSequence(positions=positions, layout=swing.layout, fps=30.0, unit="m")
    answers = play(model, {"ann": long})
    assert answers[0].time_s + model.delay_s == pytest.approx(model.warmup_s)
    for answer in (answers[0], answers[-1]):
        seen = round((answer.time_s + model.delay_s) * 30) + 1
        # Of a clip, the last frame has no motion; in a stream, it waits for the next one.
        expected = predictor.predict(long[:seen])
        assert answer.probabilities.tolist() == pytest.approx(
            list(expected.probabilities.values()), abs=1e-5
        )


@pytest.mark.parametrize("pooling", ["window", "exponential"])
def test_an_answer_is_about_the_last_frames(
    causal_run: Path, swing: PoseSequence, pooling: PoolingKind
) -> None:
    predictor = load_run(causal_run, device="cpu", for_inference=False)
    model = LiveModel.load(causal_run, unit="m", pooling=pooling, memory_s=0.4, device="cpu")
    outputs = 0.4 / model.interval_s
    assert isinstance(predictor.model, SpatialTemporalNetwork)
    predictor.model.pooling = TemporalPooling(pooling, outputs)
    last = play(model, {"ann": swing})[-1]
    expected = predictor.predict(swing[: round(last.time_s * 30) + 1])
    assert last.probabilities.tolist() == pytest.approx(
        list(expected.probabilities.values()), abs=1e-5
    )


def test_a_fusion_of_streams_and_views_answers_as_for_the_clip_so_far(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(
        stream="joint,bone", fusion="sum", temporal="causal", average_mirrored=True, filter="none"
    )
    predictor = load_run(run)
    model = LiveModel.load(run, unit="m", pooling="mean", device="cpu")
    answers = play(model, {"ann": swing})
    last = answers[-1]
    expected = predictor.predict(swing[: round(last.time_s * 30) + 1])
    assert last.probabilities.tolist() == pytest.approx(
        list(expected.probabilities.values()), abs=1e-5
    )


def test_people_who_come_and_go_get_the_answers_that_they_get_alone(
    causal_run: Path, swing: PoseSequence, slow_swing: PoseSequence
) -> None:
    model = LiveModel.load(causal_run, unit="m", device="cpu")
    alone = {
        name: list_probabilities(play(_reset(model), {name: clip}), name)
        for name, clip in {"ann": swing, "bob": slow_swing}.items()
    }
    for offset in range(1, 6):
        model.reset()
        answers = []
        for number in range(24 + offset):
            persons = {}
            if number < 24:
                persons["ann"] = LivePose(swing.positions[number])
            if number >= offset:
                persons["bob"] = LivePose(slow_swing.positions[number - offset])
            answers += model.push(LiveFrame(number / 30, persons))
        for name in alone:
            np.testing.assert_allclose(list_probabilities(answers, name), alone[name], atol=1e-5)


def _reset(model: LiveModel) -> LiveModel:
    model.reset()
    return model


def test_a_short_absence_has_no_joints_and_a_long_one_is_the_end(
    causal_run: Path, swing: PoseSequence
) -> None:
    model = LiveModel.load(causal_run, unit="m", forget_s=0.5, device="cpu")
    play(model, {"ann": swing})
    state = model.people["ann"]
    for number in range(24, 39):
        assert model.push(LiveFrame(number / 30, {})) == []
    assert model.people["ann"] is state
    model.push(LiveFrame(39.5 / 30, {}))
    assert model.people == {}
    again = play(model, {"ann": swing}, start_s=2.0)
    assert again[0].time_s == pytest.approx(2.0)
    np.testing.assert_allclose(
        list_probabilities(again, "ann"),
        list_probabilities(play(_reset(model), {"ann": swing}), "ann"),
        atol=1e-5,
    )


def test_a_rate_that_wanders_and_dropped_frames_change_little(
    causal_run: Path, swing: PoseSequence
) -> None:
    model = LiveModel.load(causal_run, unit="m", pooling="mean", device="cpu")
    expected = play(model, {"ann": swing})[-1]
    model.reset()
    wandering = np.arange(0, 23.5, 0.5) + np.random.default_rng(0).uniform(-0.2, 0.2, 47)
    answers = []
    for time_s in wandering[np.arange(47) % 7 != 3] / 30:
        at = np.clip(time_s * 30, 0, 23)
        before = int(at)
        after = min(before + 1, 23)
        share = at - before
        pose = (1 - share) * swing.positions[before] + share * swing.positions[after]
        answers += model.push(LiveFrame(float(time_s), {"ann": LivePose(pose)}))
    assert answers[-1].label == expected.label
    assert answers[-1].probabilities.tolist() == pytest.approx(
        expected.probabilities.tolist(), abs=0.02
    )


def test_a_ridge_and_a_centered_network_answer_together(
    fused_run: Path, swing: PoseSequence
) -> None:
    model = LiveModel.load(fused_run, unit="m", hop_s=0.2, device="cpu")
    long = PoseSequence(
        positions=np.concatenate([swing.positions, swing.positions[::-1]] * 3),
        layout=swing.layout,
        fps=30.0,
        unit="m",
    )
    answers = play(model, {"ann": long, "bob": long[:100]})
    frames = [round((one.time_s + model.delay_s) * 30) for one in answers if one.person == "ann"]
    assert frames[0] == round(model.warmup_s * 30)
    assert {one.person for one in answers} == {"ann", "bob"}
    for one in answers:
        assert one.probabilities.sum() == pytest.approx(1)
    text = "\n".join(model.describe())
    assert "posture-motion: steps of 67 ms" in text
    assert "features: has no steps; the last 4 s are computed anew every 0.2 s" in text


def test_the_window_of_a_ridge_is_that_of_the_recording(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(stream="features", filter="none", align_heading=True)
    model = LiveModel.load(run, unit="m", hop_s=0.2, memory_s=0.5)
    answers = play(model, {"ann": swing})
    predictor = load_run(run)
    assert [round(one.time_s * 30) for one in answers] == [7, 13, 19]
    for answer in answers:
        stop = round(answer.time_s * 30) + 1
        expected = predictor.predict(swing[max(stop - 15, 0) : stop])
        assert answer.probabilities.tolist() == pytest.approx(
            list(expected.probabilities.values()), abs=1e-6
        )


def test_people_who_come_together_do_not_wait_for_one_frame(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(stream="features", filter="none")
    model = LiveModel.load(run, unit="m", hop_s=0.2, memory_s=0.5)
    clips = {str(number): swing for number in range(8)}
    answers = play(model, clips)
    times = [round(one.time_s * 30) for one in answers]
    assert max(times.count(number) for number in times) == 2  # 8 people every 6 frames
    for name in clips:
        assert len([one for one in answers if one.person == name]) in (2, 3)


def test_a_network_without_steps_has_windows(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(model="resnet18", frames=16, filter="none")
    model = LiveModel.load(run, unit="m", hop_s=0.5, memory_s=0.5, device="cpu")
    (answer,) = play(model, {"ann": swing})[-1:]
    expected = load_run(run).predict(swing[8:23])
    assert round(answer.time_s * 30) == 22
    assert answer.probabilities.tolist() == pytest.approx(
        list(expected.probabilities.values()), abs=1e-5
    )


def test_a_network_of_any_skeleton_has_windows(
    make_run: Callable[..., Path], swing: PoseSequence
) -> None:
    run = make_run(layout="mixed", stream="joint", joint_identity=True, filter="none")
    own = swing.select_joints(
        [*swing.layout.joints[:6], "right_shoulder", "right_elbow"], name="without wrists"
    )
    model = LiveModel.load(
        run, source_layout=own.layout, unit="m", hop_s=0.2, memory_s=0.5, device="cpu"
    )
    answer = play(model, {"ann": own})[-1]
    stop = round(answer.time_s * 30) + 1
    expected = load_run(run, device="cpu").predict(own[stop - 15 : stop])
    assert answer.probabilities.tolist() == pytest.approx(
        list(expected.probabilities.values()), abs=1e-5
    )


def test_a_network_that_diverged_says_so(causal_run: Path, swing: PoseSequence) -> None:
    model = LiveModel.load(causal_run, unit="m", device="cpu")
    (network,) = model.networks
    assert isinstance(network, SteppedNetwork)
    network.step.classifier.bias.data[0] = np.nan
    with pytest.raises(RunError, match="the network gives no finite numbers"):
        play(model, {"ann": swing})


def test_who_is_not_sure_says_so(decided_run: Path, swing: PoseSequence) -> None:
    model = LiveModel.load(decided_run, unit="m", device="cpu")
    answers = play(model, {"ann": swing})
    assert {one.label for one in answers} <= {"not sure"}


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_people_can_be_copied_and_pickled(
    causal_run: Path, swing: PoseSequence, duplicate: Callable
) -> None:
    model = LiveModel.load(causal_run, unit="m", device="cpu")
    play(model, {"ann": swing[:15]})
    kept = duplicate(model.people)
    frame = LiveFrame(16.5 / 30, {"ann": LivePose(swing.positions[16])})
    later = LiveFrame(20 / 30, {"ann": LivePose(swing.positions[20])})
    expected = model.push(frame) + model.push(later)
    model.people, model.time_s = kept, 0.5
    again = model.push(frame) + model.push(later)
    assert len(again) > 0
    for one, other in zip(again, expected, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_a_rest_pose_before_a_recording_is_forgotten(causal_run: Path, swing: PoseSequence) -> None:
    model = LiveModel.load(causal_run, unit="m", device="cpu")
    expected = list_probabilities(play(model, {"ann": swing}), "ann")
    model.reset()
    model.push(LiveFrame(0.0, {"ann": LivePose(swing.positions[0] + 1)}))
    answers = play(model, {"ann": swing}, start_s=1 / 30)
    np.testing.assert_allclose(list_probabilities(answers, "ann"), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("time_s", "pose", "text"),
    [
        (0.5, np.ones((10, 3)), "expected a frame later than 0.5 s, but got 0.5 s"),
        (0.4, np.ones((10, 3)), "expected a frame later than 0.5 s, but got 0.4 s"),
        (1.0, np.ones((9, 3)), r"frame at 1 s, person bob: expected positions \(10, 2 or 3\)"),
        (1.0, np.ones((10, 2)), "person bob: expected positions in 3D, but got 2D"),
        (1.0, np.full((10, 3), np.inf), "person bob: expected finite positions"),
    ],
)
def test_a_malformed_frame_is_an_error_and_the_stream_goes_on(
    causal_run: Path, swing: PoseSequence, time_s: float, pose: FloatArray, text: str
) -> None:
    model = LiveModel.load(causal_run, unit="m", device="cpu")
    model.push(LiveFrame(0.5, {"ann": LivePose(swing.positions[0])}))
    with pytest.raises(PoseError, match=text):
        model.push(LiveFrame(time_s, {"ann": LivePose(swing.positions[1]), "bob": LivePose(pose)}))
    assert list(model.people) == ["ann"]
    assert model.push(LiveFrame(0.7, {"ann": LivePose(swing.positions[1])}))


def test_what_cannot_stream_says_so(sern_run: Path, causal_run: Path) -> None:
    hand = JointLayout.from_parents("hand", {"palm": None, "thumb_tip": "palm"})
    with pytest.raises(RunError, match="this model takes audio, text, skeleton"):
        LiveModel.load(sern_run)
    with pytest.raises(LayoutError, match="cannot be converted"):
        LiveModel.load(causal_run, source_layout=hand)
    with pytest.raises(PoseError, match="expected memory_s above 0, but got 0"):
        LiveModel.load(causal_run, memory_s=0.0)


def test_what_a_user_has_to_know_is_described(causal_run: Path) -> None:
    lines = LiveModel.load(causal_run, unit="m", device="cpu").describe()
    assert lines[0] == "delay 0.00 s, first answer after 0.00 s, then every 0.13 s"
    assert "an answer is about the last 4 s; in training, about a clip" in lines
