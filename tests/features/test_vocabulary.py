"""Words become numbers, those that are unknown too."""

import json

import numpy as np
import pytest

from skelgraph.errors import FeatureError
from skelgraph.features import Vocabulary, tokenize


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.build([("b", "a"), ("c", "a"), ("b", "a")])


def test_the_most_frequent_word_comes_first(vocabulary: Vocabulary) -> None:
    assert vocabulary.words == ("a", "b", "c")
    assert len(vocabulary) == 5
    assert Vocabulary.build([("c", "b", "a"), ("a", "a", "b")]) == vocabulary


def test_unknown_words_are_1_and_nothing_is_padding(vocabulary: Vocabulary) -> None:
    numbers = vocabulary.encode(("a", "never heard", "c", "x" * 100_000))
    assert numbers.dtype == np.int64
    assert numbers.tolist() == [2, 1, 4, 1]


def test_an_empty_transcript_is_one_unknown_word(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode(tokenize("")).tolist() == [1]
    assert Vocabulary.build([]).encode(("a",)).tolist() == [1]


def test_long_transcripts_are_cut(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.encode(["a"] * 500)) == 128
    short = Vocabulary.build([("a",)], max_tokens=3)
    assert short.encode(["a"] * 5).tolist() == [2, 2, 2]


def test_json_round_trip(vocabulary: Vocabulary) -> None:
    assert Vocabulary.from_dict(json.loads(json.dumps(vocabulary.to_dict()))) == vocabulary


def test_bad_values_are_refused() -> None:
    with pytest.raises(FeatureError, match="'a' is there twice"):
        Vocabulary(words=("a", "b", "a"))
    with pytest.raises(FeatureError, match="at least 1, but got 0"):
        Vocabulary(words=(), max_tokens=0)
    with pytest.raises(FeatureError, match="list of words"):
        Vocabulary.from_dict({"words": [1], "max_tokens": 5})
    with pytest.raises(FeatureError, match="max_tokens, a number, but got None"):
        Vocabulary.from_dict({"words": []})
