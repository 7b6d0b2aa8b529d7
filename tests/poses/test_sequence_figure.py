from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, UpAxis, plot_sequence, view_from_front, view_from_side

AXES = {"x": 0, "y": 1, "z": 2}


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_the_view_is_from_the_front_with_the_head_above(moving: PoseSequence, up: str) -> None:
    turned = np.roll(moving.positions, AXES[up[1]] - 1, axis=2)
    if up[0] == "-":
        turned = -turned
    view = view_from_front(replace(moving, positions=turned, up=up))
    left, right = (UPPER10.index(f"{side}_shoulder") for side in ("left", "right"))
    assert (view[:, left, 0] > view[:, right, 0]).all()
    assert (view[:, UPPER10.index("neck_nose"), 1] > view[:, 0, 1]).all()


def test_a_turned_person_is_still_seen_from_the_front(moving: PoseSequence) -> None:
    angle = np.radians(70)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    turned = view_from_front(replace(moving, positions=moving.positions @ turn.T))
    np.testing.assert_allclose(turned, view_from_front(moving), atol=1e-5)


def test_an_image_is_seen_as_it_is(moving: PoseSequence) -> None:
    flat = replace(moving, positions=moving.positions[:, :, :2], up="-y")
    np.testing.assert_allclose(view_from_front(flat), flat.positions * [1, -1])


def test_without_pairs_the_longer_way_is_across() -> None:
    stick = JointLayout.from_parents("stick", {"a": None, "b": "a"})
    positions = np.array([[[0, 0, 0], [1, 1, 5]]])
    view = view_from_front(PoseSequence(positions=positions, layout=stick, fps=30.0))
    np.testing.assert_array_equal(view, [[[0, 0], [5, 1]]])


def test_figures_are_written(moving: PoseSequence, holey: PoseSequence, tmp_path: Path) -> None:
    nothing = replace(moving, positions=np.full_like(moving.positions, np.nan))
    one = replace(moving, positions=moving.positions[:1])
    for name, sequence in {"a": moving, "b": holey, "c": nothing, "d": one}.items():
        file = tmp_path / "figures" / f"{name}.png"
        plot_sequence(sequence, file)
        assert imread(file).shape[1] == 1400
    yellow = [(imread(tmp_path / "figures" / f"{name}.png")[:, :, 2] < 0.4).sum() for name in "ab"]
    assert yellow[0] < yellow[1]
    with pytest.raises(PoseError, match=r"a\.gif: expected a name that ends in \.png"):
        plot_sequence(moving, tmp_path / "a.gif")


@pytest.mark.parametrize(
    ("up", "axes"),  # where right, up and back of the person lie: columns of a rotation
    [
        ("+y", [[-1, 0, 0], [0, 1, 0], [0, 0, -1]]),
        ("+z", [[-1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ("-y", [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]),
    ],
)
def test_from_the_side_one_sees_what_is_before_the_person(
    up: UpAxis, axes: list[list[int]]
) -> None:
    right, above, back = np.array(axes, dtype=float)
    assert np.cross(right, above) @ back == pytest.approx(1)  # right-handed
    rest = np.zeros((1, 10, 3))
    for name, place in {
        "left_shoulder": above - 0.2 * right,
        "right_shoulder": above + 0.2 * right,
        "neck_nose": 1.2 * above - 0.1 * back,
    }.items():
        rest[0, UPPER10.index(name)] = place
    view = view_from_side(PoseSequence(positions=rest, layout=UPPER10, fps=30, up=up))
    assert view[0, UPPER10.index("neck_nose")] == pytest.approx((0.1, 1.2))
    assert view[0, UPPER10.index("left_shoulder")] == pytest.approx((0, 1))


def test_an_image_has_no_side() -> None:
    flat = PoseSequence(positions=np.zeros((1, 10, 2)), layout=UPPER10, fps=30, name="a")
    with pytest.raises(PoseError, match="'a': expected three dimensions to look at from the side"):
        view_from_side(flat)
