"""MFCC_E_D_A by the definitions of HTK, in numpy.

Frames of 25 ms every 10 ms; pre-emphasis 0.97 within each frame, Hamming window, power spectrum of
512 points, 26 triangles on the mel scale from 0 to 8000 Hz, floor 1, logarithm, cosine transform,
lifter 22; the logarithm of the energy of the samples themselves; deltas over two frames on both
sides, the first and the last frame repeated beyond the ends. Samples count as 16-bit integers.
The second deltas of the last two frames are openSMILE's, which takes the deltas of the repeated
frames there, where HTK repeats the last delta.

Defined by: The HTK Book 3.4, sections 5.2 to 5.9.
"""

import numpy as np
import numpy.typing as npt

from skelgraph.features.audio import RATE_HZ
from skelgraph.typing import Float32Array, FloatArray

STEP = RATE_HZ // 100
MFCC_FRAME = RATE_HZ // 40
_FFT = 512
_NUM_BANDS = 26
_NUM_COEFFICIENTS = 12
_LIFTER = 22
_PREEMPHASIS = 0.97
_DELTA_WINDOW = 2


def cut_frames(samples: npt.NDArray[np.int16], length: int) -> FloatArray:
    """Cut frames (T, length), one every 10 ms; a shorter signal is padded with zeros."""
    padded = np.pad(samples.astype(np.float64), (0, max(0, length - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::STEP]


def power_spectrum(frames: FloatArray) -> FloatArray:
    """Return the power (T, 257) of frames under a Hamming window."""
    windowed = frames * np.hamming(frames.shape[1])
    return np.abs(np.fft.rfft(windowed, _FFT)) ** 2


def mel_bands(lowest_hz: float) -> tuple[FloatArray, FloatArray]:
    """Return triangles (257, 26) on the mel scale up to 8000 Hz, and their centers (26,) in Hz.

    The triangles are even on the mel scale, as HTK's are, not in Hz; as there, the frequency that
    is nearest to the lowest is in none.
    """
    edges = np.linspace(_to_mel(lowest_hz), _to_mel(RATE_HZ / 2), _NUM_BANDS + 2)
    mel = _to_mel(np.arange(_FFT // 2 + 1) * RATE_HZ / _FFT)[:, None]
    rising = (mel - edges[:-2]) / np.diff(edges[:-1])
    falling = (edges[2:] - mel) / np.diff(edges[1:])
    weights = np.maximum(0, np.minimum(rising, falling))
    weights[: 1 + round(lowest_hz * _FFT / RATE_HZ)] = 0
    return weights, 700 * np.expm1(edges[1:-1] / 1127)


def _to_mel(frequency_hz: FloatArray | float) -> FloatArray:
    return np.asarray(1127 * np.log1p(np.asarray(frequency_hz) / 700))


def mfcc_with_deltas(samples: npt.NDArray[np.int16]) -> Float32Array:
    """Compute MFCC_E_D_A (T, 39) of a signal (S,) at 16 kHz."""
    frames = cut_frames(samples, MFCC_FRAME)
    energy = np.log(np.maximum(1, (frames**2).sum(axis=1)))
    static = np.column_stack([_cepstrum(frames), energy])
    delta = regress(np.pad(static, ((0, _DELTA_WINDOW), (0, 0)), mode="edge"))
    columns = [static, delta, regress(delta)]
    return np.hstack([values[: len(static)] for values in columns]).astype(np.float32)


def _cepstrum(frames: FloatArray) -> FloatArray:
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    weights, _ = mel_bands(0)
    bands = np.log(np.maximum(1, power_spectrum(frames - _PREEMPHASIS * before) @ weights))
    number = np.arange(1, _NUM_COEFFICIENTS + 1)
    angles = np.pi / _NUM_BANDS * np.outer(np.arange(_NUM_BANDS) + 0.5, number)
    lifter = 1 + _LIFTER / 2 * np.sin(np.pi * number / _LIFTER)
    return np.asarray(np.sqrt(2 / _NUM_BANDS) * (bands @ np.cos(angles)) * lifter)


def regress(values: FloatArray) -> FloatArray:
    """Return the slope (T, C) of each column in the five frames around each.

    Example:
        >>> regress(np.arange(6.0)[:, None]).ravel().tolist()
        [0.5, 0.8, 1.0, 1.0, 0.8, 0.5]
    """
    num_frames = len(values)
    padded = np.pad(values, ((_DELTA_WINDOW, _DELTA_WINDOW), (0, 0)), mode="edge")
    slopes = np.zeros_like(values)
    for distance in range(1, _DELTA_WINDOW + 1):
        after = padded[_DELTA_WINDOW + distance :][:num_frames]
        slopes += distance * (after - padded[_DELTA_WINDOW - distance :][:num_frames])
    return slopes / (2 * sum(distance**2 for distance in range(1, _DELTA_WINDOW + 1)))
