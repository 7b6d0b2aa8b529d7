"""Settings of the export of trained models."""

from typing import Annotated, Literal

from skelgraph.config.choices import Count, PoolingKind, Positive
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError

Runtime = Literal["onnx", "openvino", "torch"]
"""What computes an exported graph: onnxruntime, OpenVINO, or PyTorch."""


class ExportSettings(Settings, frozen=True, kw_only=True):
    """Settings of ``skelgraph export``.

    Args:
        runtime: Form of the graphs: onnx for onnxruntime and most others, openvino, or torch, a
            program of torch.export.
        step: Write a step for onnxruntime: it takes the next frames of a stream and what it
            remembers of those before, and returns both an answer and what it remembers now.
        people: People whose frames go through one step together.
        pooling: What the answer of a step is about: everything so far (mean), the last seconds
            (window), or what fades with a half-life (exponential).
        memory_s: Seconds of that window or half-life.
    """

    runtime: Annotated[Runtime, Option(flag="--format")] = "onnx"
    step: Annotated[bool, Option(flag="--step")] = False
    people: Count = 1
    pooling: PoolingKind = "mean"
    memory_s: Annotated[Positive, Option(flag="--memory", metavar="SECONDS")] = 4.0

    def check_together(self) -> None:
        """Check that only steps have settings of steps.

        Raises:
            RunError: If there are some of a graph of clips, or steps are for another runtime.
        """
        if self.step and self.runtime != "onnx":
            raise RunError(f"steps are written for onnx alone, not for {self.runtime}")
        others = {"people", "pooling", "memory_s"} & set(self.list_changed())
        if others and not self.step:
            raise RunError("--people, --pooling and --memory belong to steps; pass --step, too")
