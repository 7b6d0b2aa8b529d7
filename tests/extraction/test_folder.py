"""A folder is extracted in parallel, goes on after a stop, and survives its bad files."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harness.keypoint_files import draw_person

from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction import (
    EstimatorOptions,
    ExtractConfig,
    Extractor,
    Source,
    extract_folder,
    find_sources,
)
from skelgraph.io import read_sequence, write_npz
from skelgraph.poses import PoseSequence
from tests.extraction.conftest import Checkout, list_results

MakeVideo = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, keypoints: PoseSequence) -> Path:
    """Three files of keypoints in two sub-folders, one of them damaged."""
    root = tmp_path / "recordings"
    for number, name in enumerate(("calm/a.npz", "calm/b.npz", "angry/c.npz")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_npz(root / name, replace(keypoints, positions=keypoints.positions + number))
    (root / "angry" / "bad.json").write_text("[{")
    return root


def names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return sorted(path.relative_to(folder).as_posix() for path in files)


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_bad_file_does_not_stop_the_others(folder: Path, tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "out"
    seen: list[tuple[int, int]] = []
    done = extract_folder(folder, out, jobs=jobs, progress=lambda *counts: seen.append(counts))
    assert names(out) == ["angry/c.npz", "calm/a.npz", "calm/b.npz"]
    assert [path.name for path in done.done] == ["c.npz", "a.npz", "b.npz"]
    assert done.skipped == ()
    (failed,) = done.failed.items()
    assert failed[0] == folder / "angry" / "bad.json"
    assert "expected JSON" in failed[1]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    alone = Extractor(ExtractConfig()).extract(folder / "calm" / "b.npz").skeletons[0]
    written = read_sequence(out / "calm" / "b.npz")
    np.testing.assert_array_equal(written.positions, alone.positions)


def test_it_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extract_folder(folder, out)
    before = (out / "calm" / "a.npz").stat().st_mtime_ns
    (out / "calm" / "b.npz").unlink()
    again = extract_folder(folder, out)
    assert [path.name for path in again.done] == ["b.npz"]
    assert [path.name for path in again.skipped] == ["c.npz", "a.npz"]
    assert list(again.failed) == [folder / "angry" / "bad.json"]
    assert (out / "calm" / "a.npz").stat().st_mtime_ns == before
    (folder / "angry" / "bad.json").unlink()
    forced = extract_folder(folder, out, overwrite=True)
    assert (len(forced.done), len(forced.skipped), len(forced.failed)) == (3, 0, 0)
    assert (out / "calm" / "a.npz").stat().st_mtime_ns != before


def test_results_of_other_settings_do_not_mix(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extract_folder(folder, out)
    other = ExtractConfig(filter="none", max_gap_s=None)
    with pytest.raises(ExtractionError, match=r"other settings \(max_gap_s, filter\)"):
        extract_folder(folder, out, other)
    extract_folder(folder, out, other, overwrite=True)
    assert len(extract_folder(folder, out, other).skipped) == 3
    (out / ".extract.json").write_text("[")
    with pytest.raises(ExtractionError, match=r"\.extract\.json: expected the settings"):
        extract_folder(folder, out, other)


def test_recordings_are_worked_on_at_the_same_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(3, timeout=60)
    extract = Extractor.extract

    def wait(self: Extractor, source: Path, **options: object) -> object:
        if source.suffix == ".npz":
            together.wait()  # passes only where three are there
        return extract(self, source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Extractor, "extract", wait)
    assert len(extract_folder(folder, tmp_path / "out", jobs=3).done) == 3


def test_a_defect_at_one_recording_costs_no_other(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = Extractor.extract

    def fail(self: Extractor, source: Path, **options: object) -> object:
        if source.name == "a.npz":
            raise RuntimeError("odd")
        if source.name == "b.npz":
            raise OSError(28, "No space left", "disk")
        return extract(self, source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Extractor, "extract", fail)
    done = extract_folder(folder, tmp_path / "out")
    assert [path.name for path in done.done] == ["c.npz"]
    assert done.failed[folder / "calm" / "a.npz"] == (
        "internal error, a defect of skelgraph: RuntimeError: odd"
    )
    assert done.failed[folder / "calm" / "b.npz"] == "disk: No space left"


def test_a_stop_keeps_what_is_done(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    (folder / "angry" / "bad.json").unlink()
    with pytest.raises(KeyboardInterrupt):
        extract_folder(folder, out, progress=stop)
    there = names(out)
    assert len(there) >= 2
    assert [path.name for path in out.rglob(".*")] == [".extract.json"]
    assert len(extract_folder(folder, out).skipped) == len(there)


def test_keypoints_beside_a_video_are_its_own(tmp_path: Path, make_video: MakeVideo) -> None:
    root = tmp_path / "videos"
    for name in ("a.mp4", "sub/b.mp4", ".hidden.mp4"):
        make_video(root / name)
    (root / "a.json").write_text(json.dumps(list_results(draw_person(12))))
    assert find_sources(root) == [
        Source(path=root / "a.json", stem=Path("a"), video=root / "a.mp4"),
        Source(path=root / "sub" / "b.mp4", stem=Path("sub/b")),
    ]
    assert find_sources(root, "file") == [
        Source(path=root / "a.json", stem=Path("a"), video=root / "a.mp4")
    ]
    assert [source.path.name for source in find_sources(root, "alphapose")] == ["a.mp4", "b.mp4"]
    done = extract_folder(root, tmp_path / "out", ExtractConfig(estimator="file"))
    assert done.failed == {}
    assert read_sequence(tmp_path / "out" / "a.npz").fps == 25  # of the video
    extract_folder(root, tmp_path / "more", ExtractConfig(estimator="file", fps=30.0))
    assert read_sequence(tmp_path / "more" / "a.npz").fps == 25  # 30 is for those without one


def test_what_a_file_did_not_tell_may_be_added(folder: Path, tmp_path: Path) -> None:
    (folder / "no_rate.json").write_text(json.dumps(list_results(draw_person(12))))
    (folder / "angry" / "bad.json").unlink()
    (reason,) = extract_folder(folder, tmp_path / "out").failed.values()
    assert "expected the frame rate" in reason
    done = extract_folder(folder, tmp_path / "out", ExtractConfig(fps=20.0))
    assert ([path.name for path in done.done], len(done.skipped)) == (["no_rate.json"], 3)
    with pytest.raises(ExtractionError, match=r"other settings \(fps\)"):
        extract_folder(folder, tmp_path / "out", ExtractConfig(fps=25.0))


def test_two_recordings_do_not_share_a_result(folder: Path) -> None:
    (folder / "calm" / "a.json").write_text("[]")
    with pytest.raises(ExtractionError, match=r"would both become a; rename one"):
        find_sources(folder)


def test_folders_without_recordings_are_errors(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match="expected videos, but the folder has none"):
        find_sources(folder, "mediapipe")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExtractionError, match="expected videos or keypoints, but"):
        find_sources(tmp_path / "empty")
    with pytest.raises(ExtractionError, match="expected another folder than that of the recordin"):
        extract_folder(folder, folder)


def test_results_inside_of_the_folder_are_no_recordings(folder: Path) -> None:
    extract_folder(folder, folder / "out")
    again = extract_folder(folder, folder / "out")
    assert (len(again.done), len(again.skipped)) == (0, 3)


def test_a_missing_estimator_does_not_stop_keypoints(folder: Path, make_video: MakeVideo) -> None:
    make_video(folder / "d.mp4")
    options = EstimatorOptions(pose_model=str(folder / "no.task"))
    done = extract_folder(folder, folder.parent / "out", ExtractConfig(options=options))
    assert [path.name for path in done.done] == ["c.npz", "a.npz", "b.npz"]
    assert [path.name for path in done.failed] == ["d.mp4", "bad.json"]


def test_what_is_missing_for_all_is_said_at_once(
    tmp_path: Path, make_video: MakeVideo, checkout: Checkout
) -> None:
    make_video(tmp_path / "videos" / "a.mp4")
    config = ExtractConfig(estimator="alphapose")
    with pytest.raises(ExtractionError, match="needs a checkout of AlphaPose"):
        extract_folder(tmp_path / "videos", tmp_path / "out", config)
    with pytest.raises(FormatError, match="expected a name that ends as a format"):
        extract_folder(tmp_path / "videos", tmp_path / "out", config, suffix=".xyz")
    with pytest.raises(ExtractionError, match="expected the checkpoint of a lifter"):
        extract_folder(
            tmp_path / "videos", tmp_path / "out", replace(config, lifter=tmp_path / "no.bin")
        )


def test_a_folder_of_videos(
    tmp_path: Path, make_video: MakeVideo, checkout: Checkout, lifter_file: Path
) -> None:
    root = tmp_path / "videos"
    make_video(root / "a.mp4")
    make_video(root / "b.mp4", num_frames=14)
    (root / "cut.mp4").write_bytes((root / "a.mp4").read_bytes()[:900])
    options = EstimatorOptions(alphapose_root=checkout.root)
    config = ExtractConfig(options=options, lifter=lifter_file)
    out, keep = tmp_path / "out", tmp_path / "keep"
    done = extract_folder(root, out, config, suffix=".csv", jobs=2, keep=keep, preview="png")
    assert [path.name for path in done.failed] == ["cut.mp4"]
    assert names(out) == ["a.csv", "a.png", "b.csv", "b.png"]
    assert names(keep) == [
        *("a-filtered.npz", "a-keypoints.npz", "b-filtered.npz", "b-keypoints.npz"),
    ]
    assert read_sequence(out / "b.csv").num_frames == 14
    assert sorted(checkout.calls) == ["a.mp4", "b.mp4"]
