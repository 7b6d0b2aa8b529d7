import numpy as np
import pytest
from scipy.stats import binom

from skelgraph.evaluation import correct_holm, mcnemar_test


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (3, 1), (12, 2), (5, 5)])
def test_mcnemar_is_a_binomial_test_of_the_discordant_clips(gained: int, lost: int) -> None:
    first = np.array([0] * gained + [1] * lost + [0, 1] * 10)
    second = np.array([1] * gained + [0] * lost + [0, 1] * 10)
    expected = min(1.0, 2 * binom.cdf(min(gained, lost), gained + lost, 0.5))
    found = mcnemar_test([0] * len(first), first, second, 2)
    assert found == (gained, lost, pytest.approx(expected))
    assert mcnemar_test([0] * len(first), second, first, 2)[2] == pytest.approx(expected)


def test_holm_is_the_largest_p_of_an_obvious_loop() -> None:
    p_values = np.random.default_rng(0).random(8) ** 3
    ranked = sorted(p_values)
    expected = {
        p: min(1.0, max((8 - j) * ranked[j] for j in range(rank + 1)))
        for rank, p in enumerate(ranked)
    }
    assert correct_holm(p_values.tolist()) == pytest.approx([expected[p] for p in p_values])
    assert correct_holm([0.02]) == [0.02]
    assert correct_holm([]) == []


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="one prediction for each of 2 clips, but got 1"):
        mcnemar_test([0, 1], [0, 1], [0], 2)
