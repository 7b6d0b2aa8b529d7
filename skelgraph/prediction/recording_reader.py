"""Recordings as a run takes them: videos are estimated, and keypoints of an image lifted.

The order is that of Shi et al., Sensors 2021, 21, 205, section 3: keypoints are low-pass filtered
before they are lifted. The run's own preprocessing follows, as for any recording. Its filter finds
little left to take: two passes of 6 Hz have their -3 dB point at 5.4 Hz instead of 6 Hz.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from skelgraph.config import ExtractSettings, Person, PredictSettings
from skelgraph.data import Progress
from skelgraph.errors import DatasetError, LayoutError, PoseError
from skelgraph.io import VIDEO_SUFFIXES, open_recording
from skelgraph.layouts import plan_conversion
from skelgraph.poses import PoseSequence, join_persons
from skelgraph.prediction.person_recording import Origin, PersonRecording
from skelgraph.serving import Predictor, number_persons

if TYPE_CHECKING:
    from skelgraph.extraction import Extractor

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
        self._lifted: Counter[str] = Counter()
        self._unseen: Counter[str] = Counter()
        self._without_rate = 0

    @property
    def fps(self) -> float:
        """Frame rate of files that do not tell theirs."""
        return self.settings.fps or self.predictor.config.preparation.fps

    def read(self, file: Path) -> list[PersonRecording]:
        """Return the wanted persons of a file or video, named after its path.

        Raises:
            SkelgraphError: If it cannot be read, estimated or lifted.
        """
        if file.suffix.lower() in VIDEO_SUFFIXES:
            return self._read_video(file)
        sequences, hints = open_recording(file).read_with_hints(
            layout=self.predictor.layout, fps=self.fps
        )
        self._without_rate += "fps" in hints and self.settings.fps is None
        size = self.settings.size_px
        return self._choose(sequences, file, size_px=(size[0], size[1]) if size else None)

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
        self._lifted[sequence.layout.name] += 1
        if person.unseen:
            self._unseen[", ".join(person.unseen)] += 1
        return PersonRecording(
            sequence=person.skeleton,
            origin=replace(origin, lifter=self._lifter_name),
            keypoints=person.smoothed,
            size_px=size_px,
        )

    def describe(self) -> list[str]:
        """Return what a user should know of the recordings that were read."""
        notes = []
        if self._without_rate:
            files = "1 file does" if self._without_rate == 1 else f"{self._without_rate} files do"
            notes.append(
                f"{files} not tell the frame rate; {self.fps:g} frames/s are taken, as in the "
                f"run's training (--fps)"
            )
        for layout, count in self._lifted.items():
            recordings = "1 recording" if count == 1 else f"{count} recordings"
            notes.append(
                f"{recordings} of {layout} keypoints lifted to space by {self._lifter_name} "
                f"({self._lifted_layout})"
            )
        for joints, count in self._unseen.items():
            recordings = "1 recording" if count == 1 else f"{count} recordings"
            notes.append(f"never seen in {recordings}, and guessed by the lifter: {joints}")
        return notes

    @property
    def _lifts(self) -> bool:
        in_space = self.predictor.facts.num_dimensions == 3
        return in_space and self.settings.lifter != NO_LIFTER

    @property
    def _lifter_name(self) -> str:
        return Path(self.settings.lifter).name

    @property
    def _lifted_layout(self) -> str:
        lifter = self._extractor.lifter
        return "" if lifter is None else lifter.network.output_layout.name

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
                plan_conversion(lifted, facts.layout)
            except LayoutError as error:
                raise LayoutError(
                    f"the lifter {self._lifter_name} gives the {lifted.num_joints} joints of "
                    f"layout {lifted.name!r}, which cannot become the layout {facts.layout.name!r} "
                    f"of {self.predictor.run.path}; pass another --lifter, or take a run on "
                    f"{lifted.name}"
                ) from error

    def _read_video(self, file: Path) -> list[PersonRecording]:
        if self.predictor.facts.num_dimensions == 3 and not self._lifts:
            raise DatasetError(
                f"{file}: expected positions in 3D as in the run's training, but a video has "
                f"keypoints in 2D; leave out --lifter none"
            )
        from skelgraph.extraction import probe_video

        probe_video(file)  # if it is not a video, report that before anything is loaded
        name, estimate = self._extractor.find_persons(file, progress=self.progress)
        origin = Origin(estimator=name, video=file)
        return self._choose(estimate.persons, file, origin=origin, size_px=estimate.size_px)

    def _choose(
        self,
        sequences: Sequence[PoseSequence],
        file: Path,
        *,
        origin: Origin | None = None,
        size_px: tuple[float, float] | None,
    ) -> list[PersonRecording]:
        origin = origin or Origin()
        if self._joined > 1 and sequences:
            sequences = [join_persons(sequences, self._joined)]
        return [
            self.place(
                one,
                replace(origin, person=number if len(sequences) > 1 else None),
                size_px=size_px,
            )
            for number, one in number_persons(sequences, file, self.person)
        ]
