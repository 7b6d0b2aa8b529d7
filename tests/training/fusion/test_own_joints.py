"""Movement features take all joints that the recordings have, beside a network of ten."""

import json
from pathlib import Path

import pytest

from skelgraph import TrainConfig, load_run, train
from skelgraph.prediction import predict_files
from skelgraph.runs import read_predictions


def read_layout(run: Path) -> str:
    layout = json.loads((run / "config.json").read_text())["preprocessing"]["layout"]
    return str(layout if isinstance(layout, str) else layout["name"])


@pytest.mark.parametrize("layout", [None, "upper10"])
def test_layouts_of_fused_streams(shared_data: Path, tmp_path: Path, layout: str | None) -> None:
    root = shared_data / "mpi-ebed"
    if not root.is_dir():
        pytest.skip(f"there is no {root}")
    config = TrainConfig.of(
        dataset="mpi-ebed",
        root=root,
        subjects=("MaMa", "SiGl"),
        test_subjects=("SiGl",),
        layout=layout,
        model="st-gcn-small",
        stream="bone,features",
        epochs=1,
        out=tmp_path / "run",
    )
    run = train(config).run.path
    assert read_layout(run / "streams" / "bone") == "upper10"
    assert read_layout(run / "streams" / "features") == (layout or "mpi23")
    expected = {Path(one.name).name: one for one in read_predictions(run / "predictions.csv")}
    files = sorted(root.glob("Joy/SiGl*.bvh"))[:3]
    for one in predict_files(load_run(run), files).predictions:
        before = expected[Path(one.name).stem]
        assert one.probabilities == pytest.approx(dict(before.probabilities), abs=2e-3)
