"""Who trained a source, and whether they are tested."""

import json
from pathlib import Path

import pytest

from skelgraph.errors import RunError
from skelgraph.runs import RunDirectory
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


def test_the_people_of_a_model_folder_are_those_of_its_card(
    trained_run: Path, tmp_path: Path
) -> None:
    (known,) = read_source(str(trained_run)).trained_on
    assert known.subjects == ("ann", "bob")
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "metrics.json", "checkpoints"):
        (folder / name).symlink_to(trained_run / name)
    (nobody,) = read_source(str(folder)).trained_on
    assert nobody.subjects == ()
    card = RunDirectory(path=folder).path / "card.json"
    card.write_text(json.dumps({"subjects": ["bob", "ann"]}))
    (told,) = read_source(str(folder)).trained_on
    assert told == known
    card.write_text("[")
    with pytest.raises(RunError, match=r"card.json: expected a model card, but it is damaged"):
        read_source(str(folder))
