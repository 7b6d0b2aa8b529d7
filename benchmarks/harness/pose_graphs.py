"""Tiny ONNX models with the inputs and outputs of rtmlib's, which find a bright spot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

POSE_SIZE = (48, 64)
"""Width and height of the image that :func:`write_pose_graph` takes."""
OFFSETS = np.array(
    [
        *((0, 0), (1, -1), (-1, -1), (2, 0), (-2, 0), (4, 5), (-4, 5), (6, 9), (-6, 9)),
        *((7, 13), (-7, 13), (3, 14), (-3, 14), (3, 20), (-3, 20), (3, 26), (-3, 26)),
    ]
)
"""Where the keypoints (17, 2) are, in pixels of that image, beside the spot."""

_SPLIT = 2
"""Bins of SimCC for each pixel, as in RTMPose."""


def write_pose_graph(file: Path, *, size: tuple[int, int] | None = POSE_SIZE) -> Path:
    """Write a model like RTMPose: the brightest column and row, moved for each keypoint.

    Without a size, the model takes images of any.
    """
    from onnx import TensorProto, helper

    width, height = POSE_SIZE
    nodes, outputs, constants = [], [], []
    for axis, (name, length) in enumerate((("x", width), ("y", height))):
        shifts = np.zeros((len(OFFSETS), length, _SPLIT * length), dtype=np.float32)
        for joint, offset in enumerate(OFFSETS[:, axis]):
            for place in range(length):
                moved = _SPLIT * (place + offset)
                if 0 <= moved < _SPLIT * length:
                    shifts[joint, place, moved] = 0.3
        constants.append(_constant(f"shifts_{name}", shifts))
        constants.append(_constant(f"axes_{name}", np.array([1, 2 if name == "x" else 3])))
        nodes += [
            helper.make_node("ReduceMax", ["input", f"axes_{name}"], [f"{name}_0"], keepdims=0),
            helper.make_node("Unsqueeze", [f"{name}_0", "one_two"], [f"{name}_1"]),
            helper.make_node("MatMul", [f"{name}_1", f"shifts_{name}"], [f"{name}_2"]),
            helper.make_node("Squeeze", [f"{name}_2", "two"], [f"simcc_{name}"]),
        ]
        shape = ["batch", len(OFFSETS), _SPLIT * length]
        outputs.append(helper.make_tensor_value_info(f"simcc_{name}", TensorProto.FLOAT, shape))
    constants += [_constant("one_two", np.array([1, 2])), _constant("two", np.array([2]))]
    sides = ["height", "width"] if size is None else [size[1], size[0]]
    return _save(file, nodes, ["batch", 3, *sides], outputs, constants)


def write_detector_graph(file: Path, boxes: Sequence[Sequence[float]], *, side: int = 64) -> Path:
    """Write a model like YOLOX with its last step inside, which finds the same boxes everywhere.

    A box is left, top, right, bottom and score, in pixels of the square image that it takes.
    """
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Identity", ["boxes"], ["dets"])]
    shape = [1, len(boxes), 5]
    outputs = [helper.make_tensor_value_info("dets", TensorProto.FLOAT, shape)]
    found = np.array([boxes], dtype=np.float32)
    return _save(file, nodes, [1, 3, side, side], outputs, [_constant("boxes", found)])


def write_one_stage_graph(file: Path, keypoints: np.ndarray, *, side: int = 64) -> Path:
    """Write a model like RTMO, which finds the same persons (P, 17, 3) everywhere."""
    from onnx import TensorProto, helper

    persons = np.asarray(keypoints, dtype=np.float32)[None]
    low, high = persons[..., :2].min(axis=2), persons[..., :2].max(axis=2)
    scores = np.full((*low.shape[:2], 1), 0.9)
    boxes = np.concatenate([low, high, scores], axis=2).astype(np.float32)
    nodes = [
        helper.make_node("Identity", ["boxes"], ["dets"]),
        helper.make_node("Identity", ["persons"], ["keypoints"]),
    ]
    outputs = [
        helper.make_tensor_value_info("dets", TensorProto.FLOAT, list(boxes.shape)),
        helper.make_tensor_value_info("keypoints", TensorProto.FLOAT, list(persons.shape)),
    ]
    constants = [_constant("boxes", boxes), _constant("persons", persons)]
    return _save(file, nodes, [1, 3, side, side], outputs, constants)


def _constant(name: str, array: np.ndarray) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def _save(
    file: Path,
    nodes: Sequence[Any],
    shape: Sequence[int | str],
    outputs: Sequence[Any],
    constants: Sequence[Any],
) -> Path:
    import onnx
    from onnx import TensorProto, helper

    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "graph", [image], outputs, constants)
    opsets = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), file)
    return file
