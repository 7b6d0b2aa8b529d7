"""Recordings of one person, and what can be done to them before they become graphs."""

from skelgraph.poses.camera import H36M_CAMERA, camera_to_world, normalize_screen, restore_screen
from skelgraph.poses.confidence import drop_doubtful
from skelgraph.poses.conversion import convert_layout
from skelgraph.poses.detected_body import (
    LIFTER_BODY,
    KeypointOffsets,
    knows_nose,
    place_keypoints,
    prepare_body,
)
from skelgraph.poses.detector_noise import DetectorNoise, add_detector_noise, body_radius
from skelgraph.poses.filtering import low_pass
from skelgraph.poses.gaps import fill_gaps, hold_positions
from skelgraph.poses.kinematics import acceleration, speed, velocity
from skelgraph.poses.lifter_keypoints import LIFTER_KEYPOINTS, normalize_keypoints
from skelgraph.poses.normalization import (
    align_heading,
    bone_lengths,
    center_on_root,
    normalize_bone_lengths,
    point_up,
    scale_to_body,
    to_meters,
)
from skelgraph.poses.one_euro import OneEuroFilter, one_euro
from skelgraph.poses.persons import Person, describe_choice, parse_person, select_persons
from skelgraph.poses.pose_error import (
    align_poses,
    aligned_joint_errors,
    best_constant_pose,
    joint_errors,
)
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence, Unit, UpAxis
from skelgraph.poses.posture import exchange_arms, vary_posture
from skelgraph.poses.preprocessing import Preprocessing
from skelgraph.poses.resampling import resample, resample_to_length
from skelgraph.poses.savitzky_golay import savitzky_golay
from skelgraph.poses.sequence_figure import (
    draw_strip,
    plot_sequence,
    view_from_front,
    view_from_side,
)
from skelgraph.poses.smoothing import FilterName, smooth
from skelgraph.poses.tracking import NOBODY, find_ghosts, track_persons
from skelgraph.poses.virtual_camera import (
    CameraRanges,
    VirtualCamera,
    draw_camera,
    find_middle,
    project_sequence,
)

__all__ = [
    "H36M_CAMERA",
    "LIFTER_BODY",
    "LIFTER_KEYPOINTS",
    "METERS_PER_UNIT",
    "NOBODY",
    "CameraRanges",
    "DetectorNoise",
    "FilterName",
    "KeypointOffsets",
    "OneEuroFilter",
    "Person",
    "PoseSequence",
    "Preprocessing",
    "Unit",
    "UpAxis",
    "VirtualCamera",
    "acceleration",
    "add_detector_noise",
    "align_heading",
    "align_poses",
    "aligned_joint_errors",
    "best_constant_pose",
    "body_radius",
    "bone_lengths",
    "camera_to_world",
    "center_on_root",
    "convert_layout",
    "describe_choice",
    "draw_camera",
    "draw_strip",
    "drop_doubtful",
    "exchange_arms",
    "fill_gaps",
    "find_ghosts",
    "find_middle",
    "hold_positions",
    "joint_errors",
    "knows_nose",
    "low_pass",
    "normalize_bone_lengths",
    "normalize_keypoints",
    "normalize_screen",
    "one_euro",
    "parse_person",
    "place_keypoints",
    "plot_sequence",
    "point_up",
    "prepare_body",
    "project_sequence",
    "resample",
    "resample_to_length",
    "restore_screen",
    "savitzky_golay",
    "scale_to_body",
    "select_persons",
    "smooth",
    "speed",
    "to_meters",
    "track_persons",
    "vary_posture",
    "velocity",
    "view_from_front",
    "view_from_side",
]
