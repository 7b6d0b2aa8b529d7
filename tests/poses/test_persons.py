from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, parse_person, select_persons

BODY = np.random.default_rng(1).normal(size=(10, 2))


def person(name: str, *, size: float = 1.0, confidence: float = 1.0, frames: int = 50):
    """Somebody who is there in the first frames of 50."""
    positions = np.full((50, 10, 2), np.nan)
    positions[:frames] = size * BODY
    scores = np.where(np.isnan(positions[:, :, 0]), 0, confidence)
    return PoseSequence(
        positions=positions, layout=UPPER10, fps=25, confidence=scores, name=name, unit="px"
    )


@pytest.mark.parametrize(
    "other",
    [person("small", size=0.8), person("doubtful", confidence=0.7), person("brief", frames=40)],
    ids=lambda other: other.name,
)
def test_the_main_person_is_the_most_confident_largest_and_longest(other) -> None:
    main = person("main")
    assert select_persons([other, main], "main") == [main]
    assert select_persons([main, other], "main") == [main]


def test_without_confidence_size_and_presence_count() -> None:
    large, small = (
        replace(person(name, size=size), confidence=None) for name, size in (("a", 2), ("b", 1))
    )
    assert select_persons([small, large], "main") == [large]


def test_all_persons_and_the_one_of_a_number() -> None:
    persons = [person("a"), person("b", size=3), person("c")]
    assert select_persons(persons, "all") == persons
    assert select_persons(persons, 3) == persons[2:]
    assert select_persons([], "main") == []
    with pytest.raises(PoseError, match="'a': expected a person 4, but the recording has 3"):
        select_persons(persons, 4)


@pytest.mark.parametrize("text", ["", "0", "-1", "first", "1.5", True])
def test_what_spells_no_person_is_an_error(text) -> None:
    with pytest.raises(PoseError, match="expected a person 'main', 'all' or a number from 1 on"):
        parse_person(text)
    assert [parse_person(one) for one in ("main", "all", "2", 2)] == ["main", "all", 2, 2]
