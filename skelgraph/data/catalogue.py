"""The datasets that skelgraph knows by name; their readers are imported when they are called."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skelgraph.config import EMOTIVE_MOTION, DatasetOptions, list_settings
from skelgraph.errors import DatasetError

if TYPE_CHECKING:
    from skelgraph.data.clip_set import ClipSet, Progress


@dataclass(frozen=True, kw_only=True)
class DatasetRequest:
    """The arguments of :func:`load_dataset` for a reader, which ignores those it does not need."""

    root: Path
    options: DatasetOptions
    seed: int
    use_cache: bool
    progress: "Progress | None"


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """A dataset that skelgraph knows by name.

    Args:
        name: Its name.
        description: Its contents, in one line.
        source: Its publication.
        license: Its license, in one line.
        layout: Name of the layout in which it is used.
        needs_root: Whether its folder must be given.
        read: Reads or generates it.
        options: Names of the fields of :class:`DatasetOptions` that it supports.
    """

    name: str
    description: str
    source: str
    license: str
    layout: str
    needs_root: bool
    read: Callable[[DatasetRequest], "ClipSet"]
    options: tuple[str, ...] = ()


def load_dataset(
    name: str,
    *,
    root: Path | str | None = None,
    options: DatasetOptions | None = None,
    seed: int = 0,
    use_cache: bool = True,
    progress: "Progress | None" = None,
) -> "ClipSet":
    """Load the clips of a known dataset, as they were recorded.

    Args:
        name: A key of :data:`DATASETS`.
        root: Its folder.
        options: Further options of the dataset.
        seed: Seed of a generator.
        use_cache: Whether to look up the parsed recordings in the cache, and store them there.
        progress: Called after each file with the numbers of files read and of all files.

    Raises:
        DatasetError: If the name is unknown, the folder is not given, not needed or does not hold
            that dataset, or the dataset does not support an option.
    """
    if name not in DATASETS:
        raise DatasetError(f"there is no dataset {name!r}; known are {', '.join(DATASETS)}")
    info = DATASETS[name]
    if info.needs_root and root is None:
        raise DatasetError(f"dataset {name!r} lies in a folder: name it with --root")
    if root is not None and not info.needs_root:
        raise DatasetError(
            f"dataset {name!r} is made by a generator and has no folder: omit --root"
        )
    options = options or DatasetOptions()
    foreign = [option for option in options.list_changed() if option not in info.options]
    if foreign:
        raise DatasetError(f"dataset {name!r} has no option {', '.join(foreign)}; leave it out")
    request = DatasetRequest(
        root=Path(root or ""), options=options, seed=seed, use_cache=use_cache, progress=progress
    )
    return info.read(request)


def _generate_emotive_motion(request: DatasetRequest) -> "ClipSet":
    from skelgraph.data.clip_set import ClipSet
    from skelgraph.data.fingerprints import fingerprint_settings, fingerprint_sources
    from skelgraph.synthetic import generate_emotive_motion

    settings = {"dataset": EMOTIVE_MOTION, "seed": request.seed}
    sources = fingerprint_sources("synthetic", "layouts", "poses")
    return ClipSet(
        name=EMOTIVE_MOTION,
        sequences=tuple(generate_emotive_motion(seed=request.seed)),
        fingerprint=fingerprint_settings({**settings, "sources": sources}),
    )


def _read_mpi_ebed(request: DatasetRequest) -> "ClipSet":
    from skelgraph.data.mpi_ebed import read_mpi_ebed

    return read_mpi_ebed(request.root, use_cache=request.use_cache, progress=request.progress)


def _read_iemocap(request: DatasetRequest) -> "ClipSet":
    from skelgraph.data.iemocap import read_iemocap

    options = request.options
    return read_iemocap(
        request.root,
        skeletons=options.skeletons,
        panes=options.panes,
        dialogs=options.dialogs,
        cut_at_colon=options.cut_at_colon,
        use_cache=request.use_cache,
        progress=request.progress,
    )


DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            name=EMOTIVE_MOTION,
            description="generated motion of invented actors: angry, happy, neutral, sad",
            source="skelgraph's own generator",
            license="MIT",
            layout="upper10",
            needs_root=False,
            read=_generate_emotive_motion,
        ),
        DatasetInfo(
            name="mpi-ebed",
            description="actors who tell stories seated: anger, joy, neutral, sadness (BVH, Xsens)",
            source="Volkova et al., PLoS ONE 9(12): e113647, 2014",
            license="of the record figshare 1220428, said to be CC BY 4.0",
            layout="upper10",
            needs_root=True,
            read=_read_mpi_ebed,
        ),
        DatasetInfo(
            name="iemocap",
            description="dialogs of two actors, with audio, transcripts and, from the videos, "
            "skeletons: angry, happy (and excited), neutral, sad",
            source="Busso et al., Language Resources and Evaluation 42, 2008",
            license="under a licence of the University of Southern California, on request",
            layout="upper10",
            needs_root=True,
            read=_read_iemocap,
            options=tuple(one.name for one in list_settings(DatasetOptions)),
        ),
    )
}
