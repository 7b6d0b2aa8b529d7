"""The estimator that is wanted, else the one that is there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import (
    AlphaPoseEstimator,
    EstimatorOptions,
    MediaPipeEstimator,
    RtmlibEstimator,
    choose_estimator,
    estimator_options,
    make_video_estimator,
)
from tests.extraction.conftest import Checkout

CLIP, KEYPOINTS = Path("clip.mp4"), Path("clip.json")


Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes it look as if these packages were installed."""

    def only(*packages: str) -> None:
        monkeypatch.setattr(
            estimator_options, "find_spec", lambda name: object() if name in packages else None
        )

    return only


def test_keypoints_are_read() -> None:
    assert choose_estimator(KEYPOINTS, None, EstimatorOptions()) == "file"
    assert choose_estimator(Path("folder"), None, EstimatorOptions()) == "file"


def test_a_video_takes_what_is_there(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("mediapipe")
    assert choose_estimator(CLIP, None, EstimatorOptions()) == "mediapipe"
    install("mediapipe", "rtmlib")
    assert choose_estimator(CLIP, None, EstimatorOptions()) == "rtmlib"
    named = EstimatorOptions(alphapose_root=Path("AlphaPose"))
    assert choose_estimator(CLIP, None, named) == "alphapose"
    assert choose_estimator(CLIP, "mediapipe", named) == "mediapipe"
    monkeypatch.setenv("ALPHAPOSE_ROOT", "elsewhere")
    assert choose_estimator(CLIP, None, EstimatorOptions()) == "alphapose"
    assert EstimatorOptions().root == Path("elsewhere")
    assert named.root == Path("AlphaPose")


@pytest.mark.parametrize(
    ("model", "owner"),
    [
        ("own/rtmpose.onnx", "rtmlib"),
        (Path("RTMO.ONNX"), "rtmlib"),
        ("performance", "rtmlib"),
        ("own/a.task", "mediapipe"),
        ("lite", "mediapipe"),
    ],
)
def test_a_model_that_is_named_tells_its_estimator(
    model: str | Path, owner: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    monkeypatch.setenv("ALPHAPOSE_ROOT", "elsewhere")
    assert choose_estimator(CLIP, None, EstimatorOptions(pose_model=model)) == owner
    both = EstimatorOptions(pose_model=model, alphapose_root=Path("AlphaPose"))
    assert choose_estimator(CLIP, None, both) == "alphapose"
    assert choose_estimator(CLIP, None, EstimatorOptions(detector="none")) == "rtmlib"


def test_a_model_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ExtractionError, match=r"^net\.pt: expected a model file of rtmlib"):
        choose_estimator(CLIP, None, EstimatorOptions(pose_model="net.pt"))


def test_where_there_is_none_it_says_what_to_install(install: Install) -> None:
    install()
    with pytest.raises(
        ExtractionError, match=r"clip\.mp4: no estimator .*skelgraph\[video\].*ALPHAPOSE_ROOT"
    ):
        choose_estimator(CLIP, None, EstimatorOptions())


def test_a_video_is_no_file_of_keypoints() -> None:
    with pytest.raises(ExtractionError, match=r"expected keypoints .* but it is a video"):
        choose_estimator(CLIP, "file", EstimatorOptions())


def test_alphapose_is_made_with_its_options(checkout: Checkout, tmp_path: Path) -> None:
    other = tmp_path / "own.pth"
    other.write_text("weights")
    options = EstimatorOptions(
        alphapose_root=checkout.root, alphapose_checkpoint=other, alphapose_arguments=["--flip"]
    )
    made = make_video_estimator("alphapose", options)
    assert made == AlphaPoseEstimator(root=checkout.root, checkpoint=other, arguments=("--flip",))
    assert made.name == "alphapose"
    with pytest.raises(ExtractionError, match="needs a checkout of AlphaPose"):
        make_video_estimator("alphapose", EstimatorOptions())


def test_mediapipe_is_made_with_its_options(tmp_path: Path) -> None:
    model = tmp_path / "a.task"
    model.write_bytes(b"model")
    made = make_video_estimator("mediapipe", EstimatorOptions(pose_model=model, max_persons=3))
    assert made == MediaPipeEstimator(model=model, max_persons=3)
    assert make_video_estimator(
        "mediapipe", EstimatorOptions(pose_model=model)
    ) == MediaPipeEstimator(model=model, max_persons=1)


def test_rtmlib_is_made_with_its_options(tmp_path: Path) -> None:
    assert make_video_estimator("rtmlib", EstimatorOptions()) == RtmlibEstimator()
    files = [tmp_path / "pose.onnx", tmp_path / "people.onnx"]
    for file in files:
        file.write_bytes(b"model")
    options = EstimatorOptions(pose_model=files[0], detector=files[1])
    made = make_video_estimator("rtmlib", options)
    assert made == RtmlibEstimator(model=files[0], detector=str(files[1]))
    with pytest.raises(ExtractionError, match=r"none\.onnx: expected a model file of rtmlib"):
        RtmlibEstimator(model=tmp_path / "none.onnx")
    with pytest.raises(ExtractionError, match=r"none\.onnx: expected a model file of YOLOX"):
        RtmlibEstimator(detector="none.onnx")
