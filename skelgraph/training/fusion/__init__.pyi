from .fused_run import fuse_runs as fuse_runs
from .stream_runs import train_streams as train_streams
from .stream_scores import join_scores as join_scores
