"""Loudness by a simple model of hearing.

The power of 26 mel bands from 20 to 8000 Hz in Hamming windows of 20 ms, weighted by how loud each
frequency is heard, each to the power of 0.33; the mean of the bands.

Defined by: Hermansky, Perceptual linear predictive (PLP) analysis of speech, JASA 87, 1990,
for how loud a frequency is heard. Above 5 kHz his curve falls by the sixth power of the frequency;
openSMILE was measured to let it fall by the seventh, and so does this.
"""

import numpy as np
import numpy.typing as npt

from skelgraph.features.audio import RATE_HZ
from skelgraph.features.cepstrum import cut_frames, mel_bands, power_spectrum
from skelgraph.typing import FloatArray

_FRAME = RATE_HZ // 50
_COMPRESSION = 0.33


def measure_loudness(samples: npt.NDArray[np.int16]) -> FloatArray:
    """Return the loudness (T,) of a signal (S,) at 16 kHz, every 10 ms."""
    weights, centers_hz = mel_bands(20)
    bands = power_spectrum(cut_frames(samples, _FRAME) / 32767) @ weights
    heard = (bands * _equal_loudness(centers_hz)) ** _COMPRESSION
    return np.asarray(heard.mean(axis=1))


def _equal_loudness(frequency_hz: FloatArray) -> FloatArray:
    squared = (2 * np.pi * frequency_hz) ** 2
    below_5_khz = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
    return below_5_khz * 1e32 / (squared**3.5 + 1.7e31)
