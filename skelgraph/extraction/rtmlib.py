"""Keypoints by rtmlib: a detector finds the persons of each frame, RTMPose their keypoints.

Source: Tau-J/rtmlib, ``rtmlib/tools``. Its models are ONNX files that onnxruntime runs; it fetches
its own once (``~/.cache/rtmlib``). Keypoints are in pixels; 17 are COCO's, 26 Halpe's, 133 those of
COCO-WholeBody. Persons of a frame are listed in no order that means anything and are told apart
over time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, get_args

import numpy as np
import numpy.typing as npt

from skelgraph.config import RtmlibModel
from skelgraph.data import Progress, remembered_fingerprint
from skelgraph.errors import ExtractionError
from skelgraph.extraction.estimator import Estimate, pad_frames
from skelgraph.extraction.video import (
    Video,
    VideoImage,
    describe_unevenness,
    probe_video,
    read_frames,
)
from skelgraph.io import Detections, build_persons
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

RTMLIB_MODELS: tuple[str, ...] = get_args(RtmlibModel)
"""The models that rtmlib fetches, from the fastest to the most accurate."""

NO_DETECTOR = "none"
"""The name of the detector that takes the whole image for one person."""

_OWN_FILES = "name model files of your own (--pose-model FILE.onnx --detector FILE.onnx|none)"

FindPersons = Callable[[npt.NDArray[np.uint8]], tuple[FloatArray, FloatArray]]
"""Returns keypoints (persons, V, 2) and scores (persons, V) of an image (height, width, BGR)."""


@dataclass(frozen=True, kw_only=True)
class RtmlibEstimator:
    """Run models of rtmlib on videos.

    Args:
        model: A name of :data:`RTMLIB_MODELS`, or an ONNX file: of RTMPose, or of RTMO, which needs
            no detector.
        detector: An ONNX file of YOLOX; ``none`` for one person who fills the image; None for the
            detector of the model's name, or of ``balanced``.

    Raises:
        ExtractionError: If one of the files is not there.
    """

    model: str | Path = "balanced"
    detector: str | None = None

    name: ClassVar[str] = "rtmlib"

    def __post_init__(self) -> None:
        if str(self.model) not in RTMLIB_MODELS and not Path(self.model).is_file():
            raise ExtractionError(
                f"{self.model}: expected a model file of rtmlib (--pose-model FILE.onnx) or one of "
                f"the names {', '.join(RTMLIB_MODELS)}, but there is no such file"
            )
        if self.detector not in (None, NO_DETECTOR) and not Path(str(self.detector)).is_file():
            raise ExtractionError(
                f"{self.detector}: expected a model file of YOLOX (--detector FILE.onnx) or "
                f"{NO_DETECTOR!r}, but there is no such file"
            )

    def settings(self) -> Mapping[str, object]:
        """Return the version of rtmlib, and names of the models or digests of their files.

        Raises:
            ExtractionError: If rtmlib is not installed.
        """
        try:
            own_version = version("rtmlib")
        except PackageNotFoundError as error:
            raise _tell_absence(error) from error
        return {
            "version": own_version,
            "model": _identify(self.model),
            "detector": None if self.detector is None else _identify(self.detector),
        }

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Find the persons in a video; each sequence has all of its frames.

        Raises:
            ExtractionError: If rtmlib is not installed, a model cannot be fetched or loaded, or the
                video cannot be decoded.
            FormatError: If nobody is there.
        """
        video = probe_video(source)
        find_persons = self._find_persons
        results = (find_persons(image) for image in _read_images(video, progress))
        return Estimate(
            persons=tuple(collect_keypoints(results, video)),
            size_px=(video.width_px, video.height_px),
            notes=describe_unevenness(video),
        )

    def load(self) -> Callable[[VideoImage], tuple[FloatArray, FloatArray]]:
        """Load the models, and return what finds keypoints and scores in an image.

        Raises:
            ExtractionError: If rtmlib is not installed, or a model cannot be fetched or loaded.
        """
        find_persons = self._find_persons
        return lambda image: find_persons(_order_colors(image))

    @cached_property
    def _find_persons(self) -> FindPersons:
        """The models, loaded once for all videos."""
        rtmlib = _import_rtmlib()
        pose, is_one_stage = self._load_pose(rtmlib)
        if is_one_stage or self.detector == NO_DETECTOR:
            find_alone: FindPersons = pose
            return find_alone
        detect = self._load_detector(rtmlib)

        def find_persons(image: npt.NDArray[np.uint8]) -> tuple[FloatArray, FloatArray]:
            boxes = detect(image)
            # Without boxes RTMPose would take the whole image for a person.
            return pose(image, boxes) if len(boxes) else (np.zeros((0, 0, 2)), np.zeros((0, 0)))

        return find_persons

    def _load_pose(self, rtmlib: Any) -> tuple[Any, bool]:
        """Return the model of keypoints, and whether it finds the persons itself."""
        if str(self.model) in RTMLIB_MODELS:
            files = rtmlib.Body.MODE[str(self.model)]
            return _load_tool(rtmlib.RTMPose, files["pose"], files["pose_input_size"]), False
        (height, width), is_one_stage = _read_form(Path(self.model))
        if is_one_stage:
            return _load_tool(rtmlib.RTMO, str(self.model), (height, width)), True
        return _load_tool(rtmlib.RTMPose, str(self.model), (width, height)), False

    def _load_detector(self, rtmlib: Any) -> Any:
        if self.detector is not None:
            size, _ = _read_form(Path(self.detector))
            return _load_tool(rtmlib.YOLOX, self.detector, size)
        is_named = str(self.model) in RTMLIB_MODELS
        files = rtmlib.Body.MODE[str(self.model) if is_named else "balanced"]
        return _load_tool(rtmlib.YOLOX, files["det"], files["det_input_size"])


def collect_keypoints(
    results: Iterable[tuple[FloatArray, FloatArray]], video: Video
) -> list[PoseSequence]:
    """Collect the persons of rtmlib's keypoints and scores of each frame.

    Each sequence has all frames of the video.

    Raises:
        FormatError: If nobody is there, or the number of keypoints is not known.
    """
    keypoints, scores, frames = [], [], []
    number = -1
    for number, (points, sure) in enumerate(results):
        for pose, confidence in zip(points, sure, strict=True):
            if (confidence > 0).any():
                keypoints.append(pose)
                scores.append(confidence)
                frames.append(number)
    found = Detections(
        keypoints=np.array(keypoints, dtype=np.float64) if keypoints else np.zeros((0, 17, 2)),
        scores=np.array(scores, dtype=np.float64) if scores else np.zeros((0, 17)),
        frames=np.array(frames, dtype=np.int64),
        num_frames=max(video.num_frames, number + 1),
    )
    persons = build_persons(video.path, found, layout=None, fps=video.fps)
    named = [replace(person, name=video.path.stem) for person in persons]
    return [pad_frames(person, video.num_frames) for person in named]


def _identify(model: str | Path) -> str:
    if str(model) in (*RTMLIB_MODELS, NO_DETECTOR):
        return str(model)
    return remembered_fingerprint(Path(model), [Path(model)])


def _read_images(video: Video, progress: Progress | None) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the frames of a video as OpenCV orders colors: blue, green, red."""
    image: VideoImage
    for image in read_frames(video):
        yield _order_colors(image)
        if progress is not None:
            progress(image.number + 1, max(video.num_frames, image.number + 1))


def _order_colors(image: VideoImage) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(image.pixels[:, :, ::-1])


def _import_rtmlib() -> Any:
    try:
        import onnxruntime  # noqa: F401  rtmlib imports it only when it is needed
        import rtmlib
    except ImportError as error:
        raise _tell_absence(error) from error
    return rtmlib


def _tell_absence(error: ImportError) -> ExtractionError:
    return ExtractionError(
        f"the rtmlib estimator needs rtmlib and onnxruntime, which cannot be imported ({error}); "
        f"pip install 'skelgraph[video]'"
    )


def _choose_device() -> str:
    from onnxruntime import get_available_providers

    return "cuda" if "CUDAExecutionProvider" in get_available_providers() else "cpu"


def _load_tool(tool: Any, model: str, size: tuple[int, int]) -> Any:
    """Make one of rtmlib's models, which fetches its file if that is not there."""
    device = _choose_device()
    with _naming(model), redirect_stdout(StringIO()):  # it prints what it loads
        return tool(model, model_input_size=size, backend="onnxruntime", device=device)


def _read_form(model: Path) -> tuple[tuple[int, int], bool]:
    """Return height and width of the image that a model takes, and whether it finds persons itself.

    RTMPose returns two arrays of three axes (simcc_x, simcc_y); RTMO boxes, and keypoints of four.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    with _naming(str(model)):
        session = onnxruntime.InferenceSession(str(model), options)
    shape = session.get_inputs()[0].shape
    if len(shape) != 4 or not all(isinstance(side, int) for side in shape[2:]):
        raise ExtractionError(
            f"{model}: expected a model of images of one size, as rtmlib's are, but its input is "
            f"{shape}"
        )
    ranks = [len(output.shape) for output in session.get_outputs()]
    return (shape[2], shape[3]), len(ranks) > 1 and ranks[1] == 4


@contextmanager
def _naming(model: str) -> Iterator[None]:
    """Turn the errors of fetching and loading a model into one that names it."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    damaged = (state.InvalidProtobuf, state.InvalidGraph, state.InvalidArgument, state.Fail)
    try:
        yield
    except OSError as error:  # such as any error of urllib
        raise ExtractionError(
            f"{model}: rtmlib needs this model, but it is not there and cannot be fetched "
            f"({error}); {_OWN_FILES}, or take another estimator (--estimator mediapipe)"
        ) from error
    except (*damaged, state.NotImplemented, RuntimeError) as error:
        raise ExtractionError(
            f"{model}: expected an ONNX model for rtmlib, but onnxruntime cannot load it: {error}"
        ) from error
