from pathlib import Path

import pytest
from matplotlib.image import imread

from skelgraph.errors import LayoutError
from skelgraph.layouts import COCO133, UPPER10, JointLayout, plot_layout
from skelgraph.layouts.layout_figure import _choose_root, _labels

POINT = JointLayout.from_parents("point", {"marker": None})


@pytest.mark.parametrize("layout", [UPPER10, COCO133, POINT], ids=lambda layout: layout.name)
def test_a_figure_is_written_and_not_blank(layout: JointLayout, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "figure.png"
    plot_layout(layout, file)
    image = imread(file)
    assert image.shape[1] == 1050  # a column of 3.5 inches at 300 dots an inch
    assert image.min() < 0.5 < image.max()


def test_another_root_gives_another_figure(tmp_path: Path) -> None:
    for root in ("spine", "left_elbow"):
        plot_layout(UPPER10, tmp_path / f"{root}.svg", root_joint=root)
    spine, elbow = (tmp_path / f"{root}.svg" for root in ("spine", "left_elbow"))
    assert spine.read_text() != elbow.read_text()
    with pytest.raises(LayoutError, match="no joint 'tail'"):
        plot_layout(UPPER10, tmp_path / "a.png", root_joint="tail")


def test_the_root_has_joints_beyond_it() -> None:
    assert UPPER10.joints[_choose_root(UPPER10)] == "spine"
    assert _choose_root(POINT) == 0


def test_numbered_points_have_one_name() -> None:
    labels = _labels(COCO133).values()
    assert {"0 nose", "23-90 face", "91-111 left_hand", "9 left_wrist"} <= set(labels)
    assert len(_labels(UPPER10)) == 10


def test_other_kinds_of_figures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"a\.gif: expected a name that ends in \.png, \.pdf"):
        plot_layout(UPPER10, tmp_path / "a.gif")
