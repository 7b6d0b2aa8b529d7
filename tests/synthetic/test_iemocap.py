from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from skelgraph.errors import DatasetError
from skelgraph.io import read_sequences
from skelgraph.synthetic import EMOTIONS, make_iemocap
from skelgraph.synthetic.conversation import draw_dialog
from skelgraph.synthetic.draws import make_generator
from skelgraph.synthetic.voice import RATE_HZ, VOICES, Voice, draw_voice, speak


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("iemocap") / "mini"
    return make_iemocap(root, num_sessions=2, dialogs_per_session=3, utterances_per_dialog=8)


def contents(root: Path, session: int) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob(f"Session{session}/**/*")):
        if path.is_file():
            yield str(path.relative_to(root)), path.read_bytes()


def test_the_tree_is_that_of_the_release(release: Path) -> None:
    names = {path.name for path in release.iterdir()}
    assert names == {"Session1", "Session2", "Documentation", "README.txt", "skeletons"}
    session = release / "Session2"
    dialogs = ["Ses02F_impro01", "Ses02F_script01_1", "Ses02M_impro01"]
    for place in ("dialog/EmoEvaluation", "dialog/transcriptions"):
        assert sorted(path.stem for path in session.joinpath(place).glob("Ses*.txt")) == dialogs
        assert len(list(session.joinpath(place).glob("._Ses*.txt"))) == 3
    for place in ("Attribute", "Categorical", "Self-evaluation"):
        assert list(session.joinpath("dialog/EmoEvaluation", place).glob("Ses*.txt"))
    sounds = session / "sentences" / "wav" / "Ses02F_impro01"
    assert len(list(sounds.glob("Ses02F_impro01_[FM]00?.wav"))) == 8
    assert sorted(path.stem for path in (release / "skeletons/Session2").iterdir()) == dialogs


def test_texts_have_the_oddities_of_the_release(release: Path) -> None:
    texts = [
        path.read_bytes().decode("latin-1")
        for path in release.glob("Session*/dialog/transcriptions/Ses*.txt")
    ]
    together = "\n".join(texts)
    for oddity in ("_FXX0 [", "_MXX1 [", "\nM: sorry\n"):
        assert oddity in together
    assert any(ord(letter) > 127 for letter in together)
    assert any(line.count(":") > 1 for line in together.splitlines())
    starts = [float(line.split("[")[1][:8]) for line in texts[0].splitlines() if "[" in line]
    assert starts != sorted(starts)
    labels = (release / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt").read_text("latin-1")
    assert labels.startswith("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n[")
    assert "\nC-E2:\t" in labels


def test_turns_of_the_two_overlap_but_not_those_of_one() -> None:
    voices = {gender: draw_voice(make_generator(0, 9), gender) for gender in "FM"}
    turns = draw_dialog(make_generator(3), voices, 40)
    ordered = sorted(turns, key=lambda turn: turn.start_s)
    gaps = [b.start_s - a.end_s for a, b in pairwise(ordered)]
    assert min(gaps) < 0.0
    for gender in "FM":
        own = [turn for turn in turns if turn.speaker == gender]
        assert all(b.start_s > a.end_s for a, b in pairwise(own))
        assert [turn.number for turn in own] == list(range(len(own)))


def test_sounds_last_as_long_as_the_labels_say(release: Path) -> None:
    for file in release.glob("Session1/dialog/EmoEvaluation/Ses*.txt"):
        for line in file.read_text("latin-1").splitlines():
            if not line.startswith("["):
                continue
            times, name, *_ = line.split("\t")
            start_s, end_s = map(float, times.strip("[]").split(" - "))
            rate_hz, samples = wavfile.read(
                release / "Session1/sentences/wav" / file.stem / f"{name}.wav"
            )
            assert (rate_hz, samples.dtype, samples.ndim) == (RATE_HZ, np.int16, 1)
            assert len(samples) / rate_hz == pytest.approx(end_s - start_s, abs=2e-4)
            assert 100 < np.abs(samples.astype(int)).max() <= 32767


def test_two_persons_sit_in_two_halves(release: Path) -> None:
    file = release / "skeletons/Session1/Ses01M_impro01.json"
    persons = read_sequences(file, fps=30_000 / 1001)
    middles = sorted(float(np.nanmedian(one.positions[:, :, 0])) for one in persons)
    assert middles[0] < 300 < 420 < middles[-1]
    assert all(np.nanmin(one.positions[:, :13]) >= 0 for one in persons)
    assert all(np.nanmax(one.positions[:, :13, 1]) < 380 for one in persons)
    assert len(persons) == 3  # the tracker numbers one of the two anew midway
    assert not all(one.present.any(axis=1).all() for one in persons)


def test_equal_arguments_give_equal_bytes(release: Path, tmp_path: Path) -> None:
    again = make_iemocap(
        tmp_path / "again", num_sessions=1, dialogs_per_session=3, utterances_per_dialog=8
    )
    assert dict(contents(again, 1)) == dict(contents(release, 1))
    other = make_iemocap(
        tmp_path / "other", num_sessions=1, dialogs_per_session=1, utterances_per_dialog=4, seed=1
    )
    labels = "dialog/EmoEvaluation/Ses01F_impro01.txt"
    assert (other / "Session1" / labels).read_bytes() != (
        release / "Session1" / labels
    ).read_bytes()


def test_a_voice_tells_of_arousal_in_loudness_rate_and_pitch() -> None:
    voice = Voice(pitch_hz=120.0, tract=1.0, tempo=1.0, level_db=0.0, tilt=0.0)
    loud, seconds, pitch = {}, {}, {}
    for emotion in EMOTIONS:
        sounds = [speak(make_generator(0, n), voice, VOICES[emotion], 10) for n in range(4)]
        loud[emotion] = np.mean([np.sqrt(np.mean(sound**2)) for sound in sounds])
        seconds[emotion] = np.mean([len(sound) / RATE_HZ for sound in sounds])
        pitch[emotion] = np.mean([find_pitch(sound) for sound in sounds])
    for aroused in ("angry", "happy"):
        assert loud[aroused] > 1.5 * loud["neutral"] > 1.5 * loud["sad"]
        assert seconds[aroused] < seconds["neutral"] < seconds["sad"]
        assert pitch[aroused] > 1.1 * pitch["neutral"]


def find_pitch(sound: np.ndarray) -> float:
    """Frequency of the highest peak of the autocorrelation between 70 and 300 Hz."""
    spectrum = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    correlation = np.fft.irfft(spectrum)
    lags = np.arange(RATE_HZ // 300, RATE_HZ // 70)
    return RATE_HZ / float(lags[correlation[lags].argmax()])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_sessions": 6}, "num_sessions from 1 to 5, but got 6"),
        ({"dialogs_per_session": 0}, "dialogs_per_session from 1 to 20, but got 0"),
        ({"utterances_per_dialog": 3}, "utterances_per_dialog from 4 to 400, but got 3"),
        ({"seed": -1}, "seed from 0"),
    ],
)
def test_numbers_out_of_range_are_errors(
    tmp_path: Path, options: dict[str, int], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        make_iemocap(tmp_path, **options)


def test_a_folder_with_something_in_it_is_left_alone(release: Path) -> None:
    with pytest.raises(DatasetError, match="expected a new or empty folder"):
        make_iemocap(release)
