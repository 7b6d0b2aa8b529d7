"""Frames that arrive one at a time as JSON."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io import PoseFrame, PoseLineParser
from skelgraph.layouts import COCO17, OPENPOSE25, UPPER10

BODY = [[float(joint), 2.0 * joint, 1.0 + joint % 2] for joint in range(10)]
HEADER = {"layout": "upper10", "unit": "m", "up": "+z", "fps": 25}


def parse(*lines: Any, parser: PoseLineParser | None = None) -> tuple[PoseLineParser, PoseFrame]:
    """Parse lines that end with a frame."""
    parser = parser or PoseLineParser()
    frame = None
    for number, line in enumerate(lines, start=1):
        frame = parser.parse(json.loads(json.dumps(line)), f"line {number}")
    assert frame is not None
    return parser, frame


def test_a_header_tells_the_format_of_all_frames() -> None:
    persons = [{"id": 7, "joints": BODY, "confidence": [1.0] * 9 + [0.0]}, {"joints": BODY}]
    parser, frame = parse(HEADER, {"time": 0.25, "persons": persons})
    assert parser.format is not None
    assert parser.format.layout is UPPER10
    assert (parser.format.unit, parser.format.up, parser.format.fps) == ("m", "+z", 25)
    assert parser.format.num_dimensions == 3
    assert frame.time_s == 0.25
    first, second = frame.persons
    assert (first.identity, second.identity) == ("7", None)
    np.testing.assert_array_equal(second.positions, BODY)
    assert second.confidence is None
    np.testing.assert_array_equal(first.positions[:9], BODY[:9])
    assert np.isnan(first.positions[9]).all()
    assert first.confidence is not None
    assert first.confidence.tolist() == [1.0] * 9 + [0.0]


@pytest.mark.parametrize(
    "line",
    [
        {"joints": BODY},
        {"people": {"ann": BODY}},
        {"persons": [BODY]},
        {"bodies": [{"keypoints": BODY, "person_id": "ann"}]},
        {"persons": [{"positions": dict(zip(UPPER10.joints, BODY, strict=True))}]},
    ],
)
def test_what_is_natural_is_accepted(line: dict[str, Any]) -> None:
    _, frame = parse(HEADER, line)
    (person,) = frame.persons
    np.testing.assert_array_equal(person.positions, BODY)
    assert frame.time_s is None
    assert person.identity in (None, "ann")


def test_joints_with_names_tell_the_layout_and_may_be_left_out_later() -> None:
    named = {name: [float(n), 10.0 * n + 300] for n, name in enumerate(COCO17.joints)}
    parser, _ = parse({"unit": "px"}, {"joints": named, "frame": 4})
    assert parser.format is not None
    assert parser.format.layout is COCO17
    assert parser.format.up == "-y"
    some = {"left_wrist": [5.0, 6.0], "a_hat": [1.0, 1.0], "nose": [7.0, 8.0]}
    _, frame = parse({"joints": some, "frame": 5}, parser=parser)
    (person,) = frame.persons
    assert frame.number == 5
    assert person.positions[COCO17.index("left_wrist")].tolist() == [5.0, 6.0]
    assert person.positions[COCO17.index("nose")].tolist() == [7.0, 8.0]
    assert np.isfinite(person.positions).sum() == 4


def test_a_header_may_name_the_joints_in_an_order_of_its_own() -> None:
    turned = list(reversed(UPPER10.joints))
    _, frame = parse({"layout": turned, "unit": "m"}, {"joints": BODY})
    np.testing.assert_array_equal(frame.persons[0].positions, BODY[::-1])


def test_a_file_of_openpose_is_a_frame() -> None:
    numbers = [[100.0 + n, 200.0 + n, 0.5] for n in range(25)]
    numbers[3] = [0, 0, 0]
    flat = [number for joint in numbers for number in joint]
    people = [{"person_id": [-1], "pose_keypoints_2d": flat}]
    parser, frame = parse({"version": 1.3, "people": people})
    assert parser.format is not None
    assert parser.format.layout is OPENPOSE25
    assert parser.format.unit == "px"
    (person,) = frame.persons
    assert person.identity is None
    assert person.positions[4].tolist() == [104.0, 204.0]
    assert np.isnan(person.positions[3]).all()
    assert person.confidence is not None
    assert person.confidence[[2, 3]].tolist() == [0.5, 0.0]
    _, empty = parse({"people": []}, parser=parser)
    assert empty.persons == ()


def test_a_third_number_in_an_image_is_the_confidence() -> None:
    joints = [[1.0 + n, 2.0, 0.25] for n in range(17)]
    joints[1] = None  # type: ignore[call-overload]
    _, frame = parse({"layout": "coco17", "unit": "px"}, {"joints": joints})
    (person,) = frame.persons
    assert person.positions.shape == (17, 2)
    assert person.confidence is not None
    assert person.confidence[:3].tolist() == [0.25, 0.0, 0.25]


def test_a_person_without_joints_is_nobody() -> None:
    _, frame = parse(HEADER, {"persons": [{"joints": [None] * 10}, {"joints": BODY}]})
    assert len(frame.persons) == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ([1, 2], "expected an object, but got a list of 2"),
        ({"hello": 1}, "expected a frame with 'persons' or 'joints'"),
        ({"joints": BODY[:9]}, "expected 10 joints for layout 'upper10', but got 9"),
        ({"joints": [[1, 2]] * 10}, "expected 3 numbers for each joint as before, but got 2"),
        ({"joints": [[1, 2, "x"]] * 10}, 'expected a number, but got "x"'),
        ({"joints": [[1e10, 1, 1]] * 10}, "a joint lies 1e+10 from the origin, which is damage"),
        ({"joints": 3}, "expected a list, but got 3"),
        ({"joints": BODY, "time": "now"}, "expected a number in 'time'"),
        ({"joints": BODY, "confidence": [1]}, "expected 10 confidences"),
        ({"persons": [{"id": 1, "joints": BODY}] * 2}, "expected persons of different ids"),
        ({"persons": [{"id": [], "joints": BODY}]}, "expected a name or a number as id"),
        ({"layout": "coco17", "joints": BODY}, "expected layout as before"),
        ({"joints": {"fin": [1, 2, 3]}}, "expected joints of layout 'upper10', but got fin"),
    ],
)
def test_a_malformed_frame_is_told_from_the_rest(line: Any, error: str) -> None:
    parser, _ = parse(HEADER, {"joints": BODY})
    with pytest.raises(FormatError, match=r"^line 3.*") as caught:
        parser.parse(line, "line 3")
    assert error in str(caught.value)
    assert parser.parse({"joints": BODY}, "line 4") is not None


def test_a_layout_that_is_not_known_is_named() -> None:
    with pytest.raises(LayoutError, match=r"no layout 'upper11'; .* did you mean 'upper10'"):
        PoseLineParser().parse({"layout": "upper11"}, "line 1")
    with pytest.raises(FormatError, match="expected one of m, cm, mm, px, unknown in 'unit'"):
        PoseLineParser().parse({"unit": "inch"}, "line 1")
    with pytest.raises(FormatError, match="expected a positive frame rate"):
        PoseLineParser().parse({"fps": 0}, "line 1")


def test_what_is_passed_stands_before_what_the_stream_tells() -> None:
    parser = PoseLineParser(layout=UPPER10, unit="cm", fps=10)
    parse({"layout": "coco17", "unit": "m", "fps": 25}, {"joints": BODY}, parser=parser)
    assert parser.format is not None
    assert parser.format.layout is UPPER10
    assert (parser.format.unit, parser.format.fps) == ("cm", 10)


KEYS = st.sampled_from(
    [
        *("layout", "unit", "up", "fps", "dimensions", "time", "frame"),
        *("persons", "people", "joints", "pose_keypoints_2d", "id", "confidence", "nose", "x"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["upper10", "m", "+y", "", "coco17"])
)
VALUES = st.recursive(
    SCALARS | st.just(BODY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4), settled=st.booleans())
def test_whatever_comes_is_a_frame_or_an_error_of_ours(lines: list[Any], settled: bool) -> None:
    parser = PoseLineParser()
    if settled:
        parse(HEADER, {"joints": BODY}, parser=parser)
    for number, line in enumerate(lines):
        try:
            frame = parser.parse(line, f"line {number}")
        except (FormatError, LayoutError):
            continue
        assert frame is None or isinstance(frame, PoseFrame)
        for person in frame.persons if frame is not None else ():
            assert parser.format is not None
            assert person.positions.shape == (
                parser.format.layout.num_joints,
                parser.format.num_dimensions,
            )
            assert not (np.abs(person.positions) > 1e9).any()
