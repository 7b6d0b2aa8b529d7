"""Random convolutions against an obvious loop."""

from itertools import combinations

import numpy as np
import pytest

from skelgraph.movement import RandomConvolutions, fit_convolutions

DILATIONS = (1, 2, 4, 8, 16)


def draw_series(seed: int, num_frames: int = 23, num_channels: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num_frames, num_channels))


def convolve_slowly(series: np.ndarray, convolutions: RandomConvolutions) -> np.ndarray:
    features = []
    for number, dilation in enumerate(DILATIONS):
        for kernel, triple in enumerate(combinations(range(9), 3)):
            signal = series[:, convolutions.channels[number, kernel] > 0].sum(axis=1)
            responses = []
            for frame in range(len(series)):
                total = 0.0
                for tap in range(9):
                    place = min(max(frame + (tap - 4) * dilation, 0), len(series) - 1)
                    total += (2 if tap in triple else -1) * signal[place]
                responses.append(total)
            features += [
                np.mean([max(one - bias, 0) for one in responses])
                for bias in convolutions.biases[number, kernel]
            ]
    return np.array(features)


@pytest.mark.parametrize("num_frames", [1, 3, 23])
def test_they_equal_an_obvious_loop(num_frames: int) -> None:
    convolutions = fit_convolutions([draw_series(seed) for seed in range(3)], seed=1)
    series = draw_series(7, num_frames)
    features = convolutions.transform(series)
    assert features.shape == (840,)
    np.testing.assert_allclose(features, convolve_slowly(series, convolutions), atol=1e-9)


def test_a_constant_series_has_no_response() -> None:
    convolutions = fit_convolutions([draw_series(0)], seed=0)
    still = convolutions.transform(np.full((9, 5), 3.0))
    expected = np.maximum(-convolutions.biases, 0).reshape(-1)  # the weights add up to 0
    np.testing.assert_allclose(still, expected, atol=1e-9)


def test_each_kernel_adds_up_one_to_four_channels() -> None:
    counts = fit_convolutions([draw_series(0, num_channels=9)], seed=0).channels.sum(axis=2)
    assert set(np.unique(counts)) == {1, 2, 3, 4}
    lone = fit_convolutions([draw_series(0, num_channels=1)], seed=0).channels
    assert (lone == 1).all()


def test_biases_lie_among_the_responses() -> None:
    series = draw_series(0, num_frames=200)
    convolutions = fit_convolutions([series], seed=0)
    features = convolutions.transform(series)
    assert (features > 0).all()


def test_a_seed_draws_the_same_again() -> None:
    series = [draw_series(seed) for seed in range(3)]
    first, again, other = (fit_convolutions(series, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.biases, again.biases)
    np.testing.assert_array_equal(first.channels, again.channels)
    assert (first.channels != other.channels).any()
