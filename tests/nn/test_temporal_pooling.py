"""The mean of all frames, of the last ones, and one that fades."""

import pytest
import torch

from skelgraph.nn import TemporalPooling

X = torch.tensor([1.0, 2.0, 6.0, 8.0]).view(1, 1, 4, 1)
MASK = torch.tensor([True, True, False, True]).view(1, 4, 1)


@pytest.mark.parametrize(
    ("pooling", "of_all", "of_present"),
    [
        (TemporalPooling(), 17 / 4, 11 / 3),
        (TemporalPooling("window", 2), 7.0, 8.0),
        (TemporalPooling("exponential", 1), 93 / 15, 69 / 11),
    ],
)
def test_the_mean(pooling: TemporalPooling, of_all: float, of_present: float) -> None:
    assert pooling(X, None).item() == pytest.approx(of_all)
    assert pooling(X, MASK).item() == pytest.approx(of_present)


def test_nothing_is_present() -> None:
    nothing = torch.zeros_like(MASK)
    poolings = (TemporalPooling(), TemporalPooling("window", 2), TemporalPooling("exponential", 3))
    assert [pooling(X, nothing).item() for pooling in poolings] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("latest", 2), "expected a pooling of"),
        (("mean", 2), "none of the mean"),
        (("window",), "a number of frames"),
        (("window", 0), "more than 0 frames"),
        (("window", 2.5), "whole frames"),
    ],
)
def test_settings_that_do_not_fit(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TemporalPooling(*arguments)  # type: ignore[arg-type]
