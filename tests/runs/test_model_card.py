"""The card of a model: one source of its numbers, and the form of the Hub."""

import json
import re
from pathlib import Path

import pytest
import yaml

from skelgraph.errors import RunError
from skelgraph.evaluation import format_score
from skelgraph.runs import (
    CardText,
    ModelCard,
    RunDirectory,
    TrainingClips,
    publish_run,
    read_card_text,
    read_model_card,
    read_training,
    write_card,
    write_card_page,
)


@pytest.fixture(scope="module")
def card(trained_run: Path) -> ModelCard:
    text = CardText(
        title="Who swings fast?",
        question="Do the arms swing slowly or fast?",
        data="Drawn figures | three of them.",
        license="cc-by-nc-4.0",
        terms="Research only.",
        missing=("Nobody sits.", "Nobody is real."),
        misuses=("Not for boxers.",),
        datasets=("ann/swings",),
        tags=("arms", "pose"),
        citation="Ann 2026.",
        sections={"Filmed": "| camera | UAR |\n| --- | --- |\n| one | 61.0% |"},
    )
    return publish_run(RunDirectory(path=trained_run), text=text, name="swing2").card


def test_its_numbers_are_those_of_the_run(card: ModelCard, trained_run: Path) -> None:
    results = json.loads((trained_run / "metrics.json").read_text())
    assert card.metrics is not None
    assert card.metrics.uar == results["uar"]
    page = write_card_page(card)
    uar = format_score(results["uar"], tuple(results["uar_interval"]))
    assert f"| this model, {results['n']} clips | {uar} |" in page
    for name, row in zip(results["classes"], results["confusion"], strict=True):
        recall = results["per_class_recall"][name]
        assert f"| {name} | {row[0]} | {row[1]} | {recall:.1%} |" in page
    (scores,) = results["per_subject"].values()
    assert f"| person 3 | {scores['n']} | {scores['uar']:.1%} | {scores['war']:.1%} |" in page
    assert f"calibration error {results['calibration']['ece']:.1%}" in page
    kept = json.loads((trained_run / "calibration.json").read_text())["temperature"]
    assert f"temperature of the softmax {kept:.2f}." in page


def test_it_has_all_sections(card: ModelCard, trained_run: Path) -> None:
    page = write_card_page(card)
    assert re.findall("^#+ (.*)$", page, re.MULTILINE) == [
        "Who swings fast?",
        "How to use",
        "Training data and license",
        "How it was tested",
        "Results",
        "Filmed",
        "Who is not in it",
        "What it must not be used for",
        "Citation",
    ]
    for words in ("Do the arms swing", "Research only.", "- Nobody is real.", "- Not for boxers."):
        assert words in page
    assert "EU AI Act" not in page  # nobody is asked what they feel
    rows = RunDirectory(path=trained_run).read_split()
    labels = [row["label"] for row in rows if row["part"] == "train"]
    fast, slow = labels.count("fast"), labels.count("slow")
    assert f"Trained on {fast + slow} clips of 2 people: {fast} fast, {slow} slow." in page


def test_the_facts_in_front_have_the_form_of_the_hub(card: ModelCard) -> None:
    hub = pytest.importorskip("huggingface_hub")
    parsed = hub.ModelCard(write_card_page(card)).data
    assert parsed.license == "cc-by-nc-4.0"
    assert parsed.library_name == "skelgraph"
    assert parsed.pipeline_tag == "graph-ml"
    assert parsed.datasets == ["ann/swings"]
    assert parsed.tags == ["skelgraph", "skeleton", "human-motion", "pose", "arms"]
    assert parsed.model_name == "swing2"
    recall, accuracy = parsed.eval_results
    assert card.metrics is not None
    assert recall.metric_value == card.metrics.uar
    assert recall.metric_name == "UAR, unseen people"
    assert accuracy.metric_type == "accuracy"
    assert accuracy.dataset_name == card.data == "arm_swings0"


def test_what_recognizes_emotions_says_more_of_its_misuse(card: ModelCard) -> None:
    import msgspec

    angry = msgspec.structs.replace(card, text=CardText(), classes=("angry", "calm"))
    page = write_card_page(angry)
    assert "EU AI Act (Regulation (EU) 2024/1689, article 5 (1) (f))" in page
    assert "license: unknown" in page
    assert "Nobody wrote down who is not in it." in page
    told = CardText(license="other", terms="Ask us.", about_emotion=False)
    page = write_card_page(msgspec.structs.replace(angry, text=told))
    front = yaml.safe_load(page.split("---")[1])
    assert front["license_name"] == "see-this-card"
    assert "EU AI Act" not in page


def test_it_is_read_as_it_was_written(card: ModelCard, tmp_path: Path) -> None:
    write_card(card, tmp_path)
    assert read_model_card(tmp_path) == card
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == write_card_page(card)
    contents = json.loads((tmp_path / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps({**contents, "classes": 3}))
    with pytest.raises(RunError, match=r"card\.json: expected the card of a model, but .*classes"):
        read_model_card(tmp_path)
    (tmp_path / "card.json").unlink()
    with pytest.raises(RunError, match=r"with card\.json, but it has none"):
        read_model_card(tmp_path)


def test_what_a_model_was_trained_on_is_told_in_numbers(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    run.config_file.write_text('{"training": {"clips": {"a": 3, "b": 0}, "people": 2}}')
    assert read_training(run) == TrainingClips(clips={"a": 3, "b": 0}, people=2)
    assert read_training(run).describe() == "3 clips of 2 people: 3 a, 0 b"
    for contents in ("{}", '{"training": {"clips": {"a": -1}}}', '{"training": {"clips": {}}}'):
        run.config_file.write_text(contents)
        with pytest.raises(RunError, match=r"config\.json: expected .*clips that trained the mod"):
            read_training(run)


def test_words_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "card.toml"
    file.write_text('title = "A"\nmissing = ["b", "c"]\n\n[sections]\nFilmed = "text"\n')
    assert read_card_text(file) == CardText(
        title="A", missing=("b", "c"), sections={"Filmed": "text"}
    )
    file.write_text('titel = "A"\n')
    with pytest.raises(RunError, match=r"card\.toml: .*titel.*; the fields of a card are title, "):
        read_card_text(file)
    file.write_text("title = 3\n")
    with pytest.raises(RunError, match=r"card\.toml: Expected `str`, got `int`"):
        read_card_text(file)
    file.write_text("title A")
    with pytest.raises(RunError, match=r"card\.toml: expected the words of a card as TOML \("):
        read_card_text(file)
    with pytest.raises(RunError, match=r"none\.toml: expected the words of a card as TOML"):
        read_card_text(tmp_path / "none.toml")
