from pathlib import Path

import pytest

from skelgraph.data.clip_range import ClipRange, Moment
from skelgraph.data.frame_list import is_frame_list, read_frame_list
from skelgraph.errors import DatasetError

TEXT = "s01_e01\nwalk: 252 390\nstand up: 704 752 \ncarry:  NaN NaN\n\ns01_e02\nwalk: 154 192\n"


def test_actions_of_takes() -> None:
    assert is_frame_list(TEXT)
    read = read_frame_list(Path("list.txt"), TEXT)
    assert [(one.takes, one.label, one.range) for one in read.annotations] == [
        (("s01_e01",), "walk", ClipRange(Moment(252, "f"), Moment(391, "f"))),
        (("s01_e01",), "stand up", ClipRange(Moment(704, "f"), Moment(753, "f"))),
        (("s01_e02",), "walk", ClipRange(Moment(154, "f"), Moment(193, "f"))),
    ]
    assert read.notes == ("list.txt: without frames, left out: carry of s01_e01",)


@pytest.mark.parametrize(
    "text", ["", "walk: 1 2\n", "a\nb\n", "file,label\na.npz,joy\n", "1 2\n3 4\n"]
)
def test_what_is_no_list(text: str) -> None:
    assert not is_frame_list(text)


@pytest.mark.parametrize(
    "text", ["a\nwalk: 1 2\nrun: 1\n", "walk: 1 2\n", "a\nwalk: 1 2\nrun: -1 2\n"]
)
def test_damaged_lists(text: str) -> None:
    with pytest.raises(DatasetError, match=r"list\.txt, line \d: expected an action of a take"):
        read_frame_list(Path("list.txt"), text)
