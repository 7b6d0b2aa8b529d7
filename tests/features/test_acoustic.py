"""Acoustic features of sounds whose answers are known, by both backends."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skelgraph.config import AcousticBackend
from skelgraph.errors import FeatureError
from skelgraph.features import (
    ACOUSTIC_BACKENDS,
    MFCC_NAMES,
    PROSODY_NAMES,
    AcousticFeatures,
    extract_acoustic,
)
from skelgraph.features.opensmile_backend import CONFIGURATIONS, check_wiring

from .conftest import harmonic_tone, write_wav

both = pytest.mark.parametrize("backend", ACOUSTIC_BACKENDS)
LOG_ENERGY = MFCC_NAMES.index("logEnergy")


def prosody(features: AcousticFeatures, name: str) -> float:
    return float(features.prosody[PROSODY_NAMES.index(name)])


def test_the_names() -> None:
    assert len(MFCC_NAMES) == len(set(MFCC_NAMES)) == 39
    assert MFCC_NAMES[11:14] == ("mfcc[12]", "logEnergy", "mfcc[1]_de")
    assert len(PROSODY_NAMES) == len(set(PROSODY_NAMES)) == 35
    assert PROSODY_NAMES[:2] == ("F0final_stddev", "F0final_amean")
    assert PROSODY_NAMES[27:29] == (
        "HarmonicsToNoiseRatioACFLogdB_pctlrange0-1",
        "loudness_stddev",
    )


@both
@pytest.mark.realdata
def test_real_speech(shared_data: Path, tmp_path: Path, backend: AcousticBackend) -> None:
    file = shared_data / "audio" / "speech.wav"
    features = extract_acoustic(file, backend)
    assert features.mfcc.shape == (523, 39)
    assert features.prosody.shape == (35,)
    assert 80 < prosody(features, "F0final_percentile10") < 120  # a man speaks
    import soundfile

    signal, rate_hz = soundfile.read(file)
    soundfile.write(tmp_path / "three.wav", signal[: 3 * rate_hz], rate_hz)
    assert extract_acoustic(tmp_path / "three.wav", backend).mfcc.shape == (298, 39)


@pytest.mark.realdata
def test_the_backends_agree_on_real_speech(shared_data: Path) -> None:
    file = shared_data / "audio" / "speech.wav"
    opensmile, librosa = (extract_acoustic(file, backend) for backend in ACOUSTIC_BACKENDS)
    np.testing.assert_allclose(librosa.mfcc, opensmile.mfcc, atol=1e-3)
    np.testing.assert_allclose(librosa.prosody[28:], opensmile.prosody[28:], rtol=1e-3, atol=1e-5)


def test_the_backends_agree_on_noise_and_silence(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=6_000).clip(-3, 3)
    noise[2_000:3_000] = 0
    file = write_wav(tmp_path / "noise.wav", noise)
    opensmile, librosa = (extract_acoustic(file, backend) for backend in ACOUSTIC_BACKENDS)
    np.testing.assert_allclose(librosa.mfcc, opensmile.mfcc, atol=1e-3)
    np.testing.assert_allclose(librosa.prosody[28:], opensmile.prosody[28:], rtol=1e-3, atol=1e-5)


@both
@pytest.mark.parametrize("f0_hz", [100.0, 200.0, 330.0])
def test_the_pitch_of_a_tone(tmp_path: Path, backend: AcousticBackend, f0_hz: float) -> None:
    file = write_wav(tmp_path / "tone.wav", harmonic_tone(f0_hz, 1.0))
    features = extract_acoustic(file, backend)
    assert prosody(features, "F0final_amean") == pytest.approx(f0_hz, rel=0.01)
    semitones = 12 * np.log2(f0_hz / 27.5)
    assert prosody(features, "F0finalLog_amean") == pytest.approx(semitones, abs=0.2)
    assert prosody(features, "F0final_pctlrange0-1") < 0.02 * f0_hz
    assert prosody(features, "voicingFinalUnclipped_amean") > 0.75
    assert prosody(features, "HarmonicsToNoiseRatioACFLogdB_amean") > 3


@both
def test_a_rising_pitch_has_its_slope(tmp_path: Path, backend: AcousticBackend) -> None:
    time = np.arange(16_000) / 16_000
    phase = 2 * np.pi * (150 * time + 25 * time**2)  # 150 to 200 Hz in a second
    signal = sum(np.sin(n * phase) / n for n in range(1, 9)) / 4
    features = extract_acoustic(write_wav(tmp_path / "rise.wav", signal), backend)
    assert prosody(features, "F0final_linregc1") == pytest.approx(0.5, rel=0.05)  # Hz a frame
    assert prosody(features, "F0final_percentile90") == pytest.approx(195, rel=0.03)


@both
def test_twice_the_amplitude_adds_log_4_to_the_energy(
    tmp_path: Path, backend: AcousticBackend
) -> None:
    signal = harmonic_tone(200, 0.5)
    loud = extract_acoustic(write_wav(tmp_path / "loud.wav", signal), backend)
    soft = extract_acoustic(write_wav(tmp_path / "soft.wav", signal / 2), backend)
    added = loud.mfcc[:, LOG_ENERGY] - soft.mfcc[:, LOG_ENERGY]
    np.testing.assert_allclose(added, np.log(4), atol=1e-3)
    ratio = prosody(loud, "loudness_amean") / prosody(soft, "loudness_amean")
    assert ratio == pytest.approx(4**0.33, rel=0.01)
    assert prosody(loud, "F0final_amean") == pytest.approx(prosody(soft, "F0final_amean"), rel=1e-3)


@both
def test_a_silent_file(tmp_path: Path, backend: AcousticBackend) -> None:
    features = extract_acoustic(write_wav(tmp_path / "silence.wav", np.zeros(8_000)), backend)
    np.testing.assert_array_equal(features.mfcc, np.zeros((48, 39)))
    np.testing.assert_allclose(features.prosody[:28], 0, atol=1e-6)
    assert prosody(features, "loudness_pctlrange0-1") == pytest.approx(0, abs=1e-6)


@both
def test_a_telephone_recording_in_stereo(tmp_path: Path, backend: AcousticBackend) -> None:
    signal = harmonic_tone(200, 0.5, rate_hz=8_000)
    stereo = np.column_stack([signal, signal])
    features = extract_acoustic(write_wav(tmp_path / "phone.wav", stereo, rate_hz=8_000), backend)
    assert features.mfcc.shape == (48, 39)
    assert prosody(features, "F0final_amean") == pytest.approx(200, rel=0.01)


@both
@pytest.mark.parametrize(("num_samples", "num_frames"), [(1, 1), (399, 1), (400, 1), (560, 2)])
def test_a_file_of_a_frame_or_less(
    tmp_path: Path, backend: AcousticBackend, num_samples: int, num_frames: int
) -> None:
    signal = harmonic_tone(200, 0.1)[:num_samples]
    features = extract_acoustic(write_wav(tmp_path / "short.wav", signal), backend)
    assert features.mfcc.shape == (num_frames, 39)
    assert np.isfinite(features.prosody).all()


def test_features_are_checked() -> None:
    with pytest.raises(FeatureError, match=r"mfcc: expected \(T, 39\), but got \(5, 13\)"):
        AcousticFeatures(mfcc=np.zeros((5, 13)), prosody=np.zeros(35))
    with pytest.raises(FeatureError, match=r"prosody: expected \(35,\)"):
        AcousticFeatures(mfcc=np.zeros((5, 39)), prosody=np.zeros(34))
    with pytest.raises(FeatureError, match="prosody: expected finite"):
        AcousticFeatures(mfcc=np.zeros((5, 39)), prosody=np.full(35, np.nan))


def test_a_missing_package_is_named(tone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("opensmile", "librosa", "soundfile"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            backend: AcousticBackend = "librosa" if package == "librosa" else "opensmile"
            message = rf'package {package} is needed.*pip install "skelgraph\[audio\]"'
            with pytest.raises(FeatureError, match=message):
                extract_acoustic(tone, backend)


def test_an_unknown_backend_is_refused(tone: Path) -> None:
    with pytest.raises(FeatureError, match="of opensmile, librosa, but got 'praat'"):
        extract_acoustic(tone, "praat")  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "level"), [("mfcc.conf", "lld"), ("prosody.conf", "func")])
def test_our_configurations_are_wired(tmp_path: Path, name: str, level: str) -> None:
    path = CONFIGURATIONS / name
    check_wiring(path, level)
    text = path.read_text()
    broken = tmp_path / name
    for old, new, message in (
        ("writer.dmLevel = ", "writer.dmLevel = x", "writes the level"),
        ("\\{\\cm[source", "; \\{\\cm[source", "place for the source"),
        ("\\{\\cm[sink", "; \\{\\cm[sink", "place for the sink"),
        ("[all:cVectorConcat]", "[every:cVectorConcat]", r"a section \[all:cVectorConcat\]"),
    ):
        broken.write_text(text.replace(old, new, 1))
        with pytest.raises(FeatureError, match=message):
            check_wiring(broken, level)
    with pytest.raises(FeatureError, match="writes the level 'nothing'"):
        check_wiring(path, "nothing")
    with pytest.raises(FeatureError, match="install skelgraph again"):
        check_wiring(tmp_path / "missing.conf", level)


def test_opensmile_survives_our_configurations(tone: Path) -> None:
    """In a process of its own, since wrong wiring would end this one."""
    code = (
        "from pathlib import Path; from skelgraph.features import extract_acoustic; import sys; "
        "print(extract_acoustic(Path(sys.argv[1]), 'opensmile').mfcc.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tone], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "(48, 39)"), done.stderr
