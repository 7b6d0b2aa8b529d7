"""The labels of a folder's files, where there are any."""

from pathlib import Path

from skelgraph.data.folder_inventory import take_inventory
from skelgraph.data.labels_file import LabeledFile


def find_labels(folder: Path) -> dict[Path, LabeledFile]:
    """Return what a folder tells of its files: in ``labels.csv``, or by one sub-folder per label.

    Files without a label are left out, and so are lines of ``labels.csv`` that are wrong.

    Raises:
        DatasetError: If the folder has no readable files, or its ``labels.csv`` is no table.
    """
    inventory = take_inventory(folder, allow_absent=True, allow_problems=True, unlabeled="")
    pairs = zip(inventory.paths, inventory.files, strict=True)
    return {path: file for path, file in pairs if file.file and file.label}
