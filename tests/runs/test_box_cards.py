"""The cards of the models that come with skelgraph tell what their files tell."""

import json

import pytest

from skelgraph.runs import (
    BOX,
    MODEL_FILES,
    RunDirectory,
    list_box,
    read_model_card,
    write_card_page,
)


@pytest.mark.parametrize("name", list_box())
def test_a_card_has_the_numbers_of_the_results(name: str) -> None:
    folder = BOX / name
    card = read_model_card(folder)
    assert card.name == card.reference == name
    results = RunDirectory(path=folder).read_metrics()
    if card.metrics is not None:
        told = card.metrics.to_dict()
        assert {key: results[key] for key in told if key in results} == {
            key: value for key, value in told.items() if key in results
        }
    for condition, errors in card.errors_mm.items():
        assert errors == {key: results[condition][key] for key in errors}
    assert card.metrics is not None or card.errors_mm
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert page == write_card_page(card), "make the page anew with write_card(card, folder)"


@pytest.mark.parametrize("name", list_box())
def test_it_tells_what_only_a_person_knows(name: str) -> None:
    text = read_model_card(BOX / name).text
    assert all((text.title, text.question, text.data, text.license, text.terms, text.missing))


@pytest.mark.parametrize("name", list_box())
def test_a_model_names_no_files_of_whoever_made_it(name: str) -> None:
    allowed = {file for pattern in MODEL_FILES for file in (BOX / name).glob(pattern)}
    for file in [one for one in (BOX / name).rglob("*") if one.is_file()]:
        assert file in allowed
        if file.suffix == ".json":
            assert '"/' not in json.dumps(json.loads(file.read_text())), file
