from .fused_run import fuse_runs as fuse_runs
from .stream_runs import has_begun as has_begun
from .stream_runs import train_streams as train_streams
