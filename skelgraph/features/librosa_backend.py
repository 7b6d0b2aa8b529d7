"""Acoustic features with librosa and numpy, under permissive licences.

MFCC_E_D_A and loudness are equal to openSMILE's up to rounding. Pitch is of another algorithm, and
so is how certainly a frame is voiced: those 28 values say the same thing in other numbers, and a
network that was trained with the prosody of one backend does not take that of the other.
``benchmarks/acoustic.py`` measures how far they agree.
"""

import numpy as np
import numpy.typing as npt

from skelgraph.features.acoustic import FUNCTIONALS, AcousticFeatures
from skelgraph.features.audio import RATE_HZ
from skelgraph.features.cepstrum import cut_frames, mel_bands, mfcc_with_deltas, power_spectrum
from skelgraph.features.pitch import track_pitch
from skelgraph.typing import FloatArray

_LOUDNESS_FRAME = RATE_HZ // 50
_COMPRESSION = 0.33


def extract_with_librosa(samples: npt.NDArray[np.int16]) -> AcousticFeatures:
    """Compute the acoustic features of a signal (S,) at 16 kHz.

    Raises:
        FeatureError: If librosa is not installed.
    """
    track = track_pitch(samples)
    descriptors = (track.f0_hz, track.f0_semitones, track.voicing, track.harmonics_to_noise_db)
    contours = [smooth(values, skip_zeros=True) for values in descriptors]
    values = [statistics(contour[contour != 0]) for contour in contours]
    values.append(statistics(smooth(measure_loudness(samples), skip_zeros=False)))
    return AcousticFeatures(
        mfcc=mfcc_with_deltas(samples), prosody=np.concatenate(values).astype(np.float32)
    )


def measure_loudness(samples: npt.NDArray[np.int16]) -> FloatArray:
    """Return the loudness (T,) of a signal (S,) at 16 kHz, every 10 ms, by a model of hearing.

    The power of 26 mel bands from 20 to 8000 Hz in Hamming windows of 20 ms, weighted by how loud
    each frequency is heard, each to the power of 0.33; the mean of the bands.

    Defined by: Hermansky, Perceptual linear predictive (PLP) analysis of speech, JASA 87, 1990, for
    how loud a frequency is heard. Above 5 kHz his curve falls by the sixth power of the frequency;
    openSMILE was measured to let it fall by the seventh, and so does this.
    """
    weights, centers_hz = mel_bands(20)
    bands = power_spectrum(cut_frames(samples, _LOUDNESS_FRAME) / 32767) @ weights
    heard = (bands * _equal_loudness(centers_hz)) ** _COMPRESSION
    return np.asarray(heard.mean(axis=1))


def _equal_loudness(frequency_hz: FloatArray) -> FloatArray:
    squared = (2 * np.pi * frequency_hz) ** 2
    below_5_khz = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
    return below_5_khz * 1e32 / (squared**3.5 + 1.7e31)


def smooth(values: FloatArray, *, skip_zeros: bool) -> FloatArray:
    """Return the means (T,) of three neighboring frames of a contour (T,), as openSMILE does.

    The first and the last frame are repeated beyond the ends. With ``skip_zeros``, a zero is a
    frame without a value: it stays, and is in no mean.
    """
    padded = np.pad(values, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3)
    if not skip_zeros:
        return np.asarray(windows.mean(axis=1))
    counts = np.maximum(1, (windows != 0).sum(axis=1))
    return np.where(windows[:, 1] == 0, 0, windows.sum(axis=1) / counts)


def statistics(contour: FloatArray) -> FloatArray:
    """Compute the seven ``FUNCTIONALS`` of a contour (T,); zeros if it has no value.

    The slope ``linregc1`` is by frame; the centroid is where the contour's mass lies, as a part of
    its length, and 0 where its sum is.
    """
    if len(contour) == 0:
        return np.zeros(len(FUNCTIONALS))
    time = np.arange(len(contour))
    total = contour.sum()
    centroid = (time * contour).sum() / total / len(contour) if total != 0 else 0.0
    slope = np.polyfit(time, contour, 1)[0] if len(contour) > 1 else 0.0
    low, high = np.percentile(contour, [10, 90])
    return np.array([contour.std(), contour.mean(), slope, centroid, low, high, high - low])
