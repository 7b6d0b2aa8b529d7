"""``skelgraph inspect`` of audio."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy.io import wavfile
from skelgraph_cli.command import skelgraph


def inspect(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, ["inspect", *map(str, words)])


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    time = np.arange(4_000) / 8_000
    tone = sum(np.sin(2 * np.pi * 200 * n * time) / n for n in range(1, 10)) / 4
    samples = (32767 * np.column_stack([tone, tone])).astype(np.int16)
    wavfile.write(tmp_path / "phone.wav", 8_000, samples)
    return tmp_path / "phone.wav"


@pytest.mark.parametrize("backend", ["opensmile", "librosa"])
def test_what_is_shown_of_audio(stereo: Path, backend: str) -> None:
    done = inspect(stereo, "--acoustic", backend)
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "format WAV, PCM_16" in words
    assert "duration 0.50 s" in words
    assert "rate 8000 Hz, 2 channels" in words
    assert f"features by {backend}" in words
    assert "48 frames of 39 values" in words
    assert "35 values" in words
    (mean,) = [line.split() for line in done.output.splitlines() if "amean" in line]
    assert float(mean[1]) == pytest.approx(200, rel=0.01)


def test_audio_that_cannot_be_used_is_one_line(tmp_path: Path, stereo: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("no sound")
    for words, message, code in (
        ([tmp_path / "empty.wav"], "the file is empty", 1),
        ([tmp_path / "text.wav"], "expected an audio file", 1),
        ([tmp_path / "missing.wav"], "cannot be opened", 1),
        ([stereo, "--plot", "figure.png"], "draws skeletons", 2),
    ):
        done = inspect(*words)
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        assert message in " ".join(done.output.split())
