"""The stages one after another, each of which can be left out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harness.keypoint_files import draw_person

import skelgraph
from skelgraph.errors import ExtractionError, FormatError, PoseError, RateError
from skelgraph.extraction import (
    Destination,
    EstimatorOptions,
    ExtractConfig,
    Extraction,
    Extractor,
    extract,
    extract_to_file,
)
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import COCO17, H36M17, UPPER10
from skelgraph.poses import PoseSequence, convert_layout, drop_doubtful, fill_gaps, low_pass, smooth
from tests.extraction.conftest import Checkout, list_results

SIZE = (64.0, 48.0)
PLAIN = ExtractConfig(min_confidence=None, max_gap_s=None, filter="none", to=None)


@pytest.fixture
def file(tmp_path: Path, keypoints: PoseSequence) -> Path:
    """Keypoints with a gap, a doubtful joint, and noise."""
    noise = np.random.default_rng(0).normal(0, 0.2, keypoints.positions.shape)
    positions = keypoints.positions + noise
    positions[10:14, 9] = np.nan
    confidence = np.full((40, 17), 0.9)
    confidence[20:22, 10] = 0.05
    path = tmp_path / "clip.npz"
    write_npz(path, replace(keypoints, positions=positions, confidence=confidence))
    return path


def stages(extraction: Extraction) -> dict[str, str]:
    return {stage.name: stage.what for stage in extraction.stages}


def test_every_stage_can_be_left_out(file: Path) -> None:
    done = extract(file, PLAIN)
    (person,) = done.persons
    np.testing.assert_array_equal(person.skeleton.positions, read_sequence(file).positions)
    assert person.skeleton.layout == COCO17
    assert list(stages(done)) == ["estimate", "person", "clean", "filter", "lift", "layout"]
    assert stages(done)["filter"] == "none"
    assert stages(done)["lift"] == "none: the joints stay in the image (--lifter)"
    assert "dropped" not in stages(done)["clean"]


def test_the_stages_follow_one_another(file: Path, lifter_file: Path) -> None:
    config = ExtractConfig(lifter=lifter_file, size_px=SIZE, cutoff_hz=4.0)
    done = extract(file, config)
    (person,) = done.persons
    estimated = read_sequence(file)
    cleaned = fill_gaps(drop_doubtful(estimated, min_confidence=0.1), max_gap_s=0.5)
    smoothed = low_pass(cleaned, cutoff_hz=4.0)
    np.testing.assert_array_equal(person.estimated.positions, estimated.positions)
    np.testing.assert_array_equal(person.smoothed.positions, smoothed.positions)
    skeleton = person.skeleton
    assert (skeleton.layout, skeleton.unit, skeleton.up) == (UPPER10, "m", "+z")
    assert skeleton.num_frames == 40
    assert done.skeletons == [skeleton]
    assert stages(done) == {
        "estimate": "file: 1 person, 40 frames at 25 frames/s, layout coco17, 64 x 48 px; "
        "format npz",
        "person": "main: number 1 of 1, in 40 of 40 frames",
        "clean": "0.6% of all joints missing as found, 0.9% after confidence below 0.1 was "
        "dropped, 0.0% after gaps up to 0.5 s were filled",
        "filter": "butterworth, 4 Hz, no lag",
        "lift": "lifter.bin: coco17 to h36m17, each frame from 9; world axes, +z up",
        "layout": "upper10: all joints taken as they are; 0.0% missing",
    }
    assert stages(extract(file, config))["lift"].endswith("(from the cache)")
    uncached = extract(file, replace(config, use_cache=False))
    assert not stages(uncached)["lift"].endswith("(from the cache)")
    np.testing.assert_array_equal(uncached.skeletons[0].positions, skeleton.positions)


@pytest.mark.parametrize("name", ["savgol", "one-euro"])
def test_other_filters_have_names(file: Path, name: str) -> None:
    done = extract(file, replace(PLAIN, filter=name))  # type: ignore[arg-type]
    expected = smooth(read_sequence(file), name)  # type: ignore[arg-type]
    np.testing.assert_array_equal(done.skeletons[0].positions, expected.positions)
    assert stages(done)["filter"] == name


def test_slow_recordings_have_nothing_to_filter(file: Path) -> None:
    done = extract(file, replace(PLAIN, filter="butterworth", cutoff_hz=12.5))
    assert stages(done)["filter"] == "none: 25 frames/s hold nothing above 12.5 Hz"
    np.testing.assert_array_equal(done.skeletons[0].positions, read_sequence(file).positions)


def test_a_layout_can_be_wanted_without_a_lifter(file: Path) -> None:
    done = extract(file, replace(PLAIN, to=H36M17))
    assert done.skeletons[0].num_dimensions == 2
    expected = convert_layout(read_sequence(file), H36M17)
    np.testing.assert_array_equal(done.skeletons[0].positions, expected.positions)
    assert "made up as" in stages(done)["layout"]


def test_a_run_lifts_without_the_size_of_the_image(file: Path, lifter_run: Path) -> None:
    config = ExtractConfig(lifter=lifter_run)
    done = extract(file, config)
    assert done.skeletons[0].positions.shape == (40, 10, 3)
    assert stages(done)["lift"] == (
        "lifter_run: lifter9 to upper10, each frame from 9; world axes, +y up"
    )
    before = config.settings()
    (lifter_run / "figures").mkdir()
    (lifter_run / "figures" / "error.png").write_bytes(b"picture")
    assert config.settings() == before
    weights = next(lifter_run.glob("checkpoints/*.ckpt"))
    weights.write_bytes(weights.read_bytes() + b" ")
    assert config.settings() != before


def test_bones_can_be_given_one_length(file: Path, lifter_file: Path) -> None:
    config = ExtractConfig(lifter=lifter_file, size_px=SIZE, fix_bones=True, to=None)
    done = extract(file, config)
    free = extract(file, replace(config, fix_bones=False))
    varying, fixed = (
        np.linalg.norm(bone_vectors(one.skeletons[0]), axis=2) for one in (free, done)
    )
    assert (varying.std(axis=0) > 1e-4).any()
    assert fixed.std(axis=0).max() < 1e-6
    np.testing.assert_allclose(fixed[0], np.median(varying, axis=0), atol=1e-6)
    assert "each bone of its median length" in stages(done)["lift"]


def bone_vectors(sequence: PoseSequence) -> np.ndarray:
    child, parent = np.array(sequence.layout.bones).T
    return np.asarray(sequence.positions[:, child] - sequence.positions[:, parent])


def test_joints_that_are_never_seen_are_named(
    tmp_path: Path, keypoints: PoseSequence, lifter_file: Path
) -> None:
    positions = keypoints.positions.copy()
    positions[:, 15:] = np.nan
    write_npz(tmp_path / "a.npz", replace(keypoints, positions=positions))
    done = extract(tmp_path / "a.npz", ExtractConfig(lifter=lifter_file, size_px=SIZE))
    assert stages(done)["lift"].endswith("guessed: left_ankle, right_ankle")


def test_lifting_needs_the_size_of_the_image(file: Path, lifter_file: Path, video: Path) -> None:
    config = ExtractConfig(lifter=lifter_file)
    with pytest.raises(ExtractionError, match=r"--size 1920x1080\), or the video \(--video\)"):
        extract(file, config)
    beside = extract(file, config, video=video)
    named = extract(file, replace(config, size_px=(64, 48)))
    assert beside.size_px == (64, 48)
    np.testing.assert_array_equal(beside.skeletons[0].positions, named.skeletons[0].positions)
    assert f"it has 40 frames, and {video} has 12" in stages(beside)["estimate"]


def write_alphapose(path: Path, *people: np.ndarray) -> Path:
    import json

    entries = [entry for positions in people for entry in list_results(positions)]
    path.write_text(json.dumps(entries))
    return path


def test_the_video_tells_the_rate_of_keypoints(tmp_path: Path, video: Path) -> None:
    file = write_alphapose(tmp_path / "a.json", draw_person(12))
    with pytest.raises(RateError, match="expected the frame rate"):
        extract(file)
    assert extract(file, video=video).skeletons[0].fps == 25
    assert extract(file, ExtractConfig(fps=50), video=video).skeletons[0].fps == 50


def test_persons_are_chosen(tmp_path: Path) -> None:
    small, large = draw_person(12, size=10), draw_person(12, size=60, shift=100)
    file = write_alphapose(tmp_path / "a.json", small, large)
    config = replace(PLAIN, fps=25.0)
    main = extract(file, config)
    assert main.skeletons[0].positions.min() >= 99
    assert stages(main)["person"] == "main: number 2 of 2, in 12 of 12 frames"
    first = extract(file, replace(config, person=1))
    assert first.skeletons[0].positions.max() < 50
    both = extract(file, replace(config, person="all"))
    assert len(both.skeletons) == 2
    assert "2 lift" in stages(both)
    with pytest.raises(PoseError, match="expected a person 3, but the recording has 2"):
        extract(file, replace(config, person=3))


def test_a_video_goes_all_the_way(checkout: Checkout, video: Path, lifter_file: Path) -> None:
    options = EstimatorOptions(alphapose_root=checkout.root)
    config = ExtractConfig(options=options, lifter=lifter_file)
    done = extract(video, config)
    assert done.skeletons[0].positions.shape == (12, 10, 3)
    assert (done.video, done.size_px) == (video, (64, 48))
    other = extract(video, replace(config, filter="savgol", person=1))
    assert checkout.calls == ["clip.mp4"]  # estimated once
    assert "(from the cache)" in stages(other)["estimate"]
    assert "(from the cache)" not in stages(done)["estimate"]
    extract(video, replace(config, use_cache=False))
    assert len(checkout.calls) == 2


def test_settings_tell_what_the_result_depends_on(lifter_file: Path) -> None:
    import json

    config = ExtractConfig(lifter=lifter_file, size_px=SIZE)
    before = json.loads(json.dumps(config.settings()))
    assert before == config.settings()
    for changed in (
        replace(config, filter="none"),
        replace(config, to=None),
        replace(config, lifter=None),
        replace(config, options=EstimatorOptions(max_persons=3)),
    ):
        assert changed.settings() != before
    lifter_file.write_bytes(b"other")
    assert config.settings() != before


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match=r"nothing\.mp4: expected a video or keypoints"):
        extract(tmp_path / "nothing.mp4")
    (tmp_path / "a.txt").write_text("nothing of use")
    with pytest.raises(FormatError):
        extract(tmp_path / "a.txt", ExtractConfig(fps=25))


def test_it_is_offered_at_the_top() -> None:
    assert skelgraph.extract is extract
    assert skelgraph.ExtractConfig is ExtractConfig


def test_files_are_written_whole_or_not_at_all(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "a.csv"
    destination = Destination(out=out, keep=tmp_path / "kept")
    extraction, written = extract_to_file(Extractor(ExtractConfig()), file, destination)
    kept = [tmp_path / "kept" / f"a-{stage}.npz" for stage in ("keypoints", "filtered")]
    assert written == [*kept, out]
    person = extraction.persons[0]
    for path, sequence in zip(
        written, (person.estimated, person.smoothed, person.skeleton), strict=True
    ):
        np.testing.assert_allclose(
            read_sequence(path).positions, sequence.positions, rtol=1e-5, atol=1e-5
        )
    with pytest.raises(ExtractionError, match=r"a\.csv: there is a result already"):
        extract_to_file(Extractor(ExtractConfig()), file, destination)
    extract_to_file(Extractor(ExtractConfig()), file, destination, overwrite=True)

    def fail(path: Path, sequence: PoseSequence) -> None:
        path.write_text("half")
        raise OSError("the disk is full")

    before = out.read_bytes()
    monkeypatch.setattr("skelgraph.extraction.extraction_files.write_sequence", fail)
    with pytest.raises(OSError, match="disk is full"):
        extract_to_file(Extractor(ExtractConfig()), file, Destination(out=out), overwrite=True)
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["a.csv"]


def test_several_persons_go_to_several_files(tmp_path: Path) -> None:
    file = write_alphapose(tmp_path / "a.json", draw_person(12), draw_person(12, shift=200))
    config = ExtractConfig(fps=25, person="all")
    destination = Destination(out=tmp_path / "out" / "b.npz")
    assert not destination.is_done
    _, written = extract_to_file(Extractor(config), file, destination)
    assert [path.name for path in written] == ["b-2.npz", "b-1.npz"]
    assert destination.is_done


def test_another_format_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a name that ends as a format that is written"):
        Destination(out=tmp_path / "a.xyz")
    with pytest.raises(ExtractionError, match=r"expected a preview that ends in \.png or \.gif"):
        Destination(out=tmp_path / "a.npz", preview=tmp_path / "a.mp4")


@pytest.mark.realdata
def test_real_keypoints_become_a_skeleton_in_space(shared_data: Path) -> None:
    lifter = shared_data / "reference" / "videopose3d" / "temporal_model_3-3-3_c64.bin"
    done = extract(
        shared_data / "poses" / "openpose-body25" / "one-person",
        ExtractConfig(lifter=lifter),
        video=shared_data / "video" / "raga_1person_short_video.mp4",
    )
    (skeleton,) = done.skeletons
    assert skeleton.positions.shape == (125, 10, 3)
    assert skeleton.present.all()
    assert (skeleton.layout, skeleton.fps, done.size_px) == (UPPER10, 25, (1920, 1080))


@pytest.mark.realdata
def test_real_results_of_alphapose_go_all_the_way(
    checkout: Checkout,
    tmp_path: Path,
    make_video: Callable[..., Path],
    lifter_file: Path,
    shared_data: Path,
) -> None:
    results = shared_data / "poses" / "alphapose" / "halpe26-alphapose-results.json"
    checkout.plan(frames=809, copy=str(results))
    video = make_video(tmp_path / "long.mp4", num_frames=809, size=(32, 32), fps=30)
    config = ExtractConfig(
        options=EstimatorOptions(alphapose_root=checkout.root), lifter=lifter_file
    )
    (skeleton,) = extract(video, config).skeletons
    assert skeleton.positions.shape == (809, 10, 3)
    assert skeleton.present.all()
