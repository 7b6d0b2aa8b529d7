"""Acoustic features with openSMILE, through the configuration files of this package.

openSMILE and its Python package are under the audEERING Research License, which does not admit
commercial use. A configuration whose parts do not fit each other makes the library end the whole
process: :func:`check_wiring` looks at the files before they are handed over.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FeatureError
from skelgraph.features.acoustic import DESCRIPTORS, FUNCTIONALS, AcousticFeatures
from skelgraph.features.audio import RATE_HZ, import_extra
from skelgraph.features.cepstrum import MFCC_FRAME
from skelgraph.features.pitch import PITCH_FRAME
from skelgraph.typing import Float32Array

CONFIGURATIONS = Path(__file__).parent / "opensmile"
_MFCC_LEVEL, _PROSODY_LEVEL = "lld", "func"
_STATIC = (*(f"pcm_fftMag_mfcc{{}}[{number}]" for number in range(1, 13)), "pcm_LOGenergy{}")
_MFCC_NAMES = [name.format(suffix) for suffix in ("", "_de", "_de_de") for name in _STATIC]
_PROSODY_NAMES = [
    f"{descriptor}_sma_{functional}"
    + (".0" if functional in ("percentile10", "percentile90") else "")
    for descriptor in DESCRIPTORS
    for functional in FUNCTIONALS
]


def extract_with_opensmile(samples: npt.NDArray[np.int16]) -> AcousticFeatures:
    """Compute the acoustic features of a signal (S,) at 16 kHz.

    A signal that is shorter than a frame (25 ms, and 55 ms for the pitch) is followed by silence.

    Raises:
        FeatureError: If openSMILE is not installed, or gives other features than it should.
    """
    mfcc = _run("mfcc.conf", _MFCC_LEVEL, samples, MFCC_FRAME)
    prosody = _run("prosody.conf", _PROSODY_LEVEL, samples, PITCH_FRAME)
    return AcousticFeatures(mfcc=mfcc.T, prosody=prosody[:, 0])


def _run(
    configuration: str, level: str, samples: npt.NDArray[np.int16], frame: int
) -> Float32Array:
    """Run a configuration, and return the values (features, T) of one of its levels."""
    samples = np.pad(samples, (0, max(0, frame - len(samples))))
    signal = (samples / 32768).astype(np.float32)[None]  # which openSMILE makes integers again
    values: Float32Array = _load(configuration, level)(signal, RATE_HZ)[0]
    return values


@cache
def _load(configuration: str, level: str) -> Any:
    """Load openSMILE with one of our configurations, and check the names of its features."""
    path = CONFIGURATIONS / configuration
    check_wiring(path, level)
    opensmile = import_extra("opensmile", "for the acoustic backend 'opensmile'")
    smile = opensmile.Smile(str(path), level, loglevel=0)
    expected = _MFCC_NAMES if level == _MFCC_LEVEL else _PROSODY_NAMES
    if smile.feature_names != expected:
        raise FeatureError(
            f"{path}: expected the features {expected[:3]} and so on from openSMILE, but got "
            f"{smile.feature_names[:3]}; is it another version than 2.6?"
        )
    return smile


def check_wiring(path: Path, level: str) -> None:
    """Check that each level that a part of a configuration reads is written by another one.

    Args:
        path: The configuration file.
        level: The level that the sink reads.

    Raises:
        FeatureError: If the file is not there, or its parts do not fit each other.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise FeatureError(
            f"{path}: a configuration of openSMILE that belongs to skelgraph cannot be read "
            f"({error.strerror}): install skelgraph again"
        ) from error
    text = re.sub(r"^\s*;.*$", "", text, flags=re.MULTILINE)
    written = re.findall(r"^writer\.dmLevel\s*=\s*(\w+)\s*$", text, re.MULTILINE)
    read = re.findall(r"^reader2?\.dmLevel\s*=\s*([\w;]+)\s*$", text, re.MULTILINE)
    sections = re.findall(r"^\[(\w+):(\w+)\]", text, re.MULTILINE)
    instances = re.findall(r"^instance\[(\w+)\]\.type\s*=\s*(\w+)\s*$", text, re.MULTILINE)
    for name, kind in instances:
        if kind != "cDataMemory" and (name, kind) not in sections:
            raise FeatureError(f"{path}: expected a section [{name}:{kind}], but there is none")
    for name in ("source", "sink"):
        if f"\\cm[{name}{{" not in text:
            raise FeatureError(f"{path}: expected a place for the {name}, but there is none")
    for name in (*";".join(read).split(";"), level):
        if name != "wave" and written.count(name) != 1:
            raise FeatureError(
                f"{path}: expected one part that writes the level {name!r}, but "
                f"{written.count(name)} do"
            )
