"""The configuration of a run."""

import json
import re
from pathlib import Path

import pytest

from skelgraph.config import DatasetOptions, TrainConfig
from skelgraph.config.recipes import PAPER
from skelgraph.errors import RunError, SkelgraphError


def test_it_survives_json() -> None:
    config = TrainConfig.of(data=Path("/clips"), stream="bone", test_subjects=("a", "b"), epochs=3)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_paths_may_be_text_and_are_written_absolute() -> None:
    config = TrainConfig.of(data="clips", out="runs/a")
    assert config.data.folder == Path("clips")
    assert config.to_dict()["data"]["folder"] == str(Path("clips").resolve())


def test_naming_test_subjects_means_the_split_by_subject() -> None:
    assert TrainConfig.of(test_subjects=("a",)).split.kind == "subject"


def test_own_settings_override_the_recipe() -> None:
    recipe = TrainConfig.of(
        recipe="paper", epochs=3, batch_size=5, checkpoint="last"
    ).resolve_recipe()
    assert (recipe.epochs, recipe.batch_size, recipe.checkpoint) == (3, 5, "last")
    assert recipe.learning_rate == PAPER.learning_rate


def test_the_paper_recipe_is_the_released_training() -> None:
    paper = PAPER  # SPEC 3.4
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
        ({"crop_frames": 0}, "expected crop_frames of 1 or more, but got 0"),
        ({"crop_frames": 60, "frames": 64}, "leave out --crop or --frames"),
    ],
)
def test_impossible_settings_are_errors(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RunError, match=message):
        TrainConfig.of(**settings)


def test_what_is_no_settings_is_an_error() -> None:
    with pytest.raises(RunError, match="expected settings, but got None"):
        TrainConfig.from_dict(None)
    with pytest.raises(RunError, match="expected epochs of 1 or more, but got 'three'"):
        TrainConfig.from_dict({"recipe": {"epochs": "three"}})


def test_settings_of_another_version_are_an_error() -> None:
    with pytest.raises(RunError, match=r"unknown settings \['depth'\]"):
        TrainConfig.from_dict({"depth": 3})


def test_persons_and_thresholds() -> None:
    config = TrainConfig.of(person="2", min_confidence=0, max_gap_s=None)
    assert config.data.person == 2
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    message = r"one of \('main', 'all'\) or a number from 1 on, but got 'both'"
    with pytest.raises(SkelgraphError, match=message):
        TrainConfig.of(person="both")
    for setting in ("min_confidence", "max_gap_s"):
        with pytest.raises(RunError, match=f"expected {setting} of 0 or more, but got -1"):
            TrainConfig.of(**{setting: -1})
    with pytest.raises(RunError, match="expected channels to be one of"):
        TrainConfig.of(channels="xyzc")
    with pytest.raises(RunError, match="expected person to be one of"):
        TrainConfig.from_dict({"data": {"person": [1]}})


def test_options_of_a_dataset_survive_the_run_directory() -> None:
    options = DatasetOptions(skeletons=Path("poses"), dialogs="improvised")
    config = TrainConfig.of(dataset="iemocap", root=Path("r"), options=options, split="mdre")
    again = TrainConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again.data.options.dialogs == "improvised"
    assert again.data.options.skeletons == Path("poses").resolve()
    assert again.to_dict() == config.to_dict()


def test_settings_are_reached_by_their_options_names() -> None:
    config = TrainConfig.of(stream="2s", model="st-gcn", batch_size=8, glove=None, dialogs="all")
    assert config.stream.names == ("joint", "bone")
    assert config.flatten()["model"] == "st-gcn"
    assert set(config.list_changed()) == {"stream", "model", "batch_size"}
    assert config.change(stream="4s").stream.names[2:] == ("joint-motion", "bone-motion")
    assert config.change(recipe=config.recipe.change(epochs=2)).recipe.batch_size == 8
    with pytest.raises(RunError, match=r"unknown settings \['epocs'\]; did you mean epochs\?"):
        TrainConfig.of(epocs=3)


def test_missing_files_are_named_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for settings, message in (
        ({"data": tmp_path / "none"}, "none: there is no such file or folder"),
        (
            {"data": tmp_path / "file"},
            "expected a folder of recordings, or an archive of many clips (.pkl,",
        ),
        ({"layout": tmp_path / "mine.toml"}, "mine.toml: there is no such layout file"),
        ({"model": f"{tmp_path}/net.py:Net"}, "net.py: there is no such file"),
        ({"out": tmp_path / "file"}, "expected a run directory to make, but it is a file"),
        ({"model": "tre", "glove": tmp_path / "none"}, "none: there is no such file or folder"),
    ):
        with pytest.raises(RunError, match=re.escape(message)):
            TrainConfig.of(**settings).check_paths()


def test_single_settings_of_a_recipe_are_changed() -> None:
    usual = TrainConfig.of(model="s-stgcn-small").resolve_recipe()
    assert usual.balanced_sampling
    assert usual.average_mirrored
    assert not usual.class_weights
    changed = TrainConfig.of(
        model="s-stgcn-small",
        balanced_sampling=False,
        class_weights=True,
        label_smoothing=0.0,
        crop_frames=60,
        weight_average=0.0,
        average_mirrored=False,
    ).resolve_recipe()
    assert not changed.balanced_sampling
    assert changed.class_weights
    assert changed.label_smoothing == 0
    assert changed.crop_frames == 60
    assert changed.weight_average is None
    assert not changed.average_mirrored
    with pytest.raises(RunError, match="members belong to s-stgcn-small"):
        TrainConfig.of(members=5)
