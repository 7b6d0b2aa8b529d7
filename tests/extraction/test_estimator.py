"""What was estimated is kept, by the content of the file and the estimator's settings."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import Progress
from skelgraph.errors import ExtractionError
from skelgraph.extraction import Estimate, estimate_cached
from skelgraph.extraction.estimator import pad_frames
from skelgraph.io import list_cache
from skelgraph.poses import PoseSequence


@dataclass
class Counting:
    """An estimator of the tests, which counts its calls."""

    persons: list[PoseSequence]
    detail: int = 1
    name: str = "counting"
    calls: list[Path] = field(default_factory=list)

    def settings(self) -> dict[str, object]:
        return {"detail": self.detail}

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        self.calls.append(source)
        if not self.persons:
            raise ExtractionError(f"{source}: nobody")
        named = tuple(replace(one, name=source.stem) for one in self.persons)
        return Estimate(persons=named, size_px=(64, 48), notes=("a note",))


def test_it_is_estimated_once_for_each_content_and_setting(
    tmp_path: Path, make_video: Callable[..., Path], keypoints: PoseSequence
) -> None:
    video = make_video(tmp_path / "a.mp4")
    estimator = Counting([keypoints, keypoints])
    first = estimate_cached(estimator, video)
    again = estimate_cached(estimator, video)
    assert estimator.calls == [video]
    assert (first.is_cached, again.is_cached) == (False, True)
    assert (again.size_px, again.notes) == ((64, 48), ("a note",))
    assert len(again.persons) == 2
    for one, other in zip(first.persons, again.persons, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        assert one.confidence is not None
        assert other.confidence is not None
        np.testing.assert_array_equal(one.confidence, other.confidence)
        assert (one.layout, one.fps, one.unit, one.up) == (
            *(other.layout, other.fps),
            *(other.unit, other.up),
        )

    copy = shutil.copy(video, tmp_path / "b.mp4")
    renamed = estimate_cached(estimator, copy)
    assert renamed.is_cached
    assert renamed.persons[0].name == "b"

    estimate_cached(replace(estimator, detail=2), video)
    assert len(estimator.calls) == 2
    make_video(video, num_frames=13)
    estimate_cached(estimator, video)
    assert len(estimator.calls) == 3


def test_a_failure_is_not_kept(video: Path) -> None:
    estimator = Counting([])
    for _ in range(2):
        with pytest.raises(ExtractionError, match="nobody"):
            estimate_cached(estimator, video)
    assert len(estimator.calls) == 2


def test_a_damaged_cache_is_made_anew(
    video: Path, keypoints: PoseSequence, own_cache: Path
) -> None:
    estimator = Counting([keypoints])
    estimate_cached(estimator, video)
    (file,) = own_cache.glob("keypoints/*")
    assert (file,) in [files.paths for files in list_cache()]
    file.write_bytes(file.read_bytes()[:100])
    assert not estimate_cached(estimator, video).is_cached
    assert estimate_cached(estimator, video).is_cached


def test_frames_without_anybody_are_added(keypoints: PoseSequence) -> None:
    longer = pad_frames(keypoints, 43)
    assert longer.num_frames == 43
    np.testing.assert_array_equal(longer.positions[:40], keypoints.positions)
    assert not longer.present[40:].any()
    assert longer.confidence is not None
    assert longer.confidence[40:].max() == 0
    assert pad_frames(keypoints, 40) is keypoints
    assert pad_frames(replace(keypoints, confidence=None), 41).confidence is None
