"""The choices of options, repeated here so that ``--help`` need not import what defines them.

A test compares each with its definition.
"""

STREAMS = ("joint", "bone", "joint-motion", "bone-motion", "speed")
MODELS = (
    *("s-stgcn", "st-gcn", "st-gcn-small", "resnet18"),
    *("are", "tre", "mdre", "sern", "sern-2s"),
)
RECIPES = ("strong", "paper")
SPLITS = ("random", "subject", "group", "file", "mdre")
DIALOG_KINDS = ("all", "improvised", "scripted")
STRATEGIES = ("spatial", "distance", "uniform")
HOP_DISTANCES = ("bfs", "truncated")
ACOUSTIC_BACKENDS = ("opensmile", "librosa")
AXES = ("correct", "scrambled")
CHECKPOINTS = ("best", "last")
CHANNELS = ("xy", "xyc", "xyz")
PRECISIONS = ("32", "bf16", "16")
FUSIONS = ("concat", "sum")
FIT_PARTS = ("validation", "out-of-fold")
ACOUSTIC_BACKENDS = ("opensmile", "librosa")
ACTIVATIONS = ("none", "relu", "tanh")
FILTERS = ("butterworth", "savgol", "one-euro", "none")
ESTIMATORS = ("alphapose", "mediapipe", "file")
SPACES = ("world", "camera")
CACHE_KINDS = ("datasets", "fingerprints", "keypoints", "lifted", "acoustic", "models", "alphapose")
