"""Files to pose sequences and back, one module per format."""

from skelgraph.io.alphapose import read_alphapose
from skelgraph.io.bvh import read_bvh
from skelgraph.io.c3d import read_c3d
from skelgraph.io.coco import read_coco
from skelgraph.io.converting import ConvertedFile, convert_file, number_files
from skelgraph.io.csv import read_csv, write_csv
from skelgraph.io.formats import (
    READERS,
    WRITERS,
    detect_format,
    guesses_layout,
    is_recording_folder,
    read_sequence,
    read_sequences,
    write_sequence,
)
from skelgraph.io.hints import Hint, read_with_hints
from skelgraph.io.json_form import read_json_form, write_json
from skelgraph.io.kinetics import read_kinetics
from skelgraph.io.mediapipe import read_mediapipe
from skelgraph.io.mmpose import read_mmpose
from skelgraph.io.npy import read_npy
from skelgraph.io.npz import read_npz, write_npz
from skelgraph.io.ntu_skeleton import read_ntu_skeleton
from skelgraph.io.openpose import read_openpose
from skelgraph.io.plain_text import read_plain_text
from skelgraph.io.pyskl import read_pyskl
from skelgraph.io.pyskl_writer import write_pyskl
from skelgraph.io.reader import Reader
from skelgraph.io.trc import read_trc
from skelgraph.io.videopose3d import read_videopose3d
from skelgraph.io.writer import Writer

__all__ = [
    "READERS",
    "WRITERS",
    "ConvertedFile",
    "Hint",
    "Reader",
    "Writer",
    "convert_file",
    "detect_format",
    "guesses_layout",
    "is_recording_folder",
    "number_files",
    "read_alphapose",
    "read_bvh",
    "read_c3d",
    "read_coco",
    "read_csv",
    "read_json_form",
    "read_kinetics",
    "read_mediapipe",
    "read_mmpose",
    "read_npy",
    "read_npz",
    "read_ntu_skeleton",
    "read_openpose",
    "read_plain_text",
    "read_pyskl",
    "read_sequence",
    "read_sequences",
    "read_trc",
    "read_videopose3d",
    "read_with_hints",
    "write_csv",
    "write_json",
    "write_npz",
    "write_pyskl",
    "write_sequence",
]
