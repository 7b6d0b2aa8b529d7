"""All that is wrong with a dataset at once, and what a training would do about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skelgraph.config import DataSettings, TrainConfig
from skelgraph.data import (
    ClipSet,
    FolderSurvey,
    Progress,
    check_label_counts,
    name_a_few,
    split_message,
    survey_folder,
)
from skelgraph.layouts import get_layout
from skelgraph.training.checks.clip_check import check_clips
from skelgraph.training.checks.findings import (
    STOPS,
    Finding,
    group_findings,
    group_unusable,
    make_note,
    split_quoted,
    try_step,
)
from skelgraph.training.chosen_clips import take_listed_clips
from skelgraph.training.clip_reading import read_clips, take_wanted_clips
from skelgraph.training.prepared_data import take_skeletons

_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class DatasetReport:
    """What came of checking a dataset.

    ``clips`` are those that can be read, None if there are none; findings that stop a training
    come first.
    """

    clips: ClipSet | None
    findings: tuple[Finding, ...]

    @property
    def refuses(self) -> bool:
        """Whether a training would stop."""
        return any(finding.refuses for finding in self.findings)


def check_dataset(config: TrainConfig, progress: Progress | None = None) -> DatasetReport:
    """Check the dataset that a configuration names, as a training with it would use it.

    Layout, frame rate, split and cleaning are those of the configuration.

    Raises:
        DatasetError: If there is no such dataset, or its labels cannot be understood: there is
            nothing to check.
        LayoutError: If the configuration's layout is unknown.
    """
    layout = None if config.data.named_layout is None else get_layout(config.data.named_layout)
    fps, folder = config.preparation.fps, config.data.folder
    if folder is None or folder.is_file():
        read = read_clips(config.data, fps=fps, seed=config.seed, layout=layout, progress=progress)
        clips: ClipSet | None = take_listed_clips(read, config.split)
        labels: tuple[str, ...] = ()
        findings = [make_note(text, "goes on") for text in read.notes]
    else:
        survey = survey_folder(
            folder,
            layout=layout,
            fps=fps,
            person=config.data.person,
            persons=config.data.persons,
            progress=progress,
        )
        findings = _report_survey(survey, config.data)
        labels = survey.labels if config.data.skip_bad and not config.data.subjects else ()
        clips = None if survey.clips is None else take_wanted_clips(survey.clips, config.data)
        if clips is None:
            findings += try_step(
                lambda: check_label_counts(survey.labels, minimum=2, where="labels")
            )
    if clips is not None:
        findings += check_clips(clips, config, labels)
    unlike = {(finding.problem, finding.refuses): finding for finding in findings}
    return DatasetReport(
        clips=clips,
        findings=tuple(sorted(unlike.values(), key=lambda finding: not finding.refuses)),
    )


def _report_survey(survey: FolderSurvey, settings: DataSettings) -> list[Finding]:
    """Report what is wrong with the labels file and with single files of a folder."""
    absent = dict.fromkeys(survey.absent, "listed in labels.csv, but not there")
    lines = [split_quoted(problem) for problem in survey.problems]
    notes = [split_message(text, list(survey.files)) for text in survey.notes]
    return [
        *group_findings(lines, "lines of labels.csv", f"{STOPS}; correct labels.csv", refuses=True),
        *group_unusable(absent, "files", settings),
        *group_unusable(survey.unreadable, "files", settings),
        *group_findings(notes, "files", "goes on without, or with what is said", refuses=False),
    ]


def describe_clips(clips: ClipSet) -> dict[str, str]:
    """Describe the clips: counts, lengths; frame rates, layouts and units of those that have a
    skeleton.
    """
    seconds = np.array([clip.duration_s for clip in clips.sequences])
    frames = np.array([clip.num_frames for clip in clips.sequences])

    def count(values: Sequence[object]) -> str:
        counts = [f"{value} ({number})" for value, number in Counter(values).most_common()]
        return name_a_few(counts, limit=_MOST_NAMED) if counts else "-"

    skeletons = take_skeletons(clips)
    return {
        "clips": str(len(clips)),
        "labels": count(clips.labels),
        "subjects": count([subject or "unknown" for subject in clips.subjects]),
        "recordings": str(len({one for one in clips.recordings if one is not None})),
        "lengths": (
            f"{frames.min()} to {frames.max()} frames; {seconds.min():.2f} to {seconds.max():.2f} "
            f"s, median {np.median(seconds):.2f} s"
        ),
        "frame rates": count([f"{clip.fps:g}" for clip in skeletons]),
        "layouts": count([clip.layout.name for clip in skeletons]),
        "dimensions": count([f"{clip.num_dimensions}D" for clip in skeletons]),
        "units": count([clip.unit for clip in skeletons]),
        **_describe_media(clips, len(skeletons)),
    }


def _describe_media(clips: ClipSet, num_skeletons: int) -> dict[str, str]:
    if not clips.media:
        return {}
    return {
        "skeletons": f"{num_skeletons} clips",
        "audio": f"{sum(media.audio is not None for media in clips.media)} clips",
        "text": f"{sum(media.text is not None for media in clips.media)} clips",
    }
