"""The acoustic features of one utterance, and their names in the order of the arrays.

The names are those of MDRE (Yoon, Byun and Jung, SLT 2018), as openSMILE counts and calls them.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from skelgraph.config import AcousticBackend
from skelgraph.errors import FeatureError
from skelgraph.typing import Float32Array

_STATIC = (*(f"mfcc[{number}]" for number in range(1, 13)), "logEnergy")

MFCC_NAMES: tuple[str, ...] = tuple(
    f"{name}{suffix}" for suffix in ("", "_de", "_de_de") for name in _STATIC
)
"""The 39 columns of MFCC_E_D_A: 12 coefficients and the log energy, 13 deltas, 13 second deltas."""

DESCRIPTORS: tuple[str, ...] = (
    "F0final",
    "F0finalLog",
    "voicingFinalUnclipped",
    "HarmonicsToNoiseRatioACFLogdB",
    "loudness",
)
"""What the prosodic values are statistics of: four over voiced frames, loudness over all."""

FUNCTIONALS: tuple[str, ...] = (
    "stddev",
    "amean",
    "linregc1",
    "centroid",
    "percentile10",
    "percentile90",
    "pctlrange0-1",
)
"""The statistics of each descriptor over the frames of an utterance."""

PROSODY_NAMES: tuple[str, ...] = tuple(
    f"{descriptor}_{functional}" for descriptor in DESCRIPTORS for functional in FUNCTIONALS
)
"""The 35 prosodic values: seven statistics of each of the five descriptors."""

ACOUSTIC_BACKENDS: tuple[AcousticBackend, ...] = get_args(AcousticBackend)


@dataclass(frozen=True, kw_only=True, eq=False)
class AcousticFeatures:
    """MFCC_E_D_A and prosody of one utterance.

    Args:
        mfcc: Array (T, 39), a row every 10 ms; columns are ``MFCC_NAMES``. Not normalized.
        prosody: Array (35,); entries are ``PROSODY_NAMES``.

    Raises:
        FeatureError: If a shape is another, or a value is not finite.
    """

    mfcc: Float32Array
    prosody: Float32Array

    def __post_init__(self) -> None:
        mfcc = np.asarray(self.mfcc, dtype=np.float32)
        prosody = np.asarray(self.prosody, dtype=np.float32)
        if mfcc.ndim != 2 or mfcc.shape[1] != len(MFCC_NAMES) or len(mfcc) == 0:
            raise FeatureError(f"mfcc: expected (T, {len(MFCC_NAMES)}), but got {mfcc.shape}")
        if prosody.shape != (len(PROSODY_NAMES),):
            raise FeatureError(f"prosody: expected ({len(PROSODY_NAMES)},), got {prosody.shape}")
        for name, array in (("mfcc", mfcc), ("prosody", prosody)):
            if not np.isfinite(array).all():
                raise FeatureError(f"{name}: expected finite numbers, but some are not")
            object.__setattr__(self, name, array)

    @property
    def num_frames(self) -> int:
        """T, the number of MFCC frames."""
        return len(self.mfcc)
