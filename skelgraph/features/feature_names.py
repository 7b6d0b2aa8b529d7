"""Names of the acoustic features, in the order in which they stand in the arrays.

They are those of MDRE (Yoon, Byun and Jung, SLT 2018), as openSMILE counts and calls them.
"""

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
