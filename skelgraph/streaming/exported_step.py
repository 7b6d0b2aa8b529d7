"""Exported steps at work, with numpy and onnxruntime alone.

A folder that ``skelgraph export --step`` wrote has ``step.json``, which describes it, and for each
stream a graph and the arrays of a state in which nobody was seen.
"""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.poses import Preprocessing, Unit, UpAxis
from skelgraph.typing import BoolArray, Float32Array, FloatArray

if TYPE_CHECKING:
    from skelgraph.evaluation import Fusion
    from skelgraph.streaming.online_input import OnlineInput
    from skelgraph.streaming.online_stream import OnlineStream

STEP_FILE = "step.json"
"""File by which the folder of exported steps is known."""

_DAMAGED = (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading damaged files of a folder raises."""

StepArrays = tuple[dict[str, npt.NDArray[Any]], ...]
"""What is remembered of all people: for each stream, arrays by the names of a graph's inputs."""


class StepAnswer(NamedTuple):
    """What a step yields.

    Args:
        state: The state after it.
        probabilities: Probabilities ``(N, num_classes)``.
        valid: Whether each person has probabilities yet, ``(N,)``: those of others mean nothing.
    """

    state: StepArrays
    probabilities: FloatArray
    valid: BoolArray


@dataclass(frozen=True, kw_only=True, eq=False)
class StepPart:
    """A stream of exported steps, its graph, and what comes before it.

    Args:
        stream: The stream.
        shape: Shape of its frames: people, views, channels, stride, joints.
        initial: Arrays of the state in which nobody was seen, views of people on their first axis,
            person by person.
        session: The graph.
        facts: What ``step.json`` says of it.
    """

    stream: str
    shape: tuple[int, int, int, int, int]
    initial: dict[str, npt.NDArray[Any]]
    session: Any
    facts: Mapping[str, Any]

    def make_input(
        self, source_layout: JointLayout, *, unit: Unit = "unknown", up: UpAxis | None = None
    ) -> "OnlineInput":
        """Return what cleans and normalizes poses for the stream, as in the training.

        Args:
            source_layout: Layout of the poses.
            unit: Their unit of length.
            up: Their axis that points upward; y by default, downward in an image.
        """
        from skelgraph.streaming.online_input import OnlineInput

        in_space = self.facts["channels"] == "xyz"
        return OnlineInput(
            Preprocessing.from_dict(self.facts["preprocessing"]),
            source_layout=source_layout,
            num_dimensions=3 if in_space else 2,
            unit=unit,
            up=up or ("+y" if in_space else "-y"),
        )

    def make_stream(self) -> "OnlineStream":
        """Return what encodes the frames that :meth:`make_input` returns."""
        from skelgraph.streaming.online_stream import OnlineStream

        channels = self.facts["channels"]
        return OnlineStream(
            self.facts["stream"],
            JointLayout.from_dict(self.facts["layout"]),
            num_dimensions=3 if channels == "xyz" else 2,
            fps=float(self.facts["preprocessing"]["fps"]),
            with_confidence=channels == "xyc",
            joint_identity=bool(self.facts["joint_identity"]),
            mirrored=tuple(self.facts["mirrored"]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedStep:
    """A model that takes the next frames of people and says what they show; :meth:`load` makes it.

    It takes ``stride`` frames at once, after whose last something new can be said, at ``fps``
    frames per second; the first time it takes ``first_frames``. A state is never changed: it can be
    kept, stored (``numpy.savez``) and gone on from.

    Example:
        >>> model = ExportedStep.load("my_run-step")  # doctest: +SKIP
        >>> state, due = model.init_state(), model.first_frames  # doctest: +SKIP
        >>> while True:  # doctest: +SKIP
        ...     frames = wait_for_frames(due)  # (people, views, channels, due, joints)
        ...     state, probabilities, valid = model.step(state, [frames])
        ...     due = model.stride
    """

    classes: tuple[str, ...]
    people: int
    stride: int
    first_frames: int
    delay_frames: int
    warmup_frames: int
    fps: float
    parts: tuple[StepPart, ...]
    fusion: "Fusion | None" = None
    temperature: float = 1.0

    @classmethod
    def load(cls, folder: Path | str, *, threads: int = 1) -> "ExportedStep":
        """Return the model of a folder that ``skelgraph export --step`` wrote.

        Args:
            folder: The folder.
            threads: Threads that share each operation.

        Raises:
            RunError: If the folder holds no exported steps, or files are missing or damaged.
        """
        file = Path(folder) / STEP_FILE
        if not file.is_file():
            raise RunError(
                f"{folder}: expected a folder of exported steps, but it has no {STEP_FILE}; "
                f"`skelgraph export RUN --step --out FOLDER` makes one"
            )
        try:
            facts = json.loads(file.read_text("utf-8"))
            parts = tuple(_load_part(file.parent, part, threads) for part in facts["parts"])
            fusion = None
            if facts["fusion"] is not None:
                from skelgraph.evaluation import fusion_from_dict  # a single stream needs no scipy

                fusion = fusion_from_dict(facts["fusion"])
            return cls(
                classes=tuple(facts["classes"]),
                people=int(facts["people"]),
                stride=int(facts["stride"]),
                first_frames=int(facts["first_frames"]),
                delay_frames=int(facts["delay_frames"]),
                warmup_frames=int(facts["warmup_frames"]),
                fps=float(facts["fps"]),
                parts=parts,
                fusion=fusion,
                temperature=float(facts["temperature"]),
            )
        except _DAMAGED as error:
            raise RunError(
                f"{file}: expected exported steps, but a file is missing or damaged ({error})"
            ) from error

    def init_state(self) -> StepArrays:
        """Return the state before the first frame."""
        return tuple(dict(part.initial) for part in self.parts)

    def reset(self, state: StepArrays, person: int) -> StepArrays:
        """Return the state after forgetting a person, whose place somebody else takes.

        In the first frames that the newcomer takes, those before the last ``first_frames`` have to
        be without joints.
        """
        return tuple(
            {
                name: _clear(array, person * part.shape[1], part.shape[1])
                for name, array in own.items()
            }
            for part, own in zip(self.parts, state, strict=True)
        )

    def step(
        self,
        state: StepArrays,
        frames: Sequence[Float32Array],
        present: Sequence[BoolArray] | None = None,
    ) -> StepAnswer:
        """Return what the next frames yield.

        Args:
            state: The state after the frames before.
            frames: For each stream, channels ``(people, views, channels, stride, joints)``, 0 where
                a joint is missing; ``first_frames`` of them instead of ``stride`` the first time.
            present: For each, whether a joint is there, ``(people, views, stride, joints)``; all
                are if not given.

        Raises:
            ValueError: If the shapes do not fit.
        """
        after, scores, valid = [], [], np.ones(self.people, dtype=bool)
        masks = [None] * len(frames) if present is None else present
        for part, own, x, mask in zip(self.parts, state, frames, masks, strict=True):
            there = np.ones(x.shape[:2] + x.shape[3:], dtype=bool) if mask is None else mask
            if x.shape[3:4] == (self.first_frames,):
                lead = self.stride - self.first_frames
                x = np.pad(x, [(0, 0)] * 3 + [(lead, 0), (0, 0)])
                there = np.pad(there, [(0, 0)] * 2 + [(lead, 0), (0, 0)])
            if x.shape != part.shape:
                raise ValueError(
                    f"expected frames (people, views, channels, frames, joints) of {part.shape} "
                    f"for the stream {part.stream}, but got {x.shape}"
                )
            inputs = {"channels": x.astype(np.float32, copy=False), "present": there, **own}
            probabilities, is_valid, *arrays = part.session.run(None, inputs)
            after.append(dict(zip(own, arrays, strict=True)))
            scores.append(probabilities.astype(np.float64))
            valid &= is_valid
        return StepAnswer(tuple(after), self._fuse(np.stack(scores)), valid)

    def _fuse(self, scores: FloatArray) -> FloatArray:
        scores /= scores.sum(axis=2, keepdims=True)
        fused = scores[0] if self.fusion is None else self.fusion.combine(scores)
        if self.temperature == 1:
            return fused
        powers = np.maximum(fused, np.finfo(np.float64).tiny) ** (1 / self.temperature)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _load_part(folder: Path, facts: dict[str, Any], threads: int) -> StepPart:
    try:
        import onnxruntime
    except ImportError as error:
        raise RunError(
            "exported steps need onnxruntime, which is not installed; pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    graph = folder / str(facts["graph"])
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has errors of its own for a damaged file
        raise RunError(f"{graph}: expected a graph of onnxruntime, but got {error}") from error
    with (folder / str(facts["initial"])).open("rb") as file, np.load(file) as arrays:
        initial = {entry.name: arrays[entry.name] for entry in session.get_inputs()[2:]}
    N, W, C, S, V = (int(size) for size in facts["shape"])
    return StepPart(
        stream=str(facts["stream"]),
        shape=(N, W, C, S, V),
        initial=initial,
        session=session,
        facts=facts,
    )


def _clear(array: npt.NDArray[Any], person: int, num_views: int) -> npt.NDArray[Any]:
    cleared = array.copy()
    cleared[person * num_views : (person + 1) * num_views] = 0
    return cleared
