import numpy as np
import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import draw_folds

LABELS = ["joy", "rage"] * 12
GROUPS = np.arange(24) // 4


def test_every_clip_is_left_out_once_with_its_whole_group() -> None:
    folds = draw_folds(LABELS, GROUPS, 3, seed=1)
    assert sorted(np.concatenate(folds).tolist()) == list(range(24))
    for fold in folds:
        rest = np.setdiff1d(np.arange(24), fold)
        assert not set(GROUPS[fold]) & set(GROUPS[rest])
        assert sorted(LABELS[clip] for clip in fold) == ["joy"] * 4 + ["rage"] * 4


def test_one_seed_gives_one_division() -> None:
    first, again = (draw_folds(LABELS, GROUPS, 3, seed=2) for _ in range(2))
    assert all((one == other).all() for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("num_folds", [0, 1, 7])
def test_a_number_of_folds_that_cannot_be_is_an_error(num_folds: int) -> None:
    with pytest.raises(SplitError, match=r"groups of clips .* \(6\), but got"):
        draw_folds(LABELS, GROUPS, num_folds)
