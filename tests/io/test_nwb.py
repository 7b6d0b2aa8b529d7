from pathlib import Path

import h5py
import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_nwb, read_sequences
from skelgraph.layouts import JointLayout

TIMES = np.array([5.0, 5.04, 5.08, 5.16])
NODES = (b"tail", b"nose", b"left ear")


def write(path: Path, *, times: object = TIMES, unit: str = "pixels", link: bool = True) -> Path:
    """Write the poses of two animals, as pynwb does with ndx-pose."""
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        skeleton = file.create_group("processing/behavior/Skeletons/mouse")
        skeleton.attrs["neurodata_type"] = "Skeleton"
        skeleton["nodes"], skeleton["edges"] = NODES, np.array([[0, 1], [1, 2]], dtype="u1")
        for number, animal in enumerate(("one", "two")):
            pose = file.create_group(f"processing/behavior/{animal}")
            pose.attrs["neurodata_type"] = "PoseEstimation"
            if link:
                pose["mouse"] = h5py.SoftLink(skeleton.name)
            for joint, name in enumerate(("PoseEstimationSeries_left_ear", "nose", "tail")):
                series = pose.create_group(name)
                series.attrs["neurodata_type"] = "PoseEstimationSeries"
                series["data"] = np.arange(8.0).reshape(4, 2) + 10 * joint + 100 * number
                series["data"].attrs.update({"unit": unit, "conversion": 2.0})
                series["confidence"] = [0.5, 1, 0.75, 0.25]
                if times is not None:
                    series["timestamps"] = times
    return path


def test_exact_points_and_bones(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.nwb")
    assert detect_format(path) == "nwb"
    first, second = read_sequences(path)
    assert (first.name, second.name, first.fps) == ("cage#one", "cage#two", 25)
    assert first.layout.joints == ("tail", "nose", "left ear")
    assert first.layout.bones == ((1, 0), (2, 1))
    assert first.positions[0].tolist() == [[40, 42], [20, 22], [0, 2]]
    assert first.present[:, 0].tolist() == [True, True, True, False, True]
    assert second.positions[4, 2].tolist() == [212, 214]
    assert first.confidence is not None
    assert first.confidence[:, 1].tolist() == [0.5, 1, 0.75, 0, 0.25]
    assert (first.unit, first.up) == ("px", "-y")


def test_a_unit_of_length_and_no_skeleton(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("two", {"tail": None, "nose": "tail"})
    path = write(tmp_path / "cage.nwb", unit="centimeters", link=False)
    first, _ = read_nwb(path, layout=layout)
    assert first.unit == "cm"
    assert first.positions[0].tolist() == [[40, 42], [20, 22]]


def test_a_rate_instead_of_times(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.nwb", times=None)
    with pytest.raises(RateError, match="which poses without times do not tell"):
        read_nwb(path)
    assert read_nwb(path, fps=50)[0].fps == 50
    with h5py.File(path, "r+") as file:
        for animal in ("one", "two"):
            for series in file[f"processing/behavior/{animal}"].values():
                if series.attrs["neurodata_type"] == "PoseEstimationSeries":
                    series["starting_time"] = 0.0
                    series["starting_time"].attrs["rate"] = 60.0
    assert read_nwb(path, fps=50)[0].fps == 60


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("data", np.zeros((4, 4)), r"expected \(frames, 2 or 3\)"),
        ("data", np.zeros((5, 2)), r"expected 5 confidences"),
        ("confidence", np.zeros((4, 1)), "expected numbers with 1 axes"),
        ("timestamps", [1.0, 1.0, 1.0, 1.0], "expected column 'timestamps' to increase"),
        ("timestamps", [1.0, 2.0], "expected equally long series"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, values: object, message: str) -> None:
    path = write(tmp_path / "cage.nwb")
    with h5py.File(path, "r+") as file:
        series = file["processing/behavior/one/tail"]
        del series[name]
        series[name] = values
    with pytest.raises(FormatError, match=rf"cage\.nwb.*{message}"):
        read_nwb(path)


def test_a_file_without_poses(tmp_path: Path) -> None:
    path = tmp_path / "cage.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file.create_group("acquisition/ElectricalSeries")
    with pytest.raises(FormatError, match=r"expected poses .*, but this file of NWB has none"):
        read_nwb(path)
