from .emotion_style import EMOTIONS as EMOTIONS
from .emotive_motion import generate_emotive_motion as generate_emotive_motion
from .iemocap import make_iemocap as make_iemocap
