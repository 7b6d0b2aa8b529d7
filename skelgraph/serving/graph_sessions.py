"""Runtimes that compute exported graphs; each is imported when a graph is opened."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import Runtime
from skelgraph.errors import RunError
from skelgraph.typing import BoolArray, Float32Array, FloatArray

Session = Callable[[Float32Array, BoolArray], FloatArray]
"""Takes the two inputs of a graph, and returns probabilities (clips, classes)."""

_PACKAGES: dict[Runtime, tuple[str, str]] = {
    "onnx": ("onnxruntime", "export"),
    "openvino": ("openvino", "openvino"),
}


def open_session(file: Path, runtime: Runtime, *, threads: int | None = None) -> Session:
    """Return a graph, ready to be called.

    Args:
        file: The graph's file.
        runtime: What computes it.
        threads: Threads that share each operation; as many as there are cores if not given.

    Raises:
        RunError: If the file is missing or damaged, or the runtime is not installed.
    """
    if not file.is_file():
        raise RunError(f"{file}: expected the graph of an exported model, but there is none")
    opener = {"onnx": _open_onnx, "openvino": _open_openvino, "torch": _open_torch}[runtime]
    try:
        return opener(file, threads)
    except RunError:
        raise
    except Exception as error:  # each runtime has errors of its own for a damaged file
        raise RunError(f"{file}: expected a graph of {runtime}, but got {error}") from error


def import_runtime(runtime: Runtime) -> Any:
    """Import the package of a runtime other than PyTorch.

    Raises:
        RunError: If it is not installed.
    """
    package, extra = _PACKAGES[runtime]
    try:
        return import_module(package)
    except ImportError as error:
        raise RunError(
            f"a model of the format {runtime} needs {package}, which is not installed; "
            f"pip install 'skelgraph[{extra}]'"
        ) from error


def _open_onnx(file: Path, threads: int | None) -> Session:
    onnxruntime = import_runtime("onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]

    def call(x: Float32Array, present: BoolArray) -> FloatArray:
        (probabilities,) = session.run(None, dict(zip(names, (x, present), strict=True)))
        return np.asarray(probabilities, dtype=np.float64)

    return call


def _open_openvino(file: Path, threads: int | None) -> Session:
    openvino = import_runtime("openvino")
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",  # the default rounds to bfloat16 on newer processors
    }
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    request = openvino.Core().compile_model(file, "CPU", settings).create_infer_request()

    def call(x: Float32Array, present: BoolArray) -> FloatArray:
        return np.array(request.infer([x, present])[0], dtype=np.float64)

    return call


def _open_torch(file: Path, threads: int | None) -> Session:
    import torch

    graph = torch.export.load(file).module()

    def call(x: Float32Array, present: BoolArray) -> FloatArray:
        with torch.inference_mode():
            probabilities = graph(torch.from_numpy(x), torch.from_numpy(present))
        return np.asarray(probabilities.double().numpy())

    return call
