"""The choices of all settings, each stated once; the rooms above import them from here."""

from typing import Annotated, Literal, get_args

from msgspec import Meta

Stream = Literal[
    "joint",
    "bone",
    "joint-motion",
    "bone-motion",
    "speed",
    "posture",
    "posture-motion",
    "features",
]
Channels = Literal["xy", "xyc", "xyz"]
Axes = Literal["correct", "scrambled"]
Strategy = Literal["spatial", "distance", "uniform"]
HopDistance = Literal["bfs", "truncated"]
SubsetOrder = Literal["paper", "st-gcn"]
SplitKind = Literal["random", "subject", "group", "file", "mdre", "none", "xsub", "xview", "xset"]
NTU_SPLITS: tuple[SplitKind, ...] = ("xsub", "xview", "xset")
"""The protocols of NTU RGB+D, which clips' names tell."""
FoldKind = Literal["subject", "group", "session"]
DialogKind = Literal["all", "improvised", "scripted"]
Temporal = Literal["centered", "valid", "causal"]
"""Where the window of a convolution over frames lies: see :class:`skelgraph.nn.FrameWindow`."""
PoolingKind = Literal["mean", "window", "exponential"]
FilterName = Literal["butterworth", "savgol", "one-euro", "none"]
RecipeName = Literal["strong", "paper"]
Checkpoint = Literal["best", "last"]
Precision = Literal["32", "bf16", "16"]
FusionStrategy = Literal["concat", "sum"]

DEFAULT_FUSION: FusionStrategy = "sum"
"""A layer that is fitted to few clips of known people lost 15 points against the sum on others."""
FitPart = Literal["validation", "out-of-fold"]
Modality = Literal["audio", "text", "skeleton"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
MODALITY_LETTERS = {name[0]: name for name in MODALITIES}
"""Short names of the modalities, as in ``a,t,s``."""
AcousticBackend = Literal["opensmile", "librosa"]
"""Who computes acoustic features: openSMILE (non-commercial licence), or librosa and numpy."""
Activation = Literal["none", "relu", "tanh"]
VideoEstimatorName = Literal["alphapose", "rtmlib", "mediapipe"]
EstimatorName = Literal["alphapose", "rtmlib", "mediapipe", "file"]
RtmlibModel = Literal["lightweight", "balanced", "performance"]
DEFAULT_LIFTER = "lifter10"
"""The lifter that comes with skelgraph."""
DEFAULT_RECOGNIZER = "emotion4"
"""The model that comes with skelgraph and predicts if no run is named."""
Space = Literal["world", "camera"]
"""Whose axes lifted joints have: those of a world whose z points up, or the camera's."""
CacheKind = Literal[
    "datasets", "fingerprints", "keypoints", "lifted", "acoustic", "models", "alphapose"
]
"""Sub-folders of the cache."""
Person = Literal["main", "all"] | Annotated[int, Meta(ge=1)]
"""The main person, all of them, or the one of a number, counted from 1 in the file's order."""

Count = Annotated[int, Meta(ge=1)]
Index = Annotated[int, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]
Probability = Annotated[float, Meta(ge=0, lt=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
MdreFold = Annotated[int, Meta(ge=1, le=5)]
Device = Annotated[str, Meta(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")]
