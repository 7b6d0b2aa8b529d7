"""The attention of all frames and heads at once."""

import math

import pytest
import torch
from torch import Tensor

from skelgraph.nn.attend import LOG2_E, attend, joints_to_attend

V, H, D, F = 5, 3, 4, 7


def draw(seed: int = 0, size: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(V, F * H, 3, D, generator=generator, dtype=torch.double) * size
    return drawn.requires_grad_()


@pytest.fixture
def allowed() -> Tensor:
    mask = torch.rand(F, V, generator=torch.Generator().manual_seed(9)) > 0.3
    mask[:, 0] = True
    return mask


def attend_plainly(qkv: Tensor, allowed: Tensor) -> Tensor:
    """Equation (4), frame by frame and head by head."""
    result = torch.zeros(V, F * H, D, dtype=qkv.dtype)
    for number in range(F * H):
        query, key, value = qkv[:, number].unbind(1)
        scores = (query @ key.t()).masked_fill(~allowed[number // H], -math.inf)
        result[:, number] = scores.softmax(dim=1) @ value
    return result


def base_2(qkv: Tensor) -> Tensor:
    return qkv * torch.tensor([LOG2_E, 1.0, 1.0], dtype=qkv.dtype)[:, None]


@pytest.mark.parametrize("size", [1.0, 1e3], ids=["moderate scores", "beyond any exponent"])
@pytest.mark.parametrize("with_gradients", [False, True])
def test_it_is_the_softmax_of_equation_4(
    allowed: Tensor, size: float, with_gradients: bool
) -> None:
    qkv = draw(size=size)
    everybody = torch.ones_like(allowed)
    with torch.set_grad_enabled(with_gradients):
        masked, whole = (attend(base_2(qkv), H, mask) for mask in (allowed, None))
    assert masked.requires_grad == with_gradients
    torch.testing.assert_close(masked, attend_plainly(qkv, allowed), check_stride=False)
    torch.testing.assert_close(whole, attend_plainly(qkv, everybody), check_stride=False)


def test_scores_that_are_no_numbers_stay_so() -> None:
    qkv = draw().detach()
    qkv[0, 0, 0] = math.nan
    assert attend(qkv, H)[0, 0].isnan().all()


def test_its_gradients_are_right(allowed: Tensor) -> None:
    assert torch.autograd.gradcheck(lambda qkv: attend(qkv, H, allowed), draw())
    assert torch.autograd.gradcheck(lambda qkv: attend(qkv, H), draw())


def test_its_gradients_are_right_with_dropout() -> None:
    def attend_with_fixed_draws(qkv: Tensor) -> Tensor:
        torch.manual_seed(3)
        return attend(qkv, H, dropout=0.4)

    assert torch.autograd.gradcheck(attend_with_fixed_draws, draw())


def test_dropout_keeps_the_mean() -> None:
    qkv = draw().detach()
    torch.manual_seed(0)
    mean = torch.stack([attend(qkv, H, dropout=0.3) for _ in range(3000)]).mean(dim=0)
    torch.testing.assert_close(mean, attend(qkv, H), rtol=0, atol=0.1)


def test_frames_without_joints_attend_to_all() -> None:
    mask = torch.ones(2, 3, V, dtype=torch.bool)
    mask[1, 1:] = False
    assert joints_to_attend(mask) is None
    mask[0, 2, 4] = False
    allowed = joints_to_attend(mask)
    assert allowed is not None
    assert (~allowed).nonzero().tolist() == [[2, 4]]
