from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io.table_columns import find_columns, has_joints

PATH = Path("table.csv")


@pytest.mark.parametrize(
    "spelling",
    [
        "{j}_{a}", "{j}.{a}", "{j}-{a}", "{j}:{a}", "{j} {A}", "{j}{A}", "{j}{a}", "{j}[{a}]",
        "{j} ({A})", "{A}:{j}", "{a}_{j}", "{a}{j}", "{j}.pos{A}", "{j}_position_{a}", "{j}Pos{A}",
        "{j}.Position.{A}", "{j}_{a} (mm)", "{j}_{a} [m]", "{j}_{a}_mm",
    ],
)  # fmt: skip
def test_a_joint_in_every_spelling(spelling: str) -> None:
    names = ["frame", "index", *(spelling.format(j=j, a=a, A=a.upper())
             for j in ("HipCenter", "Head") for a in "xyz")]  # fmt: skip
    columns = find_columns(names, PATH)
    assert columns.coordinates == {"HipCenter": (2, 3, 4), "Head": (5, 6, 7)}
    assert columns.frame is not None
    assert columns.frame.number == 0
    unit = {"(mm)": "mm", "[m]": "m", "mm": "mm"}
    assert columns.unit == unit.get(spelling.replace("_", " ").split()[-1])


@pytest.mark.parametrize(
    "word", ["confidence", "likelihood", "score", "visibility", "c", "Likelihood", "prob"]
)
def test_the_usual_words_for_a_confidence(word: str) -> None:
    columns = find_columns(["nose_x", "nose_y", f"nose_{word}"], PATH)
    assert (columns.coordinates, columns.confidences) == ({"nose": (0, 1)}, {"nose": 2})


def test_the_better_of_two_confidences() -> None:
    columns = find_columns(["a_x", "a_y", "a_visibility", "a_score", "a_error"], PATH)
    assert columns.confidences == {"a": 3}


def test_rotations_and_velocities_are_no_joints() -> None:
    names = [f"Hand.{kind}{axis}" for kind in ("pos", "rot", "vel") for axis in "XYZ"]
    assert find_columns(names, PATH).coordinates == {"Hand": (0, 1, 2)}


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("time", 1), ("Time (s)", 1), ("Time [ms]", 1e-3), ("Time (Seconds)", 1), ("ms", 1e-3),
        ("Timestamp", 1e-3), ("timestamp_us", 1e-6), ("elapsed_time", 1), ("time_ms", 1e-3),
    ],
)  # fmt: skip
def test_times(name: str, seconds: float) -> None:
    time = find_columns(["Head_x", name, "Head_y"], PATH).time
    assert time is not None
    assert (time.number, time.seconds) == (1, seconds)


def test_names_that_end_in_an_axis_by_chance() -> None:
    assert not has_joints(["index", "sex", "max", "day", "frequency"])
    with pytest.raises(FormatError, match="expected columns such as Head_x"):
        find_columns(["index", "sex", "day"], PATH)


def test_a_joint_without_one_of_its_axes() -> None:
    with pytest.raises(FormatError, match=r"'b' has x, z and 'a' has x, y, z"):
        find_columns(["a_x", "a_y", "a_z", "b_x", "b_z"], PATH)


@pytest.mark.parametrize(
    ("position", "other"),
    [
        *[("{}_{}", "{}_q{}"), ("{}_{}", "{}_r{}"), ("{}_{}", "{}_v{}"), ("{}.{}", "{}.r{}")],
        *[("{}{}", "{}V{}"), ("{}_T{}", "{}_R{}"), ("{}_p{}", "{}_q{}"), ("{}T{}", "{}R{}")],
        *[("{}_{}", "{}_q_{}"), ("{}_{}", "{}_foo{}")],
    ],
)
def test_a_letter_before_the_axis_tells_rotations_and_velocities(position, other) -> None:
    axes = "XYZ" if other in ("{}V{}", "{}R{}") else "xyz"
    names = [
        form.format(joint, axis)
        for joint in ("Hips", "Head")
        for form in (position, other)
        for axis in axes
    ]
    columns = find_columns([*names, "Hips_qw"], Path("t.csv"))
    assert columns.coordinates == {"Hips": (0, 1, 2), "Head": (6, 7, 8)}


def test_a_letter_of_the_side_is_no_rotation() -> None:
    names = [f"{joint}{axis}" for joint in ("Hand_R", "Hand_L", "Head") for axis in "xyz"]
    assert list(find_columns(names, Path("t.csv")).coordinates) == ["Hand_R", "Hand_L", "Head"]


def test_rotations_alone_are_no_joints() -> None:
    assert not has_joints(["Hips_qx", "Hips_qy", "Hips_qz", "Hips_qw"])
