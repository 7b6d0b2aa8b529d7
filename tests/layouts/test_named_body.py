"""Bodies put together from names: the bones of known bodies, marker sets, and what is no body."""

import numpy as np
import pytest

from skelgraph.layouts import (
    CATALOGUE,
    UPPER10,
    JointLayout,
    build_named_body,
    gather_points,
    plan_conversion,
)

SPORTS2D_LINES = (
    "RHip RKnee RAnkle RBigToe RSmallToe RHeel LHip LKnee LAnkle LBigToe LSmallToe LHeel",
    "Neck Head Nose RShoulder RElbow RWrist LShoulder LElbow LWrist",
)
PLUG_IN_GAIT_LINES = (
    "LFHD RFHD LBHD RBHD C7 T10 CLAV STRN RBAK LSHO LUPA LELB LFRM LWRA LWRB LFIN RSHO RUPA RELB",
    "RFRM RWRA RWRB RFIN LASI RASI LPSI RPSI LTHI LKNE LTIB LANK LHEE LTOE RTHI RKNE RTIB RANK",
    "RHEE RTOE",
)
SPORTS2D, PLUG_IN_GAIT = (
    [name for line in lines for name in line.split()]
    for lines in (SPORTS2D_LINES, PLUG_IN_GAIT_LINES)
)


def name_bones(layout: JointLayout) -> dict[str, str]:
    return {layout.joints[child]: layout.joints[parent] for child, parent in layout.bones}


@pytest.mark.parametrize(
    "name", ["upper10", "ntu25-pyskl", "kinect20", "smpl24", "xsens23", "mpi23"]
)
def test_names_give_the_bones_of_the_catalogue(name: str) -> None:
    known = CATALOGUE[name]
    body = build_named_body(known.joints)
    assert body is not None
    assert {frozenset(bone) for bone in body.bones} == {frozenset(bone) for bone in known.bones}
    assert (body.pairs, body.added_bones) == (known.pairs, ())


def test_the_bones_of_a_marker_file_of_halpe26() -> None:
    body = build_named_body(SPORTS2D)
    assert body is not None
    assert body.joints == tuple(SPORTS2D)
    assert body.added_bones == ()
    bones = name_bones(body)
    assert bones["RHip"] == bones["Head"] == bones["LShoulder"] == "Neck"
    assert bones["RBigToe"] == bones["RSmallToe"] == bones["RHeel"] == "RAnkle"
    assert plan_conversion(body, UPPER10).missing == ()


def test_all_limbs_are_a_body_among_any_number_of_other_points() -> None:
    others = [f"Q{number}" for number in range(60)]
    body = build_named_body([*others, *PLUG_IN_GAIT])
    assert body is not None
    assert sorted(body.added_bones) == list(range(60))
    without_ankle = [name for name in PLUG_IN_GAIT if name != "RANK"]
    assert build_named_body([*others, *without_ankle]) is None


def test_plug_in_gait_converts_to_the_upper_body() -> None:
    body = build_named_body(PLUG_IN_GAIT)
    assert body is not None
    assert body.added_bones == ()
    bones = name_bones(body)
    assert (bones["LELB"], bones["LANK"], bones["LTOE"]) == ("LUPA", "LTIB", "LANK")
    conversion = plan_conversion(body, UPPER10)
    assert conversion.missing == ()
    assert conversion.made_up["left_wrist"] == "0.5 LWRA + 0.5 LWRB"
    assert conversion.made_up["spinebase"] == "0.25 LASI + 0.25 RASI + 0.25 LPSI + 0.25 RPSI"
    assert conversion.taken["right_shoulder"] == "RSHO"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("names", [SPORTS2D, PLUG_IN_GAIT, list(CATALOGUE["smpl24"].joints)])
def test_the_order_of_the_names_does_not_matter(names: list[str], seed: int) -> None:
    shuffled = [str(name) for name in np.random.default_rng(seed).permutation(names)]
    first, second = build_named_body(names), build_named_body(shuffled)
    assert first is not None
    assert second is not None
    assert name_bones(first) == name_bones(second)
    assert first.joints[first.center] == second.joints[second.center]


@pytest.mark.parametrize(
    "spell",
    [
        lambda side, part: f"{side[0].upper()}{part.capitalize()}",
        lambda side, part: f"{part}_{side}",
        lambda side, part: f"{side[0]}{part}",
        lambda side, part: f"Anna:{side}_{part}",
        lambda side, part: f"{part.upper()} {side[0].upper()}",
    ],
)
def test_spellings_of_a_side(spell) -> None:
    parts = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    body = build_named_body([spell(side, part) for side in ("left", "right") for part in parts])
    assert body is not None
    assert len(body.pairs) == 6
    assert {tuple(sorted(bone)) for bone in body.bones} >= {(0, 1), (1, 2), (3, 4), (4, 5), (0, 3)}
    assert body.added_bones == ()


def test_joints_of_other_names_hang_on_the_center_by_added_bones() -> None:
    body = build_named_body([*SPORTS2D, "Racket"])
    assert body is not None
    assert name_bones(body)["Racket"] == "Neck"
    assert [body.joints[joint] for joint in body.added_bones] == ["Racket"]
    assert not body.is_loose


@pytest.mark.parametrize(
    "names",
    [
        ["tl", "tr", "bl", "br", "nose", "neck", "earl", "earr", "bodycentre", "hipl", "hipr"],
        ["boite:gauche", "boite:droite"],
        ["LeftShoulder", "RightShoulder", "Head"],
        [*("l_shoulder", "r_shoulder", "l_elbow", "r_elbow"), *(f"cone{n}" for n in range(9))],
        [],
    ],
)
def test_other_names_are_no_body(names: list[str]) -> None:
    assert build_named_body(names) is None


def test_points_of_no_body_hang_on_the_first() -> None:
    points = gather_points(["tip", "left_end", "right_end"])
    assert points.is_loose
    assert points.pairs == ((1, 2),)
    assert name_bones(points) == {"left_end": "tip", "right_end": "tip"}
    assert points.name != gather_points(["tip", "left_end", "end"]).name
