"""Layouts of the body: depth cameras, motion capture, body models, and keypoints in images.

Sources: ``upper10`` and ``h36m17``: Shi et al. 2021 and Pavllo et al. 2019; ``ntu25`` and
``ntu25-pyskl``: Kinect v2 as in NTU RGB+D (Shahroudy et al. 2016), whose hands ST-GCN, 2s-AGCN,
MS-G3D and CTR-GCN wire differently (tip to thumb to hand) from PYSKL and MMAction2 (both to the
hand); ``kinect20``: Kinect v1, SDK order of ``JointType``; ``msr20``: the files of MSR-Action3D
(Li et al. 2010), where it is disputed which of two joints is the left one; ``smpl24``: the SMPL
body model (Loper et al. 2015); ``xsens23``: Xsens MVN user manual, segments; ``mpi23``: the BVH
files of the MPI Emotional Body Expressions Database (Volkova et al. 2014); ``coco17``: the COCO
keypoint task; ``posetrack17``: PoseTrack 2018 as MMPose draws it, in which nothing joins the ears;
``openpose18``: OpenPose's COCO output, as ST-GCN uses it; ``openpose25`` and ``openpose25b``:
OpenPose's BODY_25, ``doc/02_output.md``, and BODY_25B, ``poseParameters.cpp``, in which nothing
joins the face to the body; ``halpe26``: the body of Halpe FullBody, with the links that AlphaPose
draws, in which nothing joins the face to the body; ``mediapipe33``: MediaPipe Pose,
``PoseLandmark`` and its connections, in which the head and the mouth are loose; ``azure32``: Azure
Kinect, ``k4abt_joint_id_t``; ``panoptic19``: CMU Panoptic, coco19, panoptic-toolbox.
"""

import re
from itertools import pairwise

from skelgraph.layouts.joint_layout import JointLayout

_SWAP = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}


def _mirror(joints: str) -> str:
    """Return names of joints with left and right exchanged."""
    return re.sub("|".join(_SWAP), lambda side: _SWAP[side[0]], joints)


def _define(
    name: str, *chains: str, joints: str = "", extra_edges: str = "", added_bones: str = ""
) -> JointLayout:
    """Define a layout whose sides are alike.

    Args:
        name: Name of the layout.
        chains: Joints from parent to child; the first chain begins at the center. A chain on one
            side is followed by that of the other side.
        joints: All joints in their order, if it is not that of the chains; ``*eye`` is
            ``left_eye right_eye``.
        extra_edges: Joints of edges, ``a-b``, on one side for both.
        added_bones: Names of the children.
    """
    parents: dict[str, str | None] = {chains[0].split()[0]: None}
    for chain in chains:
        for side in (chain, _mirror(chain)):
            parents |= {child: parent for parent, child in pairwise(side.split())}
    order = re.sub(r"\*(\w+)", r"left_\1 right_\1", joints).split() or list(parents)
    edges = [pair for edge in extra_edges.split() for pair in _list_sides(edge)]
    return JointLayout.from_parents(
        name,
        {joint: parents[joint] for joint in order},
        pairs=[(joint, _mirror(joint)) for joint in order if "left" in joint.lower()],
        extra_edges=edges,
        added_bones=added_bones.split(),
    )


def _list_sides(edge: str) -> list[tuple[str, str]]:
    """Return an edge ``a-b`` and its mirror image, unless they are one."""
    start, end = edge.split("-")
    other = _mirror(start), _mirror(end)
    return [(start, end)] if other[0] in (start, end) else [(start, end), other]


UPPER10 = _define(
    "upper10",
    "spinebase spine thorax neck_nose",
    "thorax left_shoulder left_elbow left_wrist",
)

H36M17 = _define(
    "h36m17",
    "pelvis right_hip right_knee right_ankle",
    "pelvis spine thorax neck_nose head",
    "thorax left_shoulder left_elbow left_wrist",
)

_NTU_TRUNK = "spine_shoulder spine_mid spine_base"
_NTU_LIMBS = (
    "spine_shoulder neck head",
    "spine_shoulder left_shoulder left_elbow left_wrist left_hand",
    "spine_base left_hip left_knee left_ankle left_foot",
)
_NTU_JOINTS = """
    spine_base spine_mid neck head left_shoulder left_elbow left_wrist left_hand right_shoulder
    right_elbow right_wrist right_hand left_hip left_knee left_ankle left_foot right_hip right_knee
    right_ankle right_foot spine_shoulder left_hand_tip left_thumb right_hand_tip right_thumb
    """

NTU25 = _define(
    "ntu25",
    *(_NTU_TRUNK, *_NTU_LIMBS, "left_hand left_thumb left_hand_tip"),
    joints=_NTU_JOINTS,
)

NTU25_PYSKL = _define(
    "ntu25-pyskl",
    *(_NTU_TRUNK, *_NTU_LIMBS, "left_hand left_hand_tip", "left_hand left_thumb"),
    joints=_NTU_JOINTS,
)

KINECT20 = _define(
    "kinect20",
    "hip_center spine shoulder_center head",
    "shoulder_center left_shoulder left_elbow left_wrist left_hand",
    "hip_center left_hip left_knee left_ankle left_foot",
)

MSR20 = _define(
    "msr20",
    "mid_hip spine neck head",
    "neck left_shoulder left_elbow left_wrist left_hand",
    "mid_hip left_hip left_knee left_ankle left_foot",
    joints="*shoulder neck spine *hip mid_hip *elbow *wrist *hand *knee *ankle *foot head",
)

SMPL24 = _define(
    "smpl24",
    "pelvis spine1 spine2 spine3 neck head",
    "pelvis left_hip left_knee left_ankle left_foot",
    "spine3 left_collar left_shoulder left_elbow left_wrist left_hand",
    joints="pelvis *hip spine1 *knee spine2 *ankle spine3 *foot neck *collar head *shoulder *elbow "
    "*wrist *hand",
)

XSENS23 = _define(
    "xsens23",
    "pelvis l5 l3 t12 t8 neck head",
    "t8 right_collar right_upper_arm right_forearm right_hand",
    "pelvis right_upper_leg right_lower_leg right_foot right_toe",
)

MPI23 = _define(
    "mpi23",
    "Hips Chest Chest2 Chest3 Chest4 Neck Head",
    "Chest4 RightCollar RightShoulder RightElbow RightWrist",
    "Hips RightHip RightKnee RightAnkle RightToe",
)

_COCO_JOINTS = "nose *eye *ear *shoulder *elbow *wrist *hip *knee *ankle"

COCO17 = _define(
    "coco17",
    "nose left_eye left_ear left_shoulder left_elbow left_wrist",
    "left_shoulder left_hip left_knee left_ankle",
    joints=_COCO_JOINTS,
    extra_edges="left_eye-right_eye left_shoulder-right_shoulder left_hip-right_hip",
)

_OPENPOSE_BODY = ("neck nose right_eye right_ear", "neck right_shoulder right_elbow right_wrist")
_OPENPOSE_JOINTS = """
    nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist {}
    right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear
    left_ear
    """

OPENPOSE18 = _define(
    "openpose18",
    *(*_OPENPOSE_BODY, "right_shoulder right_hip right_knee right_ankle"),
    joints=_OPENPOSE_JOINTS.format(""),
)

OPENPOSE25 = _define(
    "openpose25",
    *(*_OPENPOSE_BODY, "neck mid_hip right_hip right_knee right_ankle right_heel"),
    "right_ankle right_big_toe right_small_toe",
    joints=_OPENPOSE_JOINTS.format("mid_hip") + "left_big_toe left_small_toe left_heel "
    "right_big_toe right_small_toe right_heel",
)

OPENPOSE25B = _define(
    "openpose25b",
    "upper_neck nose left_eye left_ear",
    "upper_neck head_top",
    "upper_neck left_shoulder left_elbow left_wrist",
    "left_shoulder left_hip left_knee left_ankle left_heel",
    "left_ankle left_big_toe left_small_toe",
    joints=f"{_COCO_JOINTS} upper_neck head_top left_big_toe left_small_toe left_heel "
    "right_big_toe right_small_toe right_heel",
    extra_edges="left_hip-right_hip",
    added_bones="nose",
)

POSETRACK17 = _define(
    "posetrack17",
    "head_bottom nose head_top",
    "nose left_ear",
    "head_bottom left_shoulder left_elbow left_wrist",
    "left_shoulder left_hip left_knee left_ankle",
    joints="nose head_bottom head_top *ear *shoulder *elbow *wrist *hip *knee *ankle",
    extra_edges="left_shoulder-right_shoulder left_hip-right_hip",
    added_bones="left_ear right_ear",
)

HALPE26 = _define(
    "halpe26",
    "neck head nose left_eye left_ear",
    "neck left_shoulder left_elbow left_wrist",
    "neck hip left_hip left_knee left_ankle left_heel left_big_toe",
    "left_heel left_small_toe",
    joints=f"{_COCO_JOINTS} head neck hip *big_toe *small_toe *heel",
    added_bones="nose",
)

MEDIAPIPE33 = _define(
    "mediapipe33",
    "nose left_eye_inner left_eye left_eye_outer left_ear",
    "nose mouth_left",
    "nose left_shoulder left_elbow left_wrist left_pinky",
    *("left_wrist left_index", "left_wrist left_thumb"),
    "left_shoulder left_hip left_knee left_ankle left_heel",
    "left_ankle left_foot_index",
    joints="nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer "
    "*ear mouth_left mouth_right *shoulder *elbow *wrist *pinky *index *thumb *hip *knee *ankle "
    "*heel *foot_index",
    extra_edges="mouth_left-mouth_right left_shoulder-right_shoulder left_hip-right_hip "
    "left_pinky-left_index left_heel-left_foot_index",
    added_bones="mouth_left mouth_right left_shoulder right_shoulder",
)

AZURE32 = _define(
    "azure32",
    "pelvis spine_navel spine_chest neck head nose",
    "spine_chest left_clavicle left_shoulder left_elbow left_wrist left_hand left_hand_tip",
    "left_wrist left_thumb",
    "pelvis left_hip left_knee left_ankle left_foot",
    "head left_eye",
    "head left_ear",
    joints="""
    pelvis spine_navel spine_chest neck
    left_clavicle left_shoulder left_elbow left_wrist left_hand left_hand_tip left_thumb
    right_clavicle right_shoulder right_elbow right_wrist right_hand right_hand_tip right_thumb
    left_hip left_knee left_ankle left_foot right_hip right_knee right_ankle right_foot
    head nose left_eye left_ear right_eye right_ear
    """,
)

PANOPTIC19 = _define(
    "panoptic19",
    "neck nose left_eye left_ear",
    "neck left_shoulder left_elbow left_wrist",
    "neck mid_hip left_hip left_knee left_ankle",
    joints="""
    neck nose mid_hip left_shoulder left_elbow left_wrist left_hip left_knee left_ankle
    right_shoulder right_elbow right_wrist right_hip right_knee right_ankle
    left_eye left_ear right_eye right_ear
    """,
)
