"""Files to pose sequences and back, one module per format."""

from skelgraph.io.bvh import read_bvh
from skelgraph.io.csv import read_csv, write_csv
from skelgraph.io.formats import (
    READERS,
    detect_format,
    is_recording_folder,
    read_sequence,
    read_sequences,
)
from skelgraph.io.hints import Hint, read_with_hints
from skelgraph.io.npz import read_npz, write_npz
from skelgraph.io.reader import Reader

__all__ = [
    "READERS",
    "Hint",
    "Reader",
    "detect_format",
    "is_recording_folder",
    "read_bvh",
    "read_csv",
    "read_npz",
    "read_sequence",
    "read_sequences",
    "read_with_hints",
    "write_csv",
    "write_npz",
]
