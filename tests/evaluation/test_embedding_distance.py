"""The distance of embeddings from those of the training clips."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from skelgraph.evaluation import EmbeddingDistance, fit_embedding_distance


def test_the_distance_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    trained = rng.normal(size=(5000, 4)) * [1, 2, 1, 1.5] + 3
    fitted = fit_embedding_distance(trained)
    tested = rng.normal(size=(3, 4))
    by_hand = [mahalanobis(one, fitted.mean, fitted.precision) for one in tested]
    np.testing.assert_allclose(fitted.measure(tested), by_hand)
    np.testing.assert_allclose(fitted.mean, trained.mean(axis=0))
    # Many clips are hardly shrunk.
    own = np.linalg.inv(np.cov(trained.T, bias=True))
    np.testing.assert_allclose(fitted.precision, own, rtol=0.01, atol=0.01)


def test_fewer_clips_than_dimensions_have_a_distance() -> None:
    rng = np.random.default_rng(1)
    fitted = fit_embedding_distance(rng.normal(size=(10, 30)))
    near, far = fitted.measure(np.stack([fitted.mean, fitted.mean + 100]))
    assert near == 0
    assert far > 100


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="two clips or more that differ"):
        fit_embedding_distance(np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"a mean \(D,\) and a precision \(D, D\)"):
        EmbeddingDistance(mean=np.zeros(2), precision=np.eye(3))
    with pytest.raises(ValueError, match="finite"):
        EmbeddingDistance(mean=np.zeros(2), precision=np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match=r"embeddings \(clips, 2\), but got \(4, 3\)"):
        EmbeddingDistance(mean=np.zeros(2), precision=np.eye(2)).measure(np.zeros((4, 3)))
