from .live_frame import LiveAnswer as LiveAnswer
from .live_frame import LiveFrame as LiveFrame
from .live_frame import LivePose as LivePose
from .step_network import StepNetwork as StepNetwork
from .step_pooling import StepPooling as StepPooling
from .step_state import StepState as StepState
from .step_state import join_states as join_states
