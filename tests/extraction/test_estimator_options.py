"""The estimator that is wanted, else the one that is there."""

from pathlib import Path

import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import (
    AlphaPoseEstimator,
    EstimatorOptions,
    MediaPipeEstimator,
    choose_estimator,
    estimator_options,
    make_video_estimator,
)
from tests.extraction.conftest import Checkout

CLIP, KEYPOINTS = Path("clip.mp4"), Path("clip.json")


@pytest.fixture
def no_mediapipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimator_options, "find_spec", lambda name: None)


@pytest.fixture
def some_mediapipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimator_options, "find_spec", lambda name: object())


def test_keypoints_are_read() -> None:
    assert choose_estimator(KEYPOINTS, None, EstimatorOptions()) == "file"
    assert choose_estimator(Path("folder"), None, EstimatorOptions()) == "file"


@pytest.mark.usefixtures("some_mediapipe")
def test_a_video_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_estimator(CLIP, None, EstimatorOptions()) == "mediapipe"
    named = EstimatorOptions(alphapose_root=Path("AlphaPose"))
    assert choose_estimator(CLIP, None, named) == "alphapose"
    assert choose_estimator(CLIP, "mediapipe", named) == "mediapipe"
    monkeypatch.setenv("ALPHAPOSE_ROOT", "elsewhere")
    assert choose_estimator(CLIP, None, EstimatorOptions()) == "alphapose"
    assert EstimatorOptions().root == Path("elsewhere")
    assert named.root == Path("AlphaPose")


@pytest.mark.usefixtures("no_mediapipe")
def test_where_there_is_none_it_says_what_to_install() -> None:
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
    made = make_video_estimator("mediapipe", EstimatorOptions(mediapipe_model=model, max_persons=3))
    assert made == MediaPipeEstimator(model=model, max_persons=3)
    assert make_video_estimator(
        "mediapipe", EstimatorOptions(mediapipe_model=model)
    ) == MediaPipeEstimator(model=model, max_persons=1)
