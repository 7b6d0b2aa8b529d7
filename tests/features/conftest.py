"""Sounds with known answers."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

RATE_HZ = 16_000


def harmonic_tone(f0_hz: float, seconds: float, *, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A tone of ten harmonics below 4 kHz, array (S,) within 0.5."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    harmonics = [n for n in range(1, 11) if n * f0_hz < min(4000, rate_hz / 2)]
    tone = sum(np.sin(2 * np.pi * n * f0_hz * time) / n for n in harmonics)
    return np.asarray(0.5 * tone / np.abs(tone).max())


def write_wav(path: Path, signal: np.ndarray, *, rate_hz: int = RATE_HZ) -> Path:
    """Writes a signal (S,) or (S, channels) within 1 as 16-bit wav."""
    wavfile.write(path, rate_hz, np.round(signal * 32767).astype(np.int16))
    return path


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Half a second of a 200 Hz tone."""
    return write_wav(tmp_path / "tone.wav", harmonic_tone(200, 0.5))
