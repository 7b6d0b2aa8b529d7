"""Recordings of one person, and what can be done to them before they become graphs."""

from skelgraph.poses.conversion import convert_layout
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence, Unit, UpAxis

__all__ = ["METERS_PER_UNIT", "PoseSequence", "Unit", "UpAxis", "convert_layout"]
