"""The statistics of contours, against numbers worked out by hand and against openSMILE's."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.features.audio import read_audio
from skelgraph.features.librosa_backend import smooth, statistics
from skelgraph.features.opensmile_backend import CONFIGURATIONS


def test_smoothing_by_hand() -> None:
    assert smooth(np.array([3.0, 6.0, 0.0, 9.0]), skip_zeros=False).tolist() == [4, 3, 5, 6]
    assert smooth(np.array([3.0, 6.0, 0.0, 9.0]), skip_zeros=True).tolist() == [4, 4.5, 0, 9]


def test_statistics_by_hand() -> None:
    values = statistics(np.array([1.0, 2.0, 3.0, 4.0]))
    centroid = (0 * 1 + 1 * 2 + 2 * 3 + 3 * 4) / 10 / 4
    np.testing.assert_allclose(values, [np.sqrt(1.25), 2.5, 1, centroid, 1.3, 3.7, 2.4])


def test_few_values_have_statistics() -> None:
    assert statistics(np.zeros(0)).tolist() == [0] * 7
    assert statistics(np.array([5.0])).tolist() == [0, 5, 0, 0, 5, 5, 0]
    assert statistics(np.array([1.0, -1.0]))[3] == 0  # no centroid where the sum is zero


@pytest.mark.realdata
def test_statistics_are_those_of_opensmile(shared_data: Path) -> None:
    opensmile = pytest.importorskip("opensmile")
    samples = read_audio(shared_data / "audio" / "speech.wav").samples
    signal = (samples / 32768).astype(np.float32)[None]

    def level(name: str) -> np.ndarray:
        smile = opensmile.Smile(str(CONFIGURATIONS / "prosody.conf"), name, loglevel=0)
        return np.asarray(smile(signal, 16_000)[0], dtype=np.float64)

    voiced, loudness = level("voicedContour")[:, :-1], level("loudnessContour")[0, :-1]
    ours = [statistics(contour[contour != 0]) for contour in voiced] + [statistics(loudness)]
    np.testing.assert_allclose(np.concatenate(ours), level("func")[:, 0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(smooth(level("loudness")[0], skip_zeros=False), loudness, rtol=1e-5)
    pitch = level("pitch")
    for contour, values in zip(voiced, pitch, strict=False):
        np.testing.assert_allclose(smooth(values, skip_zeros=True), contour, rtol=1e-4)
