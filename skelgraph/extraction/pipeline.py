"""From a video or a file of keypoints to skeletons, stage by stage.

Estimate, person, clean, filter, lift, layout: as in section 3 of Shi et al., Sensors 2021, 21, 205,
where 2D joints are low-pass filtered before they are lifted to space.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

from skelgraph.config import EstimatorName, Person, VideoEstimatorName
from skelgraph.data import Progress
from skelgraph.errors import ExtractionError
from skelgraph.extraction.config import ExtractConfig
from skelgraph.extraction.estimator import (
    Estimate,
    Estimator,
    KeypointFileEstimator,
    estimate_cached,
)
from skelgraph.extraction.estimator_options import choose_estimator, make_video_estimator
from skelgraph.extraction.results import ExtractedPerson, Extraction, Stage
from skelgraph.extraction.video import Video, is_video, probe_video
from skelgraph.layouts import plan_conversion
from skelgraph.lifting import Lifter, find_unseen, lift_cached, load_lifter
from skelgraph.poses import (
    PoseSequence,
    bone_lengths,
    convert_layout,
    drop_doubtful,
    fill_gaps,
    normalize_bone_lengths,
    select_persons,
    smooth,
)

_SEVERAL = 4
"""Number of persons that MediaPipe looks for if more than the main one is selected."""


class Extractor:
    """Extract skeletons from recordings with estimators and a lifter that are loaded once.

    Several threads may share it.

    Args:
        config: The settings.

    Raises:
        ExtractionError, FormatError: If the lifter cannot be loaded.
    """

    def __init__(self, config: ExtractConfig) -> None:
        self.config = config
        self.lifter: Lifter | None = None
        if config.lifter is not None:
            self.lifter = load_lifter(
                config.lifter,
                input_layout=config.lifter_layout,
                average_flip=config.average_flip,
                device=config.device,
            )
        self._estimators: dict[VideoEstimatorName, Estimator] = {}

    def trusting_videos(self) -> "Extractor":
        """Return an extractor for keypoints beside their video, which tells frame rate and size."""
        other = copy(self)
        other.config = replace(self.config, fps=None, size_px=None)
        return other

    def prepare(self, source: Path) -> EstimatorName:
        """Load the estimator that a recording needs, and return its name.

        Raises:
            ExtractionError: If there is none, or it lacks a model file or a checkout.
        """
        config = self.config
        name = choose_estimator(source, config.estimator, config.options)
        if name != "file" and name not in self._estimators:
            options = config.options
            if options.max_persons is None:
                most = 1 if config.person == "main" else _SEVERAL
                options = replace(options, max_persons=most)
            self._estimators[name] = make_video_estimator(name, options)
        return name

    def extract(
        self, source: Path, *, video: Path | None = None, progress: Progress | None = None
    ) -> Extraction:
        """Extract the skeletons of one recording.

        Args:
            source: A video, or keypoints in a file or folder of any readable format.
            video: The video whose keypoints ``source`` holds.
            progress: Called with the numbers of frames estimated and of all.

        Raises:
            SkelgraphError: If a stage cannot be done; the error says which and why.
        """
        name, estimate = self.find_persons(source, video=video, progress=progress)
        video = video if name == "file" else source
        persons = select_persons(estimate.persons, self.config.person)
        stages = [_report_estimate(name, estimate)]
        done = []
        for number, person in enumerate(persons, start=1):
            extracted, steps = self.process(person, size_px=estimate.size_px)
            of = f"{number} " if len(persons) > 1 else ""
            stages += [_report_person(self.config.person, person, estimate.persons)]
            stages += [Stage(name=f"{of}{step.name}", what=step.what) for step in steps]
            done.append(extracted)
        return Extraction(
            source=source,
            video=video,
            size_px=estimate.size_px,
            persons=tuple(done),
            stages=tuple(stages),
        )

    def find_persons(
        self, source: Path, *, video: Path | None = None, progress: Progress | None = None
    ) -> tuple[EstimatorName, Estimate]:
        """Find the persons in a recording, and return the estimator's name with them.

        Args:
            source: A video, or keypoints in a file or folder of any readable format.
            video: The video whose keypoints ``source`` holds.
            progress: Called with the numbers of frames estimated and of all.

        Raises:
            SkelgraphError: If it cannot be done; the error says why.
        """
        if not source.exists():
            raise ExtractionError(f"{source}: expected a video or keypoints, but there is nothing")
        try:
            name = self.prepare(source)
        except ExtractionError:
            if is_video(source):
                probe_video(source)  # if it is not a video, report that instead
            raise
        if name == "file":
            return name, self._read(source, None if video is None else probe_video(video))
        return name, self._estimate(name, source, progress)

    def _read(self, source: Path, video: Video | None) -> Estimate:
        config = self.config
        reader = KeypointFileEstimator(
            layout=config.layout, fps=config.fps, size_px=config.size_px, video=video
        )
        return reader.estimate(source)

    def _estimate(
        self, name: VideoEstimatorName, source: Path, progress: Progress | None
    ) -> Estimate:
        estimator = self._estimators[name]
        if self.config.use_cache:
            return estimate_cached(estimator, source, progress=progress)
        return estimator.estimate(source, progress=progress)

    def process(
        self, person: PoseSequence, *, size_px: tuple[float, float] | None
    ) -> tuple[ExtractedPerson, list[Stage]]:
        """Take one person through all stages after the selection.

        Args:
            person: The keypoints as estimated.
            size_px: Width and height of the image; None if they are unknown.

        Raises:
            SkelgraphError: If a stage cannot be done; the error says which and why.
        """
        cleaned, clean = self._clean(person)
        smoothed, filtered = self._smooth(cleaned)
        lifted, unseen, lift = self._lift(smoothed, size_px)
        target = lifted.layout if self.config.to is None else self.config.to
        conversion = plan_conversion(lifted.layout, target)
        skeleton = convert_layout(lifted, conversion)
        how = conversion.describe() or "all joints taken as they are"
        layout = Stage(
            name="layout", what=f"{target.name}: {how}; {describe_missing(skeleton)} missing"
        )
        extracted = ExtractedPerson(
            estimated=person, smoothed=smoothed, skeleton=skeleton, unseen=unseen
        )
        return extracted, [clean, filtered, lift, layout]

    def _clean(self, person: PoseSequence) -> tuple[PoseSequence, Stage]:
        least, longest = self.config.min_confidence, self.config.max_gap_s
        kept = person if least is None else drop_doubtful(person, min_confidence=least)
        filled = kept if longest is None else fill_gaps(kept, max_gap_s=longest)
        found, left, end = (describe_missing(one) for one in (person, kept, filled))
        what = f"{found} of all joints missing as found"
        if least is not None:
            what += f", {left} after confidence below {least:g} was dropped"
        if longest is not None:
            what += f", {end} after gaps up to {longest:g} s were filled"
        return filled, Stage(name="clean", what=what)

    def _smooth(self, sequence: PoseSequence) -> tuple[PoseSequence, Stage]:
        name, cutoff_hz = self.config.filter, self.config.cutoff_hz
        what: str = name
        if name == "butterworth" and 2 * cutoff_hz >= sequence.fps:
            what = f"none: {sequence.fps:g} frames/s hold nothing above {cutoff_hz:g} Hz"
            return sequence, Stage(name="filter", what=what)
        if name == "butterworth":
            what = f"butterworth, {cutoff_hz:g} Hz, no lag"
        return smooth(sequence, name, cutoff_hz=cutoff_hz), Stage(name="filter", what=what)

    def _lift(
        self, sequence: PoseSequence, size_px: tuple[float, float] | None
    ) -> tuple[PoseSequence, tuple[str, ...], Stage]:
        config, lifter = self.config, self.lifter
        if lifter is None or config.lifter is None:
            where = "the image (--lifter)" if sequence.num_dimensions == 2 else "space"
            what = f"none: the joints stay in {where}"
            return sequence, (), Stage(name="lift", what=what)
        if config.use_cache:
            lifted, is_cached = lift_cached(sequence, lifter, size_px=size_px, space=config.space)
        else:
            lifted = lifter.lift(sequence, size_px=size_px, space=config.space)
            is_cached = False
        what = f"{config.lifter.name}: {lifter.describe()}; {config.space} axes, {lifted.up} up"
        if config.fix_bones:
            lifted = normalize_bone_lengths(lifted, bone_lengths(lifted))
            what += "; each bone of its median length"
        unseen = tuple(find_unseen(sequence, lifter))
        if unseen:
            what += f"; never seen, and guessed: {', '.join(unseen)}"
        what += " (from the cache)" if is_cached else ""
        return lifted, unseen, Stage(name="lift", what=what)


def extract(
    source: str | Path,
    config: ExtractConfig | None = None,
    *,
    video: str | Path | None = None,
    progress: Progress | None = None,
) -> Extraction:
    """Extract the skeletons of the persons in a video, or in a file of keypoints.

    Args:
        source: A video, or keypoints in a file or folder of any readable format.
        config: The settings.
        video: The video whose keypoints ``source`` holds: it tells their frame rate and the size of
            the image.
        progress: Called with the numbers of frames estimated and of all.

    Raises:
        SkelgraphError: If a stage cannot be done; the error says which and why.
    """
    beside = None if video is None else Path(video)
    extractor = Extractor(config or ExtractConfig())
    return extractor.extract(Path(source), video=beside, progress=progress)


def describe_missing(sequence: PoseSequence) -> str:
    """Return the share of joints, over all frames, that are missing."""
    return f"{1 - float(sequence.present.mean()):.1%}"


def _report_estimate(name: str, estimate: Estimate) -> Stage:
    first = estimate.persons[0]
    count = len(estimate.persons)
    image = "" if estimate.size_px is None else ", {:g} x {:g} px".format(*estimate.size_px)
    what = (
        f"{name}: {count} person{'s' * (count > 1)}, {first.num_frames} frames at {first.fps:g} "
        f"frames/s, layout {first.layout.name}{image}"
    )
    what += " (from the cache)" if estimate.is_cached else ""
    return Stage(name="estimate", what="; ".join([what, *estimate.notes]))


def _report_person(wanted: Person, person: PoseSequence, persons: Sequence[PoseSequence]) -> Stage:
    number = next(number for number, one in enumerate(persons, start=1) if one is person)
    there = int(person.present.any(axis=1).sum())
    what = f"{wanted}: number {number} of {len(persons)}, in {there} of {person.num_frames} frames"
    return Stage(name="person", what=what)
