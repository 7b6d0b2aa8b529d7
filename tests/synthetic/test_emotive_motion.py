"""The generated data set: shape of the data, determinism, human bounds, published directions."""

from collections import defaultdict

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skelgraph.errors import DatasetError
from skelgraph.layouts import UPPER10
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.synthetic import EMOTIONS, generate_emotive_motion
from skelgraph.typing import FloatArray

MOVING = slice(1, None)  # all joints but the root


@pytest.fixture(scope="module")
def sequences() -> list[PoseSequence]:
    return generate_emotive_motion()


def derive(sequence: PoseSequence, order: int) -> FloatArray:
    """Size (T - order, 9) of a derivative of the positions relative to the root, m / s**order."""
    relative = sequence.positions.astype(float) - sequence.positions[:, :1]
    rate = np.diff(relative, n=order, axis=0) * sequence.fps**order
    return np.linalg.norm(rate, axis=2)[:, MOVING]


def median_by_emotion(sequences: list[PoseSequence], order: int) -> dict[str, float]:
    """Median over clips of the fastest wrist's 95th percentile of a derivative."""
    wrists = [UPPER10.index("left_wrist") - 1, UPPER10.index("right_wrist") - 1]
    values = defaultdict(list)
    for sequence in sequences:
        wrist = derive(sequence, order)[:, wrists]
        values[str(sequence.label)].append(np.quantile(wrist, 0.95, axis=0).max())
    return {label: float(np.median(value)) for label, value in values.items()}


def uar_on_unseen_actors(features: FloatArray, sequences: list[PoseSequence]) -> float:
    labels = [sequence.label for sequence in sequences]
    subjects = [sequence.subject for sequence in sequences]
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000))
    folds = GroupKFold(len(set(subjects)))
    predicted = cross_val_predict(classifier, features, labels, groups=subjects, cv=folds)
    return float(recall_score(labels, predicted, average="macro"))


def mean_posture(sequence: PoseSequence) -> FloatArray:
    return np.ravel((sequence.positions - sequence.positions[:, :1]).mean(axis=0))


def movement_features(sequence: PoseSequence) -> FloatArray:
    rates = [derive(sequence, order) for order in (1, 2, 3)]
    return np.log(np.concatenate([[rate.mean(axis=0), rate.max(axis=0)] for rate in rates]).ravel())


def test_sequences_are_upper10_in_meters_with_the_asked_length(sequences):
    for sequence in sequences:
        assert sequence.layout == UPPER10
        assert (sequence.unit, sequence.up, sequence.num_dimensions) == ("m", "+y", 3)
        assert sequence.present.all()
        assert 1.6 - 1 / 30 <= sequence.duration_s <= 2.4 + 1 / 30
    lengths = {sequence.num_frames for sequence in sequences}
    assert len(lengths) > 10


def test_labels_and_subjects_are_balanced_and_names_unique(sequences):
    counts = defaultdict(int)
    for sequence in sequences:
        counts[sequence.subject, sequence.label] += 1
    assert len(counts) == 6 * 4
    assert set(counts.values()) == {12}
    assert {label for _, label in counts} == set(EMOTIONS)
    assert len({sequence.name for sequence in sequences}) == len(sequences)
    assert sequences[0].name == "actor00_angry_00"


def test_a_recording_has_one_subject_one_label_and_two_or_three_clips(sequences):
    recordings = defaultdict(list)
    for sequence in sequences:
        recordings[sequence.recording].append((sequence.subject, sequence.label))
    for clips in recordings.values():
        assert len(set(clips)) == 1
        assert len(clips) in (2, 3)
    per_condition = defaultdict(int)
    for clips in recordings.values():
        per_condition[clips[0]] += 1
    assert min(per_condition.values()) >= 4


@pytest.mark.parametrize(("clips", "sizes"), [(1, [1]), (2, [2]), (3, [3]), (4, [2, 2])])
def test_few_clips_are_cut_from_few_takes(clips, sizes):
    few = generate_emotive_motion(num_actors=1, clips_per_emotion=clips)
    recordings = [sequence.recording for sequence in few if sequence.label == "sad"]
    assert [recordings.count(name) for name in dict.fromkeys(recordings)] == sizes


def test_clips_of_one_recording_are_one_body_in_one_place(sequences):
    first, second = sequences[0], sequences[1]
    assert first.recording == second.recording
    np.testing.assert_allclose(
        first.positions[:, 0].mean(axis=0), second.positions[:, 0].mean(axis=0), atol=0.03
    )
    assert not np.allclose(first.positions[:30], second.positions[:30], atol=0.01)


def test_the_same_seed_gives_the_same_motion_and_another_does_not():
    first, again, other = (
        generate_emotive_motion(num_actors=1, clips_per_emotion=2, seed=seed) for seed in (3, 3, 4)
    )
    for one, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.positions, same.positions)
        frames = min(one.num_frames, different.num_frames)
        assert not np.allclose(one.positions[:frames], different.positions[:frames], atol=0.01)


def test_an_actor_does_not_depend_on_how_many_others_there_are():
    alone = generate_emotive_motion(num_actors=1, clips_per_emotion=5)
    among = generate_emotive_motion(num_actors=3, clips_per_emotion=5)[: len(alone)]
    for one, same in zip(alone, among, strict=True):
        assert (one.name, one.recording) == (same.name, same.recording)
        np.testing.assert_array_equal(one.positions, same.positions)


def test_the_frame_rate_only_samples_the_same_motion():
    slow = generate_emotive_motion(num_actors=1, clips_per_emotion=2, fps=25.0)
    fast = generate_emotive_motion(num_actors=1, clips_per_emotion=2, fps=50.0)
    for one, same in zip(slow, fast, strict=True):
        assert (one.fps, same.fps) == (25.0, 50.0)
        frames = min(one.num_frames, -(-same.num_frames // 2))
        np.testing.assert_allclose(
            one.positions[:frames], same.positions[::2][:frames], rtol=0, atol=1e-6
        )


def test_bone_lengths_are_constant_for_each_actor_and_differ_between_actors(sequences):
    children, parents = np.transpose(UPPER10.bones)
    lengths = defaultdict(list)
    for sequence in sequences:
        bones = sequence.positions[:, children] - sequence.positions[:, parents]
        lengths[sequence.subject].append(np.linalg.norm(bones, axis=2))
    typical = []
    for of_actor in lengths.values():
        frames = np.concatenate(of_actor)
        np.testing.assert_allclose(frames, frames[:1].repeat(len(frames), 0), rtol=0, atol=2e-6)
        typical.append(frames[0])
    assert np.ptp(typical, axis=0).min() > 0.005


def test_left_and_right_bones_are_equally_long(sequences):
    parents = UPPER10.parents
    frame = sequences[0].positions[0]
    length = np.linalg.norm(frame - frame[parents], axis=1)
    np.testing.assert_allclose(length, length[UPPER10.mirror], rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def many_actors() -> list[PoseSequence]:
    return generate_emotive_motion(num_actors=40, clips_per_emotion=2, seed=1)


def test_speeds_and_accelerations_are_human(many_actors):
    assert max(derive(sequence, 1).max() for sequence in many_actors) < 6.0
    assert max(derive(sequence, 2).max() for sequence in many_actors) < 120.0
    assert min(np.median(derive(sequence, 1)) for sequence in many_actors) > 0.001


def test_elbows_keep_their_range_and_arms_stay_out_of_the_trunk(many_actors):
    for side in ("left", "right"):
        shoulder, elbow, wrist = (
            UPPER10.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist")
        )
        for sequence in many_actors:
            positions = sequence.positions
            upper_arm = positions[:, elbow] - positions[:, shoulder]
            forearm = positions[:, wrist] - positions[:, elbow]
            product = np.linalg.norm(upper_arm, axis=1) * np.linalg.norm(forearm, axis=1)
            bend = np.degrees(np.arccos((upper_arm * forearm).sum(axis=1) / product))
            assert 5.0 < bend.min() <= bend.max() < 145.0
            for joint in (elbow, wrist):
                assert distance_to_trunk(positions, joint).min() > 0.08


def distance_to_trunk(positions: FloatArray, joint: int) -> FloatArray:
    distances = []
    for start, end in ((0, 1), (1, 2)):
        axis = positions[:, end] - positions[:, start]
        offset = positions[:, joint] - positions[:, start]
        share = np.clip((offset * axis).sum(axis=1) / (axis * axis).sum(axis=1), 0.0, 1.0)
        distances.append(np.linalg.norm(offset - share[:, None] * axis, axis=1))
    return np.minimum(*distances)


@pytest.mark.parametrize("order", [1, 2, 3], ids=["speed", "acceleration", "jerk"])
def test_arousal_orders_the_dynamics_as_published(sequences, order):
    of = median_by_emotion(sequences, order)
    assert of["angry"] > 1.3 * of["neutral"]
    assert of["happy"] > 1.3 * of["neutral"]
    assert of["neutral"] > 1.5 * of["sad"]
    assert of["angry"] > of["happy"]


def test_anger_jerks_for_its_speed_more_than_happiness(sequences):
    speed, jerk = median_by_emotion(sequences, 1), median_by_emotion(sequences, 3)
    assert jerk["angry"] / speed["angry"] > 1.2 * jerk["happy"] / speed["happy"]
    assert jerk["sad"] / speed["sad"] < jerk["neutral"] / speed["neutral"]


def test_happiness_spreads_the_arms_the_widest_and_sadness_moves_the_least(sequences):
    wrist = UPPER10.index("right_wrist")
    ranges = defaultdict(list)
    for sequence in sequences:
        relative = sequence.positions[:, wrist] - sequence.positions[:, 2]
        ranges[sequence.label].append(np.ptp(relative, axis=0))
    sideways = {label: np.median(value, axis=0)[0] for label, value in ranges.items()}
    overall = {label: np.linalg.norm(np.median(value, axis=0)) for label, value in ranges.items()}
    assert max(sideways, key=sideways.get) == "happy"
    assert min(overall, key=overall.get) == "sad"


def test_mean_posture_tells_little_about_unseen_actors_and_movement_much(sequences):
    posture = np.stack([mean_posture(sequence) for sequence in sequences])
    movement = np.stack([movement_features(sequence) for sequence in sequences])
    assert uar_on_unseen_actors(posture, sequences) <= 0.45
    assert 0.80 <= uar_on_unseen_actors(movement, sequences) < 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_actors": 0}, "at least one actor and one clip per emotion, but got 0 actors"),
        ({"clips_per_emotion": 0}, "but got 6 actors and 0 clips"),
        ({"duration_s": (2.0, 1.0)}, r"a shortest and a longest duration.*got \(2.0, 1.0\)"),
        ({"duration_s": (0.0, 1.0)}, "a shortest and a longest duration"),
        ({"fps": float("nan")}, "positive frame rate, but got nan"),
        ({"seed": -1}, "a seed of 0 or more, but got -1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(DatasetError, match=message):
        generate_emotive_motion(**options)
