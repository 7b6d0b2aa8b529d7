"""The joint layouts that skelgraph knows by name.

Sources of the joint orders: ``upper10`` and ``h36m17``: Shi et al. 2021 and Pavllo et al. 2019;
``coco17``: the COCO keypoint task; ``openpose18``: OpenPose's COCO output, as ST-GCN uses it;
``xsens23``: Xsens MVN user manual, segments; ``mpi23``: the BVH files of the MPI Emotional Body
Expressions Database (Volkova et al. 2014).
"""

from skelgraph.errors import LayoutError
from skelgraph.layouts.joint_layout import JointLayout

UPPER10 = JointLayout.from_parents(
    "upper10",
    {
        "spinebase": None,
        "spine": "spinebase",
        "thorax": "spine",
        "neck_nose": "thorax",
        "left_shoulder": "thorax",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "right_shoulder": "thorax",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
    },
)

H36M17 = JointLayout.from_parents(
    "h36m17",
    {
        "pelvis": None,
        "right_hip": "pelvis",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "left_hip": "pelvis",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "spine": "pelvis",
        "thorax": "spine",
        "neck_nose": "thorax",
        "head": "neck_nose",
        "left_shoulder": "thorax",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "right_shoulder": "thorax",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
    },
)

COCO17 = JointLayout.from_parents(
    "coco17",
    {
        "nose": None,
        "left_eye": "nose",
        "right_eye": "nose",
        "left_ear": "left_eye",
        "right_ear": "right_eye",
        "left_shoulder": "left_ear",
        "right_shoulder": "right_ear",
        "left_elbow": "left_shoulder",
        "right_elbow": "right_shoulder",
        "left_wrist": "left_elbow",
        "right_wrist": "right_elbow",
        "left_hip": "left_shoulder",
        "right_hip": "right_shoulder",
        "left_knee": "left_hip",
        "right_knee": "right_hip",
        "left_ankle": "left_knee",
        "right_ankle": "right_knee",
    },
    extra_edges=[
        ("left_eye", "right_eye"),
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
    ],
)

OPENPOSE18 = JointLayout.from_parents(
    "openpose18",
    {
        "nose": "neck",
        "neck": None,
        "right_shoulder": "neck",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
        "left_shoulder": "neck",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "right_hip": "right_shoulder",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "left_hip": "left_shoulder",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "right_eye": "nose",
        "left_eye": "nose",
        "right_ear": "right_eye",
        "left_ear": "left_eye",
    },
)

XSENS23 = JointLayout.from_parents(
    "xsens23",
    {
        "pelvis": None,
        "l5": "pelvis",
        "l3": "l5",
        "t12": "l3",
        "t8": "t12",
        "neck": "t8",
        "head": "neck",
        "right_collar": "t8",
        "right_upper_arm": "right_collar",
        "right_forearm": "right_upper_arm",
        "right_hand": "right_forearm",
        "left_collar": "t8",
        "left_upper_arm": "left_collar",
        "left_forearm": "left_upper_arm",
        "left_hand": "left_forearm",
        "right_upper_leg": "pelvis",
        "right_lower_leg": "right_upper_leg",
        "right_foot": "right_lower_leg",
        "right_toe": "right_foot",
        "left_upper_leg": "pelvis",
        "left_lower_leg": "left_upper_leg",
        "left_foot": "left_lower_leg",
        "left_toe": "left_foot",
    },
)

MPI23 = JointLayout.from_parents(
    "mpi23",
    {
        "Hips": None,
        "Chest": "Hips",
        "Chest2": "Chest",
        "Chest3": "Chest2",
        "Chest4": "Chest3",
        "Neck": "Chest4",
        "Head": "Neck",
        "RightCollar": "Chest4",
        "RightShoulder": "RightCollar",
        "RightElbow": "RightShoulder",
        "RightWrist": "RightElbow",
        "LeftCollar": "Chest4",
        "LeftShoulder": "LeftCollar",
        "LeftElbow": "LeftShoulder",
        "LeftWrist": "LeftElbow",
        "RightHip": "Hips",
        "RightKnee": "RightHip",
        "RightAnkle": "RightKnee",
        "RightToe": "RightAnkle",
        "LeftHip": "Hips",
        "LeftKnee": "LeftHip",
        "LeftAnkle": "LeftKnee",
        "LeftToe": "LeftAnkle",
    },
    pairs=[
        (f"Left{part}", f"Right{part}")
        for part in ("Collar", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Toe")
    ],
)

CATALOGUE: dict[str, JointLayout] = {
    layout.name: layout for layout in (UPPER10, H36M17, COCO17, OPENPOSE18, XSENS23, MPI23)
}


def get_layout(name: str) -> JointLayout:
    """The layout of that name.

    Raises:
        LayoutError: If the catalogue has none.

    Example:
        >>> get_layout("upper10").num_joints
        10
    """
    if name not in CATALOGUE:
        raise LayoutError(f"there is no layout {name!r}; known are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def recognize_layout(layout: JointLayout) -> JointLayout:
    """The catalogue's layout with the same joints and bones in the same order, or the layout itself
    where the catalogue has none.

    Example:
        >>> from dataclasses import replace
        >>> recognize_layout(replace(UPPER10, name="from a file")).name
        'upper10'
    """
    for known in CATALOGUE.values():
        if known.joints == layout.joints and set(known.bones) == set(layout.bones):
            return known
    return layout
