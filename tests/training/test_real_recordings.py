"""The whole way on a few real recordings of a stranger's folder."""

import csv
import shutil
from pathlib import Path

import pytest

from skelgraph import TrainConfig, load_run, read_sequence, train

ACTIONS = ("walk", "run", "wave-left-hand", "raise-up-left-hand")
STYLES = ("active", "exhausted")


@pytest.fixture(scope="module")
def few_styles(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of each of four actions in two styles, with their labels.csv."""
    source = shared_data / "bandai-styles"
    folder = tmp_path_factory.mktemp("few_styles")
    kept: dict[tuple[str, str], list[dict[str, str]]] = {}
    with (source / "labels.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["recording"] in ACTIONS and row["label"] in STYLES:
                kept.setdefault((row["recording"], row["label"]), []).append(row)
    rows = [row for group in kept.values() for row in group[:2]]
    for row in rows:
        shutil.copy(source / row["file"], folder)
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["file", "label", "recording"])
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.mark.realdata
def test_a_skeleton_that_no_option_names_trains_and_predicts(
    few_styles: Path, shared_data: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    config = TrainConfig.of(
        data=few_styles, stream="bone", split="group", epochs=1, out=tmp_path / "run"
    )
    result = train(config, report=lines.append)
    assert "21 joints, 3D" in lines[0]
    parts = {(row["part"], row["recording"]) for row in result.run.read_split()}
    assert len(parts) == len(ACTIONS)  # no action is in two parts
    predictor = load_run(result.run.path)
    own = predictor.predict(read_sequence(next(few_styles.glob("*.bvh"))))
    assert set(own.probabilities) == set(STYLES)
    other_studio = next((shared_data / "mpi-ebed" / "Joy").glob("*.bvh"))
    assert predictor.predict(read_sequence(other_studio)).prediction in STYLES
