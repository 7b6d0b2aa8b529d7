"""The dictionaries of PYSKL and MMAction2: their fields, and the parts of a split.

A dictionary with ``split`` (names of clips by part) and ``annotations``, or the list of annotations
alone. The numbers of a pickle are arrays, those of JSON nested lists.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.io.text import shorten

OWN_KEY = "skelgraph"
"""What skelgraph writes under this key of an annotation has no other place in the format."""


def find_annotations(value: Any, path: Path) -> list[Any]:
    """Return the list of annotations."""
    if isinstance(value, dict):
        if "annotations" not in value:
            raise FormatError(
                f"{path}: expected the annotations of PYSKL or MMAction2 under 'annotations', but "
                f"the keys are {shorten(', '.join(map(str, value)), 200)!r}"
            )
        value = value["annotations"]
    if not isinstance(value, list):
        raise FormatError(f"{path}: expected a list of annotations, but got {describe_kind(value)}")
    return value


def describe_kind(value: object) -> str:
    """Return the name of a value's type."""
    return type(value).__name__


def find_splits(value: Any, path: Path) -> dict[str, list[str]]:
    """Return the names of the clips of each part; there may be none."""
    splits = value.get("split") if isinstance(value, dict) else None
    if splits is None:
        return {}
    if not isinstance(splits, dict) or not all(
        isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
        for names in splits.values()
    ):
        raise FormatError(f"{path}: expected lists of names of clips under 'split'")
    return {str(part): list(names) for part, names in splits.items()}


def expect_annotation(annotation: Any, where: Path) -> Mapping[str, Any]:
    """Return an annotation that is a dictionary and has its keypoints."""
    if not isinstance(annotation, dict):
        raise FormatError(f"{where}: expected a dictionary, but got {describe_kind(annotation)}")
    if "raw_file" in annotation and "keypoint" not in annotation:
        raise FormatError(
            f"{where}: its keypoints are in another file, as those of PYSKL's Kinetics-400 "
            "are; decompress them with PYSKL"
        )
    return annotation


def take_array(annotation: Mapping[str, Any], key: str, axes: int, where: Path) -> npt.NDArray[Any]:
    """Return an array of numbers as it is."""
    array = annotation.get(key)
    if not isinstance(array, np.ndarray) or array.ndim != axes or array.dtype.kind not in "fiu":
        got = (
            f"{array.dtype} {array.shape}"
            if isinstance(array, np.ndarray)
            else describe_kind(array)
        )
        raise FormatError(
            f"{where}: expected numbers in {key!r}, an array of {axes} axes (persons, frames, "
            f"joints, ...), but got {got}"
        )
    return array


def read_fact(facts: Mapping[str, Any], key: str, kind: type, where: Path) -> Any:
    """Return a fact that skelgraph wrote, if it is there."""
    value = facts.get(key)
    if value is not None and not isinstance(value, kind):
        raise FormatError(
            f"{where}: expected {kind.__name__} in {key!r}, but got {describe_kind(value)}"
        )
    return value


def read_name(annotation: Mapping[str, Any], where: Path) -> str:
    """Return the name of a clip."""
    name = annotation.get("frame_dir", annotation.get("filename"))
    if not isinstance(name, str) or not name:
        raise FormatError(
            f"{where}: expected the clip's name in 'frame_dir', but got {describe_kind(name)}"
        )
    try:
        name.encode()  # half of a surrogate pair could not be printed
    except UnicodeEncodeError as error:
        raise FormatError(f"{where}: the clip's name is damaged text") from error
    return name


def read_label(annotation: Mapping[str, Any], where: Path) -> str | None:
    """Return the label of a clip, if it has one: a negative number is none."""
    label = annotation.get("label")
    if isinstance(label, np.ndarray) and label.size == 1:
        label = label.item()
    if label is None or isinstance(label, str):
        return label
    if isinstance(label, int) and abs(label) < 2**63:
        return None if label < 0 else str(int(label))
    raise FormatError(f"{where}: expected a number in 'label', but got {describe_kind(label)}")
