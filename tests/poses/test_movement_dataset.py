import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray

from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import CATALOGUE, UPPER10, JointLayout
from skelgraph.poses import PoseSequence, from_movement, to_movement

MOUSE = JointLayout.from_parents("mouse", {"tail": None, "nose": "tail", "ear": "nose"})


def make_sequence(layout: JointLayout = MOUSE, *, dimensions: int = 2, T: int = 5) -> PoseSequence:
    positions = np.arange(T * layout.num_joints * dimensions, dtype=np.float32)
    positions = positions.reshape(T, layout.num_joints, dimensions)
    positions[2, 1] = np.nan
    return PoseSequence(
        positions=positions,
        layout=layout,
        fps=29.97,
        unit="mm",
        up="+z",
        confidence=np.linspace(0, 1, T * layout.num_joints).reshape(T, -1),
        name="walk",
        label="joy",
        subject="ann",
        recording="r1",
    )


def assert_equal(one: PoseSequence, other: PoseSequence) -> None:
    np.testing.assert_array_equal(one.positions, other.positions)
    if one.confidence is None:
        assert other.confidence is None
    else:
        np.testing.assert_array_equal(one.confidence, other.confidence)
    for field in ("layout", "fps", "unit", "up", "name", "label", "subject", "recording"):
        assert getattr(one, field) == getattr(other, field)


def test_the_form_of_movement() -> None:
    dataset = make_sequence().to_xarray()
    assert dataset["position"].dims == ("time", "space", "keypoints", "individuals")
    assert dataset["confidence"].dims == ("time", "keypoints", "individuals")
    assert dataset["position"].sel(time=0, space="y", keypoints="nose").item() == 3
    assert dataset.coords["individuals"].values.tolist() == ["walk"]
    np.testing.assert_allclose(dataset.coords["time"], np.arange(5) / 29.97)
    facts = {"fps": 29.97, "time_unit": "seconds", "ds_type": "poses"}
    assert {**dataset.attrs, **facts} == dataset.attrs
    assert all(isinstance(value, str | float) for value in dataset.attrs.values())  # for netCDF


@pytest.mark.parametrize("layout", [*CATALOGUE.values(), MOUSE], ids=lambda layout: layout.name)
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("is_scored", [False, True])
def test_there_and_back(layout: JointLayout, dimensions: int, is_scored: bool) -> None:
    sequence = make_sequence(layout, dimensions=dimensions)
    sequence = sequence if is_scored else replace(sequence, confidence=None)
    assert_equal(PoseSequence.from_xarray(sequence.to_xarray()), sequence)


def test_several_individuals_of_unlike_length() -> None:
    long, short = make_sequence(), replace(make_sequence(T=3), name="rest", confidence=None)
    dataset = to_movement([long, short])
    assert dataset.coords["individuals"].values.tolist() == ["walk", "rest"]
    first, second = from_movement(dataset)
    assert_equal(first, long)
    assert_equal(second[:3], short)
    assert not second.present[3:].any()
    assert PoseSequence.from_xarray(dataset.isel(individuals=[1])).name == "rest"
    with pytest.raises(PoseError, match="expected one individual, but got 2"):
        PoseSequence.from_xarray(dataset)


def make_dataset(**attrs: object) -> xarray.Dataset:
    """A dataset as other programs make it, its axes in the singular and in another order."""
    dims = ("individual", "time", "keypoint", "space")
    return xarray.Dataset(
        {"position": (dims, np.arange(24).reshape(2, 2, 3, 2))},
        coords={
            "individual": ["a", "b"],
            "keypoint": ["snout", "centre", "tail"],
            "space": ["x", "y"],
            "time": [0.0, 0.04],
        },
        attrs=attrs,
    )


def test_a_dataset_of_another_program() -> None:
    first, second = from_movement(make_dataset(fps=25))
    assert (first.name, second.name, first.fps, first.unit, first.up) == ("a", "b", 25, "px", "-y")
    assert first.layout.joints == ("snout", "centre", "tail")
    assert second.positions[1].tolist() == [[18, 19], [20, 21], [22, 23]]
    assert second.confidence is None
    assert from_movement(make_dataset(time_unit="seconds"))[0].fps == pytest.approx(25)
    assert from_movement(make_dataset(), fps=10)[0].fps == 10
    layout = JointLayout.from_parents("two", {"tail": None, "snout": "tail"})
    picked = from_movement(make_dataset(fps=25), layout=layout)[0]
    assert picked.positions[0].tolist() == [[4, 5], [0, 1]]


def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PoseError, match="the dataset tells no frame rate; pass fps"):
        from_movement(make_dataset())
    with pytest.raises(PoseError, match=r"expected a dataset of poses .* no position"):
        from_movement(xarray.Dataset())
    with pytest.raises(LayoutError, match="joints of layout 'upper10', but the dataset has snout"):
        from_movement(make_dataset(fps=25), layout=UPPER10)
    with pytest.raises(PoseError, match="at least one sequence"):
        to_movement([])
    with pytest.raises(PoseError, match=r"sequences of one fps .* 29.97 and 30"):
        to_movement([make_sequence(), replace(make_sequence(), fps=30)])
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(
        PoseError, match=r"xarray, which is not installed; install skelgraph\[labs\]"
    ):
        make_sequence().to_xarray()
