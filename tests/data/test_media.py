import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from skelgraph.config import TrainConfig
from skelgraph.data import ClipMedia, ClipSet, make_dataset, read_folder, survey_folder
from skelgraph.data.media import measure_wav, names_text_file
from skelgraph.errors import DatasetError
from skelgraph.training import check_dataset, describe_clips

LINES = (
    "file,label,audio,text",
    'a.npz,joy,wav/a.wav,"Well, fine: thank you."',
    "b.npz,joy,,texts/b.txt",
    "c.npz,sad,wav/c.wav,",
    ",sad,wav/only.wav,",
    ",sad,,Oh no.",
)


def write_wav(path: Path, seconds: float, rate_hz: int = 8000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).normal(0, 1000, (round(seconds * rate_hz), channels))
    wavfile.write(path, rate_hz, noise.astype(np.int16))


@pytest.fixture
def corpus(tmp_path: Path, write_clips) -> Path:
    """A corpus of somebody else: skeletons, audio and text, none of which all clips have."""
    root = tmp_path / "corpus"
    write_clips(root, ["a.npz", "b.npz", "c.npz"])
    for name, seconds in (("a", 0.5), ("c", 0.5), ("only", 1.5)):
        write_wav(root / "wav" / f"{name}.wav", seconds)
    (root / "texts").mkdir()
    (root / "texts" / "b.txt").write_bytes("voilà\n".encode("latin-1"))
    (root / "labels.csv").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return root


def test_clips_carry_their_audio_and_text(corpus: Path) -> None:
    clips = read_folder(corpus)
    assert clips.media == (
        ClipMedia(audio=corpus / "wav/a.wav", text="Well, fine: thank you."),
        ClipMedia(text="voilà"),
        ClipMedia(audio=corpus / "wav/c.wav"),
        ClipMedia(audio=corpus / "wav/only.wav"),
        ClipMedia(text="Oh no."),
    )
    assert clips.notes == ()
    again = read_folder(corpus)  # from the cache
    assert (again.media, again.fingerprint) == (clips.media, clips.fingerprint)


def test_a_line_without_a_file_is_a_clip_whose_skeleton_is_missing(corpus: Path) -> None:
    heard, said = read_folder(corpus).sequences[3:]
    assert (heard.name, heard.label) == ("wav/only", "sad")
    assert (said.name, said.label) == ("line 6", "sad")
    assert not heard.present.any()
    assert (heard.duration_s, said.duration_s) == (1.5, 1.0)
    other = read_folder(corpus).sequences[0]
    assert (heard.layout, heard.unit, heard.num_dimensions) == (other.layout, other.unit, 3)


def test_folders_without_audio_and_text_have_no_media(tmp_path: Path, write_clips) -> None:
    write_clips(tmp_path, ["joy/a.npz", "joy/b.npz"])
    assert read_folder(tmp_path).media == ()


@pytest.mark.parametrize("change", ["wav/only.wav", "texts/b.txt", "wav/a.wav"])
def test_the_fingerprint_is_that_of_audio_and_text_too(corpus: Path, change: str) -> None:
    before = read_folder(corpus)
    moved = corpus.rename(corpus.with_name("moved"))
    after = read_folder(moved)
    assert after.fingerprint == before.fingerprint
    assert after.media[0].audio == moved / "wav/a.wav"  # not what the cache may remember
    with (moved / change).open("ab") as file:
        file.write(b"more")
    assert read_folder(moved).fingerprint != before.fingerprint


def test_all_absent_files_are_in_one_message(corpus: Path) -> None:
    for name in ("wav/c.wav", "texts/b.txt", "c.npz"):
        (corpus / name).unlink()
    with pytest.raises(DatasetError, match=r"3 of 7 files do not exist") as caught:
        read_folder(corpus)
    assert "c.npz, texts/b.txt, wav/c.wav" in str(caught.value)
    survey = survey_folder(corpus)
    assert survey.absent == ("c.npz", "texts/b.txt", "wav/c.wav")
    report = check_dataset(TrainConfig.of(data=corpus))
    stops = [finding.problem for finding in report.findings if finding.refuses]
    assert "3 files (c.npz, texts/b.txt, wav/c.wav): listed in labels.csv, but not there" in stops


def test_the_check_says_what_each_clip_lacks(corpus: Path) -> None:
    report = check_dataset(TrainConfig.of(data=corpus))
    assert report.clips is not None
    problems = {finding.problem for finding in report.findings if not finding.refuses}
    assert "2 of 5 clips have no skeleton: wav/only, line 6" in problems
    assert "2 of 5 clips have no audio: b, line 6" in problems
    assert "2 of 5 clips have no text: c, wav/only" in problems
    facts = describe_clips(report.clips)
    assert (facts["skeletons"], facts["audio"], facts["text"]) == ("3 clips",) * 3
    assert facts["layouts"].endswith(" (3)")
    assert facts["clips"] == "5"


def test_a_wav_file_that_is_none_is_named(corpus: Path) -> None:
    (corpus / "wav/only.wav").write_bytes(b"RIFFnonsense")
    with pytest.raises(DatasetError, match=r"wav/only\.wav: expected a wav file"):
        read_folder(corpus)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_wav_file_is_as_long_as_its_header_says(tmp_path: Path, channels: int) -> None:
    write_wav(tmp_path / "a.wav", 0.25, rate_hz=44100, channels=channels)
    assert measure_wav(tmp_path / "a.wav") == 0.25


def test_a_sentence_is_no_path() -> None:
    assert names_text_file("texts\\a.TXT")
    assert not names_text_file("Look into the file readme.txt")
    assert not names_text_file("Hello.")


def test_media_are_those_of_all_clips(make_sequence) -> None:
    clip = replace(make_sequence(), label="joy")
    with pytest.raises(DatasetError, match="media of each of 1 clips or of none, but got 2"):
        ClipSet(name="d", sequences=(clip,), fingerprint="", media=(ClipMedia(), ClipMedia()))


def test_a_dataset_that_is_made_of_it_keeps_audio_and_text(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = make_dataset(out, corpus, fps=15.0)
    shutil.rmtree(corpus)  # nothing is linked
    clips = read_folder(out)
    assert [media.text for media in clips.media] == [media.text for media in made.media]
    audio = [media.audio for media in clips.media]
    assert audio == [out / "a.wav", None, out / "c.wav", out / "wav/only.wav", None]
    assert [one.name for one in clips.sequences] == [one.name for one in made.sequences]
    assert [bool(one.present.any()) for one in clips.sequences] == [True] * 3 + [False] * 2
    assert clips.sequences[3].duration_s == pytest.approx(1.5, abs=0.05)
