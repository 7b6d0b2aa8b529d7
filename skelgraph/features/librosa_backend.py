"""Acoustic features with librosa and numpy, under permissive licences.

MFCC_E_D_A and loudness are equal to openSMILE's up to rounding. Pitch is of another algorithm, and
so is how certainly a frame is voiced: those 28 values say the same thing in other numbers, and a
network that was trained with the prosody of one backend does not take that of the other.
``benchmarks/acoustic.py`` measures how far they agree.
"""

import numpy as np
import numpy.typing as npt

from skelgraph.features.acoustic import AcousticFeatures
from skelgraph.features.cepstrum import mfcc_with_deltas
from skelgraph.features.contours import smooth, statistics
from skelgraph.features.loudness import measure_loudness
from skelgraph.features.pitch import track_pitch


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
