"""Layouts of skeletons in space: depth cameras, motion capture, body models, lifted poses.

Sources: ``upper10`` and ``h36m17``: Shi et al. 2021 and Pavllo et al. 2019; ``ntu25`` and
``ntu25-pyskl``: Kinect v2 as in NTU RGB+D (Shahroudy et al. 2016), whose hands ST-GCN, 2s-AGCN,
MS-G3D and CTR-GCN wire differently (tip to thumb to hand) from PYSKL and MMAction2 (both to the
hand); ``kinect20``: Kinect v1, SDK order of ``JointType``; ``smpl24``: the SMPL body model (Loper
et al. 2015); ``xsens23``: Xsens MVN user manual, segments; ``mpi23``: the BVH files of the MPI
Emotional Body Expressions Database (Volkova et al. 2014).
"""

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

_NTU_PARENTS: dict[str, str | None] = {
    "spine_base": "spine_mid",
    "spine_mid": "spine_shoulder",
    "neck": "spine_shoulder",
    "head": "neck",
    "left_shoulder": "spine_shoulder",
    "left_elbow": "left_shoulder",
    "left_wrist": "left_elbow",
    "left_hand": "left_wrist",
    "right_shoulder": "spine_shoulder",
    "right_elbow": "right_shoulder",
    "right_wrist": "right_elbow",
    "right_hand": "right_wrist",
    "left_hip": "spine_base",
    "left_knee": "left_hip",
    "left_ankle": "left_knee",
    "left_foot": "left_ankle",
    "right_hip": "spine_base",
    "right_knee": "right_hip",
    "right_ankle": "right_knee",
    "right_foot": "right_ankle",
    "spine_shoulder": None,
    "left_hand_tip": "left_thumb",
    "left_thumb": "left_hand",
    "right_hand_tip": "right_thumb",
    "right_thumb": "right_hand",
}

NTU25 = JointLayout.from_parents("ntu25", _NTU_PARENTS)

NTU25_PYSKL = JointLayout.from_parents(
    "ntu25-pyskl",
    _NTU_PARENTS | {"left_hand_tip": "left_hand", "right_hand_tip": "right_hand"},
)

KINECT20 = JointLayout.from_parents(
    "kinect20",
    {
        "hip_center": None,
        "spine": "hip_center",
        "shoulder_center": "spine",
        "head": "shoulder_center",
        "left_shoulder": "shoulder_center",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "left_hand": "left_wrist",
        "right_shoulder": "shoulder_center",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
        "right_hand": "right_wrist",
        "left_hip": "hip_center",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "left_foot": "left_ankle",
        "right_hip": "hip_center",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "right_foot": "right_ankle",
    },
)

SMPL24 = JointLayout.from_parents(
    "smpl24",
    {
        "pelvis": None,
        "left_hip": "pelvis",
        "right_hip": "pelvis",
        "spine1": "pelvis",
        "left_knee": "left_hip",
        "right_knee": "right_hip",
        "spine2": "spine1",
        "left_ankle": "left_knee",
        "right_ankle": "right_knee",
        "spine3": "spine2",
        "left_foot": "left_ankle",
        "right_foot": "right_ankle",
        "neck": "spine3",
        "left_collar": "spine3",
        "right_collar": "spine3",
        "head": "neck",
        "left_shoulder": "left_collar",
        "right_shoulder": "right_collar",
        "left_elbow": "left_shoulder",
        "right_elbow": "right_shoulder",
        "left_wrist": "left_elbow",
        "right_wrist": "right_elbow",
        "left_hand": "left_wrist",
        "right_hand": "right_wrist",
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
