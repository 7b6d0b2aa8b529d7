import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import (
    CATALOGUE,
    UPPER10,
    JointLayout,
    get_layout,
    is_layout_file,
    read_layout,
    to_toml,
    write_layout,
)

JOINTS = 'joints = ["hip", "chest", "left_hand", "right_hand"]\n'


def write(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)
@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_layout_comes_back_from_its_file(
    layout: JointLayout, suffix: str, tmp_path: Path
) -> None:
    file = tmp_path / f"any{suffix}"
    write_layout(file, layout)
    again = read_layout(file)
    assert set(again.bones) == set(layout.bones)
    assert again == replace(layout, bones=again.bones)


def test_strange_names_come_back_too() -> None:
    names = ('a "quoted" one', "back\\slash", "line\nbreak", "ünï", "del\x7f", "dotted.name")
    parents = dict(zip(names, [None, *names[:-1]], strict=True))
    layout = JointLayout.from_parents('my "layout"', parents)
    assert '"dotted.name" = "del\\u007f"' in to_toml(layout)
    fields = tomllib.loads(to_toml(layout))
    assert tuple(fields["joints"]) == names
    assert fields["bones"] == {child: parent for child, parent in parents.items() if parent}


def test_parents_pairs_and_numbers_say_the_same(tmp_path: Path) -> None:
    table = write(
        tmp_path, JOINTS + '[bones]\nchest = "hip"\nleft_hand = "chest"\nright_hand = "chest"\n'
    )
    pairs = JOINTS + 'bones = [["chest", "hip"], ["left_hand", "chest"], ["right_hand", "chest"]]\n'
    undirected = JOINTS + 'center = "hip"\nbones = [[0, 1], [1, 2], [3, 1]]\n'
    expected = JointLayout(
        name="mine",
        joints=("hip", "chest", "left_hand", "right_hand"),
        bones=((1, 0), (2, 1), (3, 1)),
        pairs=((2, 3),),
    )
    assert read_layout(table) == expected
    assert read_layout(write(tmp_path, pairs)) == expected
    assert read_layout(write(tmp_path, undirected)) == expected


def test_another_center_turns_the_bones(tmp_path: Path) -> None:
    text = JOINTS + 'center = "chest"\n[bones]\nchest = "hip"\nleft_hand = 1\nright_hand = 1\n'
    layout = read_layout(write(tmp_path, text))
    assert layout.center == 1
    assert layout.parents.tolist() == [1, 1, 1, 1]


def test_further_keys(tmp_path: Path) -> None:
    text = JOINTS + (
        'name = "puppet"\nbones = [[1, 0], [2, 1], [3, 1]]\npairs = []\n'
        'extra_edges = [["left_hand", "right_hand"]]\nadded_bones = ["chest"]\n'
    )
    layout = read_layout(write(tmp_path, text))
    assert (layout.name, layout.pairs) == ("puppet", ())
    assert (layout.extra_edges, layout.added_bones) == (((2, 3),), (1,))


def test_the_dictionary_of_a_layout_is_a_layout_file(tmp_path: Path) -> None:
    file = write(tmp_path, json.dumps(UPPER10.to_dict()), "own.json")
    assert read_layout(file) == UPPER10


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (JOINTS + "bons = []\n", "unknown key 'bons'; did you mean 'bones'?"),
        (
            JOINTS + '[bones]\nchest = "hip"\nleft_hnd = "chest"\n',
            "bones names 'left_hnd', which is none of the joints; did you mean 'left_hand'?",
        ),
        (JOINTS + "bones = [[0, 4]]\n", "expected joints from 0 to 3, but bones has 4"),
        (
            JOINTS + "center = 0\nbones = [[0, 1], [1, 2], [2, 0], [3, 0]]\n",
            "form a cycle; move one of its bones to extra_edges",
        ),
        (
            JOINTS + "center = 0\nbones = [[0, 1], [2, 3]]\n",
            "left_hand, right_hand not joined to 'hip' by bones; add bones",
        ),
        (
            JOINTS + "bones = [[1, 0]]\n",
            "one joint without a parent, but got hip, left_hand, ",
        ),
        ("bones = []\n", "expected the names of the joints: joints ="),
        ('joints = ["a", 3]\n', "expected texts as names of joints, but got 3"),
        (
            'joints = ["a", "line\\nbreak"]\n',
            r"expected texts as names of joints, but got 'line\nb",
        ),
        ('joints = ["a", "a"]\nbones = [[1, 0]]\n', "joint names must differ, but ['a'] repeat"),
        (JOINTS + 'bones = "hip"\n', "expected a list as bones, but got 'hip'"),
        (JOINTS + "bones = [[1, 2, 3]]\n", "expected pairs of joints in bones, but got [1, 2, 3]"),
        (JOINTS + "bones = [[1, true]]\n", "bones names True, which is none of the joints"),
        ("joints = [\n", "expected TOML, but it is damaged"),
        ("name = 3\n" + JOINTS, "expected a text as name, but got 3"),
        (f"joints = {[f'j{n}' for n in range(1001)]}\n", "at most 1000 joints, but got 1001"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_what_to_do(
    text: str, problem: str, tmp_path: Path
) -> None:
    file = write(tmp_path, text)
    with pytest.raises(LayoutError) as error:
        read_layout(file)
    assert str(error.value).startswith(f"{file}: ")
    assert problem in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"gone\.toml: there is no such layout file"):
        read_layout(tmp_path / "gone.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(LayoutError, match="cannot be read"):
        read_layout(tmp_path / "folder.toml")
    with pytest.raises(LayoutError, match="expected JSON, but it is damaged"):
        read_layout(write(tmp_path, JOINTS, "wrong.json"))
    with pytest.raises(LayoutError, match="expected a JSON object, but got a list"):
        read_layout(write(tmp_path, "[]", "list.json"))
    with pytest.raises(LayoutError, match=r"whose name ends in \.toml or \.json"):
        read_layout(write(tmp_path, JOINTS, "wrong.txt"))
    with pytest.raises(LayoutError, match=r"a name that ends in \.toml or \.json"):
        write_layout(tmp_path / "wrong.txt", UPPER10)


def test_a_path_serves_where_a_name_does(tmp_path: Path) -> None:
    file = tmp_path / "puppet.json"
    write_layout(file, replace(UPPER10, name="puppet"))
    assert get_layout(str(file)) == get_layout(file) == replace(UPPER10, name="puppet")
    assert is_layout_file("a.JSON")
    with pytest.raises(LayoutError, match="did you mean 'openpose18'"):
        get_layout("openpose8")


def test_a_name_of_the_catalogue_is_for_its_layout_alone(tmp_path: Path) -> None:
    file = tmp_path / "coco17.toml"
    write_layout(file, UPPER10)
    assert get_layout(file) == UPPER10
    write_layout(file, replace(UPPER10, name="coco17"))
    with pytest.raises(LayoutError, match="another layout 'coco17' in the catalogue; give this"):
        get_layout(file)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_damaged_file_is_a_layout_or_an_error_of_ours(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"any{suffix}"
    write_layout(file, UPPER10)
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    problems = []
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(len(damaged), size=rng.integers(1, 4)):
            damaged[place] = rng.integers(256) if rng.random() < 0.5 else rng.choice([*b'[]{}",=0'])
        if rng.random() < 0.2:
            del damaged[rng.integers(len(damaged)) :]
        file.write_bytes(damaged)
        try:
            assert read_layout(file).num_joints > 0
        except LayoutError as error:
            problems.append(str(error))
    assert len(problems) > 100
    assert all(problem.startswith(f"{file}: ") for problem in problems)
