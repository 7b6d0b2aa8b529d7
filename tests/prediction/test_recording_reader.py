"""Recordings in the space in which a run was trained."""

import pickle
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from skelgraph.config import PredictSettings
from skelgraph.errors import DatasetError, LayoutError, PoseError, RunError
from skelgraph.io import write_npz, write_pyskl
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout
from skelgraph.poses import PoseSequence, low_pass
from skelgraph.prediction import (
    PathReader,
    PersonRecording,
    RecordingReader,
    predict_files,
    predict_timelines,
)
from skelgraph.serving import Decision, Predictor, Quantiles, find_files, load_run
from tests.conftest import make_rule


@pytest.fixture
def predictor(trained_run: Path) -> Predictor:
    """A run that was trained in space, on upper10."""
    return load_run(trained_run)


@pytest.fixture
def reader(predictor: Predictor, lifter_run: Path) -> RecordingReader:
    return RecordingReader(predictor, PredictSettings(lifter=str(lifter_run)))


def with_facts(predictor: Predictor, **facts: object) -> Predictor:
    (network,) = predictor.networks
    other = replace(network, facts=replace(network.facts, **facts))
    return replace(predictor, networks=(other,))


def test_keypoints_are_filtered_and_lifted(
    reader: RecordingReader, keypoints: PoseSequence, tmp_path: Path
) -> None:
    file = tmp_path / "a.npz"
    write_npz(file, keypoints)
    (recording,) = reader.read(file)
    assert (recording.sequence.layout, recording.sequence.unit) == (UPPER10, "m")
    assert recording.sequence.name == str(file)
    assert recording.sequence.positions.shape == (40, 10, 3)
    assert recording.keypoints is not None
    assert (recording.keypoints.layout, recording.keypoints.fps) == (COCO17, 25)
    expected = low_pass(keypoints, cutoff_hz=6.0).positions
    np.testing.assert_allclose(recording.keypoints.positions, expected, atol=1e-3)


def test_what_is_in_space_stays_as_it_is(reader: RecordingReader, arm_swings: Path) -> None:
    (recording,) = reader.read(arm_swings / "cid_fast_0.npz")
    assert (recording.sequence.num_dimensions, recording.keypoints) == (3, None)
    assert recording.origin.lifter is None
    assert "_extractor" not in vars(reader)  # nothing was loaded


def test_a_run_of_the_image_gets_keypoints_as_estimated(
    predictor: Predictor, keypoints: PoseSequence
) -> None:
    flat = RecordingReader(with_facts(predictor, channels="xy"), PredictSettings())
    recording = flat.place(keypoints)
    assert recording.sequence is recording.keypoints is keypoints
    assert recording.origin.lifter is None


def test_joints_that_the_lifter_does_not_give_are_an_error(
    predictor: Predictor, lifter_run: Path, keypoints: PoseSequence
) -> None:
    (network,) = predictor.networks
    legs = replace(network.facts.preprocessing, layout=COCO17, bone_lengths=None)
    other = with_facts(predictor, layouts=(COCO17,), preprocessing=legs)
    reader = RecordingReader(other, PredictSettings(lifter=str(lifter_run)))
    with pytest.raises(LayoutError) as error:
        reader.place(keypoints)
    assert str(error.value) == (
        f"the lifter lifter_run gives the 10 joints of layout 'upper10', which cannot become the "
        f"layout 'coco17' of {predictor.run.path}; pass another --lifter, or take a run on upper10"
    )


def test_joints_of_each_training_clip_must_be_lifted(
    predictor: Predictor, lifter_run: Path, keypoints: PoseSequence
) -> None:
    (network,) = predictor.networks
    legs = replace(network.facts.preprocessing, layout=H36M17, bone_lengths=None)
    other = with_facts(predictor, layouts=(H36M17,), preprocessing=legs)
    settings = PredictSettings(lifter=str(lifter_run))
    rule = make_rule(predictor.classes)
    decided = replace(other, decision=Decision(rule=rule))
    with pytest.raises(LayoutError) as error:
        RecordingReader(decided, settings).place(keypoints)
    assert str(error.value) == (
        f"the lifter lifter_run does not give right_hip, right_knee, right_ankle, left_hip, "
        f"left_knee, left_ankle, which the training clips of {predictor.run.path} have; pass "
        f"another --lifter, or take a model on upper10"
    )
    # Clips of a training without legs are like those that are lifted.
    inputs = msgspec.structs.replace(rule.inputs, missing=Quantiles(low=0, median=0.4, high=0.4))
    same = replace(other, decision=Decision(rule=make_rule(predictor.classes, inputs=inputs)))
    assert RecordingReader(same, settings).place(keypoints).origin.lifter == "lifter_run"


def test_a_person_who_cannot_be_used_leaves_the_others(
    predictor: Predictor, lifter_run: Path, keypoints: PoseSequence, tmp_path: Path
) -> None:
    class TwoPersons(RecordingReader):
        """A reader of files with a person without shoulders, and another."""

        def find_persons(self, file: Path) -> list[PersonRecording]:
            positions = keypoints.positions.copy()
            positions[:, [COCO17.index(f"{side}_shoulder") for side in ("left", "right")]] = np.nan
            narrow = replace(keypoints, positions=positions, name=f"{file}#1")
            persons = (narrow, replace(keypoints, name=f"{file}#2"))
            return [PersonRecording(sequence=one) for one in persons]

    reader = PathReader(TwoPersons(predictor, PredictSettings(lifter=str(lifter_run))))
    file = tmp_path / "a.npz"
    write_npz(file, keypoints)
    ((recording, _),) = reader.read(file)
    assert recording.sequence.name == f"{file}#2"
    (problem,) = reader.problems
    assert problem.startswith(f"sequence '{file}#1': expected both shoulders in some frame")
    assert reader.layouts == [UPPER10]  # no note on the other


def test_a_file_of_other_joints_is_named(predictor: Predictor, tmp_path: Path) -> None:
    bones = ((1, 0), (2, 1))
    mouse = JointLayout(name="mouse", joints=("nose", "tail", "paw"), bones=bones)
    positions = np.random.default_rng(0).normal(size=(20, 3, 3))
    file = tmp_path / "mouse.npz"
    write_npz(file, PoseSequence(positions=positions, layout=mouse, fps=25.0))
    (problem,) = predict_files(predictor, [file]).problems
    assert problem.count(f"{file}: ") == 1
    assert "layout 'mouse' cannot be converted to 'upper10'" in problem
    assert str(file) in predict_timelines(predictor, [file]).problems[0]
    flat = PoseSequence(positions=positions[:, :, :2], layout=mouse, fps=25.0, unit="px", up="-y")
    write_npz(file, flat)
    (problem,) = predict_files(predictor, [file]).problems
    assert problem.startswith(f"{file}: layout 'mouse' cannot be converted to 'lifter9'")


def test_a_missing_lifter_is_told_once(
    predictor: Predictor, keypoints: PoseSequence, tmp_path: Path
) -> None:
    for name in "ab":
        write_npz(tmp_path / f"{name}.npz", keypoints)
    lifter = str(tmp_path / "none.bin")
    outcome = predict_files(predictor, [tmp_path], PredictSettings(lifter=lifter))
    (problem,) = outcome.problems
    assert problem.startswith(f"{lifter}: expected the checkpoint of a lifter")


@pytest.mark.parametrize("name", ["talk.mp4", "all.pkl"])
def test_the_video_of_keypoints_needs_those_of_one_recording(
    predictor: Predictor, keypoints: PoseSequence, tmp_path: Path, name: str
) -> None:
    archive = [replace(keypoints, name=f"clip{number}", label="a") for number in range(2)]
    write_pyskl(tmp_path / "all.pkl", archive)
    message = {"talk.mp4": "is a video; leave out --video", "all.pkl": "holds many clips"}[name]
    with pytest.raises(RunError, match=rf"--video is of the keypoints .*{name} {message}"):
        predict_files(predictor, [tmp_path / name], PredictSettings(video=tmp_path / "b.mp4"))


def test_persons_that_are_together_are_not_lifted(
    reader: RecordingReader, keypoints: PoseSequence
) -> None:
    pair = replace(keypoints, partners=(keypoints,))
    with pytest.raises(PoseError, match=r"clip: an image does not tell how far apart its 2 pers"):
        reader.place(pair)


def test_the_clips_of_an_archive_are_lifted(
    predictor: Predictor, lifter_run: Path, keypoints: PoseSequence, tmp_path: Path
) -> None:
    clips = [
        {
            "frame_dir": f"clip{number}",
            "total_frames": 40,
            "label": 0,
            "keypoint": keypoints.positions[None] + number,
            "keypoint_score": np.ones((1, 40, 17), dtype=np.float32),
        }
        for number in range(3)
    ]
    archive = tmp_path / "all.pkl"
    archive.write_bytes(pickle.dumps({"annotations": clips}))
    settings = PredictSettings(lifter=str(lifter_run), fps=25.0)
    outcome = predict_files(predictor, [archive], settings)
    assert outcome.problems == ()
    assert [origin.lifter for origin in outcome.origins] == ["lifter_run"] * 3
    assert "3 recordings of coco17 keypoints lifted to space" in outcome.notes[0]
    assert outcome.recordings == {}
    # A lifter takes the place in the image out.
    first, *others = (list(one.probabilities.values()) for one in outcome.predictions)
    for other in others:
        assert other == pytest.approx(first, abs=1e-4)


def test_a_video_for_which_nothing_lifts_is_refused_before_it_is_estimated(
    predictor: Predictor, tmp_path: Path
) -> None:
    reader = RecordingReader(predictor, PredictSettings(lifter="none"))
    with pytest.raises(DatasetError, match=r"talk\.mp4: expected positions in 3D"):
        reader.read(tmp_path / "talk.mp4")


def test_videos_of_a_folder_are_found_beside_recordings(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.MOV", "sub/c.mkv", ".hidden/d.mp4", "e.mp4", "e.bvh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [str(file.relative_to(tmp_path)) for file in find_files(tmp_path, with_videos=True)]
    assert found == ["e.bvh", "a.mp4", "b.MOV", "sub/c.mkv"]
    assert find_files(tmp_path) == [tmp_path / "e.bvh"]
