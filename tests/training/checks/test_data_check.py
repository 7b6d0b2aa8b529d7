"""All that is wrong with a dataset at once, and what a training does about it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import CrossvalConfig, crossval
from skelgraph.config import TrainConfig
from skelgraph.errors import DatasetError, PoseError
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.synthetic import generate_emotive_motion
from skelgraph.training import DatasetReport, check_dataset, describe_clips, train


@pytest.fixture
def folder(arm_swings: Path, tmp_path: Path) -> Path:
    """A dataset of one's own, to be spoiled."""
    return Path(shutil.copytree(arm_swings, tmp_path / "data"))


def check(folder: Path, **settings) -> DatasetReport:
    return check_dataset(TrainConfig.of(data=folder, **settings))


def stops(report: DatasetReport) -> list[str]:
    return [finding.problem for finding in report.findings if finding.refuses]


def notes(report: DatasetReport) -> str:
    return "\n".join(
        f"{finding.problem}: {finding.consequence}"
        for finding in report.findings
        if not finding.refuses
    )


def spoil(file: Path, **fields) -> None:
    write_npz(file, replace(read_sequence(file), **fields))


def test_a_good_dataset_goes_ahead(folder: Path) -> None:
    report = check(folder)
    assert not report.refuses
    assert "split subject: test" in notes(report)
    assert report.clips is not None
    facts = describe_clips(report.clips)
    assert facts["labels"] == "slow (12), fast (12)"
    assert facts["subjects"] == "ann (8), bob (8), cid (8)"
    assert facts["lengths"] == "24 to 24 frames; 0.80 to 0.80 s, median 0.80 s"
    assert (facts["layouts"], facts["frame rates"]) == ("upper10 (24)", "30 (24)")


def test_all_that_stops_a_training_is_told_at_once(folder: Path) -> None:
    dog = JointLayout.from_parents("dog", {"snout": None, "tail": "snout"})
    (folder / "ann_slow_0.npz").write_bytes(b"broken")
    (folder / "ann_slow_1.npz").unlink()
    write_npz(
        folder / "ann_fast_0.npz", PoseSequence(positions=np.ones((9, 2, 3)), layout=dog, fps=30.0)
    )
    short = read_sequence(folder / "ann_fast_1.npz").positions[:3]
    spoil(folder / "ann_fast_1.npz", positions=short)
    flat = read_sequence(folder / "bob_fast_1.npz").positions[:, :, :2]
    spoil(folder / "bob_fast_1.npz", positions=flat, unit="px")
    with (folder / "labels.csv").open("a") as labels:
        labels.write("cid_fast_9.npz,rare,cid,take9\n")
    write_npz(folder / "cid_fast_9.npz", read_sequence(folder / "cid_fast_0.npz"))
    problems = stops(check(folder, layout="upper10"))
    for part in (
        "ann_slow_1.npz: listed in labels.csv, but not there",
        "ann_slow_0.npz",
        "expected at least 2 files for each label, but there are fewer for 'rare' (1)",
        "1 are in 2D (bob_fast_1)",
        "ann_fast_0: layout 'dog' cannot be converted to 'upper10'",
        "ann_fast_1: expected at least 8 frames",
    ):
        assert any(part in problem for problem in problems), (part, problems)
    with pytest.raises(DatasetError):
        train(TrainConfig.of(data=folder, layout="upper10", epochs=1))


@pytest.mark.parametrize("spoiled", ["absent", "short", "flat", "rare", "broken"])
def test_what_stops_a_training_stops_it(folder: Path, tmp_path: Path, spoiled: str) -> None:
    file = folder / "ann_fast_1.npz"
    if spoiled == "absent":
        file.unlink()
    elif spoiled == "short":
        spoil(file, positions=read_sequence(file).positions[:3])
    elif spoiled == "flat":
        spoil(file, positions=read_sequence(file).positions[:, :, :2])
    elif spoiled == "rare":
        labels = folder / "labels.csv"
        labels.write_text(labels.read_text().replace("ann_fast_1.npz,fast", "ann_fast_1.npz,rare"))
    else:
        file.write_bytes(b"PK broken")
    assert check(folder).refuses
    with pytest.raises(DatasetError):
        train(TrainConfig.of(data=folder, epochs=1, out=tmp_path / "run"))


def test_what_is_worth_knowing_does_not_stop(folder: Path) -> None:
    shutil.copy(folder / "ann_fast_0.npz", folder / "bob_fast_0.npz")
    shutil.copy(folder / "ann_fast_0.npz", folder / "cid_slow_0.npz")
    spoil(folder / "ann_slow_2.npz", fps=60.0)
    gaps = read_sequence(folder / "ann_slow_3.npz").positions.copy()
    gaps[:, 9] = np.nan
    gaps[4:6, 5] = np.nan
    spoil(folder / "ann_slow_3.npz", positions=gaps)
    labels = folder / "labels.csv"
    labels.write_text(labels.read_text().replace("fast,ann,take0_fast", "fast,,take0_fast"))
    report = check(folder, allow_leaks=True)
    shown = notes(report)
    assert not report.refuses
    for part in (
        "hold the same motion under the labels fast, slow: learns both",
        "1 of 24 clips are not at 30 frames/s: 1 at 60: resamples them",
        "right_wrist in 1 clips: masks them",
        "1 of 24 clips have joints that are missing in some frames: fills short gaps",
        "2 of 24 clips have no subject: cannot split by subject",
    ):
        assert part in shown


def test_one_motion_on_both_sides_of_the_split_is_told(folder: Path) -> None:
    for other in ("bob", "cid"):
        shutil.copy(folder / "ann_fast_0.npz", folder / f"{other}_fast_0.npz")
    names = "ann_fast_0, bob_fast_0, cid_fast_0"
    shown = notes(check(folder, test_subjects=("cid",)))
    assert f"{names} hold the same motion: counts each" in shown
    report = check(folder, test_subjects=("cid",))
    stop = stops(report)[0]
    assert "one recording by content, in the test part and training or validation" in stop
    assert "ann_fast_0 and cid_fast_0 (duplicate, 0.8 s)" in stop
    assert not check(folder, test_subjects=("cid",), allow_leaks=True).refuses


def test_windows_of_one_take_are_told(folder: Path) -> None:
    take = generate_emotive_motion(num_actors=1, clips_per_emotion=1, duration_s=(4, 4))[0]
    write_npz(folder / "ann_slow_0.npz", replace(take, positions=take.positions[:80]))
    write_npz(folder / "ann_slow_1.npz", replace(take, positions=take.positions[40:]))
    shown = notes(check(folder))
    assert "ann_slow_0, ann_slow_1 hold the same motion: " in shown
    assert "ann_slow_0 and ann_slow_1 (overlap, 1.3 s)" in shown


def test_nothing_that_can_be_read_is_a_report_too(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,label\na.npz,joy\nb.npz,sad\n")
    (tmp_path / "b.npz").write_bytes(b"PK broken")
    report = check(tmp_path)
    assert report.clips is None
    assert report.refuses
    assert len(stops(report)) == 3


def test_a_random_split_of_known_datasets_and_generated_motion() -> None:
    report = check_dataset(TrainConfig.of(split="random"))
    assert report.clips is not None
    assert report.clips.name == "emotive-motion"
    assert not report.refuses
    assert "the test is too kind" in notes(report)


def doubt(folder: Path, joint: str, confidence: float) -> None:
    """Give all clips a confidence, which is low for one joint."""
    for file in folder.glob("*.npz"):
        clip = read_sequence(file)
        values = np.full(clip.positions.shape[:2], 0.9, dtype=np.float32)
        values[:, clip.layout.joints.index(joint)] = confidence
        spoil(file, confidence=values)


def test_findings_of_one_kind_are_one_with_count_names_and_cure(folder: Path) -> None:
    for name in ("ann_slow_0", "bob_slow_0", "cid_slow_0", "cid_fast_0"):
        spoil(folder / f"{name}.npz", positions=read_sequence(folder / f"{name}.npz").positions[:3])
    for name in ("ann_slow_1", "ann_slow_2"):
        (folder / f"{name}.npz").write_bytes(b"")
    report = check(folder)
    short, empty = sorted(
        (finding for finding in report.findings if finding.refuses), key=lambda one: -len(one.names)
    )
    assert short.problem.startswith(
        "4 clips (ann_slow_0, bob_slow_0, cid_slow_0 and 1 more): expected at least 8 frames"
    )
    assert short.names == ("ann_slow_0", "bob_slow_0", "cid_slow_0", "cid_fast_0")
    assert empty.problem == "2 files (ann_slow_1.npz, ann_slow_2.npz): the file is empty"
    assert empty.consequence == "stops; mend them, or pass --skip-bad to leave them out"
    skipped = check(folder, skip_bad=True)
    assert not skipped.refuses
    assert notes(skipped).count("leaves them out (--skip-bad)") == 2


def test_a_center_that_is_missing_by_confidence_is_cured_by_the_option_named(
    folder: Path, tmp_path: Path
) -> None:
    doubt(folder, "spinebase", 0.05)
    (stop,) = stops(check(folder))
    assert stop.startswith("24 clips (")
    assert "joints below --min-confidence 0.1 are missing; pass --min-confidence 0 to" in stop
    settings = {"data": folder, "model": "features", "out": tmp_path / "run"}
    with pytest.raises(PoseError, match="pass --min-confidence 0 to take them all; `skelgraph da"):
        train(TrainConfig.of(**settings))
    assert not check(folder, min_confidence=0.0).refuses
    train(TrainConfig.of(**settings, min_confidence=0.0))


def test_joints_that_confidence_drops_are_counted(folder: Path) -> None:
    doubt(folder, "left_wrist", 0.2)
    assert "below --min-confidence" not in notes(check(folder))
    shown = notes(check(folder, min_confidence=0.3))
    assert "joints below --min-confidence 0.3 throughout a clip: left_wrist in 24 clips" in shown


def test_a_center_that_is_never_there_has_other_advice(folder: Path) -> None:
    for file in folder.glob("*.npz"):
        positions = read_sequence(file).positions.copy()
        positions[:, 0] = np.nan
        spoil(file, positions=positions)
    (stop,) = stops(check(folder))
    assert "as --skip-bad does, or pass a --layout file with another center" in stop


def test_a_file_listed_twice_hides_nothing_else(folder: Path) -> None:
    (folder / "ann_slow_0.npz").write_bytes(b"")
    with (folder / "labels.csv").open("a") as labels:
        labels.write("bob_slow_0.npz,slow,bob,take9\nbob_slow_1.npz,fast,bob,take9\n")
        labels.write("bob_slow_2.npz,,bob,take9\n")
    assert stops(check(folder)) == [
        "line 28 has no label",
        "3 lines of labels.csv (bob_slow_0.npz, bob_slow_1.npz, bob_slow_2.npz): listed 2 times",
        "ann_slow_0.npz: the file is empty",
    ]


def test_labels_and_subjects_spelled_in_two_ways_are_told(folder: Path, tmp_path: Path) -> None:
    labels = folder / "labels.csv"
    text = labels.read_text()
    text = text.replace("ann_slow_0.npz,slow", "ann_slow_0.npz,sloow")
    text = text.replace("ann_slow_1.npz,slow", "ann_slow_1.npz,sloow")
    text = text.replace("fast,bob,take0_fast", "fast,Bob,take0_fast")
    labels.write_text(text)
    shown = notes(check(folder))
    assert "labels that may be one, spelled in two ways: 'sloow' (2) beside 'slow' (10)" in shown
    assert "subjects that may be one, spelled in two ways: 'Bob' (2) beside 'bob' (6)" in shown
    lines: list[str] = []
    settings = {"data": folder, "model": "features", "split": "random", "allow_leaks": True}
    train(TrainConfig.of(**settings, out=tmp_path / "run"), report=lines.append)
    assert any("'sloow' (2) beside 'slow' (10)" in line for line in lines)
    labels.write_text(text.replace("ann_slow_1.npz,sloow", "ann_slow_1.npz,slow"))
    with pytest.raises(DatasetError, match=r"'sloow' .1.; .* did you mean 'slow' for 'sloow'"):
        train(TrainConfig.of(data=folder))


def test_a_training_with_faults_points_to_the_check(folder: Path) -> None:
    (folder / "ann_slow_0.npz").write_bytes(b"")
    with pytest.raises(DatasetError, match=rf"`skelgraph data check {folder}` lists all that is"):
        train(TrainConfig.of(data=folder))
    with pytest.raises(DatasetError, match=rf"`skelgraph data check {folder}` lists all that is"):
        crossval(CrossvalConfig.of(data=folder))


def test_clips_that_never_move_are_told(folder: Path) -> None:
    file = folder / "ann_slow_0.npz"
    spoil(file, positions=np.repeat(read_sequence(file).positions[:1], 24, axis=0))
    assert "1 of 24 clips never move: ann_slow_0: takes them" in notes(check(folder))


def test_lengths_are_told_if_all_clips_get_one(folder: Path) -> None:
    assert "clips of 24 to 24 frames: resamples each to 16 frames (--frames)" in notes(
        check(folder, frames=16)
    )


def test_prose_in_a_folder_of_recordings_is_a_note(folder: Path, tmp_path: Path) -> None:
    for label in ("slow", "fast"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for file in folder.glob(f"*_{label}_*.npz"):
            shutil.copy(file, tmp_path / "set" / label)
    (tmp_path / "set" / "slow" / "notes.txt").write_text("Ann was tired. Take 3 is the best.\n")
    (tmp_path / "set" / "fast" / "README.txt").write_text("Recorded in May.\n")
    (tmp_path / "set" / "LICENSE").write_text("MIT\n")
    report = check(tmp_path / "set", split="random", allow_leaks=True)
    assert not report.refuses
    assert "slow/notes.txt: text that is no recording, left out" in notes(report)
    assert report.clips is not None
    assert len(report.clips) == 24
    (tmp_path / "set" / "slow" / "numbers.txt").write_text("1 2 3\n4 5\n")
    assert any("slow/numbers.txt" in stop for stop in stops(check(tmp_path / "set")))
