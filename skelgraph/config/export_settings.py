"""Settings of the export of trained models."""

from typing import Annotated, Literal

from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings

Runtime = Literal["onnx", "openvino", "torch"]
"""What computes an exported graph: onnxruntime, OpenVINO, or PyTorch."""


class ExportSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph export``.

    Args:
        runtime: Form of the graphs: onnx for onnxruntime and most others, openvino, or torch, a
            program of torch.export.
    """

    runtime: Annotated[Runtime, Option(flag="--format")] = "onnx"
