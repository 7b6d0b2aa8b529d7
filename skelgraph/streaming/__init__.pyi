from .answer_segments import AnswerSegments as AnswerSegments
from .frame_queue import ArrivedFrame as ArrivedFrame
from .frame_queue import FrameQueue as FrameQueue
from .frame_queue import FrameReader as FrameReader
from .live_frame import LiveAnswer as LiveAnswer
from .live_frame import LiveFrame as LiveFrame
from .live_frame import LivePose as LivePose
