"""Files to pose sequences and back, one module per format."""

from skelgraph.io.alphapose import read_alphapose
from skelgraph.io.bvh import read_bvh
from skelgraph.io.coco import read_coco
from skelgraph.io.converting import ConvertedFile, convert_file, number_files
from skelgraph.io.csv import read_csv, write_csv
from skelgraph.io.formats import (
    READERS,
    WRITERS,
    detect_format,
    is_recording_folder,
    read_sequence,
    read_sequences,
    write_sequence,
)
from skelgraph.io.hints import Hint, read_with_hints
from skelgraph.io.kinetics import read_kinetics
from skelgraph.io.mmpose import read_mmpose
from skelgraph.io.npz import read_npz, write_npz
from skelgraph.io.openpose import read_openpose
from skelgraph.io.reader import Reader
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
    "is_recording_folder",
    "number_files",
    "read_alphapose",
    "read_bvh",
    "read_coco",
    "read_csv",
    "read_kinetics",
    "read_mmpose",
    "read_npz",
    "read_openpose",
    "read_sequence",
    "read_sequences",
    "read_with_hints",
    "write_csv",
    "write_npz",
    "write_sequence",
]
