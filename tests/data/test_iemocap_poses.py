import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import ClipSet, read_iemocap, write_actors
from skelgraph.data.iemocap_panes import count_livelier, describe_panes, pick_pane
from skelgraph.data.iemocap_poses import VIDEO_FPS, cut_utterance
from skelgraph.data.iemocap_release import Utterance, read_release
from skelgraph.errors import DatasetError
from skelgraph.io import read_sequence, read_sequences, write_npz
from skelgraph.layouts import COCO17
from skelgraph.poses import PoseSequence

LEFT, RIGHT = 180.0, 540.0
NUM_FRAMES = 380
ALL = range(NUM_FRAMES)


@pytest.fixture
def release(tmp_path: Path, write_release) -> Path:
    return write_release(tmp_path / "release")


def people_file(root: Path) -> Path:
    return root / "skeletons" / "Session1" / "Ses01F_impro01.json"


def make_utterance(start_s: float, end_s: float, speaker: str = "F") -> Utterance:
    return Utterance(
        name=f"Ses01F_impro01_{speaker}000",
        dialog="Ses01F_impro01",
        code="neu",
        start_s=start_s,
        end_s=end_s,
        text=None,
        audio=None,
    )


def make_ramp(num_frames: int = 100, fps: float = 30.0) -> PoseSequence:
    """A person whose coordinates are the number of the frame."""
    frames = np.arange(num_frames, dtype=np.float32)[:, None, None]
    positions = np.broadcast_to(frames, (num_frames, 17, 2))
    confidence = np.full((num_frames, 17), 0.5, dtype=np.float32)
    return PoseSequence(positions=positions, layout=COCO17, fps=fps, confidence=confidence)


def columns(clips: ClipSet) -> dict[str, float]:
    """Where the speaker of each utterance is, by the middle of the shoulders and so on."""
    return {
        one.name[-4:]: round(float(np.nanmean(one.positions[:, 1:, 0])))
        for one in clips.sequences
        if one.present.any()
    }


@pytest.mark.parametrize("fps", [25.0, VIDEO_FPS, 120.0])
def test_an_utterance_is_cut_to_the_frame(fps: float) -> None:
    clip = cut_utterance(make_ramp(2000, fps), make_utterance(6.2901, 8.2357))
    frames = clip.positions[:, 0, 0]
    assert frames[0] == round(6.2901 * fps)
    assert frames[-1] == round(8.2357 * fps) - 1
    np.testing.assert_array_equal(np.diff(frames), 1.0)
    assert clip.fps == fps


def test_frames_after_the_end_of_the_recording_are_missing() -> None:
    clip = cut_utterance(make_ramp(100), make_utterance(3.0, 4.0))
    assert clip.num_frames == 30
    assert clip.present.all(axis=1).tolist() == [True] * 10 + [False] * 20
    assert clip.confidence is not None
    assert clip.confidence[9:11, 0].tolist() == [0.5, 0.0]


@pytest.mark.parametrize(("start_s", "end_s"), [(3.1, 4.0), (9.0, 10.0), (0.0, 0.2)])
def test_too_few_frames_with_the_speaker_are_no_pose(start_s: float, end_s: float) -> None:
    clip = cut_utterance(make_ramp(100), make_utterance(start_s, end_s))
    assert not clip.present.any()
    assert clip.num_frames == round((end_s - start_s) * 30)
    assert clip.layout == COCO17


def test_who_wears_the_markers_is_on_the_left(release: Path, write_people) -> None:
    write_people(people_file(release), [(RIGHT, ALL), (LEFT, ALL)])
    clips = read_iemocap(release)
    assert columns(clips) == {"F000": 180, "M000": 540, "F001": 180, "F002": 180, "M002": 540}
    first = clips.sequences[0]
    assert first.positions[0, 0, 1] == pytest.approx(round(6.2901 * VIDEO_FPS) / 100)
    assert first.num_frames == round(8.2357 * VIDEO_FPS) - round(6.2901 * VIDEO_FPS)
    assert (first.layout.name, first.unit, first.fps) == ("coco17", "px", VIDEO_FPS)


def test_the_other_actor_wears_them_in_other_dialogs(
    tmp_path: Path, write_release, write_people
) -> None:
    write_release(tmp_path, ["Ses01M_impro01"])
    write_people(tmp_path / "elsewhere" / "Ses01M_impro01.json", [(LEFT, ALL), (RIGHT, ALL)])
    clips = read_iemocap(tmp_path, skeletons=tmp_path / "elsewhere")
    assert columns(clips)["F000"] == 540


def test_a_table_overrides_the_rule(release: Path, tmp_path: Path, write_people) -> None:
    write_people(people_file(release), [(RIGHT, ALL), (LEFT, ALL)])
    table = tmp_path / "panes.csv"
    table.write_text("dialog,left,remark\nSes01F_impro01,M,they have changed seats\n")
    clips = read_iemocap(release, panes=table)
    assert columns(clips)["F000"] == 540
    assert clips.fingerprint != read_iemocap(release).fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dialog,side\nSes01F_impro01,left\n", "expected the columns dialog,left"),
        ("dialog,left\nSes01F_impro9,F\n", "line 2: there is no dialog 'Ses01F_impro9'"),
        ("dialog,left\nSes01F_impro01,left\n", "line 2: expected F or M in the left half, but"),
        (b"\xff\xfe\x00", "expected CSV in UTF-8"),
        ("", "expected the columns dialog,left"),
    ],
)
def test_wrong_tables_are_errors(
    release: Path, tmp_path: Path, text: str | bytes, message: str
) -> None:
    table = tmp_path / "panes.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DatasetError, match=message):
        read_iemocap(release, panes=table)


def test_a_person_lost_and_found_again_is_put_together(release: Path, write_people) -> None:
    write_people(
        people_file(release),
        [(RIGHT, ALL), (LEFT, range(225)), (LEFT + 50, range(290, NUM_FRAMES))],
    )
    clips = read_iemocap(release)
    assert columns(clips) == {"F000": 180, "M000": 540, "F001": 180, "F002": 230, "M002": 540}


def test_an_actor_who_is_not_seen_has_no_pose(release: Path, write_people) -> None:
    write_people(people_file(release), [(LEFT, ALL)])
    clips = read_iemocap(release)
    assert columns(clips) == {"F000": 180, "F001": 180, "F002": 180}
    assert [one.num_frames for one in clips.sequences][1] == round(1.5 * VIDEO_FPS)
    assert len({one.layout for one in clips.sequences}) == 1
    notes = "\n".join(clips.notes)
    assert "2 of 5 utterances have no usable pose (fewer than 8 frames with the speaker)" in notes
    assert read_iemocap(release).notes == clips.notes  # from the cache


@pytest.mark.parametrize("end", ["F M", "left right"])
def test_each_actor_or_half_may_have_a_file(release: Path, tmp_path: Path, end: str) -> None:
    folder = tmp_path / "poses"
    folder.mkdir()
    for which, column in zip(end.split(), (7.0, 8.0), strict=True):
        ramp = make_ramp(400)
        moved = replace(ramp, positions=np.full((400, 17, 3), column), unit="m")
        write_npz(folder / f"Ses01F_impro01_{which}.npz", moved)
    clips = read_iemocap(release, skeletons=folder)
    assert columns(clips) == {"F000": 7, "M000": 8, "F001": 7, "F002": 7, "M002": 8}
    assert {(one.num_dimensions, one.fps) for one in clips.sequences} == {(3, 30.0)}


def test_alphapose_results_may_lie_in_a_folder_of_the_dialog(release: Path, write_people) -> None:
    folder = people_file(release).parent / "Ses01F_impro01"
    write_people(folder / "alphapose-results.json", [(LEFT, ALL), (RIGHT, ALL)])
    assert columns(read_iemocap(release))["M000"] == 540


def test_each_person_of_the_whole_picture_may_have_a_file(
    release: Path, tmp_path: Path, write_people
) -> None:
    write_people(tmp_path / "a.json", [(RIGHT, ALL), (LEFT, ALL)])
    folder = tmp_path / "poses"
    folder.mkdir()
    for number, person in enumerate(read_sequences(tmp_path / "a.json", fps=VIDEO_FPS), start=1):
        write_npz(folder / f"Ses01F_impro01-{number}.npz", person)
    clips = read_iemocap(release, skeletons=folder)
    assert columns(clips) == {"F000": 180, "M000": 540, "F001": 180, "F002": 180, "M002": 540}
    write_people(folder / "Ses01F_impro01.json", [(RIGHT, ALL)])
    with pytest.raises(DatasetError, match="one file of skeletons for each"):
        read_iemocap(release, skeletons=folder)


def test_the_whole_picture_may_be_a_folder_of_one_file_a_frame(
    release: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "poses" / "Ses01F_impro01"
    folder.mkdir(parents=True)
    shape = np.random.default_rng(0).normal(0, 30, (25, 2))
    for frame in ALL:
        people = [
            {
                "pose_keypoints_2d": [
                    *np.c_[shape + np.array([column, 200.0]), np.full(25, 0.9)].ravel()
                ]
            }
            for column in (RIGHT, LEFT)
        ]
        (folder / f"video_{frame:012d}_keypoints.json").write_text(json.dumps({"people": people}))
    clips = read_iemocap(release, skeletons=folder.parent)
    assert all(one.present.all() for one in clips.sequences)
    shift = clips.sequences[1].positions[0] - clips.sequences[0].positions[0]
    np.testing.assert_allclose(shift, [[RIGHT - LEFT, 0.0]] * 25, atol=1e-3)
    last = folder / f"video_{NUM_FRAMES - 1:012d}_keypoints.json"
    last.write_text(last.read_text() + " ")
    assert read_iemocap(release, skeletons=folder.parent).fingerprint != clips.fingerprint


def test_dialogs_without_skeletons_are_named(tmp_path: Path, write_release, write_people) -> None:
    write_release(tmp_path, ["Ses01F_impro01", "Ses01F_impro02"])
    write_people(people_file(tmp_path), [(LEFT, ALL), (RIGHT, ALL)])
    clips = read_iemocap(tmp_path)
    assert "1 dialogs have no skeletons: Ses01F_impro02" in clips.notes
    assert sum(bool(one.present.any()) for one in clips.sequences) == 5


def test_what_cannot_be_used_is_an_error(release: Path, tmp_path: Path, write_people) -> None:
    with pytest.raises(DatasetError, match="expected the folder of skeletons, but there is none"):
        read_iemocap(release, skeletons=tmp_path / "absent")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match=r"such as Ses01F_impro01\.json, .* there are none"):
        read_iemocap(release, skeletons=empty)
    write_people(people_file(release), [(LEFT, ALL), (1500.0, ALL)])
    with pytest.raises(DatasetError, match=r"pixels of a video 720 wide.*Ses01F_impro01_F and"):
        read_iemocap(release)
    people_file(release).write_text("[]")
    with pytest.raises(DatasetError, match=r"1 of 1 files cannot be used: Session1/Ses01F_impro01"):
        read_iemocap(release)
    write_people(people_file(release).with_name("Ses01F_impro01.txt.json"), [(LEFT, ALL)])
    with pytest.raises(DatasetError, match="one file of skeletons for each"):
        read_iemocap(release)


def test_nobody_is_in_a_half_that_is_empty(tmp_path: Path, write_people) -> None:
    write_people(tmp_path / "a.json", [(LEFT, range(50))])
    persons = read_sequences(tmp_path / "a.json", fps=30.0)
    assert pick_pane(persons, "right", tmp_path) is None
    found = pick_pane(persons, "left", tmp_path)
    assert found is not None
    np.testing.assert_array_equal(found.positions, persons[0].positions)


def make_mover(start: int, stop: int) -> PoseSequence:
    """A person who trembles a little, and in some frames very much."""
    noise = np.random.default_rng(0).normal(size=(700, 17, 2))
    noise[start:stop] *= 10
    return PoseSequence(positions=noise, layout=COCO17, fps=30.0)


def test_speakers_who_move_less_than_listeners_are_suspicious() -> None:
    turns = [make_utterance(2.0 * n, 2.0 * n + 2.0, "FFMMM"[n]) for n in range(5)]
    woman, man = make_mover(0, 120), make_mover(120, 300)
    right = count_livelier(turns, {"F": woman, "M": man})
    wrong = count_livelier(turns, {"F": man, "M": woman})
    assert right == (5, 5)
    assert wrong == (0, 5)
    assert count_livelier(turns, {"F": woman}) == (0, 0)
    (said,) = describe_panes({"a": right})
    assert "the speaker moves more than the listener in 100% of 5 utterances" in said
    assert "in b (0 of 5): look at these videos" in describe_panes({"a": right, "b": wrong})[1]
    assert describe_panes({"a": (0, 0)}) == []


def test_actors_are_written_one_by_one_in_their_own_pixels(
    release: Path, tmp_path: Path, write_people
) -> None:
    write_people(people_file(release), [(LEFT, ALL), (RIGHT, ALL)])
    out = tmp_path / "actors"
    notes = write_actors(out, release, release / "skeletons")
    assert notes[0] == "2 actors of 1 dialogs"
    woman, man = (read_sequence(out / f"Session1/Ses01F_impro01_{one}.npz") for one in "FM")
    np.testing.assert_allclose(woman.positions, man.positions, atol=1e-4)
    assert np.nanmean(woman.positions[:, 1:, 0]) == pytest.approx(180, abs=1)
    (whole,) = (
        one
        for one in read_sequences(people_file(release), fps=VIDEO_FPS)
        if one.positions[0, 1, 0] < 360
    )
    np.testing.assert_allclose(woman.positions, whole.positions - [0, 112], atol=1e-4)
    assert (man.subject, man.recording, man.fps) == ("Ses01M", "Ses01F_impro01", VIDEO_FPS)
    clips = read_iemocap(release, skeletons=out)
    assert all(one.present.any() for one in clips.sequences)
    with pytest.raises(DatasetError, match="expected a new or empty folder"):
        write_actors(out, release, release / "skeletons")
    with pytest.raises(DatasetError, match="expected files of whole pictures"):
        write_actors(tmp_path / "again", release, out)


def test_the_release_has_no_skeletons_of_its_own(release: Path) -> None:
    (dialog,) = read_release(release)
    assert [file.suffix for file in dialog.files] == [".txt", ".txt"]
