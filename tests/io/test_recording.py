from pathlib import Path

import numpy as np
import pytest
from harness.sample_files import SAMPLES

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io import Hint, open_recording, read_sequence, read_sequences, write_npz
from skelgraph.layouts import KINECT20, UPPER10, JointLayout
from skelgraph.poses import PoseSequence

PUPPET = JointLayout.from_parents("puppet", {"hip": None, "head": "hip"})


def read(
    file: Path, layout: JointLayout | None, fps: float | None
) -> tuple[PoseSequence, tuple[Hint, ...]]:
    (sequence,), taken = open_recording(file).read_with_hints(layout=layout, fps=fps)
    return sequence, taken


def test_a_file_that_says_all_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "clip.npz"
    write_npz(file, PoseSequence(positions=np.ones((4, 10, 3)), layout=UPPER10, fps=50.0))
    sequence, taken = read(file, PUPPET, 15.0)
    assert (sequence.layout, sequence.fps, taken) == (UPPER10, 50.0, ())


def test_only_what_is_missing_is_taken_from_the_hints(tmp_path: Path) -> None:
    table, bare = tmp_path / "clip.csv", tmp_path / "bare.npz"
    joints = ",".join(f"{joint}_{axis}" for joint in UPPER10.joints for axis in "xyz")
    table.write_text("\n".join([joints, *[",".join("1" * 30)] * 4]))
    sequence, taken = read(table, PUPPET, 15.0)
    assert (sequence.layout, sequence.fps, taken) == (UPPER10, 15.0, ("fps",))
    np.savez(bare, positions=np.ones((4, 2, 3)), fps=20.0)
    sequence, taken = read(bare, PUPPET, 15.0)
    assert (sequence.layout, sequence.fps, taken) == (PUPPET, 20.0, ("layout",))
    np.savez(bare, np.ones((4, 2, 3)))
    sequence, taken = read(bare, PUPPET, 15.0)
    assert (sequence.layout, sequence.fps, taken) == (PUPPET, 15.0, ("layout", "fps"))


def test_the_error_is_that_with_all_hints(tmp_path: Path) -> None:
    bare = tmp_path / "bare.npz"
    np.savez(bare, np.ones((4, 3, 3)))
    with pytest.raises(FormatError, match="pass the layout"):
        read(bare, None, None)
    with pytest.raises(FormatError, match=r"expected positions \(frames, 2 joints, 2 or 3\)"):
        read(bare, PUPPET, 15.0)


def test_a_known_layout_goes_before_one_guessed_from_the_number_of_joints(tmp_path: Path) -> None:
    """Twenty joints without names are not always those of the first Kinect."""
    file = tmp_path / "clip.txt"
    np.savetxt(file, np.random.default_rng(0).random((4, 60)))
    joints = [f"joint{number}" for number in range(20)]
    own = JointLayout.from_parents("own", {joints[0]: None} | dict.fromkeys(joints[1:], joints[0]))
    assert open_recording(file).guesses_layout
    for layout, expected in ((own, own), (PUPPET, KINECT20), (None, KINECT20)):
        sequence, taken = read(file, layout, 15.0)
        assert sequence.layout == expected
        assert taken == (("layout", "fps") if layout == own else ("fps",))


def test_named_joints_are_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "clip.npz"
    write_npz(file, PoseSequence(positions=np.ones((4, 10, 3)), layout=UPPER10, fps=50.0))
    assert not open_recording(file).guesses_layout


def test_a_rate_that_is_known_better_replaces_all_others(tmp_path: Path) -> None:
    file = tmp_path / "clip.npz"
    write_npz(file, PoseSequence(positions=np.ones((4, 10, 3)), layout=UPPER10, fps=50.0))
    (sequence,), taken = open_recording(file).read_with_hints(
        layout=PUPPET, fps=15.0, override_fps=20.0
    )
    assert (sequence.layout, sequence.fps, taken) == (UPPER10, 20.0, ())


def test_a_rate_that_the_file_tells_is_not_replaced_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "clip.npz"
    write_npz(file, PoseSequence(positions=np.ones((4, 10, 3)), layout=UPPER10, fps=50.0))
    with pytest.warns(FormatWarning, match=r"tells 50 frames/s itself.* instead of 30; --override"):
        (kept,) = read_sequences(file, fps=30)
    with pytest.warns(FormatWarning, match=r"its own 50 frames/s are replaced with 30"):
        (replaced,) = read_sequences(file, override_fps=30)
    assert (kept.fps, replaced.fps) == (50, 30)
    assert read_sequence(file, fps=50).fps == read_sequence(file, override_fps=50).fps == 50


@pytest.mark.parametrize("name", SAMPLES)
def test_no_reader_prefers_a_rate_to_that_of_the_file(tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]
    file = tmp_path / f"sample{sample.suffix}"
    sample.write(file, 6)
    recording = open_recording(file)
    try:
        (told, *_) = recording.reader.read(file, layout=sample.layout, fps=None)
    except RateError:
        return  # the file leaves it open
    if recording.format not in (
        "amc",
        "kinetics",
        "ntu",
        "videopose3d",
    ):  # a custom, not in the file
        (asked, *_) = recording.reader.read(file, layout=sample.layout, fps=11)
        assert asked.fps == told.fps
