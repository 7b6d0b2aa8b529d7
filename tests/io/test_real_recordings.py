"""The readers on real files: known counts, and physics that must hold."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import read_sequence
from skelgraph.layouts import MPI23, XSENS23
from skelgraph.poses import PoseSequence

pytestmark = pytest.mark.realdata


def bone_lengths(sequence: PoseSequence) -> np.ndarray:
    """Array (T, bones)."""
    bones = np.array(sequence.layout.bones)
    ends = sequence.positions[:, bones[:, 0]] - sequence.positions[:, bones[:, 1]]
    return np.linalg.norm(ends, axis=-1)


def heights(sequence: PoseSequence, *joints: str) -> np.ndarray:
    """Array (T, joints)."""
    return sequence.positions[:, [sequence.layout.index(joint) for joint in joints], 1]


def test_mpi_recordings(shared_data: Path) -> None:
    files = sorted((shared_data / "mpi-ebed").glob("*/*.bvh"))
    assert len(files) == 551
    for file in files[::37]:
        sequence = read_sequence(file)
        assert (sequence.layout, sequence.fps, sequence.unit) == (MPI23, 30.0, "cm")
        assert sequence.present.all()
        lengths = bone_lengths(sequence)
        np.testing.assert_allclose(lengths, lengths[:1].repeat(len(lengths), axis=0), atol=1e-3)
        rest = heights(sequence, "LeftAnkle", "LeftKnee", "LeftHip", "Chest4", "Head")[0]
        assert (np.diff(rest) > 0).all()
        assert 130 < rest[-1] - rest[0] < 165


def test_bandai_recordings(shared_data: Path) -> None:
    files = sorted((shared_data / "bandai-styles").glob("*.bvh"))
    assert len(files) == 350
    names = set()
    for file in files[::29]:
        sequence = read_sequence(file)
        names.add(sequence.layout.name)
        assert sequence.layout.joints[sequence.layout.center] == "Hips"
        assert (sequence.layout.num_joints, len(sequence.layout.pairs)) == (21, 8)
        assert (sequence.fps, sequence.unit) == (30.0, "cm")
        lengths = bone_lengths(sequence)
        assert (np.ptp(lengths, axis=0) <= 1e-3 * lengths.mean(axis=0)).all()
        feet = heights(sequence, "Foot_L", "Foot_R")
        assert (feet < heights(sequence, "Hips")).all()
        # The head joint is where the skull begins: a person of about 1.5 m.
        assert 110 < np.median(heights(sequence, "Head") - feet.min(axis=1, keepdims=True)) < 150
    assert len(names) == 1


def test_a_recording_at_120_hz_equals_its_cut_at_30_hz(shared_data: Path) -> None:
    name = "AnBh_0208_ftf_wd_t3-001_10_99975_104675_4700_Anger.bvh"
    whole = read_sequence(shared_data / "poses" / "bvh-odd" / name)
    cut = read_sequence(shared_data / "mpi-ebed" / "Anger" / name)
    assert (whole.num_frames, whole.fps, whole.layout) == (565, 120.0, MPI23)
    # Frame 0 is the rest pose; every fourth one of those after it was kept.
    kept = np.concatenate([whole.positions[:1], whole.positions[1::4]])
    # The cut keeps three decimals: 0.0005 degrees at each of ten joints of two meters of bones.
    np.testing.assert_allclose(cut.positions, kept, atol=0.01)


def test_recordings_with_a_prop(shared_data: Path) -> None:
    frames = {"PaPi": 518, "SiGl": 718}
    for actor, num_frames in frames.items():
        (file,) = (shared_data / "poses" / "bvh-odd").glob(f"{actor}*.bvh")
        sequence = read_sequence(file)
        assert (sequence.num_frames, sequence.layout.num_joints) == (num_frames, 24)
        assert sequence.layout.name.startswith("mpi23+Prop1-")
        bare = read_sequence(file, layout=MPI23)
        assert bare.layout == MPI23
        head = sequence.layout.index("Head")
        np.testing.assert_array_equal(bare.positions[:, 6], sequence.positions[:, head])


def test_windows_nan_in_a_recording(shared_data: Path) -> None:
    (file,) = (shared_data / "poses" / "bvh-odd").glob("LeSt*.bvh")
    sequence = read_sequence(file)
    missing = np.argwhere(~sequence.present)
    # Lines 330, 360 and 368 of the file, whose first frame is in line 140: the right knee's angle.
    assert sorted(set(missing[:, 0])) == [190, 220, 228]
    assert {sequence.layout.joints[joint] for joint in missing[:, 1]} == {"RightAnkle", "RightToe"}


def test_xsens_segments(shared_data: Path) -> None:
    sequence = read_sequence(shared_data / "poses" / "xsens-csv" / "positionExample.csv")
    assert sequence.layout == XSENS23
    assert (sequence.num_frames, sequence.fps) == (1661, 240.0)
    assert (sequence.unit, sequence.up) == ("m", "+z")
    assert sequence.present.all()
    np.testing.assert_allclose(sequence.positions[0, 0], [0.075849, 0.086068, 0.929186], atol=1e-6)


def test_labels_are_no_recording(shared_data: Path) -> None:
    with pytest.raises(FormatError, match=r"labels\.csv: .* table of files and labels"):
        read_sequence(shared_data / "bandai-styles" / "labels.csv")
