import numpy as np
import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import draw_folds
from skelgraph.evaluation.split import draw_groups


def draw(labels, groups, share, seed=0):
    rng = np.random.default_rng(seed)
    return draw_groups(labels, np.array(groups), share=share, rng=rng, part="the test")


def test_groups_stay_whole_and_labels_stay_mixed():
    """Of four groups only the second has the mix of the whole and about a fifth of the clips."""
    labels = ["joy"] * 4 + ["joy", "anger"] + ["anger"] * 4 + ["joy", "anger"] * 3
    groups = [0] * 4 + [1] * 2 + [2] * 4 + [3] * 6
    chosen = draw(labels, groups, share=2 / 16)
    np.testing.assert_array_equal(np.flatnonzero(chosen), [4, 5])


def test_size_is_counted_in_clips_and_not_in_groups():
    labels = ["joy", "anger"] * 50
    groups = [0] * 80 + [number // 2 for number in range(2, 22)]
    for seed in range(10):
        chosen = draw(labels, groups, share=0.1, seed=seed)
        assert chosen.sum() == 10
        assert not chosen[:80].any()


def test_of_two_equally_near_sizes_the_larger_is_taken():
    labels = ["joy", "anger"] * 20
    groups = [number // 4 for number in range(40)]
    assert draw(labels, groups, share=0.15).sum() == 8


def test_no_draw_takes_all_clips_of_a_label():
    labels = ["fear", "joy", "fear", "joy", "joy", "joy"]
    groups = [0, 0, 1, 1, 2, 3]
    for seed in range(20):
        chosen = draw(labels, groups, share=0.7, seed=seed)
        assert "fear" in np.array(labels)[~chosen]


def test_labels_that_two_groups_hold_between_them_cannot_both_be_spared():
    with pytest.raises(SplitError, match="each in one recording only: anger, joy"):
        draw(["joy", "anger"], [0, 1], share=0.5)


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
