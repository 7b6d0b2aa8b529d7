"""The files that an extraction leaves; each is written as a whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from skelgraph.data import Progress
from skelgraph.errors import ExtractionError
from skelgraph.extraction.pipeline import Extractor
from skelgraph.extraction.preview import check_preview, draw_preview
from skelgraph.extraction.results import Extraction
from skelgraph.io import find_writer, number_files, replace_whole, write_sequence
from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Paths of the files that one recording leaves.

    Args:
        out: File of the skeleton; its suffix tells the format. Several persons go to files with
            ``-1``, ``-2``, ... before the suffix, and so do their other files.
        keep: Folder for npz files of the keypoints as estimated and as filtered.
        preview: Picture (``.png``) or animation (``.gif``) of the stages.

    Raises:
        FormatError, ExtractionError: If a file cannot be written in the format of its suffix.
    """

    out: Path
    keep: Path | None = None
    preview: Path | None = None

    def __post_init__(self) -> None:
        find_writer(self.out)
        if self.preview is not None:
            check_preview(self.preview)

    @property
    def is_done(self) -> bool:
        """Whether the result is there already: the first person's file is written last."""
        return self.out.exists() or number_files(self.out, 2)[0].exists()


def extract_to_file(
    extractor: Extractor,
    source: Path,
    destination: Destination,
    *,
    video: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> tuple[Extraction, list[Path]]:
    """Extract the skeletons of a recording, and write them to files, whose folders are made.

    Returns:
        The extraction and the files that were written.

    Raises:
        ExtractionError: If the result is there already and ``overwrite`` is not set.
        SkelgraphError: If a stage cannot be done; nothing is written then.
    """
    if destination.is_done and not overwrite:
        raise ExtractionError(
            f"{destination.out}: there is a result already; name another, or say that it may be "
            f"replaced (--force)"
        )
    extraction = extractor.extract(source, video=video, progress=progress)
    return extraction, write_extraction(extraction, destination)


def write_extraction(extraction: Extraction, destination: Destination) -> list[Path]:
    """Write the files of one recording.

    The first person's skeleton is written last, so that it is there only if all others are.
    """
    persons = extraction.persons
    written: list[Path] = []
    files = number_files(destination.out, len(persons))
    for file, person in reversed(list(zip(files, persons, strict=True))):
        if destination.keep is not None:
            for stage, sequence in (("keypoints", person.estimated), ("filtered", person.smoothed)):
                kept = destination.keep / f"{file.stem}-{stage}.npz"
                written.append(_write_whole(kept, sequence))
        if destination.preview is not None:
            picture = number_files(destination.preview, len(persons))[files.index(file)]
            draw_preview(
                person.smoothed,
                person.skeleton,
                picture,
                video=extraction.video,
                size_px=extraction.size_px,
            )
            written.append(picture)
        written.append(_write_whole(file, person.skeleton))
    return written


def _write_whole(file: Path, sequence: PoseSequence) -> Path:
    with replace_whole(file) as partial:
        write_sequence(partial, sequence)
    return file
