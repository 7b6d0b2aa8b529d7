"""Networks: called on ``(x, mask)``, they return logits; ``embed`` returns the vector before.

Recurrent encoders are called on audio or text, and the networks that fuse modalities on what each
encoder is called on and on which modalities each clip has.

The lifter is another kind: it is called on keypoints in an image and returns joints in space; a
:class:`KeypointLifter` is called on recordings.
"""

from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.fusion_network import Activation, FusionNetwork, drop_modalities
from skelgraph.models.inference_network import InferenceNetwork
from skelgraph.models.keypoint_lifter import KeypointLifter
from skelgraph.models.recurrent_encoder import (
    AudioRecurrentEncoder,
    RecurrentEncoder,
    TextRecurrentEncoder,
)
from skelgraph.models.resnet import RESNET18_CHANNELS, ResNet18
from skelgraph.models.s_stgcn import S_STGCN_CHANNELS, SSTGCN
from skelgraph.models.sern import SERN, DualRecurrentEncoder
from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork
from skelgraph.models.st_gcn import ST_GCN_CHANNELS, STGCN
from skelgraph.models.temporal_lifter import LIFTER_FILTER_WIDTHS, TemporalLifter

__all__ = [
    "LIFTER_FILTER_WIDTHS",
    "RESNET18_CHANNELS",
    "SERN",
    "SSTGCN",
    "STGCN",
    "ST_GCN_CHANNELS",
    "S_STGCN_CHANNELS",
    "Activation",
    "AudioRecurrentEncoder",
    "ClipNetwork",
    "DualRecurrentEncoder",
    "FusionNetwork",
    "InferenceNetwork",
    "KeypointLifter",
    "RecurrentEncoder",
    "ResNet18",
    "SpatialTemporalNetwork",
    "TemporalLifter",
    "TextRecurrentEncoder",
    "drop_modalities",
]
