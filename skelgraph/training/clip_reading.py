"""The first stage of a training: read the clips, and leave out what is not wanted or unusable."""

from collections.abc import Iterator
from contextlib import contextmanager

from skelgraph.config import EMOTIVE_MOTION, DataSettings, TrainConfig
from skelgraph.data import (
    DATASETS,
    ClipSet,
    Progress,
    common_layout,
    leave_out_clips,
    load_dataset,
    read_data,
)
from skelgraph.errors import DatasetError, FormatError, LayoutError, PoseError
from skelgraph.layouts import JointLayout, get_layout
from skelgraph.training.chosen_clips import require_modalities, take_subjects
from skelgraph.training.clip_cleaning import find_unusable, plan_preprocessing
from skelgraph.training.prepared_data import take_skeletons

_CHECK = "skelgraph data check"


def read_clips(
    settings: DataSettings,
    *,
    fps: float,
    seed: int,
    layout: JointLayout | None = None,
    unlabeled: str | None = None,
    progress: Progress | None = None,
) -> ClipSet:
    """Read the clips that the settings name.

    The layout is that of files that do not name their joints; by default the settings name it.
    With a label for files ``unlabeled``, labels do not matter, and a label may have one file
    only.

    Raises:
        DatasetError: If there is no such dataset, or it cannot be read.
        LayoutError: If there is no such layout.
    """
    if settings.folder is not None:
        if layout is None and settings.named_layout is not None:
            layout = get_layout(settings.named_layout)
        clips = read_data(
            settings.folder,
            layout=layout,
            fps=fps,
            person=settings.person,
            persons=settings.persons,
            min_files_per_label=2 if unlabeled is None else 1,
            unlabeled=unlabeled,
            skip_unreadable=settings.skip_bad,
            progress=progress,
        )
    else:
        clips = load_dataset(
            settings.dataset or EMOTIVE_MOTION,
            root=settings.root,
            options=settings.options,
            seed=seed,
            progress=progress,
        )
    return take_wanted_clips(clips, settings)


def take_wanted_clips(clips: ClipSet, settings: DataSettings) -> ClipSet:
    """Return the clips of the subjects, and with the modalities, that the settings want.

    Raises:
        DatasetError: If there is none.
    """
    if settings.subjects:
        clips = take_subjects(clips, settings.subjects)
    return require_modalities(clips, settings.require) if settings.require else clips


@contextmanager
def point_to_check(settings: DataSettings) -> Iterator[None]:
    """Add to an error about a dataset which command lists all that is wrong with it."""
    try:
        yield
    except (DatasetError, FormatError, PoseError, LayoutError) as error:
        if settings.is_generated or _CHECK in str(error):
            raise
        where = settings.folder or f"--dataset {settings.dataset} --root {settings.root}"
        raise type(error)(f"{error}; `{_CHECK} {where}` lists all that is wrong") from error


def read_usable_clips(
    config: TrainConfig,
    *,
    seed: int | None = None,
    layout: JointLayout | None = None,
    progress: Progress | None = None,
) -> ClipSet:
    """Read the clips of a training, without those that cannot be used if it skips them.

    Args:
        config: The settings of the training.
        seed: Seed of generated motion, if it is not that of the settings.
        layout: Layout that a run began with, whose file may be gone.
        progress: Called with the numbers of files read and to read.

    Raises:
        DatasetError: As :func:`read_clips`, or if too few clips of a label are left.
    """
    clips = read_clips(
        config.data,
        fps=config.preparation.fps,
        seed=config.seed if seed is None else seed,
        layout=layout,
        progress=progress,
    )
    if not config.data.skip_bad or "skeleton" not in config.modalities:
        return clips
    target = layout or choose_layout(clips, config.data, own=config.model.info.is_ridge)
    unusable = find_unusable(clips.sequences, plan_preprocessing(config.preparation, target))
    return leave_out_clips(clips, unusable)


def choose_layout(
    clips: ClipSet, settings: DataSettings, *, own: bool = False
) -> JointLayout | None:
    """Return the layout that all clips get: the one that is named, or that of a known dataset, or
    the clips' own if they share one, and else ``upper10``; None if each keeps its own.

    With ``own``, as for movement features, which take what joints there are, a known dataset has no
    layout either.

    Raises:
        LayoutError: If there is no layout of the name.
    """
    if settings.is_mixed:
        return None
    if settings.named_layout is not None:
        return get_layout(settings.named_layout)
    known = DATASETS.get(clips.name)
    if settings.folder is None and known is not None and not own:
        return get_layout(known.layout)
    return common_layout(take_skeletons(clips) or clips.sequences)
