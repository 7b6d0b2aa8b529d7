"""What an exported model says of itself in its ``exported.json``."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from skelgraph.config import Runtime
from skelgraph.errors import RunError
from skelgraph.runs import EXPORT_FILE, RunDirectory, read_json_file, write_json

GRAPH_FILES: dict[Runtime, str] = {
    "onnx": "model.onnx",
    "openvino": "model.xml",
    "torch": "model.pt2",
}
"""The graph's file for each runtime; OpenVINO has a ``.bin`` beside it."""

WHOLE_FILES: dict[Runtime, str] = {"onnx": "model-whole.onnx", "openvino": "model-whole.xml"}
"""The file of the graph for clips in which nothing is missing, which takes no ``present``."""


class GraphInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a graph takes.

    Args:
        kind: ``"positions"`` of cleaned recordings, (clips, frames, joints, C), or ``"channels"``
            of a stream that is encoded before, (clips, views, C, frames, joints).
        channels: What C is.
        joints: Names of the joints in their order.
        fps: Frames per second of the clips.
        views: Whether each view is mirrored; of positions, the graph mirrors them itself.
        present: What the second input is.
    """

    kind: Literal["positions", "channels"]
    channels: str
    joints: tuple[str, ...]
    fps: float
    views: tuple[bool, ...]
    present: str = "Boolean, in the order of the first input without its C: joints that are there"


class ExportedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A network or a ridge of an exported model.

    Args:
        run: Its folder, within that of the model.
        file: Its graph or, of a ridge, its weights; within its folder.
        stream: Its stream.
        inputs: What its graph takes; None for a ridge.
        preprocessing: What is done to recordings before
            (:class:`skelgraph.poses.Preprocessing`).
        whole: A graph without the second input, for clips in which nothing is missing, in the same
            folder; None if there is none.
    """

    run: str
    file: str
    stream: str
    inputs: GraphInputs | None
    preprocessing: dict[str, Any]
    whole: str | None = None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far an exported model is from PyTorch.

    Args:
        frames: Lengths of the clips that were compared, at the model's frame rate.
        largest_difference: Largest difference of a probability.
    """

    frames: tuple[int, ...]
    largest_difference: float


class ExportFile(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of ``exported.json``.

    Args:
        skelgraph: Version that wrote it.
        runtime: What computes its graphs.
        classes: Names of the classes in the order of the probabilities.
        parts: Its networks; the probabilities of several are fused as ``config.json`` tells.
        agreement: How far it is from PyTorch.
    """

    skelgraph: str
    runtime: Runtime
    classes: tuple[str, ...]
    parts: tuple[ExportedPart, ...]
    agreement: Agreement | None = None

    def write(self, folder: Path) -> None:
        """Write the file into the folder of the model."""
        write_json(folder / EXPORT_FILE, msgspec.to_builtins(self))


def read_export_file(run: RunDirectory) -> ExportFile:
    """Return what an exported model says of itself.

    Raises:
        RunError: If the folder is not one, or its file is damaged.
    """
    file = run.path / EXPORT_FILE
    if not file.is_file():
        raise RunError(
            f"{run.path}: expected the folder of an exported model, but it has no {EXPORT_FILE}; "
            f"`skelgraph export RUN --out FOLDER` makes one"
        )
    try:
        contents = msgspec.convert(read_json_file(run.path, file), ExportFile)
    except msgspec.ValidationError as error:
        raise RunError(
            f"{file}: expected an exported model, but it is damaged ({error})"
        ) from error
    if not contents.parts:
        raise RunError(f"{file}: expected the parts of an exported model, but there are none")
    return contents
