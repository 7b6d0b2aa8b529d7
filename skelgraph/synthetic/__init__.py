"""Generators of motion for demonstrations and tests; no number from them is about people."""

from skelgraph.synthetic.emotion_style import EMOTIONS
from skelgraph.synthetic.emotive_motion import generate_emotive_motion
from skelgraph.synthetic.iemocap import make_iemocap

__all__ = ["EMOTIONS", "generate_emotive_motion", "make_iemocap"]
