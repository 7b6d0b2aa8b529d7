from pathlib import Path

import pytest
from matplotlib.image import imread

from skelgraph.evaluation import (
    ClassificationMetrics,
    compute_metrics,
    plot_confusion,
    plot_confusions,
)


def guess(num_classes: int, answer: int) -> ClassificationMetrics:
    """Metrics of always answering the same."""
    numbers = range(num_classes)
    classes = [f"class {number}" for number in numbers]
    return compute_metrics(numbers, [answer] * num_classes, classes, train_labels=[0])


@pytest.mark.parametrize(("num_classes", "columns"), [(4, 2), (7, 2), (12, 1)])
def test_two_stand_side_by_side_where_they_can_be_read(
    num_classes: int, columns: int, tmp_path: Path
) -> None:
    heights = []
    for count in (1, 2, 3):
        runs = {f"run {number}": guess(num_classes, number) for number in range(count)}
        plot_confusions(runs, tmp_path / "deep" / "figure.png")
        image = imread(tmp_path / "deep" / "figure.png")
        assert image.shape[1] == 1050  # a column of 3.5 inches at 300 dots an inch
        heights.append(image.shape[0])
    if columns == 2:
        assert heights[1] < heights[0] < heights[2] == pytest.approx(2 * heights[1], abs=1)
    else:
        assert heights[1:] == pytest.approx([2 * heights[0], 3 * heights[0]], abs=2)


def test_what_is_predicted_is_dark_in_its_column(tmp_path: Path) -> None:
    images = []
    for answer in (0, 3):
        plot_confusions({"one": guess(4, answer)}, tmp_path / "figure.png")
        images.append(imread(tmp_path / "figure.png")[:, :, 0])
    dark = images[0] - images[1]  # where only the second is dark
    left, right = dark[:, :525], dark[:, 525:]
    assert left.mean() < -0.05
    assert right.mean() > 0.05


def test_sixty_classes_are_drawn_small_and_without_numbers(tmp_path: Path) -> None:
    for count, numbered in ((24, True), (60, False)):
        plot_confusion(guess(count, 0), tmp_path / "figure.png")
        height, width, _ = imread(tmp_path / "figure.png").shape
        size = 150 * (2.2 + (0.75 if numbered else 0.12) * count)
        assert (height, width) == pytest.approx((size, size), abs=1)


def test_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        plot_confusions({}, tmp_path / "figure.png")
