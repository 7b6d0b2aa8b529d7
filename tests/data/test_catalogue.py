import json
from pathlib import Path

import pytest

from skelgraph.config import DatasetOptions
from skelgraph.data import DATASETS, load_dataset
from skelgraph.errors import DatasetError, RunError
from skelgraph.layouts import get_layout
from skelgraph.poses import PoseSequence


def test_names_and_layouts_are_those_of_the_tables() -> None:
    assert set(DATASETS) == {"emotive-motion", "mpi-ebed", "iemocap"}
    for name, info in DATASETS.items():
        assert info.name == name
        assert get_layout(info.layout).name == "upper10"


def test_the_generator_makes_labeled_clips() -> None:
    clips = load_dataset("emotive-motion", seed=3)
    assert len(clips.classes) == 4
    assert len(set(clips.subjects)) > 1
    assert None not in clips.recordings


def test_the_generators_seed_counts(make_sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def generate(*, seed: int) -> list[PoseSequence]:
        seeds.append(seed)
        return [make_sequence(label="joy")]

    monkeypatch.setattr("skelgraph.synthetic.generate_emotive_motion", generate)
    fingerprints = [load_dataset("emotive-motion", seed=seed).fingerprint for seed in (3, 3, 4)]
    assert seeds == [3, 3, 4]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_wrong_requests_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no dataset 'ntu'; known are emotive-motion, mpi-ebed"):
        load_dataset("ntu")
    with pytest.raises(DatasetError, match="'mpi-ebed' lies in a folder: name it with --root"):
        load_dataset("mpi-ebed")
    with pytest.raises(DatasetError, match="generator and has no folder: omit --root"):
        load_dataset("emotive-motion", root=tmp_path)
    options = DatasetOptions(skeletons=tmp_path, dialogs="scripted")
    with pytest.raises(DatasetError, match="'mpi-ebed' has no option skeletons, dialogs; leave"):
        load_dataset("mpi-ebed", root=tmp_path, options=options)
    with pytest.raises(RunError, match=r"dialogs to be one of .*but got 'best'"):
        DatasetOptions.from_dict({"dialogs": "best"})
    with pytest.raises(RunError, match="unknown settings"):
        DatasetOptions.from_dict({"actors": 2})


def test_options_survive_json() -> None:
    options = DatasetOptions(panes=Path("panes.csv"), cut_at_colon=True)
    written = json.loads(json.dumps(options.to_dict()))
    again = DatasetOptions.from_dict(written)
    assert again == DatasetOptions(panes=Path("panes.csv").resolve(), cut_at_colon=True)
    assert options.list_changed() == ("panes", "cut_at_colon")
