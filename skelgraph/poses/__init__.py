"""Recordings of one person, and what can be done to them before they become graphs."""

from skelgraph.poses.conversion import convert_layout
from skelgraph.poses.filtering import low_pass
from skelgraph.poses.gaps import fill_gaps
from skelgraph.poses.kinematics import acceleration, speed, velocity
from skelgraph.poses.normalization import (
    align_heading,
    bone_lengths,
    center_on_root,
    normalize_bone_lengths,
    scale_to_body,
    to_meters,
)
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence, Unit, UpAxis
from skelgraph.poses.preprocessing import Preprocessing
from skelgraph.poses.resampling import resample, resample_to_length
from skelgraph.poses.sequence_figure import draw_strip, plot_sequence, view_from_front

__all__ = [
    "METERS_PER_UNIT",
    "PoseSequence",
    "Preprocessing",
    "Unit",
    "UpAxis",
    "acceleration",
    "align_heading",
    "bone_lengths",
    "center_on_root",
    "convert_layout",
    "draw_strip",
    "fill_gaps",
    "low_pass",
    "normalize_bone_lengths",
    "plot_sequence",
    "resample",
    "resample_to_length",
    "scale_to_body",
    "speed",
    "to_meters",
    "velocity",
    "view_from_front",
]
