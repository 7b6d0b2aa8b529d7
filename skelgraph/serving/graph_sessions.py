"""Runtimes that compute exported graphs; each is imported when a graph is opened."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import Runtime
from skelgraph.errors import RunError
from skelgraph.typing import BoolArray, Float32Array, FloatArray

Session = Callable[..., FloatArray]
"""Takes the inputs of a graph in their order, and returns probabilities (clips, classes)."""

Array = Float32Array | BoolArray

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
    _check_graph(file)
    opener = {"onnx": _open_onnx, "openvino": _open_openvino, "torch": _open_torch}[runtime]
    try:
        return opener(file, threads)
    except RunError:
        raise
    except Exception as error:  # each runtime has errors of its own for a damaged file
        raise RunError(f"{file}: expected a graph of {runtime}, but got {error}") from error


def defer_session(file: Path, runtime: Runtime, *, threads: int | None = None) -> Session:
    """Return a graph that is opened when it is first called; see :func:`open_session`."""
    _check_graph(file)
    if runtime != "torch":
        import_runtime(runtime)
    open_once = cache(lambda: open_session(file, runtime, threads=threads))
    return lambda *inputs: open_once()(*inputs)


def _check_graph(file: Path) -> None:
    if not file.is_file():
        raise RunError(f"{file}: expected the graph of an exported model, but there is none")


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

    def call(*inputs: Array) -> FloatArray:
        (probabilities,) = session.run(None, dict(zip(names, inputs, strict=True)))
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

    def call(*inputs: Array) -> FloatArray:
        return np.array(request.infer(list(inputs))[0], dtype=np.float64)

    return call


def _open_torch(file: Path, threads: int | None) -> Session:
    import torch

    graph = torch.export.load(file).module()

    def call(*inputs: Array) -> FloatArray:
        with torch.inference_mode():
            probabilities = graph(*(torch.from_numpy(array) for array in inputs))
        return np.asarray(probabilities.double().numpy())

    return call
