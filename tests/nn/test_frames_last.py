"""The attention over all frames at once, and the products that lead to it and back."""

import pytest
import torch
from torch import Tensor

from skelgraph.nn import frames_last
from skelgraph.nn.frames_last import (
    LOG2_E,
    attend,
    project_to_frames_last,
    project_to_rows,
)

V, H, D, F = 5, 3, 4, 7


@pytest.fixture(autouse=True, params=[0, 2**19], ids=["term by term", "in one pass"])
def _products_in_one_pass(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_last, "_ONE_PASS", request.param)


def draw(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.double, requires_grad=True)


@pytest.fixture
def allowed() -> Tensor:
    mask = torch.rand(V, F, generator=torch.Generator().manual_seed(9)) > 0.3
    mask[0] = True
    return mask


@pytest.mark.parametrize("shared_heads", [H, 1])
def test_it_is_the_softmax_of_equation_4(allowed: Tensor, shared_heads: int) -> None:
    query, key, value = (
        draw(V, H, D, F, seed=0),
        *(draw(V, shared_heads, D, F, seed=seed) for seed in (1, 2)),
    )
    result = attend(query * LOG2_E, key, value, allowed)
    for frame in range(F):
        for head in range(H):
            own = head if shared_heads == H else 0
            scores = query[:, head, :, frame] @ key[:, own, :, frame].t()
            scores = scores.masked_fill(~allowed[:, frame], -torch.inf)
            expected = scores.softmax(dim=1) @ value[:, own, :, frame]
            torch.testing.assert_close(result[:, head, :, frame], expected)


def test_its_gradients_are_right(allowed: Tensor) -> None:
    inputs = tuple(draw(V, H, D, F, seed=seed) for seed in range(3))
    assert torch.autograd.gradcheck(lambda *qkv: attend(*qkv, allowed), inputs)
    shared = (inputs[0], draw(V, 1, D, F, seed=4), draw(V, 1, D, F, seed=5))
    assert torch.autograd.gradcheck(lambda *qkv: attend(*qkv, allowed), shared)


def test_its_gradients_are_right_with_dropout() -> None:
    def attend_with_fixed_draws(*qkv: Tensor) -> Tensor:
        torch.manual_seed(3)
        return attend(*qkv, dropout=0.4)

    inputs = tuple(draw(V, H, D, F, seed=seed) for seed in range(3))
    assert torch.autograd.gradcheck(attend_with_fixed_draws, inputs)


def test_without_gradients_it_is_the_same(allowed: Tensor) -> None:
    inputs = tuple(draw(V, H, D, F, seed=seed) for seed in range(3))
    with torch.no_grad():
        without = attend(*inputs, allowed)
    torch.testing.assert_close(without, attend(*inputs, allowed).detach())


def test_products_lead_there_and_back_with_their_gradients() -> None:
    rows, weight = draw(V, F, 6, seed=0), draw(8, 6, seed=1)
    first, second = project_to_frames_last(rows, weight, parts=2)
    expected = (rows @ weight.t()).transpose(1, 2)
    torch.testing.assert_close(torch.cat([first, second], dim=1), expected)
    back = draw(3, 8, seed=2)
    torch.testing.assert_close(project_to_rows(expected, back), expected.transpose(1, 2) @ back.t())
    assert torch.autograd.gradcheck(
        lambda *ab: project_to_frames_last(*ab, parts=2), (rows, weight)
    )
    assert torch.autograd.gradcheck(project_to_rows, (draw(V, 8, F, seed=3), back))
