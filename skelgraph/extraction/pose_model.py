"""The model files of MediaPipe's pose landmarker, each fetched once and checked.

Google publishes them under the Apache license 2.0 (ai.google.dev/edge/mediapipe, "Pose landmark
detection guide"). The digests are those of version 1.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from skelgraph.errors import ExtractionError
from skelgraph.io import cache_folder

_ADDRESS = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
_TIMEOUT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class PoseModel:
    """A model file that can be fetched.

    Args:
        file: Its name.
        url: Its address.
        sha256: Hexadecimal digest of its content.
    """

    file: str
    url: str
    sha256: str


POSE_MODELS: dict[str, PoseModel] = {
    name: PoseModel(
        file=f"pose_landmarker_{name}.task",
        url=f"{_ADDRESS}/pose_landmarker_{name}/float16/1/pose_landmarker_{name}.task",
        sha256=sha256,
    )
    for name, sha256 in {
        "lite": "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
        "full": "5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",
        "heavy": "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
    }.items()
}
"""The models by name, from the fastest to the most accurate."""


def find_pose_model(model: str | Path) -> Path:
    """Return the file of a model.

    Args:
        model: A file, or a name of :data:`POSE_MODELS`, which is fetched into the cache if it is
            not there.

    Raises:
        ExtractionError: If there is no such file, or it cannot be fetched.
    """
    if str(model) in POSE_MODELS:
        return fetch_model(POSE_MODELS[str(model)], cache_folder("models"))
    path = Path(model)
    if not path.is_file():
        raise ExtractionError(
            f"{path}: expected a model file of MediaPipe's pose landmarker (--pose-model; "
            f"{', '.join(one.file for one in POSE_MODELS.values())}) or one of the names "
            f"{', '.join(POSE_MODELS)}, but there is no such file"
        )
    return path


def fetch_model(model: PoseModel, folder: Path) -> Path:
    """Return a model's file in a folder; it is fetched unless it is there already.

    Raises:
        ExtractionError: If it cannot be fetched, or its content is not what it should be.
    """
    try:
        import pooch
    except ImportError as error:
        raise ExtractionError(
            f"pooch, which fetches {model.file}, cannot be imported ({error}); "
            f"pip install 'skelgraph[video]', or name the file (--pose-model FILE)"
        ) from error
    by_hand = (
        f"fetch {model.url} by hand and put it there, or name another file (--pose-model FILE)"
    )
    path = folder / model.file
    downloader = pooch.HTTPDownloader(timeout=_TIMEOUT_S, progressbar=sys.stderr.isatty())
    try:
        pooch.retrieve(
            model.url, f"sha256:{model.sha256}", model.file, folder, downloader=downloader
        )
    except ValueError as error:
        raise ExtractionError(
            f"{path}: expected a file of SHA-256 {model.sha256}, but got another from {model.url}; "
            f"{by_hand}"
        ) from error
    except OSError as error:  # such as any error of requests
        raise ExtractionError(
            f"{path}: the mediapipe estimator needs this model file, but it is not there and "
            f"cannot be fetched ({error}); {by_hand}"
        ) from error
    return path
