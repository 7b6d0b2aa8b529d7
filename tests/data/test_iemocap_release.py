from pathlib import Path

import pytest

from skelgraph.data import read_iemocap
from skelgraph.data.iemocap_release import (
    DIALOGS_PER_SESSION,
    PAPER,
    UTTERANCES_PER_CODE,
    UTTERANCES_PER_SESSION,
    Dialog,
    Utterance,
    describe_counts,
    read_release,
)
from skelgraph.errors import DatasetError


@pytest.fixture
def release(tmp_path: Path, write_release) -> Path:
    return write_release(tmp_path / "IEMOCAP_full_release")


def label_file(root: Path) -> Path:
    return root / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"


def test_only_the_utterances_of_the_label_file_are_read(release: Path) -> None:
    (dialog,) = read_release(release)
    assert [one.name for one in dialog.utterances] == [
        f"Ses01F_impro01_{name}" for name in ("F000", "M000", "F001", "M001", "F002", "M002")
    ]
    assert [one.code for one in dialog.utterances] == ["neu", "ang", "exc", "xxx", "hap", "sad"]
    first = dialog.utterances[0]
    assert (first.start_s, first.end_s, first.text) == (6.2901, 8.2357, "Excuse me.")
    assert (dialog.session, dialog.wearer, dialog.is_scripted) == (1, "F", False)


def test_clips_have_label_speaker_sound_and_text(release: Path, utterance_names) -> None:
    clips = read_iemocap(release)
    assert [one.name for one in clips.sequences] == [
        f"Ses01F_impro01_{name}" for name in utterance_names
    ]
    assert clips.labels == ("neutral", "angry", "happy", "happy", "sad")
    assert clips.classes == ("angry", "happy", "neutral", "sad")
    assert clips.subjects == ("Ses01F", "Ses01M", "Ses01F", "Ses01F", "Ses01M")
    assert set(clips.recordings) == {"Ses01F_impro01"}
    sounds = release / "Session1/sentences/wav/Ses01F_impro01"
    assert [one.audio for one in clips.media] == [
        sounds / f"Ses01F_impro01_{name}.wav" for name in utterance_names
    ]
    assert [one.text for one in clips.media] == [
        "Excuse me.",
        "Listen: go to the café. Now: go.",
        "Great!",
        "Yes.",
        None,
    ]


def test_a_transcript_may_end_at_a_colon_as_in_mdre(release: Path) -> None:
    clips = read_iemocap(release, cut_at_colon=True)
    assert clips.media[1].text == "Listen"
    assert clips.fingerprint != read_iemocap(release).fingerprint


def test_without_skeletons_clips_last_as_long_as_they_are_said_to(release: Path) -> None:
    clips = read_iemocap(release)
    assert not any(one.present.any() for one in clips.sequences)
    assert clips.sequences[0].duration_s == pytest.approx(8.2357 - 6.2901, abs=1 / 60)
    assert "no folder of skeletons: clips have no pose" in clips.notes


def test_what_is_absent_is_said(release: Path) -> None:
    (release / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav").unlink()
    clips = read_iemocap(release)
    assert clips.media[1].audio is None
    notes = "\n".join(clips.notes)
    assert "1 of 5 utterances have no wav file in sentences/wav: Ses01F_impro01_M000" in notes
    assert "1 of 5 utterances have no line in dialog/transcriptions: Ses01F_impro01_M002" in notes
    (release / "Session1/dialog/transcriptions/Ses01F_impro01.txt").unlink()
    assert "5 of 5 utterances have no line" in "\n".join(read_iemocap(release).notes)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "[1.0 - 2.0] broken",
            r"line 24: expected \[start - end\], an utterance of Ses01F_impro01",
        ),
        ("[1.0 - 2.0]\tSes01M_impro01_F000\tneu\t", "line 24: expected"),
        ("[3.0 - 2.0]\tSes01F_impro01_F009\tneu\t", "line 24: expected an end after 3.0"),
        ("[1.0 - 2.0]\tSes01F_impro01_F000\tneu\t", "Ses01F_impro01_F000 has two labels"),
    ],
)
def test_damaged_label_files_are_named(release: Path, line: str, message: str) -> None:
    file = label_file(release)
    text = file.read_text().rstrip("\n")
    file.write_text("\n".join([*text.split("\n"), *[""] * (22 - text.count("\n")), line]))
    with pytest.raises(DatasetError, match=message) as caught:
        read_release(release)
    assert str(caught.value).startswith(str(file))


def test_another_folder_is_not_the_release(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected the IEMOCAP release, with Session1/dialog"):
        read_iemocap(tmp_path)


def test_scripted_and_improvised_dialogs_can_be_told_apart(tmp_path: Path, write_release) -> None:
    write_release(tmp_path, ["Ses01F_impro01", "Ses02M_script01_1b"])
    assert len(read_iemocap(tmp_path)) == 10
    scripted = read_iemocap(tmp_path, dialogs="scripted")
    assert set(scripted.recordings) == {"Ses02M_script01_1b"}
    assert "scripted dialogs only: 1, with 5 utterances of the four classes" in scripted.notes
    assert set(read_iemocap(tmp_path, dialogs="improvised").subjects) == {"Ses01F", "Ses01M"}
    write_release(tmp_path / "other", ["Ses01F_impro01"])
    with pytest.raises(DatasetError, match=r"no utterance of the four classes \(scripted"):
        read_iemocap(tmp_path / "other", dialogs="scripted")


def test_equal_data_has_an_equal_fingerprint(release: Path, tmp_path: Path) -> None:
    before = read_iemocap(release).fingerprint
    moved = release.rename(tmp_path / "elsewhere")
    assert read_iemocap(moved).fingerprint == before
    wav = moved / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav"
    wav.write_bytes(wav.read_bytes() + b"0")
    changed = read_iemocap(moved).fingerprint
    assert changed != before
    transcript = moved / "Session1/dialog/transcriptions/Ses01F_impro01.txt"
    transcript.write_bytes(transcript.read_bytes() + b"\n")
    assert read_iemocap(moved).fingerprint != changed


def test_counts_stand_beside_those_of_the_full_release(release: Path) -> None:
    lines = describe_counts(read_release(release))
    assert lines[:2] == [
        "1 dialogs, but the full release has 151: 150 fewer",
        "6 labeled utterances, but the full release has 10039: 10033 fewer",
    ]
    assert lines[2].startswith(
        "sessions that differ: Session1: 1 of 28 dialogs, 6 of 1819 utterances; Session2: 0 of 30"
    )
    assert lines[3].startswith("labels that differ: ang 1 of 1103, hap 1 of 595, exc 1 of 1041")
    assert lines[4].startswith("5 utterances of the four classes, but the full release has 5531")
    assert "angry 1 (MDRE 1103, the paper 1102), happy 2 (MDRE 1636, the paper 1606)" in lines[5]
    assert lines[5].endswith("happy is hap 1 and exc 1 together")


def test_the_full_release_is_said_to_be_full() -> None:
    codes = [code for code, count in UTTERANCES_PER_CODE.items() for _ in range(count)]
    assert len(codes) == sum(UTTERANCES_PER_SESSION) == 10_039
    assert sum(DIALOGS_PER_SESSION) == 151
    assert sum(PAPER.values()) == 5492
    dialogs = []
    left = iter(codes)
    for session, (count, said) in enumerate(
        zip(DIALOGS_PER_SESSION, UTTERANCES_PER_SESSION, strict=True), start=1
    ):
        for number in range(count):
            name = f"Ses{session:02d}F_impro{number:02d}"
            share = said - count + 1 if number == 0 else 1
            utterances = tuple(
                Utterance(
                    name=f"{name}_F{turn:03d}",
                    dialog=name,
                    code=next(left),
                    start_s=0.0,
                    end_s=1.0,
                    text=None,
                    audio=None,
                )
                for turn in range(share)
            )
            dialogs.append(Dialog(name=name, utterances=utterances, files=()))
    assert describe_counts(dialogs) == [
        "151 dialogs, as in the full release",
        "10039 labeled utterances, as in the full release",
        "5531 utterances of the four classes, as in the full release; the paper uses 5492 and does "
        "not say which",
        "angry 1103 (MDRE 1103, the paper 1102), happy 1636 (MDRE 1636, the paper 1606), neutral "
        "1708 (MDRE 1708, the paper 1703), sad 1084 (MDRE 1084, the paper 1081); happy is hap 595 "
        "and exc 1041 together",
    ]
