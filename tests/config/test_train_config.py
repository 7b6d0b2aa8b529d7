"""The configuration of a run."""

import json
from pathlib import Path

import pytest

from skelgraph.config import RECIPES, DatasetOptions, TrainConfig
from skelgraph.errors import RunError, SkelgraphError


def test_it_survives_json() -> None:
    config = TrainConfig.of(data=Path("/clips"), stream="bone", test_subjects=("a", "b"), epochs=3)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_paths_may_be_text_and_are_written_absolute() -> None:
    config = TrainConfig.of(data="clips", out="runs/a")  # type: ignore[arg-type]
    assert config.data == Path("clips")
    assert config.to_dict()["data"] == str(Path("clips").resolve())


def test_naming_test_subjects_means_the_split_by_subject() -> None:
    assert TrainConfig.of(test_subjects=("a",)).split == "subject"


def test_own_settings_override_the_recipe() -> None:
    recipe = TrainConfig.of(
        recipe="paper", epochs=3, batch_size=5, checkpoint="last"
    ).resolve_recipe()
    assert (recipe.epochs, recipe.batch_size, recipe.checkpoint) == (3, 5, "last")
    assert recipe.learning_rate == RECIPES["paper"].learning_rate


def test_the_paper_recipe_is_the_released_training() -> None:
    paper = RECIPES["paper"]  # SPEC 3.4
    assert (paper.optimizer, paper.learning_rate, paper.weight_decay) == ("adam", 1e-4, 0.0)
    assert (paper.batch_size, paper.epochs, paper.patience) == (8, 500, 50)
    assert (paper.schedule, paper.milestones) == ("steps", (60,))
    assert (paper.checkpoint, paper.score) == ("best", "war")
    assert not any((paper.mirror, paper.crop_frames, paper.label_smoothing))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stream": "motion"}, "expected stream to be one of .*'bone'.*but got 'motion'"),
        ({"frames": 0}, "expected frames of 1 or more, but got 0"),
        ({"epochs": 0}, "expected epochs of 1 or more, but got 0"),
        ({"data": Path("a"), "dataset": "b"}, "either a folder of data or a dataset's name"),
        ({"split": "random", "test_subjects": ("a",)}, "go with the split by subject"),
        ({"root": Path("a")}, "name the dataset too"),
        ({"options": DatasetOptions(dialogs="scripted")}, "dialogs: options of a known"),
        ({"fold": 2}, "a fold goes with the split 'mdre', but it is None"),
        ({"model": "st-gcn", "gate": False}, "belong to s-stgcn, not to st-gcn"),
        ({"model": "resnet18", "strategy": "distance"}, "of a graph; resnet18 has none"),
        ({"model": "resnet18", "num_heads": 2}, "belong to s-stgcn, not to resnet18"),
        ({"seed": -1}, "expected seed of 0 or more, but got -1"),
        ({"filter": "kalman"}, "expected filter to be one of .*'savgol'.*but got 'kalman'"),
        (
            {"filter": "savgol", "cutoff_hz": 3.0},
            "to the filter butterworth, not to savgol",
        ),
        ({"filter": "none", "cutoff_hz": None}, "to the filter butterworth, not to none"),
        ({"fps": 0.0}, "expected fps above 0, but got 0.0"),
    ],
)
def test_impossible_settings_are_errors(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RunError, match=message):
        TrainConfig.of(**settings)  # type: ignore[arg-type]


def test_runs_of_before_there_was_a_choice_of_filter_have_butterworths() -> None:
    settings = TrainConfig.of(cutoff_hz=4.0).to_dict()
    del settings["filter"]
    assert TrainConfig.from_dict(settings) == TrainConfig.of(filter="butterworth", cutoff_hz=4.0)


def test_what_is_no_settings_is_an_error() -> None:
    with pytest.raises(RunError, match="expected the settings of a run, but got None"):
        TrainConfig.from_dict(None)
    with pytest.raises(RunError, match="expected the settings of a run, but one is wrong"):
        TrainConfig.from_dict({"epochs": "three"})


def test_settings_of_another_version_are_an_error() -> None:
    with pytest.raises(RunError, match=r"unknown settings \['depth'\]"):
        TrainConfig.from_dict({"depth": 3})


def test_persons_and_thresholds() -> None:
    config = TrainConfig.of(person="2", min_confidence=0, max_gap_s=None)
    assert config.person == 2
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(SkelgraphError, match="'main', 'all' or a number from 1 on, but got 'both'"):
        TrainConfig.of(person="both")  # type: ignore[arg-type]
    for setting in ("min_confidence", "max_gap_s"):
        with pytest.raises(RunError, match=f"expected {setting} of 0 or more, but got -1"):
            TrainConfig.of(**{setting: -1})
    with pytest.raises(RunError, match="expected channels to be one of"):
        TrainConfig.of(channels="xyzc")
    with pytest.raises(RunError, match="one is wrong"):
        TrainConfig.from_dict({**config.to_dict(), "person": [1]})


def test_options_of_a_dataset_survive_the_run_directory() -> None:
    options = DatasetOptions(skeletons=Path("poses"), dialogs="improvised")
    config = TrainConfig.of(dataset="iemocap", root=Path("r"), options=options, split="mdre")
    again = TrainConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again.dataset_options.dialogs == "improvised"
    assert again.dataset_options.skeletons == Path("poses").resolve()
    assert again.to_dict() == config.to_dict()
