"""Extraction from a folder of videos or keypoints, in parallel; it can be stopped and continued."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skelgraph.config import EstimatorName
from skelgraph.data import Progress, find_recordings
from skelgraph.errors import ExtractionError, SkelgraphError
from skelgraph.extraction.config import ExtractConfig
from skelgraph.extraction.extraction_files import Destination, extract_to_file
from skelgraph.extraction.pipeline import Extractor
from skelgraph.extraction.video import is_video
from skelgraph.io import replace_whole

SETTINGS_FILE = ".extract.json"
"""Settings with which a folder was made; hidden, so that no dataset takes it for a recording."""

_HINTS = ("layout", "fps", "size_px")
"""Settings that only concern files that do not tell them."""

PreviewKind = Literal["png", "gif"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A recording in a folder.

    Args:
        path: The video or the keypoints.
        stem: Path of its result in the folder of results, without suffix.
        video: The video whose keypoints ``path`` holds, if it lies beside them.
    """

    path: Path
    stem: Path
    video: Path | None = None


@dataclass(frozen=True, kw_only=True)
class FolderExtraction:
    """The result of extracting from a folder.

    Args:
        done: Recordings that were extracted.
        skipped: Recordings whose results were there already.
        failed: Recordings that could not be extracted, each with the reason.
    """

    done: tuple[Path, ...]
    skipped: tuple[Path, ...]
    failed: Mapping[Path, str]


def find_sources(
    folder: Path, estimator: EstimatorName | None = None, *, without: Path | None = None
) -> list[Source]:
    """Find the recordings below a folder, sorted.

    Keypoints with the name of a video beside them are taken for that video's, which is not
    estimated again.

    Args:
        folder: The folder.
        estimator: ``file`` takes only keypoints, other estimators only videos; None takes both.
        without: A folder in it whose files are left out.

    Raises:
        ExtractionError: If there is none, or two would have the same result.
        DatasetError: If the folder cannot be opened.
    """
    found = sorted(path for path in folder.rglob("*") if is_video(path) and path.is_file())
    videos = [path for path in found if _is_wanted(path.relative_to(folder), folder, without)]
    keypoints = []
    if estimator in (None, "file"):
        recordings = find_recordings(folder)
        keypoints = [
            path for path in recordings if _is_wanted(path.relative_to(folder), folder, without)
        ]
    beside = {path.with_suffix(""): path for path in videos}
    sources: dict[Path, Source] = {}
    alone = [] if estimator == "file" else videos
    for path in (*keypoints, *alone):
        key = path if path.is_dir() else path.with_suffix("")
        other = sources.get(key)
        video = None if is_video(path) else beside.get(key)
        if other is not None and other.video == path:
            continue  # the video of keypoints
        if other is not None:
            raise ExtractionError(
                f"{folder}: {other.path.relative_to(folder)} and {path.relative_to(folder)} would "
                f"both become {key.name}; rename one of them"
            )
        sources[key] = Source(path=path, stem=key.relative_to(folder), video=video)
    if not sources:
        kind = {None: "videos or keypoints", "file": "keypoints"}.get(estimator, "videos")
        raise ExtractionError(f"{folder}: expected {kind}, but the folder has none")
    return [sources[key] for key in sorted(sources)]


def _is_wanted(path: Path, folder: Path, without: Path | None) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    inside = without is not None and (folder / path).resolve().is_relative_to(without.resolve())
    return not hidden and not inside


def extract_folder(
    folder: str | Path,
    out: str | Path,
    config: ExtractConfig | None = None,
    *,
    suffix: str = ".npz",
    jobs: int = 1,
    keep: str | Path | None = None,
    preview: PreviewKind | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> FolderExtraction:
    """Extract the skeletons of all recordings below a folder into a folder of the same structure.

    Existing results are skipped, so that a stopped call can be continued. A recording that cannot
    be extracted does not stop the others.

    Args:
        folder: The folder of videos and keypoints.
        out: The folder of results, another one.
        config: The settings.
        suffix: Suffix of the results; it tells their format.
        jobs: Number of recordings to process at a time.
        keep: Folder for the keypoints as estimated and as filtered.
        preview: Kind of the previews beside the results; None for no previews.
        overwrite: Whether to replace existing results.
        progress: Called with the numbers of recordings done and of all.

    Raises:
        ExtractionError: If there is nothing to extract, the lifter is missing, the estimators of
            all recordings are missing, or existing results were made with other settings.
        FormatError: If no format that can be written has the suffix.
    """
    folder, out = Path(folder), Path(out)
    config = config or ExtractConfig()
    if out.resolve() == folder.resolve():
        raise ExtractionError(f"{out}: expected another folder than that of the recordings")
    sources = find_sources(folder, config.estimator, without=out)
    destinations = [
        _place(source, out, suffix, None if keep is None else Path(keep), preview)
        for source in sources
    ]
    left = [number for number, place in enumerate(destinations) if overwrite or not place.is_done]
    extractor = Extractor(config)
    unprepared = _prepare(extractor, [sources[number].path for number in left])
    _check_settings(out, config.settings(), anew=len(left) == len(sources))
    prepared = [number for number in left if sources[number].path not in unprepared]
    failed = unprepared | _run(extractor, sources, destinations, prepared, jobs, progress)
    return FolderExtraction(
        done=tuple(sources[n].path for n in left if sources[n].path not in failed),
        skipped=tuple(one.path for n, one in enumerate(sources) if n not in set(left)),
        failed=failed,
    )


def _prepare(extractor: Extractor, paths: Sequence[Path]) -> dict[Path, str]:
    """Load the estimators, and return why recordings whose estimator is missing must fail.

    Raises:
        ExtractionError: If all must fail.
    """
    missing: dict[Path, str] = {}
    for path in paths:
        try:
            extractor.prepare(path)
        except ExtractionError as error:
            missing[path] = str(error)
            if len(missing) == len(paths):
                raise
    return missing


def _place(
    source: Source, out: Path, suffix: str, keep: Path | None, preview: PreviewKind | None
) -> Destination:
    result = out / source.stem
    return Destination(
        out=result.with_name(result.name + suffix),
        keep=None if keep is None else keep / source.stem.parent,
        preview=None if preview is None else result.with_name(f"{result.name}.{preview}"),
    )


def _run(
    extractor: Extractor,
    sources: Sequence[Source],
    destinations: Sequence[Destination],
    left: Sequence[int],
    jobs: int,
    progress: Progress | None,
) -> dict[Path, str]:
    """Extract in threads, and return why recordings failed.

    Threads are enough, because estimators, decoding and networks run outside of Python.
    """
    beside_videos = extractor.trusting_videos()

    def extract_one(number: int) -> None:
        source = sources[number]
        extract_to_file(
            extractor if source.video is None else beside_videos,
            source.path,
            destinations[number],
            video=source.video,
            overwrite=True,
        )

    failed = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        paths = {pool.submit(extract_one, number): sources[number].path for number in left}
        try:
            for done, future in enumerate(as_completed(paths), start=1):
                error = future.exception()
                if error is not None:
                    failed[paths[future]] = _explain(error)
                if progress is not None:
                    progress(done, len(paths))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {path: failed[path] for path in sorted(failed)}


def _explain(error: BaseException) -> str:
    if isinstance(error, SkelgraphError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    if isinstance(error, Exception):  # a defect at one recording must not cost the others
        return f"internal error, a defect of skelgraph: {type(error).__name__}: {error}"
    raise error


def _is_other(name: str, before: Any, now: Any) -> bool:
    """Whether a setting has changed; hints may be added for files that failed without them."""
    return bool(before != now) and not (name in _HINTS and before is None)


def _check_settings(out: Path, settings: Mapping[str, Any], *, anew: bool) -> None:
    """Compare the settings with those of existing results, and write them to the folder."""
    file = out / SETTINGS_FILE
    if file.is_file() and not anew:
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
            other = [name for name in settings if _is_other(name, before.get(name), settings[name])]
        except (ValueError, AttributeError) as error:
            raise ExtractionError(
                f"{file}: expected the settings of the results in this folder, but it is damaged; "
                f"make them anew (--force)"
            ) from error
        if other:
            raise ExtractionError(
                f"{out}: its results were made with other settings ({', '.join(other)}); give the "
                f"same, another folder, or make them anew (--force)"
            )
    with replace_whole(file) as partial:
        partial.write_text(json.dumps(settings), encoding="utf-8")
