"""Pitch and what belongs to it: how periodic a frame is, and harmonics to noise.

The pitch is that of YIN (de Cheveigne and Kawahara, JASA 111, 2002), as librosa has it, between 52
and 620 Hz, in frames of 55 ms every 10 ms. A frame is voiced where its normalized autocorrelation
at one period (Boersma, Proc. IFA 17, 1993) is above 0.6; librosa's pYIN, which decides this itself,
is forty times slower and found half as many voiced frames in a real, noisy recording.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skelgraph.features.audio import RATE_HZ, import_extra
from skelgraph.features.cepstrum import STEP, cut_frames
from skelgraph.typing import FloatArray, IntArray

PITCH_FRAME = RATE_HZ * 55 // 1000
_LOWEST_HZ, _HIGHEST_HZ = 52.0, 620.0
_SEMITONES_FROM_HZ = 27.5
_SILENCE_RMS = 0.0008  # of full scale, under the window
_VOICED = 0.6
_GAUSS_SIGMA = 0.4  # of half a frame
_TINY = 1e-10


@dataclass(frozen=True, kw_only=True, eq=False)
class PitchTrack:
    """Pitch over time; each array is (T,), and zero where a frame has no value.

    Args:
        f0_hz: The fundamental frequency of voiced frames.
        f0_semitones: The same in semitones above 27.5 Hz.
        voicing: How periodic a frame is, from 0 to 1; zero in silence.
        harmonics_to_noise_db: Of voiced frames.
    """

    f0_hz: FloatArray
    f0_semitones: FloatArray
    voicing: FloatArray
    harmonics_to_noise_db: FloatArray


def track_pitch(samples: npt.NDArray[np.int16]) -> PitchTrack:
    """Track the pitch of a signal (S,) at 16 kHz; a signal shorter than a frame is padded.

    Raises:
        FeatureError: If librosa is not installed.
    """
    frames = cut_frames(samples, PITCH_FRAME) / 32768
    windowed = frames * _gauss_window()
    f0_hz = _find_periods(frames)
    lags = np.round(RATE_HZ / f0_hz).astype(int)
    is_loud = np.sqrt((windowed**2).mean(axis=1)) > _SILENCE_RMS
    voicing = np.where(is_loud, _periodicity(frames, lags), 0)
    is_voiced = voicing > _VOICED
    semitones = 12 * np.log2(f0_hz / _SEMITONES_FROM_HZ)
    return PitchTrack(
        f0_hz=np.where(is_voiced, f0_hz, 0),
        f0_semitones=np.where(is_voiced, semitones, 0),
        voicing=voicing,
        harmonics_to_noise_db=np.where(is_voiced, _harmonics_to_noise(windowed, lags), 0),
    )


def _find_periods(frames: FloatArray) -> FloatArray:
    """Estimate the fundamental frequency (T,) of frames, whether or not they have one."""
    librosa = import_extra("librosa", "for the acoustic backend 'librosa'")
    signal = np.concatenate([frames[:-1, :STEP].ravel(), frames[-1]])
    f0_hz: FloatArray = librosa.yin(
        signal,
        fmin=_LOWEST_HZ,
        fmax=_HIGHEST_HZ,
        sr=RATE_HZ,
        frame_length=PITCH_FRAME,
        hop_length=STEP,
        center=False,
    )
    return np.asarray(np.clip(f0_hz, _LOWEST_HZ, _HIGHEST_HZ))


def _gauss_window() -> FloatArray:
    half = (PITCH_FRAME - 1) / 2
    position = (np.arange(PITCH_FRAME) - half) / half
    return np.asarray(np.exp(-0.5 * (position / _GAUSS_SIGMA) ** 2))


def _correlate(windowed: FloatArray) -> FloatArray:
    """Return the autocorrelation (T, 2 * PITCH_FRAME) of frames (T, PITCH_FRAME)."""
    power = np.abs(np.fft.rfft(windowed, 2 * PITCH_FRAME)) ** 2
    return np.asarray(np.fft.irfft(power, axis=1))


def _periodicity(frames: FloatArray, lags: IntArray) -> FloatArray:
    """Return the autocorrelation at one period, divided by that of the window, from 0 to 1."""
    window = np.hanning(PITCH_FRAME)
    correlation = _correlate((frames - frames.mean(axis=1, keepdims=True)) * window)
    of_window = _correlate(window[None])[0]
    at_period = correlation[np.arange(len(lags)), lags] / np.maximum(correlation[:, 0], _TINY)
    return np.asarray(np.clip(at_period / (of_window[lags] / of_window[0]), 0, 1))


def _harmonics_to_noise(windowed: FloatArray, lags: IntArray) -> FloatArray:
    """Return 10 log10 of the autocorrelation at one period to the rest of the energy."""
    correlation = _correlate(windowed)
    at_period = correlation[np.arange(len(lags)), lags]
    ratio = np.maximum(at_period, _TINY) / np.maximum(correlation[:, 0] - at_period, _TINY)
    return 10 * np.log10(ratio)
