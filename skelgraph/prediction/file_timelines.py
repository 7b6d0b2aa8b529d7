"""Timelines of files and videos."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.config import PredictSettings, WindowSettings
from skelgraph.data import ClipMedia, Progress
from skelgraph.errors import RunError
from skelgraph.poses import PoseSequence
from skelgraph.prediction.path_reader import PathReader, check_video_paths
from skelgraph.prediction.person_recording import PersonRecording
from skelgraph.prediction.recording_reader import RecordingReader
from skelgraph.prediction.timeline import Timeline
from skelgraph.prediction.windows import predict_windows
from skelgraph.serving import InputCheck, Predictor, describe_layouts


@dataclass(frozen=True, kw_only=True)
class FileTimelines:
    """What some files show when, and what was wrong with the others.

    Args:
        timelines: One for each person of each recording that could be used.
        problems: One for each file or clip that could not.
        notes: What a user should know of the recordings.
        recordings: The persons of videos, and of keypoints whose video is known, in the order of
            their timelines.
    """

    timelines: tuple[Timeline, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    recordings: tuple[PersonRecording, ...] = ()


def predict_timelines(
    predictor: Predictor,
    paths: Iterable[Path],
    windows: WindowSettings | None = None,
    settings: PredictSettings | None = None,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> FileTimelines:
    """Predict what long recordings show when; one that cannot be used does not stop the rest.

    Recordings are read as by :func:`skelgraph.prediction.predict_files`, and cut as by
    :func:`skelgraph.prediction.predict_windows`.

    Args:
        predictor: A trained run that takes skeletons.
        paths: Videos, files of any readable format, and folders whose readable files are taken.
        windows: Length of the windows and time between them.
        settings: Persons, estimator, lifter.
        device: Where a lifter computes.
        progress: Called with the numbers of frames estimated and of all frames of a video.

    Raises:
        RunError: If the clips are to be calibrated, or a video of keypoints is given with several
            files.
    """
    paths = list(paths)
    windows, settings = windows or WindowSettings(), settings or PredictSettings()
    if settings.calibrate:
        raise RunError("--calibrate judges clips, but windows are asked for; leave out one")
    check_video_paths(settings, paths)
    check = InputCheck(predictor, noun="window")

    def predict(sequence: PoseSequence, media: ClipMedia) -> Timeline:
        return predict_windows(
            predictor, sequence, window_s=windows.length_s, hop_s=windows.step_s, check=check
        )

    reader = RecordingReader(predictor, settings, device=device, progress=progress)
    path_reader = PathReader(reader, predict)
    timelines: list[Timeline] = []
    recordings: list[PersonRecording] = []
    for path in paths:
        for recording, timeline in path_reader.read(path):
            timelines.append(_name_person(timeline, recording))
            if recording.origin.video is not None:
                recordings.append(recording)
    return FileTimelines(
        timelines=tuple(timelines),
        problems=tuple(path_reader.problems),
        notes=(
            *path_reader.notes,
            *reader.notes.describe(),
            *describe_layouts(path_reader.layouts, predictor.facts),
            *check.describe(),
            *(note for timeline in timelines for note in timeline.notes),
        ),
        recordings=tuple(recordings),
    )


def _name_person(timeline: Timeline, recording: PersonRecording) -> Timeline:
    """Return a timeline named after its recording and, if there are several, its person."""
    number = recording.origin.person
    name = timeline.recording.removesuffix(f"#{number}")
    if number is None or name == timeline.recording:
        return timeline
    return replace(timeline, recording=name, person=f"person {number}")
