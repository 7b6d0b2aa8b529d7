"""The protocols of NTU RGB+D by the names of clips."""

import numpy as np
import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import find_leaks, inspect_split, make_split
from skelgraph.evaluation.ntu_protocols import divide_ntu_clips


def name(setup: int = 1, camera: int = 1, subject: int = 1, action: int = 1) -> str:
    return f"S{setup:03}C{camera:03}P{subject:03}R001A{action:03}"


def list_trained(kind: str, names: list[str]) -> list[int]:
    parts, _ = divide_ntu_clips(kind, names)
    return [number for number, part in enumerate(parts) if part == "train"]


def test_training_subjects_of_60_and_of_120() -> None:
    names = [name(subject=subject) for subject in range(1, 41)]
    trained = [number + 1 for number in list_trained("xsub", names)]
    assert trained == [
        *(1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38),
    ]
    names = [name(subject=subject, action=120) for subject in range(1, 107)]
    assert len(list_trained("xsub", names)) == 53
    assert divide_ntu_clips("xsub", names)[1].endswith("of NTU RGB+D 120")


def test_cameras_and_setups() -> None:
    names = [name(setup=setup, camera=camera) for setup in (1, 2) for camera in (1, 2, 3)]
    assert list_trained("xview", names) == [1, 2, 4, 5]
    assert list_trained("xset", names) == [3, 4, 5]


def test_other_names_are_an_error() -> None:
    with pytest.raises(SplitError, match=r"'xset' needs names as .* but 1 of 2 .* is 'walk'"):
        divide_ntu_clips("xset", [name(), "walk"])


@pytest.fixture
def views() -> dict[str, list[str]]:
    names = [
        name(camera=camera, subject=subject, action=action)
        for subject in (1, 2, 3, 4)
        for action in (1, 2)
        for camera in (1, 2, 3)
    ]
    return {
        "names": names,
        "labels": [one[-3:] for one in names],
        "subjects": [one[8:12] for one in names],
        "recordings": [one[:4] + one[8:] for one in names],
    }


def test_views_of_one_take_are_told_and_not_refused(views: dict[str, list[str]]) -> None:
    split = make_split("xview", **views)
    assert split.kind == "xview"
    assert [views["names"][clip][5:8] for clip in split.test] == ["001"] * 8
    facts = {key: views[key] for key in ("subjects", "recordings", "names")}
    inspection = inspect_split(split, **facts)
    assert any("recordings are in the test part" in leak for leak in inspection.leaks)
    assert inspection.refused == ()


def test_nobody_is_on_both_sides_of_xsub(views: dict[str, list[str]]) -> None:
    split = make_split("xsub", **views)
    assert {views["subjects"][clip] for clip in split.test} == {"P003"}
    assert not np.intersect1d(split.train, split.val).size
    leaks = find_leaks(split, subjects=views["subjects"], recordings=views["recordings"])
    assert leaks == []
