"""Clips as graphs, the tensors that models take, and the datasets that clips come from."""

from skelgraph.data.cache import (
    cached_read,
    keep_sequences,
    recall_sequences,
    remembered_fingerprint,
)
from skelgraph.data.catalogue import DATASETS, EMOTIVE_MOTION, DatasetInfo, load_dataset
from skelgraph.data.clip_set import (
    ClipMedia,
    ClipSet,
    Part,
    Progress,
    check_dimensions,
    check_label_counts,
    common_layout,
    name_a_few,
)
from skelgraph.data.dataset_options import DatasetOptions
from skelgraph.data.dense import to_dense
from skelgraph.data.edges import SkeletonEdges, build_edges
from skelgraph.data.fingerprint import (
    fingerprint_files,
    fingerprint_settings,
    fingerprint_sources,
)
from skelgraph.data.folder import FolderSurvey, read_folder, survey_folder
from skelgraph.data.folder_inventory import find_recordings
from skelgraph.data.iemocap import DialogKind, read_iemocap
from skelgraph.data.iemocap_actors import write_actors
from skelgraph.data.making import make_dataset, write_folder
from skelgraph.data.mpi_ebed import read_mpi_ebed
from skelgraph.data.randomness import derive_seed, seeded_draws
from skelgraph.data.reading import ReadResult
from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.data.skeleton_dataset import SkeletonDataset, Transform
from skelgraph.io.cache_files import cache_folder

__all__ = [
    "DATASETS",
    "EMOTIVE_MOTION",
    "ClipMedia",
    "ClipSet",
    "DatasetInfo",
    "DatasetOptions",
    "DialogKind",
    "FolderSurvey",
    "Part",
    "Progress",
    "ReadResult",
    "SkeletonData",
    "SkeletonDataset",
    "SkeletonEdges",
    "Transform",
    "build_edges",
    "cache_folder",
    "cached_read",
    "check_dimensions",
    "check_label_counts",
    "common_layout",
    "derive_seed",
    "find_recordings",
    "fingerprint_files",
    "fingerprint_settings",
    "fingerprint_sources",
    "keep_sequences",
    "load_dataset",
    "make_dataset",
    "name_a_few",
    "read_folder",
    "read_iemocap",
    "read_mpi_ebed",
    "recall_sequences",
    "remembered_fingerprint",
    "seeded_draws",
    "survey_folder",
    "to_dense",
    "write_actors",
    "write_folder",
]
