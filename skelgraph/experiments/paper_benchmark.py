"""Settings of the paper's comparisons on a dataset."""

from dataclasses import dataclass, field
from pathlib import Path

from skelgraph.config import MultimodalSettings, TrainConfig
from skelgraph.errors import RunError
from skelgraph.experiments.choose_rows import choose_rows
from skelgraph.experiments.paper_rows import PaperRow
from skelgraph.experiments.quick_data import QUICK_NOTE, train_quick_lifter, write_quick_data


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
        base = TrainConfig.of(data=data, epochs=1, frames=16, split="subject")
        if lifter is None and needs_lifter:
            lifter = train_quick_lifter(base, out / "lifter")
        return cls(base=base, out=out, rows=rows, lifter=lifter, note=QUICK_NOTE)
