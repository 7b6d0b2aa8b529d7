"""Recordings as a run takes them: videos are estimated, and keypoints of an image lifted.

The order is that of Shi et al., Sensors 2021, 21, 205, section 3: keypoints are low-pass filtered
before they are lifted. The run's own preprocessing follows, as for any recording: its filter finds
little left to take, since two passes of 6 Hz have their -3 dB point at 5.4 Hz instead of 6 Hz.
Joints that were not seen are missing for the run, though the lifter guesses their places.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from skelgraph.config import ExtractSettings, Person, PredictSettings
from skelgraph.data import Progress
from skelgraph.errors import DatasetError, LayoutError, PoseError
from skelgraph.io import VIDEO_SUFFIXES, open_recording
from skelgraph.layouts import LayoutConversion, plan_conversion
from skelgraph.poses import PoseSequence, join_persons
from skelgraph.prediction.person_recording import Origin, PersonRecording
from skelgraph.prediction.reading_notes import ReadingNotes
from skelgraph.serving import Predictor, number_persons

if TYPE_CHECKING:
    from skelgraph.extraction import Extractor, Video

NO_LIFTER = "none"
"""The name of the lifter that lifts nothing."""


class RecordingReader:
    """Read recordings as the networks of a run take them.

    An estimator and a lifter are loaded when the first recording needs them. A run that was trained
    in the image takes keypoints as they were estimated, and cleans them itself.

    Args:
        predictor: The run.
        settings: Persons, estimator and lifter.
        device: Where the lifter computes.
        progress: Called with the numbers of frames estimated and of all frames of a video.

    Raises:
        ExtractionError: If the video of keypoints cannot be used.
    """

    def __init__(
        self,
        predictor: Predictor,
        settings: PredictSettings,
        *,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> None:
        self.predictor = predictor
        self.settings = settings
        self.device = device
        self.progress = progress
        data = predictor.config.data
        self.person: Person = data.person if settings.person is None else settings.person
        self._joined = data.persons if self.person == "main" else 1
        self.video = None if settings.video is None else _probe(settings.video)
        own_fps = settings.fps or (None if self.video is None else self.video.fps)
        self.fps = own_fps or predictor.config.preparation.fps
        self._has_rate = own_fps is not None
        self.notes = ReadingNotes(person=self.person, most=self._joined, fps=self.fps)

    def read(self, file: Path) -> list[PersonRecording]:
        """Return the wanted persons of a file or video, named after its path.

        Raises:
            SkelgraphError: If it cannot be read, estimated or lifted.
        """
        return [
            self.place(person.sequence, person.origin, size_px=person.size_px)
            for person in self.find_persons(file)
        ]

    def find_persons(self, file: Path) -> list[PersonRecording]:
        """Return the wanted persons of a file or video as they are there, before :meth:`place`.

        Raises:
            SkelgraphError: If it cannot be read or estimated.
        """
        if file.suffix.lower() in VIDEO_SUFFIXES:
            return self._read_video(file)
        sequences, hints = open_recording(file).read_with_hints(
            layout=self.predictor.layout, fps=self.fps
        )
        if "fps" in hints and not self._has_rate:
            self.notes.add_without_rate()
        origin = Origin(video=self.settings.video)
        return self._choose(sequences, file, origin, size_px=self._size_px)

    def place(
        self,
        sequence: PoseSequence,
        origin: Origin | None = None,
        *,
        size_px: tuple[float, float] | None = None,
    ) -> PersonRecording:
        """Return a recording in the space in which the run was trained.

        Raises:
            SkelgraphError: If it has to be lifted and cannot be.
        """
        origin, is_flat = origin or Origin(), sequence.num_dimensions == 2
        if not is_flat or not self._lifts or not sequence.has_joints:
            keypoints = sequence if is_flat else None
            return PersonRecording(
                sequence=sequence, origin=origin, keypoints=keypoints, size_px=size_px
            )
        if sequence.partners:
            raise PoseError(
                f"{sequence.name}: an image does not tell how far apart its "
                f"{1 + len(sequence.partners)} persons are, whom this run takes together in space; "
                f"take each by itself (--person all)"
            )
        person, _ = self._extractor.process(sequence, size_px=size_px)
        self.notes.add_lifted(
            sequence.layout.name, self._lifter_name, person.skeleton.layout.name, person.unseen
        )
        return PersonRecording(
            sequence=person.skeleton,
            origin=replace(origin, lifter=self._lifter_name),
            keypoints=person.smoothed,
            size_px=size_px,
        )

    @property
    def _size_px(self) -> tuple[float, float] | None:
        """Width and height of the image of keypoint files."""
        if self.settings.size_px:
            width, height = self.settings.size_px
            return width, height
        return None if self.video is None else (self.video.width_px, self.video.height_px)

    @property
    def _lifts(self) -> bool:
        in_space = self.predictor.facts.num_dimensions == 3
        return in_space and self.settings.lifter != NO_LIFTER

    @property
    def _lifter_name(self) -> str:
        return Path(self.settings.lifter).name

    @cached_property
    def _extractor(self) -> "Extractor":
        from skelgraph.extraction import Extractor, configure_extraction

        settings = self.settings
        config = configure_extraction(
            ExtractSettings(
                estimator=settings.estimator,
                estimators=settings.estimators,
                person=self.person,
                lifter=Path(settings.lifter) if self._lifts else None,
                lifter_layout=settings.lifter_layout,
                to="same",
                cache=settings.cache,
                device=self.device,
            )
        )
        extractor = Extractor(config)
        self._check_layouts(extractor)
        return extractor

    def _check_layouts(self, extractor: "Extractor") -> None:
        """Check that the lifter's joints can become those of each network."""
        if extractor.lifter is None:
            return
        lifted = extractor.lifter.network.output_layout
        for facts in (network.facts for network in self.predictor.networks):
            if facts.is_mixed:
                continue
            try:
                conversion = plan_conversion(lifted, facts.layout)
            except LayoutError as error:
                raise LayoutError(
                    f"the lifter {self._lifter_name} gives the {lifted.num_joints} joints of "
                    f"layout {lifted.name!r}, which cannot become the layout {facts.layout.name!r} "
                    f"of {self.predictor.run.path}; pass another --lifter, or take a run on "
                    f"{lifted.name}"
                ) from error
            self._check_missing(conversion)

    def _check_missing(self, conversion: LayoutConversion) -> None:
        """Check that joints which no lifted recording has are not those of each training clip."""
        decision, missing = self.predictor.decision, conversion.missing
        share = len(missing) / conversion.target.num_joints
        if decision is not None and share > decision.rule.inputs.most_missing:
            raise LayoutError(
                f"the lifter {self._lifter_name} does not give {', '.join(missing)}, which the "
                f"training clips of {self.predictor.run.path} have; pass another --lifter, or take "
                f"a model on {conversion.source.name}"
            )

    def _read_video(self, file: Path) -> list[PersonRecording]:
        if self.predictor.facts.num_dimensions == 3 and not self._lifts:
            raise DatasetError(
                f"{file}: expected positions in 3D as in the run's training, but a video has "
                f"keypoints in 2D; leave out --lifter none"
            )
        _probe(file)  # if it is not a video, report that before anything is loaded
        name, estimate = self._extractor.find_persons(file, progress=self.progress)
        self.notes.add_video(file, name, estimate.notes)
        origin = Origin(estimator=name, video=file)
        return self._choose(estimate.persons, file, origin, size_px=estimate.size_px)

    def _choose(
        self,
        sequences: Sequence[PoseSequence],
        file: Path,
        origin: Origin,
        *,
        size_px: tuple[float, float] | None,
    ) -> list[PersonRecording]:
        if len(sequences) > 1:
            self.notes.add_crowd()
        if self._joined > 1 and sequences:
            sequences = [join_persons(sequences, self._joined)]
        return [
            PersonRecording(
                sequence=one,
                origin=replace(origin, person=number if len(sequences) > 1 else None),
                size_px=size_px,
            )
            for number, one in number_persons(sequences, file, self.person)
        ]


def _probe(video: Path) -> "Video":
    from skelgraph.extraction import probe_video

    return probe_video(video)
