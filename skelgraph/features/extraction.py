"""Acoustic features of audio files, computed once and kept in the cache."""

import warnings
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from skelgraph._version import __version__
from skelgraph.config import AcousticBackend
from skelgraph.errors import FeatureError
from skelgraph.features.acoustic import ACOUSTIC_BACKENDS, AcousticFeatures
from skelgraph.features.audio import decode_audio, import_extra, load_bytes
from skelgraph.features.librosa_backend import extract_with_librosa
from skelgraph.features.opensmile_backend import extract_with_opensmile
from skelgraph.io import cache_folder, replace_whole

_EXTRACT = {"opensmile": extract_with_opensmile, "librosa": extract_with_librosa}
_NAMED = 20  # files with a problem that an error names


def extract_acoustic(path: Path, backend: AcousticBackend) -> AcousticFeatures:
    """Compute the acoustic features of an audio file.

    Any rate and number of channels will do (:mod:`skelgraph.features.audio`). A file shorter than a
    frame is padded with silence; features that cannot be measured in silence are zero. The licence
    of the backend ``"opensmile"`` is non-commercial.

    Raises:
        FeatureError: If the file is not audio, is empty or cut off, or the packages of the extra
            ``audio`` are not installed.
    """
    _check_backend(backend)
    return _extract(load_bytes(path), path, backend)


def extract_all(
    paths: Sequence[Path],
    backend: AcousticBackend,
    *,
    use_cache: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> list[AcousticFeatures]:
    """Compute the acoustic features of many audio files, in their order.

    If content, backend and versions are the same as before, the features come from the cache. A
    file with a problem does not stop the others: their features are in the cache.

    Args:
        paths: The audio files.
        backend: As for :func:`extract_acoustic`.
        use_cache: Whether to read features from the cache, and to keep new ones there.
        progress: Called with the numbers of files done and of all.

    Raises:
        FeatureError: If some files are unusable; it says what is wrong with which.
    """
    _check_backend(backend)
    features: list[AcousticFeatures] = []
    problems: list[str] = []
    keeper = _Keeper(backend) if use_cache else None
    for done, path in enumerate(paths, start=1):
        try:
            content = load_bytes(path)
            found = keeper.recall(content) if keeper else None
            if found is None:
                found = _extract(content, path, backend)
                if keeper:
                    keeper.keep(content, found)
            features.append(found)
        except FeatureError as error:
            problems.append(str(error))
        if progress:
            progress(done, len(paths))
    if problems:
        raise FeatureError(_join(problems, len(paths)))
    return features


def _join(problems: list[str], num_files: int) -> str:
    if num_files == 1:
        return problems[0]
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    listed = "; ".join(problems[:_NAMED])
    return f"{len(problems)} of {num_files} audio files cannot be used: {listed}{more}"


def _extract(content: bytes, path: Path, backend: AcousticBackend) -> AcousticFeatures:
    samples = decode_audio(content, path).samples
    try:
        return _EXTRACT[backend](samples)
    except FeatureError as error:
        raise FeatureError(f"{path}: {error}") from error


def _check_backend(backend: str) -> None:
    if backend not in ACOUSTIC_BACKENDS:
        known = ", ".join(ACOUSTIC_BACKENDS)
        raise FeatureError(f"expected an acoustic backend of {known}, but got {backend!r}")
    for package in ("soundfile", backend):
        import_extra(package, f"for the acoustic backend {backend!r}")


class _Keeper:
    """The cache of one backend's features, by the content of the audio file."""

    def __init__(self, backend: AcousticBackend) -> None:
        self._versions = f"{backend} {_version(backend)} {_digest_of_sources()}"
        self._warned = False

    def recall(self, content: bytes) -> AcousticFeatures | None:
        """Return what was kept; None if it is absent or damaged, so that it is made again."""
        try:
            with self._path(content).open("rb") as file, np.load(file, allow_pickle=False) as store:
                return AcousticFeatures(mfcc=store["mfcc"], prosody=store["prosody"])
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None

    def keep(self, content: bytes, features: AcousticFeatures) -> None:
        """Keep features; if the cache cannot be written to, there is one warning."""
        try:
            with replace_whole(self._path(content), private=True) as partial:
                np.savez(partial, mfcc=features.mfcc, prosody=features.prosody)
        except OSError as error:
            if not self._warned:
                warnings.warn(
                    f"acoustic features cannot be cached, so that the next start is as slow: "
                    f"{error}; set SKELGRAPH_CACHE to a folder that can be written to",
                    stacklevel=3,
                )
            self._warned = True

    def _path(self, content: bytes) -> Path:
        digest = blake2b(content, key=blake2b(self._versions.encode()).digest(), digest_size=16)
        return cache_folder("acoustic") / f"{digest.hexdigest()}.npz"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # it can be imported, but was not installed by pip
        return "unknown"


@cache
def _digest_of_sources() -> str:
    """Return a digest of skelgraph's version, this room's sources and its configurations."""
    digest = blake2b(__version__.encode(), digest_size=16)
    folder = Path(__file__).parent
    for path in sorted((*folder.glob("*.py"), *folder.glob("opensmile/*.conf"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
