from .live_frame import LiveAnswer as LiveAnswer
from .live_frame import LiveFrame as LiveFrame
from .live_frame import LivePose as LivePose
