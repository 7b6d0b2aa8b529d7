"""Settings, rows and data of the paper's comparisons on a dataset."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.config import (
    MODALITIES,
    LiftConfig,
    Modality,
    ModelSettings,
    MultimodalSettings,
    TrainConfig,
)
from skelgraph.data import write_folder
from skelgraph.errors import RunError
from skelgraph.experiments.paper_rows import (
    LIFTED_ROWS,
    PAPER_ROWS,
    REFERENCE,
    ROW_GROUPS,
    PaperRow,
)
from skelgraph.experiments.row_results import read_json, without_places
from skelgraph.lifting import train_lifter
from skelgraph.runs import SYNTHETIC_NOTE
from skelgraph.synthetic import generate_emotive_motion
from skelgraph.training import (
    PreparedData,
    list_modalities,
    prepare_clips,
    read_clips,
    require_modalities,
)


def choose_rows(
    keys: Iterable[str] = (), models: Iterable[str] = (), *, with_lifter: bool = True
) -> list[PaperRow]:
    """Return the rows with these keys, in the order of the table; all if none is given.

    Rows that others need are added: the reference, and what is fused.

    Args:
        keys: Keys of rows or of groups of rows, or networks of one's own.
        models: Networks of one's own, ``"file.py:Network"``: a row each, after the others.
        with_lifter: Whether there is a lifter; without one, all rows are those that need none.

    Raises:
        RunError: If there is no row of that key, it needs a lifter and there is none, or a network
            of one's own cannot be a row.

    Example:
        >>> [row.key for row in choose_rows(["2s-a"])]
        ['s-stgcn', 's-stgcn-bone', '2s-a']
        >>> [row.key for row in choose_rows(["filter"])]
        ['s-stgcn', 'filtered', 'unfiltered']
        >>> [row.key for row in choose_rows(["my_package.networks:TinyNet"])]
        ['s-stgcn', 'tinynet']
    """
    keys = list(keys)
    own = make_own_rows([*models, *(key for key in keys if ":" in key)])
    if keys:
        keys = [key for key in keys if ":" not in key] or [REFERENCE]
    wanted = {row for key in keys for row in ROW_GROUPS.get(key, (key,))}
    unknown = sorted(wanted - set(PAPER_ROWS))
    if unknown:
        known = ", ".join([*PAPER_ROWS, *ROW_GROUPS])
        raise RunError(
            f"there is no row {', '.join(unknown)}; known are {known}, and FILE.py:NETWORK for a "
            f"network of your own"
        )
    lifted = [key for key in LIFTED_ROWS if key in wanted]
    if lifted and not with_lifter:
        raise RunError(
            f"the rows {', '.join(lifted)} need a lifter: train one that holds out who is tested "
            f"here (`skelgraph lift train --test-subjects ...`), and name its run with --lifter"
        )
    if not wanted:
        wanted = set(PAPER_ROWS) - set(() if with_lifter else LIFTED_ROWS)
    needed = {one for key in wanted for one in PAPER_ROWS[key].needs}
    rows = [row for row in PAPER_ROWS.values() if row.key in wanted | needed | {REFERENCE}]
    return [*rows, *own]


def make_own_rows(models: Iterable[str]) -> list[PaperRow]:
    """Return a row for each network of one's own.

    Raises:
        RunError: If one is no such network, its file is missing, or two rows would have one key.
    """
    rows: dict[str, PaperRow] = {}
    for model in dict.fromkeys(models):
        settings = ModelSettings(name=model)
        if not settings.info.is_own:
            raise RunError(f"expected a network of your own, file.py:Network, but got {model!r}")
        settings.check_paths()
        title = model.rpartition(":")[2]
        key = title.lower()
        if key in {*PAPER_ROWS, *ROW_GROUPS, *rows}:
            raise RunError(f"{model}: there is a row {key} already; rename the network")
        rows[key] = PaperRow(key=key, title=title, settings={"model": settings.name})
    return list(rows.values())


def leave_out(
    rows: Iterable[PaperRow], there: Collection[Modality]
) -> tuple[list[PaperRow], list[str]]:
    """Return the rows that a dataset allows, and a line that names the others."""
    rows = list(rows)
    kept = [row for row in rows if set(row.modalities) <= set(there)]
    left = [row for row in rows if row not in kept]
    if not left:
        return kept, []
    missing = [one for one in MODALITIES if any(one in row.modalities for row in left)]
    absent = " or ".join(one for one in missing if one not in there)
    titles = "; ".join(row.title for row in left)
    return kept, [f"left out, since no clip has {absent}: {titles}"]


QUICK_NOTE = (
    "a smoke run of one epoch on a handful of generated clips: the numbers say nothing at all"
)


def write_quick_data(folder: Path) -> Path:
    """Write 48 clips of four invented actors as a folder dataset, if it is not there.

    Returns:
        The folder.
    """
    if not folder.exists():
        clips = generate_emotive_motion(num_actors=4, clips_per_emotion=3, duration_s=(0.8, 1.0))
        write_folder(folder, clips)
    return folder


def train_quick_lifter(base: TrainConfig, out: Path) -> Path:
    """Train a tiny lifter for an epoch on the data of a quick benchmark, if it is not there.

    Returns:
        The run directory.
    """
    if not (out / "metrics.json").is_file():
        data = prepare_clips(base)
        tested = {data.clips.subjects[clip] or "" for clip in data.split.test}
        config = LiftConfig.of(
            data=base.data,
            test_subjects=tuple(sorted(tested)),
            filter_widths=(3,),
            channels=8,
            epochs=1,
            cameras=1,
            out=out,
        )
        train_lifter(config)
    return out


@dataclass(frozen=True, kw_only=True)
class PaperBenchmark:
    """Settings of a benchmark; :func:`skelgraph.experiments.run_paper` runs it.

    Args:
        base: Settings that all rows share: the data, the split, the recipe. Its stream, model, seed
            and output folder are not used.
        out: Folder of results, runs and tables.
        rows: Keys of rows of :data:`skelgraph.experiments.PAPER_ROWS`, and networks as in
            ``models``; all rows if empty.
        models: Networks of your own, ``"file.py:Network"``; each is one more row.
        seeds: Every row is trained with each of them.
        lifter: Run directory of ``skelgraph lift train``, for the rows that need a lifter; without
            it these are left out of all rows.
        note: Note that belongs to every number.
        multimodal: Settings that all rows with audio or text share; its modalities and encoders
            are not used.

    Raises:
        RunError: If seeds repeat, or a row is unknown or cannot be run.
    """

    base: TrainConfig
    out: Path
    rows: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    lifter: Path | None = None
    note: str = ""
    multimodal: MultimodalSettings = field(default_factory=MultimodalSettings)

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise RunError(f"expected seeds that differ, one or more, but got {self.seeds}")
        self.choose_rows()

    def choose_rows(self) -> list[PaperRow]:
        """Return the rows in the order of the table, with those that they need."""
        return choose_rows(self.rows, self.models, with_lifter=self.lifter is not None)

    @classmethod
    def quick(
        cls, out: Path, *, rows: tuple[str, ...] = (), lifter: Path | None = None
    ) -> "PaperBenchmark":
        """Return a benchmark of one short epoch on a handful of generated clips.

        It writes the clips, and trains a tiny lifter if rows need one and none is given.
        """
        needs_lifter = any(row.lifted_after is not None for row in choose_rows(rows))
        data = write_quick_data(out / "data")
        base = TrainConfig.of(data=data, epochs=1, frames=16, split="subject", allow_leaks=True)
        if lifter is None and needs_lifter:
            lifter = train_quick_lifter(base, out / "lifter")
        return cls(base=base, out=out, rows=rows, lifter=lifter, note=QUICK_NOTE)


@dataclass(frozen=True, kw_only=True, eq=False)
class DataLook:
    """Clips of a benchmark, facts that must not change between two calls, and lines for the user.

    ``base`` requires all modalities if some clips lack one.
    """

    base: TrainConfig
    modalities: tuple[Modality, ...]
    data: PreparedData
    facts: dict[str, Any]
    lines: tuple[str, ...]


def look_at_data(
    base: TrainConfig, multimodal: MultimodalSettings, out: Path, *, seed: int, note: str
) -> DataLook:
    """Read the clips that all rows are run on: those that have every modality that any clip has.

    The seed is that of a new folder; a folder that was begun keeps its own.

    Raises:
        SkelgraphError: If the data cannot be used.
    """
    base = base.change(seed=_first_seed(out, seed), out=None, allow_leaks=True)
    clips = read_clips(base.data, fps=base.preparation.fps, seed=base.seed)
    there = list_modalities(clips)
    if len(require_modalities(clips, there)) < len(clips):
        base = base.change(require=there)
    data = prepare_clips(_choose_look(base, there))
    note = note or (SYNTHETIC_NOTE if base.data.is_generated else "")
    settings = without_places(base.to_dict())
    if len(there) > 1:
        shared = multimodal.change(modalities=(), encoders=())
        settings["multimodal"] = without_places(shared.to_dict())
    noted = [f"note: {note}"] if note else []
    leaks = [f"leak: {leak}" for leak in data.inspection.leaks]
    return DataLook(
        base=base,
        modalities=there,
        data=data,
        facts={
            "settings": settings,
            "data": {"name": data.clips.name, "fingerprint": data.clips.fingerprint},
            "recipe": base.resolve_recipe().to_dict(),
            "protocol": data.split.protocol,
            "note": note,
        },
        lines=(*noted, f"split {data.split.protocol}", *leaks, *data.notes),
    )


def _choose_look(base: TrainConfig, there: Sequence[Modality]) -> TrainConfig:
    """Return the settings to prepare the clips with: of a modality that they have."""
    if "skeleton" in there:
        return base
    return base.change(model=ModelSettings(name="are" if "audio" in there else "tre"))


def _first_seed(out: Path, seed: int) -> int:
    """Return the seed of the data that the folder began with; more seeds may come later."""
    file = out / "benchmark.json"
    if not file.is_file():
        return seed
    kept = read_json(file)
    try:
        return int(kept["settings"]["seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{file}: expected the settings of a benchmark ({error})") from error
