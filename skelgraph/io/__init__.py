"""Files to pose sequences and back, one module per format."""

from skelgraph.io.bvh import read_bvh
from skelgraph.io.csv import read_csv, write_csv
from skelgraph.io.formats import READERS, detect_format, read_sequence, read_sequences
from skelgraph.io.npz import read_npz, write_npz
from skelgraph.io.reader import Reader

__all__ = [
    "READERS",
    "Reader",
    "detect_format",
    "read_bvh",
    "read_csv",
    "read_npz",
    "read_sequence",
    "read_sequences",
    "write_csv",
    "write_npz",
]
