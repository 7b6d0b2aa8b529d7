"""Agreement of the two acoustic backends on an audio file."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import AcousticBackend
from skelgraph.features import (
    DESCRIPTORS,
    FUNCTIONALS,
    MFCC_NAMES,
    PROSODY_NAMES,
    AcousticFeatures,
    extract_acoustic,
    read_audio,
)


def compare_acoustic(path: Path) -> dict[str, Any]:
    """Compare librosa's features of a file with openSMILE's.

    Args:
        path: The audio file.

    Returns:
        Plain values: for each coefficient the correlation over frames and the mean absolute
        difference in parts of the coefficient's standard deviation; for each prosodic value both
        numbers and their relative difference; and how many times real time each backend is.

    Raises:
        FeatureError: If the file cannot be used, or a backend is not installed.
    """
    audio = read_audio(path)
    reference, opensmile_s = _time_extraction(path, "opensmile")
    features, librosa_s = _time_extraction(path, "librosa")
    difference = np.abs(features.mfcc - reference.mfcc).mean(axis=0)
    return {
        "file": path.name,
        "duration_s": round(audio.duration_s, 2),
        "num_frames": reference.num_frames,
        "times_real_time": {
            "opensmile": round(audio.duration_s / opensmile_s),
            "librosa": round(audio.duration_s / librosa_s),
        },
        "mfcc": {
            name: {
                "correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 6),
                "relative_error": float(f"{error / theirs.std():.2g}"),
            }
            for name, ours, theirs, error in zip(
                MFCC_NAMES, features.mfcc.T, reference.mfcc.T, difference, strict=True
            )
        },
        "prosody": {
            name: {
                "opensmile": float(f"{theirs:.5g}"),
                "librosa": float(f"{ours:.5g}"),
                "relative_difference": round(float(abs(ours - theirs) / max(abs(theirs), 1e-9)), 4),
            }
            for name, ours, theirs in zip(
                PROSODY_NAMES, features.prosody, reference.prosody, strict=True
            )
        },
    }


def format_agreement(result: dict[str, Any]) -> str:
    """Return a line on the MFCC, and the prosodic values as a Markdown table."""
    correlation = min(entry["correlation"] for entry in result["mfcc"].values())
    error = max(entry["relative_error"] for entry in result["mfcc"].values())
    speed = result["times_real_time"]
    lines = [
        f"{result['file']}, {result['duration_s']} s, {result['num_frames']} frames. Of the "
        f"{len(result['mfcc'])} MFCC columns the lowest correlation is {correlation:.6f} and the "
        f"largest mean difference {error:.1e} of the column's standard deviation. openSMILE runs "
        f"at {speed['opensmile']} times real time, librosa at {speed['librosa']}.",
        "",
        "| openSMILE / librosa | " + " | ".join(FUNCTIONALS) + " |",
        "|---" * (1 + len(FUNCTIONALS)) + "|",
    ]
    for descriptor in DESCRIPTORS:
        entries = [result["prosody"][f"{descriptor}_{name}"] for name in FUNCTIONALS]
        cells = [f"{entry['opensmile']:.3g} / {entry['librosa']:.3g}" for entry in entries]
        lines.append(f"| {descriptor} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _time_extraction(path: Path, backend: AcousticBackend) -> tuple[AcousticFeatures, float]:
    """Return the features and the seconds of a second run: the first one loads the libraries."""
    extract_acoustic(path, backend)
    start = time.perf_counter()
    features = extract_acoustic(path, backend)
    return features, time.perf_counter() - start
