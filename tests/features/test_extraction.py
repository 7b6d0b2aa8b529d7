"""Features of many files: cached by content, and problems are named together."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FeatureError
from skelgraph.features import AcousticFeatures, extract_acoustic, extract_all, extraction
from skelgraph.io import list_cache

from .conftest import harmonic_tone, write_wav


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tones(tmp_path: Path) -> list[Path]:
    return [
        write_wav(tmp_path / f"{f0_hz}.wav", harmonic_tone(f0_hz, 0.2)) for f0_hz in (100, 200, 300)
    ]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the signals whose features were computed."""
    lengths: list[int] = []
    extract = extraction._EXTRACT["opensmile"]

    def count(samples: np.ndarray) -> AcousticFeatures:
        lengths.append(len(samples))
        return extract(samples)

    monkeypatch.setitem(extraction._EXTRACT, "opensmile", count)
    return lengths


def test_the_room_is_imported_without_audio_packages() -> None:
    code = "from skelgraph.features import extract_all; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "skelgraph.features.extraction" in loaded
    assert not loaded & {"opensmile", "librosa", "soundfile", "numba", "pandas"}


def test_features_come_in_order_and_once(
    cache: Path, tones: list[Path], computed: list[int]
) -> None:
    seen: list[tuple[int, int]] = []
    first = extract_all(tones, "opensmile", progress=lambda *done: seen.append(done))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert len(computed) == 3
    again = extract_all(tones[::-1], "opensmile")[::-1]
    assert len(computed) == 3
    assert {files.kind: len(files.paths) for files in list_cache()}["acoustic"] == 3
    for file, kept, recalled in zip(tones, first, again, strict=True):
        alone = extract_acoustic(file, "opensmile")
        for name in ("mfcc", "prosody"):
            np.testing.assert_array_equal(getattr(kept, name), getattr(alone, name))
            np.testing.assert_array_equal(getattr(recalled, name), getattr(alone, name))


def test_the_cache_is_of_content_and_backend(
    cache: Path, tones: list[Path], computed: list[int]
) -> None:
    (opensmile,) = extract_all(tones[:1], "opensmile")
    copy = tones[0].with_name("copy.wav")
    copy.write_bytes(tones[0].read_bytes())
    extract_all([copy], "opensmile")
    assert len(computed) == 1
    (librosa,) = extract_all([copy], "librosa")
    assert (librosa.prosody != opensmile.prosody).any()
    write_wav(copy, harmonic_tone(250, 0.2))
    extract_all([copy], "opensmile")
    assert len(computed) == 2


def test_without_the_cache_nothing_is_kept(cache: Path, tones: list[Path]) -> None:
    assert len(extract_all(tones, "opensmile", use_cache=False)) == 3
    assert not cache.exists()


def test_a_damaged_cache_file_is_made_anew(
    cache: Path, tones: list[Path], computed: list[int]
) -> None:
    (features,) = extract_all(tones[:1], "opensmile")
    (file,) = cache.rglob("*.npz")
    for content in (b"", file.read_bytes()[:200]):
        file.write_bytes(content)
        (mended,) = extract_all(tones[:1], "opensmile")
        np.testing.assert_array_equal(mended.mfcc, features.mfcc)
    assert len(computed) == 3


def test_a_cache_that_cannot_be_written_to_warns_once(
    tmp_path: Path, tones: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot be cached") as caught:
        assert len(extract_all(tones, "opensmile")) == 3
    assert len(caught) == 1


def test_all_problems_are_in_one_error_and_the_rest_is_kept(
    cache: Path, tones: list[Path], computed: list[int]
) -> None:
    bad = tones[0].with_name("bad.wav")
    bad.write_bytes(b"no sound")
    missing = tones[0].with_name("missing.wav")
    with pytest.raises(FeatureError) as caught:
        extract_all([tones[0], bad, missing, tones[1]], "opensmile")
    message = str(caught.value)
    assert message.startswith("2 of 4 audio files cannot be used: ")
    assert "bad.wav: expected an audio file" in message
    assert "missing.wav: cannot be opened" in message
    assert len(computed) == 2
    extract_all(tones[:2], "opensmile")
    assert len(computed) == 2
    with pytest.raises(FeatureError, match=r"^\S+missing\.wav: cannot be opened"):
        extract_all([missing], "opensmile")


def test_of_many_problems_the_first_are_named(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=r"^25 of 25 .*/19\.wav.*; and 5 more$"):
        extract_all([tmp_path / f"{number}.wav" for number in range(25)], "opensmile")
