from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io.json_text import expect_integer, parse_json, stack_numbers

PATH = Path("clip.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": [1, 2', r"clip\.json, line 1: expected JSON, but .*cut off"),
        ("[" * 100_000, r"clip\.json: expected JSON, but got maximum recursion"),
        ("[" + "9" * 5000 + "]", r"clip\.json: expected JSON, but got Exceeds the limit"),
        ("nothing", r"line 1: expected JSON, but Expecting value"),
    ],
)
def test_what_is_no_json_is_an_error(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_json(text, PATH)


def place(row: int) -> str:
    return f"clip.json, entry {row}"


def test_numbers_are_stacked_and_null_is_missing() -> None:
    table = stack_numbers([[1, None, 3.5], [float("nan"), float("inf"), 2]], place)
    np.testing.assert_array_equal(table, [[1, np.nan, 3.5], [np.nan, np.nan, 2]])
    assert stack_numbers([[[1, 2]], [[3, 4]]], place, depth=2).shape == (2, 1, 2)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 2], [1, 2, 3]], "entry 1: expected 2 numbers as before, but got 3 numbers"),
        ([[1, 2], 7], "entry 1: expected a list, but got 7"),
        ([[1, 2], {"x": 1}], "entry 1: expected a list, but got an object with the keys 'x'"),
        ([[1, 2], [1, "many"]], 'entry 1: expected a number, but got "many"'),
        ([[1, 2], [1, [2]]], "entry 1: expected a number, but got a list of 1"),
        ([[1, 2], [1, {}]], "entry 1: expected a number, but got an empty object"),
        ([[1, 10**400]], "entry 0: expected a number, but got 1000"),
        ([1, 2], "entry 0: expected a list, but got 1"),
    ],
)
def test_what_are_no_numbers_is_named(rows: list[object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        stack_numbers(rows, place)


def test_texts_among_numbers_take_no_memory_out_of_proportion() -> None:
    with pytest.raises(FormatError, match=r"entry 0: expected a number, but got \"aaa"):
        stack_numbers([["a" * 10_000_000, *[1.0] * 10_000]], place)


@pytest.mark.parametrize("value", ["7", 7.5, None, True, [7], float("nan"), float("inf"), 10**40])
def test_what_is_no_whole_number_is_named(value: object) -> None:
    with pytest.raises(FormatError, match="here: expected a whole number, but got"):
        expect_integer(value, "here")
    assert expect_integer(7.0, "here") == 7
