"""The data of the paper benchmark's rows of lifted recordings (Table 2)."""

from dataclasses import dataclass
from pathlib import Path

from skelgraph.config import DEFAULT_CUTOFF_HZ, DataSettings, FilterName, SplitSettings, TrainConfig
from skelgraph.data import fingerprint_files, name_a_few
from skelgraph.errors import RunError
from skelgraph.experiments.lifted_data import KeypointCleaning, write_lifted_data
from skelgraph.experiments.paper_rows import PaperRow
from skelgraph.experiments.row_results import read_json
from skelgraph.layouts import UPPER10
from skelgraph.lifting import KeypointLifter, load_lifter_run
from skelgraph.runs import RunDirectory, write_json
from skelgraph.training import PreparedData, prepare_clips


@dataclass(frozen=True, kw_only=True, eq=False)
class BenchmarkLifter:
    """A lifter, and the subjects that must not be tested with it.

    Args:
        path: Run directory of the lifter.
        lifter: The lifter.
        seen: Subjects that it was trained or validated on; None if they are unknown.
        fingerprint: Digest of its files.
    """

    path: Path
    lifter: KeypointLifter
    seen: frozenset[str] | None
    fingerprint: str

    @classmethod
    def load(cls, path: Path) -> "BenchmarkLifter":
        """Load the lifter of a run of ``skelgraph lift train``.

        Raises:
            RunError: If it is no such run, or its training did not end.
        """
        lifter = load_lifter_run(path)
        run = RunDirectory(path=path)
        rows = [row for row in run.read_split() if row["part"] != "test"]
        subjects = {row["subject"] for row in rows}
        weights = [run.checkpoint(rule) for rule in ("best", "last")]
        files = [run.config_file, *(file for file in weights if file.is_file())]
        return cls(
            path=path,
            lifter=lifter,
            seen=None if "" in subjects else frozenset(subjects),
            fingerprint=fingerprint_files(path, files),
        )

    def check_unseen(self, data: PreparedData) -> str:
        """Return a note on the subjects of the test part, which the lifter must not have met.

        Raises:
            RunError: If it was trained or validated on one of them.
        """
        tested = {data.clips.subjects[clip] for clip in data.split.test} - {None}
        if self.seen is None or not tested:
            return (
                f"the lifter {self.path.name} does not tell on whom it was trained; if on those "
                f"who are tested here, the numbers of lifted recordings are too good"
            )
        met = sorted(str(one) for one in tested & self.seen)
        if met:
            raise RunError(
                f"{self.path}: the lifter was trained on {name_a_few(met)}, to be tested here; "
                f"pass --test-subjects that it held out, or train another with "
                f"`skelgraph lift train --test-subjects {','.join(met)}`"
            )
        others = name_a_few(sorted(self.seen))
        return f"the lifter {self.path.name} was trained on {others}, of whom none is tested here"


def keep_lifter(lifter: BenchmarkLifter, out: Path) -> None:
    """Write down in a benchmark's folder which lifter its rows have, so that all have the same.

    Raises:
        RunError: If rows there have another lifter.
    """
    file = out / "lifter.json"
    if not file.is_file():
        write_json(file, {"lifter": lifter.path.name, "fingerprint": lifter.fingerprint})
        return
    kept = read_json(file)
    if kept.get("fingerprint") != lifter.fingerprint:
        raise RunError(
            f"{out}: rows there have another lifter, {kept.get('lifter')}; rows of unlike lifters "
            f"cannot be compared: pass another --out"
        )


def prepare_lifted(
    row: PaperRow, config: TrainConfig, base: TrainConfig, lifter: BenchmarkLifter, folder: Path
) -> TrainConfig:
    """Lift the recordings of a row, and return its configuration with their folder.

    The parts are those of the rows of the recordings themselves with the same seed.

    Args:
        row: The row.
        config: Its configuration, with the seed of the split, of cameras and of noise.
        base: Settings that all rows share.
        lifter: The lifter.
        folder: Folder of the lifted recordings; they are made once.

    Raises:
        SkelgraphError: If the lifter was trained on a tested subject, or a recording cannot be
            lifted.
    """
    data = prepare_clips(base.change(seed=config.seed, out=None))
    lifter.check_unseen(data)
    parts = [""] * len(data.clips)
    for part in ("train", "val", "test"):
        for clip in getattr(data.split, part):
            parts[clip] = part
    clips = write_lifted_data(
        folder,
        data.clips.sequences,
        parts,
        lifter.lifter,
        _plan_cleaning(row.lifted_after or "none", base),
        seed=config.seed,
        origin={"data": data.clips.fingerprint, "lifter": lifter.fingerprint},
    )
    return config.change(
        data=DataSettings(folder=clips, layout=UPPER10.name), split=SplitSettings(kind="file")
    )


def _plan_cleaning(name: FilterName, base: TrainConfig) -> KeypointCleaning:
    settings = base.preparation
    return KeypointCleaning(
        filter=name,
        cutoff_hz=settings.cutoff_hz or DEFAULT_CUTOFF_HZ,
        min_confidence=settings.min_confidence,
        max_gap_s=settings.max_gap_s,
    )
