"""Who trained a source, and whether they are tested."""

import json
from pathlib import Path

import pytest

from skelgraph import TrainConfig, train
from skelgraph.config import StartSettings
from skelgraph.errors import RunError
from skelgraph.runs import CardText, RunDirectory, write_model_folder
from skelgraph.training.starting import TrainedOn, find_known_people, read_source

STORIES = TrainedOn(data="stories", fingerprint="f0", subjects=("Ann", "Bob"))


@pytest.mark.parametrize(
    ("data", "fingerprint", "tested", "number"),
    [
        ("stories", "f9", ["Ann", "Cid"], 1),  # the same people in clips that were added
        ("copied", "f0", ["Ann"], 1),
        ("stories", "f0", ["Cid"], 0),
        ("others", "f9", ["Ann"], 0),  # a name says nothing in other data
        ("copied", "f0", [None], 1),  # the same clips, and nobody knows whose
        ("others", "f9", [None], 0),
    ],
)
def test_people_are_compared_within_one_dataset(data, fingerprint, tested, number) -> None:
    leaks = find_known_people(
        [STORIES], source="runs/a", data=data, fingerprint=fingerprint, tested=tested
    )
    assert len(leaks) == number


def test_people_that_a_source_does_not_tell_are_not_known() -> None:
    unknown = TrainedOn(data="stories", fingerprint="f0", subjects=())
    (leak,) = find_known_people(
        [unknown], source="m", data="stories", fingerprint="f0", tested=["Ann"]
    )
    assert "who is in them is not known" in leak


def test_a_published_dataset_is_the_same_in_any_selection() -> None:
    known = TrainedOn(data="mpi-ebed", fingerprint="f0", subjects=())
    arguments = {"source": "emotion4", "data": "mpi-ebed", "fingerprint": "f1"}
    assert len(find_known_people([known], **arguments, tested=["NoVo"])) == 1
    named = TrainedOn(data="mpi-ebed", fingerprint="f0", subjects=("AnBh",))
    assert find_known_people([named], **arguments, tested=["NoVo"]) == ()


def test_a_run_tells_its_people_and_a_model_folder_names_nobody(
    trained_run: Path, tmp_path: Path
) -> None:
    (known,) = read_source(str(trained_run)).trained_on
    assert known.subjects == ("ann", "bob")
    folder = tmp_path / "model"
    write_model_folder(RunDirectory(path=trained_run), folder)
    (nobody,) = read_source(str(folder)).trained_on
    assert nobody == TrainedOn(data=known.data, fingerprint=known.fingerprint, subjects=())


def test_a_model_that_may_name_its_people_does(trained_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    text = CardText(names_people=True)
    write_model_folder(RunDirectory(path=trained_run), folder, text=text)
    (nobody,) = read_source(str(folder)).trained_on
    assert nobody.subjects == ()  # who was tested did not train
    file = folder / "card.json"
    card = json.loads(file.read_text())
    scores = card["metrics"]["per_subject"]["cid"]
    card["metrics"]["per_subject"] = {"ann": scores, "bob": scores}
    file.write_text(json.dumps({**card, "is_pooled": True}))
    (known,) = read_source(str(folder)).trained_on
    assert known.subjects == ("ann", "bob")
    file.write_text("[")
    with pytest.raises(RunError, match=r"card.json: "):
        read_source(str(folder))


def test_a_model_folder_of_a_fine_tuned_run_keeps_whose_data_it_knows(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    config = TrainConfig.of(data=arm_swings, init_from=trained_run, freeze=10, layer_decay=0.5)
    run = train(config.change(test_subjects=("cid",), epochs=1, out=tmp_path / "run")).run
    write_model_folder(run, tmp_path / "model")
    contents = RunDirectory(path=tmp_path / "model").read_config()
    assert str(tmp_path) not in json.dumps(contents)
    assert contents["start"]["trained_on"][0]["subjects"] == []
    assert TrainConfig.from_dict(contents["config"]).start == StartSettings()
    assert len(read_source(str(tmp_path / "model")).trained_on) == 1
