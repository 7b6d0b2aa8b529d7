from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io.frame_numbers import place_names, place_numbers

PATH = Path("clip.json")


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["0.jpg", "2.jpg", "10.jpg"], [0, 2, 10]),  # of a video, and counted from 0
        (["3.jpg", "5.jpg"], [3, 5]),
        (["a/im_0009.png", "a/im_0011.png", "a/im_0010.png"], [0, 2, 1]),
        (["im9.png", "im10.png", "im12.png", "im9.png"], [0, 1, 3, 0]),
        (["f_0005", "f_0010", "f_0025"], [0, 1, 4]),  # every fifth frame
        (["take2_000000000007_rendered", "take2_000000000009_rendered"], [0, 2]),
        (["b_2.jpg", "a_10.jpg", "a_9.jpg"], [2, 1, 0]),  # of several series: sorted
        (["first.jpg", "second.jpg"], [0, 1]),
        (["a_1.jpg", "a_01.jpg"], [1, 0]),  # one number under two names
        ([r"C:\video\7.jpg"], [7]),
        (["clip.v2.0003.png", "clip.v2.0004.png"], [0, 1]),
        (["12345678901234567890.png", "12345678901234567892.png"], [0, 2]),
    ],
)
def test_names_tell_frames(names: list[str], frames: list[int]) -> None:
    assert place_names(names, PATH).tolist() == frames


def test_numbers_tell_frames() -> None:
    assert place_numbers([7], PATH).tolist() == [0]
    assert place_numbers([1, 3], PATH).tolist() == [0, 2]
    assert place_numbers([1, 3, 5], PATH).tolist() == [0, 1, 2]
    assert place_numbers([-3, -2, 0], PATH).tolist() == [0, 1, 3]


def test_numbers_that_would_leave_out_nearly_all_frames_are_an_error() -> None:
    with pytest.raises(FormatError, match=r"clip\.json: .* are 1 to 900000000 for 2 frames"):
        place_numbers([1, 900_000_000], PATH)
    with pytest.raises(FormatError, match="most are missing; cut the recording"):
        place_names(["0.jpg", "99999999.jpg"], PATH)
    assert place_names(["19999.jpg"], PATH).tolist() == [19999]
