"""Audio of any rate, width and number of channels becomes the same 16 kHz signal."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from skelgraph.errors import FeatureError
from skelgraph.features import is_audio_file, read_audio

from .conftest import harmonic_tone, write_wav


def test_sixteen_bits_at_16_khz_are_kept_as_they_are(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 1000).astype(np.int16)
    wavfile.write(tmp_path / "noise.wav", 16_000, samples)
    audio = read_audio(tmp_path / "noise.wav")
    np.testing.assert_array_equal(audio.samples, samples)
    assert (audio.rate_hz, audio.num_channels, audio.duration_s) == (16_000, 1, 0.0625)
    assert audio.encoding == "WAV, PCM_16"


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [("PCM_U8", 300), ("PCM_16", 2), ("PCM_24", 1), ("PCM_32", 1), ("FLOAT", 1), ("DOUBLE", 1)],
)
def test_every_width_is_the_same_signal(tmp_path: Path, subtype: str, tolerance: int) -> None:
    signal = harmonic_tone(200, 0.1)
    soundfile.write(tmp_path / "tone.wav", signal, 16_000, subtype=subtype)
    difference = read_audio(tmp_path / "tone.wav").samples - signal * 32768
    assert np.abs(difference).max() < tolerance


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_is_the_same_tone(tmp_path: Path, rate_hz: int) -> None:
    signal = harmonic_tone(200, 0.5, rate_hz=rate_hz)
    audio = read_audio(write_wav(tmp_path / "tone.wav", signal, rate_hz=rate_hz))
    assert abs(len(audio.samples) - 8_000) <= 1
    assert audio.duration_s == pytest.approx(0.5, abs=1e-3)
    middle = audio.samples[2_000:6_000].astype(np.float64)
    np.testing.assert_allclose(middle[80:], middle[:-80], atol=100)  # a period is 80 samples
    assert np.abs(middle).max() > 10_000


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = np.full(500, 0.5), np.full(500, -0.25)
    audio = read_audio(write_wav(tmp_path / "two.wav", np.column_stack([left, right])))
    assert audio.num_channels == 2
    np.testing.assert_allclose(audio.samples, 0.125 * 32768, atol=2)


def test_what_is_too_loud_is_clipped(tmp_path: Path) -> None:
    loud = np.array([1.5, -1.5, 1.0, 1e308])
    soundfile.write(tmp_path / "loud.wav", np.column_stack([loud, loud]), 16_000, subtype="DOUBLE")
    assert read_audio(tmp_path / "loud.wav").samples.tolist() == [32767, -32768, 32767, 32767]


def test_a_file_in_which_one_cannot_seek(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "gsm.wav", harmonic_tone(200, 0.1), 16_000, subtype="GSM610")
    assert len(read_audio(tmp_path / "gsm.wav").samples) >= 1_600


def test_a_header_that_promises_more_than_fits_into_memory(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.flac", harmonic_tone(200, 0.1), 16_000)
    content = bytearray((tmp_path / "tone.flac").read_bytes())
    content[21:26] = bytes([content[21] | 0x0F, 255, 255, 255, 255])  # 2**36 - 1 samples
    (tmp_path / "tone.flac").write_bytes(content)
    with pytest.raises(FeatureError, match=r"tone\.flac: .*cannot be read"):
        read_audio(tmp_path / "tone.flac")


def test_bad_files_are_named(tmp_path: Path, tone: Path) -> None:
    content = tone.read_bytes()
    nan = np.array([0.0, np.nan])
    soundfile.write(tmp_path / "nan.wav", nan, 16_000, subtype="FLOAT")
    wavfile.write(tmp_path / "none.wav", 16_000, np.zeros(0, dtype=np.int16))
    fast = bytearray(content)
    fast[24:28] = struct.pack("<I", 10_000_000)
    cases = {
        "missing.wav": (None, "cannot be opened"),
        "empty.wav": (b"", "the file is empty"),
        "cut.wav": (content[: len(content) // 2], "it was cut off"),
        "header.wav": (content[:20], "it was cut off"),
        "text.wav": (b"not a sound\n" * 20, "expected an audio file"),
        "fast.wav": (bytes(fast), "1000 to 768000 Hz"),
        "nan.wav": (None, "not a number"),
        "none.wav": (None, "not one sample"),
    }
    for name, (written, message) in cases.items():
        if written is not None:
            (tmp_path / name).write_bytes(written)
        with pytest.raises(FeatureError, match=message) as caught:
            read_audio(tmp_path / name)
        assert name in str(caught.value)


def test_audio_is_known_by_content_or_name(tmp_path: Path, tone: Path) -> None:
    unnamed = tmp_path / "sound"
    unnamed.write_bytes(tone.read_bytes())
    (tmp_path / "walk.bvh").write_text("HIERARCHY\n")
    assert is_audio_file(unnamed)
    assert is_audio_file(tmp_path / "missing.WAV")
    assert not is_audio_file(tmp_path / "walk.bvh")
    assert not is_audio_file(tmp_path)
