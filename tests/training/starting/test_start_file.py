"""The weights that a training starts from, as they are read and as its run keeps them."""

from pathlib import Path

import torch

from skelgraph.runs import RunDirectory, write_json
from skelgraph.training.starting.source import read_source
from skelgraph.training.starting.start_file import keep_start, read_kept_start


def test_weights_of_any_precision_that_share_memory_are_kept(tmp_path: Path) -> None:
    both = torch.arange(12, dtype=torch.bfloat16).reshape(4, 3)
    torch.save({"first": both[:2], "second": both[2:], "count": torch.tensor(3)}, tmp_path / "w.pt")
    start = read_source(str(tmp_path / "w.pt"))
    run = RunDirectory(path=tmp_path / "run")
    keep_start(run, start)
    write_json(run.config_file, {"start": start.to_dict()})
    kept = read_kept_start(run)
    assert kept is not None
    weights = kept.find("joint").weights
    assert torch.equal(weights["second"], both[2:])
    assert weights["first"].dtype == torch.bfloat16
    assert kept.digests == start.digests == {"": kept.find("joint").digest}
