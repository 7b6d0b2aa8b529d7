"""Settings of the data: where clips come from, how they are divided, cleaned and encoded."""

from pathlib import Path
from typing import Annotated

import msgspec

from skelgraph.config.choices import (
    MODALITY_LETTERS,
    Axes,
    Channels,
    Count,
    DialogKind,
    FilterName,
    MdreFold,
    Modality,
    NonNegative,
    Person,
    Positive,
    SplitKind,
    Stream,
)
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError

EMOTIVE_MOTION = "emotive-motion"
"""Name of the built-in generator of emotive motion, the default dataset."""

DEFAULT_CUTOFF_HZ = 6.0
"""Cutoff of the Butterworth filter if none is given."""

DEFAULT_MIN_CONFIDENCE = 0.1
"""Confidence below which joints are missing if none is given."""

MIXED = "mixed"
"""The layout that stands for each clip's own, so that unlike skeletons train one network."""

ARCHIVE_SUFFIXES = (".pkl", ".pickle", ".json", ".npz", ".npy")
"""Suffixes of files that may be archives of many clips."""

LAYOUT_SUFFIXES = (".toml", ".json")
"""Suffixes by which a layout file is told from the name of a layout."""


class DatasetOptions(Settings, frozen=True, kw_only=True):
    """Options of the dataset ``iemocap``.

    Args:
        skeletons: Of iemocap: folder of the dialogs' skeletons.
        panes: Of iemocap: CSV (dialog,left) of the dialogs in which the actor with the markers is
            not in the left half of the picture; left is F or M.
        dialogs: Of iemocap: dialogs to take.
        cut_at_colon: Of iemocap: end a transcript before its first colon, as the preparation of
            MDRE does.
    """

    skeletons: Annotated[
        Path | None, Option(default="ROOT/skeletons, if it is there", exists=True)
    ] = None
    panes: Annotated[Path | None, Option(exists=True)] = None
    dialogs: DialogKind = "all"
    cut_at_colon: Annotated[bool, Option(flag="--cut-at-colon")] = False


class DataSettings(Settings, frozen=True, kw_only=True):
    """Settings of reading: which clips, from where, and which persons.

    Args:
        folder: Folder with recordings and a labels.csv (file,label[,subject][,recording][,split]),
            or with one sub-folder per label; or an archive of many clips: a pickle of PYSKL or
            MMAction2, or an npz with x_train and y_train.
        dataset: Known dataset instead of --data; see `skelgraph data list`.
        root: Folder of the known dataset.
        options: Settings of their own.
        layout: Joint layout, or layout file, to convert all clips to, and of files that do not name
            their joints; see `skelgraph layouts`. mixed converts none: networks with a graph then
            take unlike skeletons, also those that they have never seen.
        person: Persons to take of a file with several: the main one, all (a clip each), or one by
            its number.
        persons: Persons of a clip that a network takes together, each on its own graph: 2 for
            handshakes and hugs. The others are left out.
        require: Leave out clips that lack one of these: audio, text, skeleton.
        subjects: Take the clips of these subjects alone: A,B; a * stands for any letters.
        skip_bad: Leave out files and clips that cannot be used; every result names them. Without
            it, one stops the command.
    """

    folder: Annotated[Path | None, Option(key="data", exists=True)] = None
    dataset: str | None = None
    root: Annotated[Path | None, Option(exists=True)] = None
    options: DatasetOptions = DatasetOptions()
    layout: Annotated[str | None, Option(default="the clips' own")] = None
    person: Annotated[Person, Option(metavar="main|all|N")] = "main"
    persons: Count = 1
    require: Annotated[
        tuple[Modality, ...], Option(metavar="a,t,s", short=MODALITY_LETTERS, ordered=True)
    ] = ()
    subjects: Annotated[tuple[str, ...], Option(metavar="A,B,...", default="all")] = ()
    skip_bad: Annotated[bool, Option(flag="--skip-bad")] = False

    @property
    def is_mixed(self) -> bool:
        """Whether each clip keeps its own skeleton."""
        return self.layout == MIXED

    @property
    def named_layout(self) -> str | None:
        """The layout, or layout file, that is named for all clips, if one is."""
        return None if self.is_mixed else self.layout

    @property
    def is_generated(self) -> bool:
        """Whether the clips are those of the built-in generator."""
        return self.folder is None and self.dataset in (None, EMOTIVE_MOTION)

    def check_together(self) -> None:
        """Check that the clips have one source.

        Raises:
            RunError: If they have two, or options of a dataset that is not named.
        """
        if self.layout is not None and self.layout.endswith(LAYOUT_SUFFIXES):
            msgspec.structs.force_setattr(self, "layout", str(Path(self.layout).resolve()))
        if self.folder is not None and self.dataset is not None:
            raise RunError("expected either a folder of data or a dataset's name, but got both")
        if self.persons > 1 and (self.person != "main" or self.dataset is not None):
            raise RunError(
                "several persons of a clip are the main one and others beside it, of your own "
                "data; leave out --person and --dataset"
            )
        if self.root is not None and self.dataset is None:
            raise RunError("a root is the folder of a known dataset; name the dataset too")
        if (given := self.options.list_changed()) and self.dataset is None:
            raise RunError(f"{', '.join(given)}: options of a known dataset; name it too")

    def check_paths(self) -> None:
        """Check that the data and a layout file are there.

        Raises:
            RunError: If one is missing, or the data can be neither a folder nor an archive.
        """
        super().check_paths()
        data = self.folder
        if data is not None and data.is_file() and data.suffix.lower() not in ARCHIVE_SUFFIXES:
            raise RunError(
                f"{data}: expected a folder of recordings, or an archive of many clips "
                f"({', '.join(ARCHIVE_SUFFIXES)}), but it is another file"
            )
        layout = self.layout
        if layout is not None and layout.endswith(LAYOUT_SUFFIXES) and not Path(layout).is_file():
            raise RunError(f"{layout}: there is no such layout file")


class SplitSettings(Settings, frozen=True, kw_only=True):
    """Settings of the split into training, validation and test part.

    Args:
        kind: Divide by subject, by recording (group), at random, as labels.csv or an archive says
            (file), as MDRE, by the protocols of NTU RGB+D (subjects, views or setups, told by names
            like S001C002P003R001A004), or train on everybody and test nobody (none).
        name: Name of the split of an archive that has several: xsub for xsub_train and xsub_val.
        test_subjects: Subjects to test on: A,B; a * stands for any letters: 'Ses05*'.
        val_subjects: Subjects to validate on.
        test_recordings: Recordings to test on with --split group: A,B, or subject/A.
        fold: Fold to test on with --split mdre.
        allow_leaks: Go on if clips of one recording are both trained and tested on; every result
            then says so.
    """

    kind: Annotated[
        SplitKind | None,
        Option(
            key="split", default="file, subject, group or random: the first that the labels allow"
        ),
    ] = None
    name: Annotated[str | None, Option(key="split_name", metavar="NAME")] = None
    test_subjects: Annotated[tuple[str, ...], Option(metavar="A,B,...")] = ()
    val_subjects: Annotated[tuple[str, ...], Option(metavar="A,B,...")] = ()
    test_recordings: Annotated[tuple[str, ...], Option(metavar="A,B,...")] = ()
    fold: Annotated[MdreFold | None, Option(default="1")] = None
    allow_leaks: Annotated[bool, Option(flag="--allow-leaks")] = False

    def check_together(self) -> None:
        """Choose the split by subject if subjects are named, by recording if recordings are.

        Raises:
            RunError: If fold, name, subjects or recordings do not go with the kind of split.
        """
        if self.name is not None:
            if self.kind not in (None, "file"):
                raise RunError(f"a split's name goes with the split 'file', not with {self.kind!r}")
            msgspec.structs.force_setattr(self, "kind", "file")
        if self.fold is not None and self.kind != "mdre":
            raise RunError(f"a fold goes with the split 'mdre', but it is {self.kind!r}")
        if self.test_subjects or self.val_subjects:
            if self.kind not in (None, "subject"):
                raise RunError(
                    f"test and validation subjects go with the split by subject, but it is "
                    f"{self.kind!r}"
                )
            msgspec.structs.force_setattr(self, "kind", "subject")
        if self.test_recordings:
            if self.kind not in (None, "group"):
                raise RunError(
                    f"test recordings go with the split 'group', but it is {self.kind!r}"
                )
            msgspec.structs.force_setattr(self, "kind", "group")


class PreparationSettings(Settings, frozen=True, kw_only=True):
    """Settings of cleaning: what is done to each clip before it is encoded.

    Args:
        fps: Frames per second of all clips, and of files that do not tell theirs.
        min_confidence: Joints of less confidence are missing; 0 takes all.
        max_gap_s: Longest gap of a joint that is filled, in seconds; longer ones are masked.
        filter: Low-pass filter over time: Butterworth without lag, Savitzky-Golay, 1 Euro (for
            streams: it uses no later frame, and lags), or none.
        cutoff_hz: Cutoff of the Butterworth filter in Hz; 0 for no filter.
        align_heading: Turn each person to face one way.
        normalize_bones: Give all persons the training part's median bone lengths.
    """

    fps: Positive = 30.0
    min_confidence: NonNegative | None = DEFAULT_MIN_CONFIDENCE
    max_gap_s: Annotated[NonNegative | None, Option(flag="--max-gap")] = 0.5
    filter: FilterName = "butterworth"
    cutoff_hz: Annotated[NonNegative | None, Option(flag="--cutoff")] = DEFAULT_CUTOFF_HZ
    align_heading: bool = True
    normalize_bones: bool = True

    def check_together(self) -> None:
        """Check that a cutoff goes with the filter.

        Raises:
            RunError: If it does not.
        """
        if self.filter != "butterworth" and self.cutoff_hz != DEFAULT_CUTOFF_HZ:
            raise RunError(
                f"a cutoff belongs to the filter butterworth, not to {self.filter}; leave one out"
            )


class StreamSettings(Settings, frozen=True, kw_only=True):
    """Settings of encoding: from positions to what a network takes of each joint and frame.

    Args:
        names: Joint positions; bones: vectors from each joint's parent to it; the motion of either;
            speed: how fast each joint moves, whatever the heading; posture: tilts, heights and
            distances of trunk, head and hands beside joint positions; posture-motion: the
            velocities of all these; or features: posture and movement in a ridge, no network.
            Several with commas between are a network each, and a fusion; 2s is joint,bone.
        channels: Channels of a joint; c is a pose estimator's confidence.
        frames: Resample every clip to this many frames.
        axes: 'scrambled' mixes frames, joints and coordinates as the released code of S-STGCN does,
            only to compare with it.
        joint_identity: Tell a network what each joint is: distance to the center, side, region of
            the body; for --layout mixed, where no weight belongs to a joint.
    """

    names: Annotated[
        tuple[Stream, ...],
        Option(
            key="stream",
            metavar="STREAM[,STREAM...]",
            short={"2s": "joint,bone", "4s": "joint,bone,joint-motion,bone-motion"},
        ),
    ] = ("joint",)
    channels: Annotated[Channels | None, Option(default="xy in 2D, xyz in 3D")] = None
    frames: Annotated[Count | None, Option(default="as many as it has")] = None
    axes: Axes = "correct"
    joint_identity: bool = False

    @property
    def text(self) -> str:
        """The streams with commas between, as the command takes them."""
        return ",".join(self.names)

    @property
    def has_one_length(self) -> bool:
        """Whether all clips are brought to one number of frames."""
        return self.frames is not None or self.axes == "scrambled"

    def check_together(self) -> None:
        """Check that there is a stream, and that its channels can be scrambled.

        Raises:
            RunError: If not.
        """
        if not self.names:
            raise RunError("expected a stream, but got none")
        if self.axes == "scrambled" and self.channels == "xyc":
            raise RunError("scrambled axes are those of coordinates; choose channels xy or xyz")
        if self.axes == "scrambled" and self.joint_identity:
            raise RunError("scrambled axes have no joints whose identity could be told")
