"""What is missing or padded does not speak: not in evaluation, not in a training step."""

import copy

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.models import ClipNetwork


def make_clips(*lengths: int) -> tuple[list[Tensor], list[Tensor]]:
    """Clips (1, 3, T, 10) and masks: a joint never there, a frame without joints, single gaps."""
    clips = [torch.randn(1, 3, length, 10) for length in lengths]
    masks = [torch.rand(1, length, 10) > 0.15 for length in lengths]
    for mask in masks:
        mask[:, :, 6] = False
        mask[:, 4] = False
    return clips, masks


def pad(clips: list[Tensor], masks: list[Tensor], length: int) -> tuple[Tensor, Tensor]:
    """One batch of that length."""
    x = [F.pad(clip, (0, 0, 0, length - clip.size(2))) for clip in clips]
    mask = [F.pad(mask, (0, 0, 0, length - mask.size(1))) for mask in masks]
    return torch.cat(x), torch.cat(mask)


def training_step(network: ClipNetwork, x: Tensor, mask: Tensor | None) -> dict[str, Tensor]:
    """Logits, loss, gradients and new buffers of a step; the network stays as it was."""
    network = copy.deepcopy(network).train()
    logits = network(x, mask)
    loss = F.cross_entropy(logits, torch.arange(len(x)) % 4)
    loss.backward()
    gradients = {f"gradient of {n}": p.grad for n, p in network.named_parameters()}
    return {"logits": logits, "loss": loss, **gradients, **dict(network.named_buffers())}


def assert_close(result: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    assert (result - expected).abs().max() <= tolerance * expected.abs().max()


@pytest.mark.parametrize("value", [1.0, 1e6, float("nan")])
def test_masked_coordinates_change_no_logit(network: ClipNetwork, value: float) -> None:
    network.eval()
    x, mask = pad(*make_clips(13, 9), length=16)
    clean = x.masked_fill(~mask.unsqueeze(1), 0.0)
    spoiled = x.masked_fill(~mask.unsqueeze(1), value)
    logits = network(clean, mask)
    assert torch.equal(network(spoiled, mask), logits)
    assert torch.equal(network.embed(spoiled, mask), network.embed(clean, mask))
    # The network would have seen them without the mask.
    seen = x.masked_fill(~mask.unsqueeze(1), 1.0)
    assert (network(seen) - logits).abs().max() > 0.01 * logits.abs().max()


def test_clip_has_the_same_logits_in_any_batch_with_any_padding(
    network: ClipNetwork,
) -> None:
    network.eval()
    clips, masks = make_clips(13, 9, 20)
    masks[2][:] = True
    alone = torch.cat([network(x, mask) for x, mask in zip(clips, masks, strict=True)])
    assert_close(alone[2], network(clips[2])[0])
    for length in (20, 21, 24, 33):
        x, mask = pad(clips, masks, length)
        assert_close(network(x, mask), alone)
    for other in (0, 1):
        assert_close(network(*pad(clips[1 - other :], masks[1 - other :], 20))[0], alone[1 - other])
    assert (alone[0] - alone[1]).abs().max() > 0.01 * alone.abs().max()


def test_padding_in_front_is_a_shift_by_whole_strides(network: ClipNetwork) -> None:
    network.eval()
    (x,), (mask,) = make_clips(13)
    shifted = F.pad(x, (0, 0, 8, 0)), F.pad(mask, (0, 0, 8, 0))
    assert_close(network(*shifted), network(x, mask))


def test_clip_without_any_joint_gets_the_logits_of_a_zero_embedding(
    network: ClipNetwork,
) -> None:
    network.eval()
    x, mask = pad(*make_clips(13, 9), length=13)
    before = network(x, mask)
    mask[1] = False
    after = network(x, mask)
    assert torch.equal(after[1], network.last_layer.bias)
    assert_close(after[0], before[0])


@pytest.mark.parametrize("value", [1.0, 1e6, float("nan")])
def test_masked_coordinates_change_nothing_in_training(network: ClipNetwork, value: float) -> None:
    x, mask = pad(*make_clips(13, 9), length=16)
    expected = training_step(network, x.masked_fill(~mask.unsqueeze(1), 0.0), mask)
    result = training_step(network, x.masked_fill(~mask.unsqueeze(1), value), mask)
    for name, tensor in expected.items():
        assert tensor.isfinite().all(), name
        assert torch.equal(result[name], tensor), name


def test_padding_changes_nothing_in_training(network: ClipNetwork) -> None:
    clips, masks = make_clips(13, 9)
    network.double()
    clips = [x.double() for x in clips]
    expected = training_step(network, *pad(clips, masks, 13))
    result = training_step(network, *pad(clips, masks, 21))
    torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-12)


def test_padding_of_whole_clips_changes_nothing_in_training(
    network: ClipNetwork,
) -> None:
    network.double()
    clips = [torch.randn(1, 3, 13, 10, dtype=torch.double) for _ in range(2)]
    masks = [torch.ones(1, 13, 10, dtype=torch.bool) for _ in range(2)]
    expected = training_step(network, torch.cat(clips), None)
    torch.testing.assert_close(
        training_step(network, *pad(clips, masks, 13)), expected, rtol=0.0, atol=0.0
    )
    # A masked mean divides by its own sum of weights, while the plain one relies on columns that
    # sum to 1, which they do in single precision.
    for name, tensor in training_step(network, *pad(clips, masks, 21)).items():
        error = (tensor - expected[name]).abs().max()
        assert error <= 1e-5 * expected[name].abs().max() + 1e-12, name


def test_clip_without_any_joint_changes_nothing_for_the_others_in_training(
    network: ClipNetwork,
) -> None:
    network.double().train()
    clips, masks = make_clips(13, 9)
    x, mask = pad([clip.double() for clip in clips], masks, 13)
    alone = copy.deepcopy(network)
    expected = alone(x, mask)
    nobody = torch.randn_like(x[:1]), torch.zeros_like(mask[:1])
    logits = network(torch.cat([x, nobody[0]]), torch.cat([mask, nobody[1]]))
    torch.testing.assert_close(logits[:2], expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(
        dict(network.named_buffers()), dict(alone.named_buffers()), rtol=1e-9, atol=1e-12
    )
