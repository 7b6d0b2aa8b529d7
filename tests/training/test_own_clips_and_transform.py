"""Clips and a transform of one's own in a training, by the Python API."""

import json
from pathlib import Path

import pytest
import torch

from skelgraph import TrainConfig, load_run, train
from skelgraph.data import ClipSet, ClipTransform, read_folder
from skelgraph.errors import DatasetError, RunError
from skelgraph.runs import read_predictions
from skelgraph.serving import evaluate


class AddHeight(ClipTransform):
    """Each joint's distance from the highest one, as a further channel."""

    def forward(self, data):
        height = data.positions[..., 1]
        below = (height.amax(dim=1, keepdim=True) - height).unsqueeze(2)
        return data.with_positions(torch.cat([data.positions, below], dim=2), data.present)


@pytest.fixture(scope="module")
def clips(arm_swings: Path) -> ClipSet:
    read = read_folder(arm_swings)
    return ClipSet(name="mine", sequences=read.sequences, fingerprint="of mine")


def test_a_training_takes_clips_and_a_transform(clips: ClipSet, tmp_path: Path) -> None:
    config = TrainConfig.of(
        model="s-stgcn-small", epochs=2, test_subjects=("cid",), out=tmp_path / "run"
    )
    lines: list[str] = []
    result = train(config, clips=clips, transform=AddHeight(), report=lines.append)
    assert not any("synthetic" in line for line in lines)
    assert any(f"{len(clips)} clips of mine" in line for line in lines)
    with pytest.raises(RunError, match=r"a transform of your own, AddHeight\(\): load it in Pyth"):
        load_run(result.run.path)
    predictor = load_run(result.run.path, transform=AddHeight())
    assert predictor.model.in_channels == 4
    tested = {one.name: one for one in read_predictions(result.run.path / "predictions.csv")}
    assert tested
    again = predictor.predict_all([one for one in clips.sequences if one.name in tested])
    for one in again:
        for name, probability in one.probabilities.items():
            assert tested[one.name].probabilities[name] == pytest.approx(probability, abs=1e-4)


def forget_nothing(data):
    return data


def test_a_transform_goes_by_its_name(clips: ClipSet, tmp_path: Path) -> None:
    config = TrainConfig.of(model="s-stgcn-small", epochs=1, out=tmp_path / "run")
    train(config, clips=clips, transform=forget_nothing)
    assert load_run(tmp_path / "run", transform=forget_nothing).facts.transform == "forget_nothing"
    with pytest.raises(RunError, match=r"of your own, forget_nothing: .* not with AddHeight"):
        load_run(tmp_path / "run", transform=AddHeight())
    longer = config.change(epochs=2)
    with pytest.raises(RunError, match="the run began with another transform"):
        train(longer, resume=True, clips=clips)
    train(longer, resume=True, clips=clips, transform=forget_nothing)


def test_clips_that_were_given_are_not_read_again(clips: ClipSet, tmp_path: Path) -> None:
    train(TrainConfig.of(model="features", out=tmp_path / "run"), clips=clips)
    with pytest.raises(DatasetError, match="its clips were given in Python and cannot be read"):
        evaluate(load_run(tmp_path / "run"))


def test_a_run_of_an_earlier_version_goes_on(clips: ClipSet, tmp_path: Path) -> None:
    config = TrainConfig.of(model="s-stgcn-small", epochs=1, out=tmp_path / "run")
    train(config, clips=clips)
    file = tmp_path / "run" / "config.json"
    before = json.loads(file.read_text())
    for key in ("transform", "layouts"):
        del before[key]
    del before["config"]["stream"]["joint_identity"]
    file.write_text(json.dumps(before))
    assert train(config.change(epochs=2), resume=True, clips=clips).metrics.uar >= 0


@pytest.mark.parametrize(
    ("model", "tested", "advised"),
    [
        ("st-gcn-small", ("cid",), True),
        ("s-stgcn-small", ("cid",), False),
        ("st-gcn-small", (), False),
    ],
)
def test_who_tests_few_new_people_is_told_what_does_better(
    clips: ClipSet, model: str, tested: tuple[str, ...], advised: bool, tmp_path: Path
) -> None:
    lines: list[str] = []
    kind = {"test_subjects": tested} if tested else {"split": "random", "allow_leaks": True}
    config = TrainConfig.of(model=model, epochs=1, out=tmp_path / "run", **kind)
    train(config, clips=clips, report=lines.append)
    advice = "with 3 subjects st-gcn-small mostly learns who they are"
    assert any(advice in line for line in lines) == advised


def test_a_run_without_a_transform_takes_none(clips: ClipSet, tmp_path: Path) -> None:
    config = TrainConfig.of(model="s-stgcn-small", epochs=1, out=tmp_path / "run")
    train(config, clips=clips)
    with pytest.raises(RunError, match="its clips went through no transform of your own"):
        load_run(tmp_path / "run", transform=AddHeight())
    assert load_run(tmp_path / "run").predict(clips.sequences[0]).prediction in clips.classes


def test_networks_of_several_modalities_take_no_transform(clips: ClipSet, tmp_path: Path) -> None:
    for model in ("sern", "features"):
        config = TrainConfig.of(model=model, out=tmp_path / "run")
        with pytest.raises(RunError, match=f"a transform is of networks of skeletons.* {model}"):
            train(config, clips=clips, transform=AddHeight())
