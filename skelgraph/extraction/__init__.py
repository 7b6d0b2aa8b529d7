"""From a video to skeletons: 2D estimator, track, filter, 3D lifting."""

from skelgraph.extraction.alphapose import AlphaPoseEstimator
from skelgraph.extraction.choosing import (
    EstimatorName,
    EstimatorOptions,
    choose_estimator,
    make_video_estimator,
)
from skelgraph.extraction.config import ExtractConfig
from skelgraph.extraction.estimator import Estimate, Estimator, estimate_cached
from skelgraph.extraction.folder import (
    FolderExtraction,
    PreviewKind,
    Source,
    extract_folder,
    find_sources,
)
from skelgraph.extraction.keypoint_file import KeypointFileEstimator
from skelgraph.extraction.lifters import Lifter, TrainedLifter, VideoPose3DLifter, load_lifter
from skelgraph.extraction.lifting import Space, lift_sequence
from skelgraph.extraction.mediapipe import MediaPipeEstimator, collect_persons
from skelgraph.extraction.pipeline import Extractor, extract
from skelgraph.extraction.pose_model import POSE_MODELS, PoseModel, fetch_model, find_pose_model
from skelgraph.extraction.preview import PREVIEW_SUFFIXES, draw_preview
from skelgraph.extraction.results import ExtractedPerson, Extraction, Stage
from skelgraph.extraction.video import (
    VIDEO_SUFFIXES,
    Video,
    VideoImage,
    is_video,
    probe_video,
    read_frames,
)
from skelgraph.extraction.writing import Destination, extract_to_file, write_extraction

__all__ = [
    "POSE_MODELS",
    "PREVIEW_SUFFIXES",
    "VIDEO_SUFFIXES",
    "AlphaPoseEstimator",
    "Destination",
    "Estimate",
    "Estimator",
    "EstimatorName",
    "EstimatorOptions",
    "ExtractConfig",
    "ExtractedPerson",
    "Extraction",
    "Extractor",
    "FolderExtraction",
    "KeypointFileEstimator",
    "Lifter",
    "MediaPipeEstimator",
    "PoseModel",
    "PreviewKind",
    "Source",
    "Space",
    "Stage",
    "TrainedLifter",
    "Video",
    "VideoImage",
    "VideoPose3DLifter",
    "choose_estimator",
    "collect_persons",
    "draw_preview",
    "estimate_cached",
    "extract",
    "extract_folder",
    "extract_to_file",
    "fetch_model",
    "find_pose_model",
    "find_sources",
    "is_video",
    "lift_sequence",
    "load_lifter",
    "make_video_estimator",
    "probe_video",
    "read_frames",
    "write_extraction",
]
