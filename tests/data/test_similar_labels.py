"""Labels that are likely one, spelled in two ways."""

import pytest

from skelgraph.data import describe_similar, suggest_label
from skelgraph.data.similar_labels import find_similar_labels


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["Joy"] * 9 + ["Jooy"], {"Jooy": "Joy"}),
        (["anger"] * 5 + ["Anger"] * 4, {"Anger": "anger"}),
        (["very happy"] * 5 + ["very_happy"] * 5, {"very happy": "very_happy"}),
        (["angry"] * 9 + ["agnry", "angr", "anxry"], {"agnry": "angry", "angr": "angry"}),
        (["sad"] * 9 + ["mad"] * 8, {}),
        (["A1"] * 9 + ["A2"], {}),
        (["walk01"] * 9 + ["walk02"], {}),
        (["up"] * 9 + ["us"], {}),
        (["happy"] * 9 + ["unhappy"], {}),
        (["joy"], {}),
    ],
)
def test_what_is_a_slip(labels: list[str], found: dict[str, str]) -> None:
    similar = find_similar_labels(labels)
    assert found.items() <= similar.items()
    assert set(similar) <= {*found, "anxry"}


def test_people_are_not_told_apart_by_slips() -> None:
    people = ["ann"] * 9 + ["anna", "Ann"]
    assert find_similar_labels(people, slips=False) == {"Ann": "ann"}
    assert describe_similar(people, "subjects", slips=False) == [
        "subjects that may be one, spelled in two ways: 'Ann' (1) beside 'ann' (9)"
    ]


def test_a_known_label_is_suggested() -> None:
    assert suggest_label("Jooy", ["Joy", "Anger"]) == "Joy"
    assert suggest_label("tired", ["Joy", "Anger"]) is None
