"""The comparison of the acoustic backends runs, and what was measured is shown."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness.acoustic_agreement import format_agreement
from scipy.io import wavfile

from skelgraph.features import MFCC_NAMES, PROSODY_NAMES

ROOT = Path(__file__).parents[2]


def test_it_compares_a_file(
    load_benchmark: Callable[[str], ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    time = np.arange(16_000) / 16_000
    phase = 2 * np.pi * (150 * time + 25 * time**2)
    signal = sum(np.sin(n * phase) / n for n in range(1, 9)) / 4
    noise = np.random.default_rng(0).normal(0, 0.01, len(time))
    wavfile.write(tmp_path / "rise.wav", 16_000, (32767 * (signal + noise)).astype(np.int16))
    out = tmp_path / "acoustic.json"
    load_benchmark("acoustic").main([str(tmp_path / "rise.wav"), "--out", str(out)])
    result = json.loads(out.read_text())
    assert format_agreement(result) in capsys.readouterr().out
    assert set(result["mfcc"]) == set(MFCC_NAMES)
    assert min(entry["correlation"] for entry in result["mfcc"].values()) > 0.9999
    assert set(result["prosody"]) == set(PROSODY_NAMES)
    pitch = result["prosody"]["F0final_amean"]
    assert pitch["relative_difference"] < 0.02
    assert 170 < pitch["librosa"] < 180


def test_the_committed_results_are_shown_and_as_stated(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    result = json.loads(load_benchmark("acoustic").RESULTS.read_text())
    assert format_agreement(result) in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    lowest = min(entry["correlation"] for entry in result["mfcc"].values())
    pitch = result["prosody"]["F0final_amean"]
    stated = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"correlation of the 39 columns is {lowest:.6f}" in stated
    assert f"mean pitch is {pitch['opensmile']:.0f} Hz and {pitch['librosa']:.0f} Hz" in stated
