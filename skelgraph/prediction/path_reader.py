"""The recordings of the paths that are named: files, videos, folders, labeled folders, archives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skelgraph.config import PredictSettings
from skelgraph.data import (
    LABELS_FILE,
    ClipMedia,
    cuts_takes,
    holds_many_clips,
    read_archive,
    read_folder,
)
from skelgraph.errors import LayoutError, RunError, SkelgraphError
from skelgraph.io import VIDEO_SUFFIXES, is_prose, is_recording_folder
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.prediction.person_recording import PersonRecording
from skelgraph.prediction.recording_reader import RecordingReader
from skelgraph.serving import find_files

Prepare = Callable[[PoseSequence, ClipMedia], Any]


class PathReader:
    """Read the recordings of paths; one that cannot be used does not stop the rest.

    Args:
        reader: The reader of one recording.
        prepare: What is done to each recording with its audio and text; by default it is prepared
            for the networks.
    """

    def __init__(self, reader: RecordingReader, prepare: Prepare | None = None) -> None:
        self.reader = reader
        self.predictor = reader.predictor
        self.prepare: Prepare = prepare or self.predictor.prepare
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.layouts: list[JointLayout] = []

    def read(self, path: Path) -> Iterator[tuple[PersonRecording, Any]]:
        """Yield the recordings of a path, each with what it is prepared to."""
        try:
            if self._has_media(path) or cuts_takes(path / LABELS_FILE):
                yield from self._read_folder(path)
                return
            if path.is_file() and holds_many_clips(path):
                yield from self._read_archive(path)
                return
            files = find_files(path, with_videos=True)
        except SkelgraphError as error:
            self.problems.append(str(error))
            return
        for file in files:
            yield from self._read_file(file, is_named=not path.is_dir())

    def _read_file(self, file: Path, *, is_named: bool) -> Iterator[tuple[PersonRecording, Any]]:
        """Yield the persons of a file or video; one that cannot be used leaves the others."""
        try:
            persons = self.reader.find_persons(file)
        except SkelgraphError as error:
            if not is_named and is_prose(file):
                self.notes.append(f"{file}: text that is no recording, left out")
            else:
                self._add_problem(error)
            return
        except OSError as error:
            self.problems.append(f"{file}: {error.strerror or error}")
            return
        for person in persons:
            try:
                yield self._prepare(person)
            except LayoutError as error:
                name = person.sequence.name  # an error of two layouts may not tell the file
                self._add_problem(str(error) if name in str(error) else f"{name}: {error}")
            except SkelgraphError as error:
                self._add_problem(error)

    def _prepare(
        self, person: PersonRecording, media: ClipMedia | None = None
    ) -> tuple[PersonRecording, Any]:
        """Return a person in the space of the run's training, and what is prepared."""
        recording = self.reader.place(person.sequence, person.origin, size_px=person.size_px)
        ready = self.prepare(recording.sequence, media or ClipMedia())
        if recording.sequence.has_joints:
            self.layouts.append(recording.sequence.layout)
        return recording, ready

    def _add_problem(self, problem: SkelgraphError | str) -> None:
        """Note why a recording cannot be used, once if it is the same for several."""
        if str(problem) not in self.problems:
            self.problems.append(str(problem))

    def _read_archive(self, path: Path) -> Iterator[tuple[PersonRecording, Any]]:
        """Yield the clips of an archive, each read when it is its turn."""
        person = self.reader.person
        clips = read_archive(
            path,
            layout=self.predictor.layout,
            fps=self.reader.fps,
            person=person,
            persons=self.predictor.config.data.persons if person == "main" else 1,
            min_clips_per_label=1,
            unlabeled="unknown",
        )
        for clip in clips.sequences:
            try:
                recording, ready = self._prepare(PersonRecording(sequence=clip.load()))
            except SkelgraphError as error:
                self._add_problem(error)
            else:
                is_lifted = recording.origin.lifter is not None
                sequence = recording.sequence if is_lifted else clip  # lazy: not in memory
                yield replace(recording, sequence=sequence, keypoints=None), ready

    def _has_media(self, path: Path) -> bool:
        return self.predictor.modalities != ("skeleton",) and (path / LABELS_FILE).is_file()

    def _read_folder(self, folder: Path) -> Iterator[tuple[PersonRecording, Any]]:
        """Yield the clips of a folder with a labels.csv, with their audio and text."""
        clips = read_folder(
            folder,
            layout=self.predictor.layout,
            fps=self.reader.fps,
            person=self.reader.person,
            min_files_per_label=1,
        )
        for sequence, media in zip(clips.sequences, clips.media_of_each, strict=True):
            try:
                recording, ready = self._prepare(PersonRecording(sequence=sequence), media)
            except SkelgraphError as error:
                self._add_problem(error)
            else:
                yield recording, ready


def check_video_paths(settings: PredictSettings, paths: Sequence[Path]) -> None:
    """Check that the video of keypoints goes with those of one recording.

    Raises:
        RunError: If there are several, or what is named is itself a video.
    """
    if settings.video is None:
        return
    if len(paths) != 1 or is_plain_folder(paths[0]):
        raise RunError("--video is of the keypoints of one recording, but got several or a folder")
    (path,) = paths
    if path.suffix.lower() in VIDEO_SUFFIXES:
        raise RunError(
            f"--video is of the keypoints of a recording, but {path} is a video; leave out --video"
        )
    if path.is_file() and holds_many_clips(path):
        raise RunError(f"--video is of the keypoints of one recording, but {path} holds many clips")


def is_plain_folder(path: Path) -> bool:
    """Return whether a path is a folder that is not itself a recording."""
    return path.is_dir() and not is_recording_folder(path)
