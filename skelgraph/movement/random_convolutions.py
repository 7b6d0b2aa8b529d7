"""Random convolutions of series: many fixed kernels, each summarized by one number a clip.

The kernels are those of MiniRocket (Dempster, Schmidt and Webb, KDD 2021): of nine taps, three
weigh 2 and six weigh -1, which makes 84 kernels, with dilations from 1 to 16 frames. What differs:
each kernel adds up a few random channels, and is summarized by the square root of its mean excess
over a bias, which tells more of the signed velocities of a posture than the share of frames above
it. ``aeon`` has MiniRocket as well; it brings numba, which takes longer to compile than our kernels
need for all clips of a dataset of five hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from skelgraph.typing import FloatArray

_TAPS = 9
_TRIPLES = np.array(list(combinations(range(_TAPS), 3)))
_DILATIONS = (1, 2, 4, 8, 16)
_BIASES = 2
_MOST_CHANNELS = 4
_CLIPS_OF_BIASES = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomConvolutions:
    """Kernels with their channels and biases; :func:`fit_convolutions` makes them.

    Args:
        channels: Array (dilations, 84, K): 1 for each channel that a kernel adds up.
        biases: Array (dilations, 84, 2).
    """

    channels: FloatArray
    biases: FloatArray

    def transform(self, series: FloatArray) -> FloatArray:
        """Return the features of one series (T, K), in all 840."""
        features = []
        for number, dilation in enumerate(_DILATIONS):
            response = _convolve(series, dilation, self.channels[number])
            excess = np.maximum(response[:, None, :] - self.biases[number][:, :, None], 0)
            features.append(excess.mean(axis=2).ravel())
        return np.concatenate(features)


def fit_convolutions(series: Sequence[FloatArray], *, seed: int = 0) -> RandomConvolutions:
    """Draw the channels of each kernel, and biases from quantiles of its responses to some clips.

    Args:
        series: Series (T, K) of the training clips, all channels of like size.
        seed: Seed of the draws.
    """
    rng = np.random.default_rng(seed)
    num_channels, num_kernels = series[0].shape[1], len(_TRIPLES)
    channels = np.zeros((len(_DILATIONS), num_kernels, num_channels))
    for place in np.ndindex(channels.shape[:2]):
        count = min(int(2 ** rng.uniform(0, np.log2(_MOST_CHANNELS + 1))), num_channels)
        channels[place][rng.choice(num_channels, count, replace=False)] = 1.0
    drawn = rng.choice(len(series), min(_CLIPS_OF_BIASES, len(series)), replace=False)
    levels = rng.uniform(0.2, 0.8, (len(_DILATIONS), num_kernels, _BIASES))
    biases = np.empty_like(levels)
    for number, dilation in enumerate(_DILATIONS):
        responses = np.concatenate(
            [_convolve(series[clip], dilation, channels[number]) for clip in drawn], axis=1
        )
        for kernel in range(num_kernels):
            biases[number, kernel] = np.quantile(responses[kernel], levels[number, kernel])
    return RandomConvolutions(channels=channels, biases=biases)


def _convolve(series: FloatArray, dilation: int, channels: FloatArray) -> FloatArray:
    """Return the responses (84, T) of all kernels of a dilation; the ends are held."""
    T, pad = len(series), dilation * (_TAPS // 2)
    padded = np.pad(series @ channels.T, ((pad, pad), (0, 0)), mode="edge")  # (T + 2 pad, 84)
    taps = np.stack([padded[tap * dilation : tap * dilation + T] for tap in range(_TAPS)])
    kernels = np.arange(len(_TRIPLES))
    triples = sum(taps[_TRIPLES[:, place], :, kernels] for place in range(3))  # (84, T)
    return np.asarray(3 * triples - taps.sum(axis=0).T)
