"""What of a run's records is given away: no files, no clips, no people."""

from pathlib import Path

import pytest

from skelgraph.config import LiftConfig, TrainConfig
from skelgraph.runs.published_records import (
    Pseudonyms,
    leave_out_places,
    publish_config,
    publish_results,
)

ROWS = (
    {"name": "ann/joy_1.bvh", "subject": "ann", "recording": "take1"},
    {"name": "ann/joy_10.bvh", "subject": "ann", "recording": "take1"},
    {"name": "bo/sad.bvh", "subject": "bo", "recording": ""},
)


def test_names_become_numbers() -> None:
    names = Pseudonyms.of(ROWS, keep_people=False)
    assert names.replace("test bo; ann/joy_10.bvh and ann, take1; annual bold") == (
        "test person 2; clip 2 and person 1, recording 1; annual bold"
    )
    assert names.replace(["ann", "nobody"]) == ["person 1", "nobody"]


def test_people_may_keep_theirs() -> None:
    names = Pseudonyms.of(ROWS, keep_people=True)
    assert names.replace("test bo, clip ann/joy_1.bvh") == "test bo, clip clip 1"


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "mine", "subjects": "ann", "test_subjects": "ann", "device": "cpu"},
        {"dataset": "iemocap", "root": "mine", "skeletons": "mine"},
        {"layout": "mine.toml", "test_recordings": "ann/1", "out": "runs/mine"},
        {"init_from": "mine.pt", "freeze": 3, "layer_decay": 0.5},
    ],
    ids=str,
)
def test_settings_that_name_files_or_people_are_left_out(
    settings: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for name in ("mine.toml", "mine.pt"):
        (tmp_path / name).touch()
    config = TrainConfig.of(epochs=7, **settings)
    left = leave_out_places(config)
    kept = {"epochs", "dataset", "split"}
    assert set(left.list_changed()) == kept & set(config.list_changed())
    assert left == leave_out_places(left)
    assert TrainConfig.from_dict(left.to_dict()) == left


def test_a_model_by_name_is_kept_and_a_lifter_is_like_a_network(tmp_path: Path) -> None:
    config = TrainConfig.of(init_from="emotion4", freeze=2)
    assert leave_out_places(config) == config
    lifting = LiftConfig.of(data=tmp_path, test_subjects="ann", channels=16)
    assert leave_out_places(lifting).list_changed() == ("split", "channels")


def test_only_entries_that_are_known_are_taken() -> None:
    names = Pseudonyms.of(ROWS, keep_people=False)
    contents = {
        "classes": ["joy"],
        "protocol": "test bo",
        "notes": "of ann",
        "data": {"name": "mine", "fingerprint": "0f", "folder": "/home/ann"},
    }
    assert publish_config(contents, names) == {
        "classes": ["joy"],
        "protocol": "test person 2",
        "data": {"name": "mine", "fingerprint": "0f"},
    }
    results = {
        "uar": 0.5,
        "per_subject": {"bo": {"n": 3}},
        "leaks": ["take1 is in both"],
        "left_out": {"ann": "too short"},
        "folds": [{"subjects": ["ann"]}],
        "fusion": {"strategy": "sum", "compared": {"/home/ann/runs/a": {"uar": 0.5}}},
        "validation": {"per_subject": {"ann": {"n": 1}}, "folds": []},
    }
    assert publish_results(results, names) == {
        "uar": 0.5,
        "per_subject": {"person 2": {"n": 3}},
        "leaks": ["recording 1 is in both"],
        "fusion": {"strategy": "sum", "compared": {"a": {"uar": 0.5}}},
        "validation": {"per_subject": {"person 1": {"n": 1}}},
    }
    lifted = {"true": {"mpjpe_mm": 40.0}, "protocol": "test bo"}
    assert publish_results(lifted, names, is_lifter=True) == {
        "true": {"mpjpe_mm": 40.0},
        "protocol": "test person 2",
    }
