"""The acoustic features of one utterance."""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from skelgraph.config import AcousticBackend
from skelgraph.errors import FeatureError
from skelgraph.features.feature_names import MFCC_NAMES, PROSODY_NAMES
from skelgraph.typing import Float32Array

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
