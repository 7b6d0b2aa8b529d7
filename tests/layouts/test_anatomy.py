import pytest

from skelgraph.layouts import (
    CATALOGUE,
    MPI23,
    NTU25,
    OPENPOSE18,
    UPPER10,
    XSENS23,
    JointLayout,
    describe_joint,
    find_pairs,
    find_parts,
    is_pelvis,
)
from skelgraph.layouts.anatomy import find_named_parts

SIDED = ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
SCHEMES = {
    "mixamo": (
        ["mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"],
        "mixamorig:Head",
        ("mixamorig:Left{}", "mixamorig:Right{}"),
        ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot"),
    ),
    "suffix": (
        ["joint_Root", "Hips", "Spine", "Chest"],
        "Head",
        ("{}_L", "{}_R"),
        ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot"),
    ),
    "poser": (
        ["hip", "abdomen", "chest"],
        "head",
        ("l{}", "r{}"),
        ("Collar", "Shldr", "ForeArm", "Hand", "Thigh", "Shin", "Foot"),
    ),
    "kinect": (
        ["SpineBase", "SpineMid", "SpineShoulder"],
        "Head",
        ("{}Left", "{}Right"),
        (None, "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle"),
    ),
    "xsens": (
        ["Pelvis", "L5", "L3", "T12", "T8"],
        "Head",
        ("Left {}", "Right {}"),
        ("Shoulder", "Upper Arm", "Forearm", "Hand", "Upper Leg", "Lower Leg", "Foot"),
    ),
    "biped": (
        ["Bip01", "Bip01 Pelvis", "Bip01 Spine", "Bip01 Neck"],
        "Bip01 Head",
        ("Bip01 L {}", "Bip01 R {}"),
        ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot"),
    ),
    "unreal": (
        ["pelvis", "spine_01", "spine_02", "spine_03"],
        "head",
        ("{}_l", "{}_r"),
        ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot"),
    ),
    "capitals": (
        ["PELVIS", "SPINE"],
        "HEAD",
        ("LEFT_{}", "RIGHT_{}"),
        (None, "SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE"),
    ),
}


def make_layout(scheme: str) -> JointLayout:
    trunk, head, sides, words = SCHEMES[scheme]
    parents: dict[str, str | None] = dict(zip(trunk, [None, *trunk[:-1]], strict=True))
    parents[head] = trunk[-1]
    for side in sides:
        for limb, start in ((words[:4], trunk[-1]), (words[4:], trunk[0])):
            parent = start
            for word in filter(None, limb):
                parents[side.format(word)] = parent
                parent = side.format(word)
    return JointLayout.from_parents(scheme, parents, pairs=find_pairs(list(parents)))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_limbs_are_found_under_any_naming(scheme: str) -> None:
    _, head, sides, words = SCHEMES[scheme]
    layout = make_layout(scheme)
    parts = {part: layout.joints[joint] for part, joint in find_parts(layout).items()}
    for side, form in zip(("left", "right"), sides, strict=True):
        for part, word in zip(SIDED, words, strict=True):
            assert parts.get(f"{side}_{part}") == (form.format(word) if word else None)
    assert parts["head"] == head
    assert len(layout.pairs) == sum(word is not None for word in words)


@pytest.mark.parametrize(
    ("scheme", "pelvis", "spine", "thorax"),
    [
        ("mixamo", "mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine2"),
        ("suffix", "Hips", "Spine", "Chest"),
        ("poser", "hip", "abdomen", "chest"),
        ("kinect", "SpineBase", "SpineMid", "SpineShoulder"),
        ("xsens", "Pelvis", "L3", "T8"),
        ("biped", "Bip01 Pelvis", "Bip01 Spine", "Bip01 Neck"),
        ("unreal", "pelvis", "spine_01", "spine_03"),
        ("capitals", "PELVIS", None, "SPINE"),
    ],
)
def test_the_trunk_is_found_under_any_naming(
    scheme: str, pelvis: str, spine: str | None, thorax: str
) -> None:
    layout = make_layout(scheme)
    parts = {part: layout.joints[joint] for part, joint in find_parts(layout).items()}
    assert (parts["pelvis"], parts.get("spine"), parts["thorax"]) == (pelvis, spine, thorax)


def test_a_shoulder_is_the_collar_only_where_there_is_an_upper_arm() -> None:
    parts = find_parts(MPI23)
    assert MPI23.joints[parts["left_shoulder"]] == "LeftShoulder"
    assert MPI23.joints[parts["left_collar"]] == "LeftCollar"
    assert "left_collar" not in find_parts(UPPER10)


def test_a_foot_is_the_toe_only_where_there_is_an_ankle() -> None:
    parts = find_parts(NTU25)
    assert NTU25.joints[parts["left_ankle"]] == "left_ankle"
    assert NTU25.joints[parts["left_toe"]] == "left_foot"
    leg = JointLayout.from_parents("leg", {"left_knee": None, "left_foot": "left_knee"})
    assert find_parts(leg) == {"left_knee": 0, "left_ankle": 1}


def test_the_hip_is_the_upper_leg_and_not_the_offset_before_it() -> None:
    leg = {"Hips": None, "LHipJoint": "Hips", "LeftUpLeg": "LHipJoint", "LeftLeg": "LeftUpLeg"}
    layout = JointLayout.from_parents("cmu", leg)
    assert layout.joints[find_parts(layout)["left_hip"]] == "LeftUpLeg"


def test_a_shoulder_on_which_all_hangs_is_no_thorax() -> None:
    parents = {"left_shoulder": None, "right_shoulder": "left_shoulder", "nose": "left_shoulder"}
    assert "thorax" not in find_parts(JointLayout.from_parents("arms", parents))


def test_openpose_has_neither_pelvis_nor_spine() -> None:
    parts = find_parts(OPENPOSE18)
    assert OPENPOSE18.joints[parts["thorax"]] == "neck"
    assert not {"pelvis", "spine"} & set(parts)


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)
def test_pairs_are_found_by_name_in_every_layout(layout: JointLayout) -> None:
    named = {(layout.joints[left], layout.joints[right]) for left, right in layout.pairs}
    # The points of the face are numbered along its contours; their names have no side.
    face = {pair for pair in named if pair[0].startswith("face_")}
    assert set(find_pairs(layout.joints)) == named - face
    assert len(face) in (0, 29)


@pytest.mark.parametrize(
    ("name", "side", "word"),
    [
        ("LeftForeArm", "left", "forearm"),
        ("left_upper_arm", "left", "upperarm"),
        ("rShldr", "right", "shldr"),
        ("RElbow", "right", "elbow"),
        ("WristLeft", "left", "wrist"),
        ("Bip001 L UpperArm", "left", "upperarm"),
        ("Bip01", None, "bip01"),
        ("L5", None, "l5"),
        ("mixamorig:Spine2", None, "spine2"),
        ("", None, ""),
    ],
)
def test_side_and_word_of_a_name(name: str, side: str | None, word: str) -> None:
    assert describe_joint(name) == (side, word)


def test_vertebrae_are_no_left_joints() -> None:
    assert not {("l5", "r5")} & set(find_pairs([*XSENS23.joints, "r5"]))


@pytest.mark.parametrize("name", ["Hips", "pelvis", "hip", "MidHip", "HipCenter", "spinebase"])
def test_pelvis_names(name: str) -> None:
    assert is_pelvis(name)


@pytest.mark.parametrize("name", ["LeftHip", "RHip", "Spine", "Root"])
def test_other_names_are_no_pelvis(name: str) -> None:
    assert not is_pelvis(name)


def test_joints_named_after_the_bones_that_end_in_them() -> None:
    limb = ("clavicle", "humerus", "radius", "wrist", "hipjoint", "femur", "tibia", "foot", "toes")
    names = ["root", *(f"{side}{bone}" for side in "lr" for bone in limb)]
    parts = find_named_parts(names)
    expected = {"shoulder": 1, "elbow": 2, "wrist": 3, "hip": 5, "knee": 6, "ankle": 7, "toe": 9}
    assert {part: parts[f"left_{part}"] for part in expected} == expected
    assert parts["pelvis"] == 0
    assert "left_collar" not in parts
    assert find_named_parts(["l_clavicle", "l_shoulder"]) == {"left_collar": 0, "left_shoulder": 1}
