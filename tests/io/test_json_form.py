import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_json_form, read_sequence, write_json
from skelgraph.layouts import UPPER10, JointLayout

FORM = """{"skelgraph": 1, "name": "walk", "label": "joy", "subject": null, "fps": 29.97,
 "unit": "cm", "up": "+z",
 "layout": {"name": "arm", "joints": ["shoulder", "elbow"], "bones": [[1, 0]], "center": 0},
 "dimensions": 3, "positions": [[[1, 2.5, 3], null], [[-4e2, 5, 6], [7, 8, 9]]],
 "confidence": [[0.5, 0], [1, 1]]}
"""


@pytest.fixture
def write(tmp_path: Path):
    def dump(text: str) -> Path:
        path = tmp_path / "clip.json"
        path.write_text(text)
        return path

    return dump


def test_exact_positions(write) -> None:
    path = write(FORM)
    assert detect_format(path) == "json"
    sequence = read_sequence(path)
    np.testing.assert_array_equal(
        sequence.positions, [[[1, 2.5, 3], [np.nan] * 3], [[-400, 5, 6], [7, 8, 9]]]
    )
    assert sequence.confidence.tolist() == [[0.5, 0], [1, 1]]
    assert sequence.layout.bones == ((1, 0),)
    assert (sequence.fps, sequence.unit, sequence.up) == (29.97, "cm", "+z")
    assert (sequence.name, sequence.label, sequence.subject) == ("walk", "joy", None)


def test_the_joints_wanted_are_picked(write) -> None:
    elbow = JointLayout.from_parents("one", {"elbow": None})
    sequence = read_json_form(write(FORM.replace('"fps": 29.97,', "")), layout=elbow, fps=10)
    np.testing.assert_array_equal(sequence.positions[1], [[7, 8, 9]])
    assert (sequence.fps, sequence.confidence.tolist()) == (10, [[0], [1]])
    with pytest.raises(FormatError, match=r"clip\.json: expected the joints of layout 'upper10'"):
        read_json_form(write(FORM), layout=UPPER10)


def change(key: str, value: Any) -> str:
    return json.dumps(json.loads(FORM) | {key: value})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FORM[:-9], "expected JSON"),
        ("", "the file is empty"),
        ("[]", "expected an object with the key 'skelgraph'"),
        (change("skelgraph", 2), "expected form 1 of skelgraph's JSON, but got 2"),
        (change("layout", None), "expected the fields of a layout, but got NoneType"),
        (change("layout", {"joints": ["a"]}), "with a name and the names of its joints"),
        (change("layout", {"name": "a", "joints": ["a"], "bones": [3]}), "expected pairs of joint"),
        (change("layout", {"name": "a", "joints": ["a", "b"], "bones": [[1, "0"]]}), "whole numb"),
        (change("layout", {"name": "a", "joints": ["a", "b"], "bones": []}), "expected 1 bones"),
        (change("layout", {"name": "a", "joints": ["a"] * 2000, "bones": []}), "fewer than"),
        (change("dimensions", 4), "expected 2 or 3 in 'dimensions', but got 4"),
        (change("dimensions", None), "expected 2 or 3 in 'dimensions', but got null"),
        (change("dimensions", 2), "frame 0: expected lists of one length"),
        (change("positions", []), "expected frames in 'positions', but got none"),
        (change("positions", [[1]]), "frame 0|expected positions"),
        (change("positions", [[["x", 1, 1], None]]), "frame 0.*expected a number, but got"),
        (change("positions", [[[1, 1, 1], None], [None]]), "frame 1: expected 2 x 3"),
        (change("positions", [[[1e300, 1, 1], None], [None, None]]), "farther away"),
        (change("confidence", []), r"expected confidence \(2, 2\) or null"),
        (change("confidence", [[1]]), r"expected confidence \(2, 2\), but got \(1, 1\)"),
        (change("confidence", [[1, -1], [1, 1]]), "finite confidences of 0 or more"),
        (change("fps", None), "expected the frame rate in 'fps'"),
        (change("start_s", "2"), "expected a number in 'start_s', but got"),
        (change("numbering_hz", -1), "a positive rate of frame numbers, but got 0.0 and -1.0"),
        (change("fps", 0), "expected a positive frame rate"),
        (change("unit", "miles"), "expected a unit of"),
        (change("label", 3), "expected text in 'label', but got int"),
    ],
)
def test_malformed_files(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"clip\.json.*({message})"):
        read_json_form(write(text))


def test_the_marker_comes_first(tmp_path: Path, write) -> None:
    """So that the form is known from the file's beginning."""
    write_json(tmp_path / "back.json", read_sequence(write(FORM)))
    text = (tmp_path / "back.json").read_text()
    assert text.startswith('{"skelgraph": 1, ')
    assert "NaN" not in text
    assert '"positions": [[[1.0, 2.5, 3.0], null], ' in text
