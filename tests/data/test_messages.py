"""Messages of one kind as one, with their number and some names."""

from skelgraph.data import group_pairs, split_message
from skelgraph.data.messages import describe_reasons, group_messages


def test_a_name_is_found_at_the_beginning_or_in_quotes() -> None:
    names = ["a", "a.bvh", "b c"]
    assert split_message("a.bvh, line 3: no number", names) == ("a.bvh", "line 3: no number")
    assert split_message("sequence 'b c': short", names) == ("b c", "short")
    assert split_message("nothing of these", names) == ("", "nothing of these")


def test_numbers_and_names_make_no_kind() -> None:
    pairs = [
        ("a", "missing in all 69"),
        ("b", "missing in all 7.5"),
        ("c", "c is short"),
        ("d", "d is short"),
        ("e", "missing in all"),
    ]
    first, second, third = group_pairs(pairs)
    assert (first.text, first.names) == ("missing in all 69", ("a", "b"))
    assert second.describe("clips") == "2 clips (c, d): c is short"
    assert third.describe() == "e: missing in all"


def test_many_messages_are_one_line() -> None:
    names = [f"{number}.trc" for number in range(9)]
    messages = [f"{name}: expected 10 frames, but 9 are there" for name in names]
    assert group_messages([*messages, "2 files are odd"], names) == [
        "9 files (0.trc, 1.trc, 2.trc and 6 more): expected 10 frames, but 9 are there",
        "2 files are odd",
    ]
    assert describe_reasons({"a": "x", "b": "y"}) == ["left out: a: x", "left out: b: y"]
