"""Attributions of networks whose attributions are known, and the check of whether they hold."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from skelgraph.errors import RunError
from skelgraph.explanation import attributions, check_captum
from skelgraph.explanation.attributions import integrate_gradients, occlude
from skelgraph.explanation.clip_input import ClipInput, ViewedNetwork, spread_means, spread_sums
from skelgraph.explanation.faithfulness import measure_faithfulness
from skelgraph.explanation.network_insight import watch_attention
from skelgraph.layouts import UPPER10
from skelgraph.models import SSTGCN

pytest.importorskip("captum", reason="captum is not installed")

C, T, V = 2, 12, 5


class Linear(nn.Module):
    """Logits of two classes: the weighted sum of what is there, and 0."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (C, T, V)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        logit = (x * mask.unsqueeze(1) * self.weight).sum(dim=(1, 2, 3))
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)


def make_clip(weight: Tensor, *, views: tuple[bool, ...] = (False,), seed: int = 0) -> ClipInput:
    """A clip of random channels, in which one joint is missing in two frames."""
    torch.manual_seed(seed)
    x, present = torch.randn(1, 1, C, T, V), torch.ones(1, 1, T, V, dtype=torch.bool)
    present[:, :, 3:5, 1] = False
    x = x * present.unsqueeze(2)
    mirror = (0, 2, 1, 4, 3)
    joints = [list(mirror) if mirrored else list(range(V)) for mirrored in views]
    return ClipInput(
        network=ViewedNetwork(Linear(weight), 1.0).eval(),
        x=torch.cat([x[..., order] for order in joints], dim=1),
        present=torch.cat([present[..., order] for order in joints], dim=1),
        mirrored=views,
        mirror=mirror,
        num_frames=T,
        fps=3.0,
    )


def sigmoid(logit: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(logit)))


def test_integrated_gradients_of_a_linear_network_are_shares_of_its_logit() -> None:
    weight = 0.1 * torch.randn(C, T, V, generator=torch.Generator().manual_seed(1))
    clip = make_clip(weight)
    parts = (weight * clip.x[0, 0]).sum(dim=0).numpy().astype(float)  # (T, V)
    change = sigmoid(parts.sum()) - 0.5  # all channels 0 give even chances
    values = integrate_gradients(clip, 0)
    np.testing.assert_allclose(values, parts / parts.sum() * change, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(integrate_gradients(clip, 1), -values, atol=1e-7)
    assert (values[3:5, 1] == 0).all()


def test_occlusion_is_what_the_probability_loses_without_a_joint_in_a_frame() -> None:
    weight = 0.1 * torch.randn(C, T, V, generator=torch.Generator().manual_seed(2))
    clip = make_clip(weight)  # windows of one frame: 0.3 s at 3 frames/s
    parts = (weight * clip.x[0, 0]).sum(dim=0).numpy().astype(float)
    expected = np.empty((T, V))
    for t in range(T):
        for v in range(V):
            expected[t, v] = sigmoid(parts.sum()) - sigmoid(parts.sum() - parts[t, v])
    np.testing.assert_allclose(occlude(clip, 0), expected, atol=1e-6)


def test_a_mirrored_view_counts_for_the_joint_that_it_shows() -> None:
    weight = torch.zeros(C, T, V)
    weight[:, :, 1] = 0.3  # the mirror image shows joint 2 there
    clip = make_clip(weight, views=(False, True))
    for values in (integrate_gradients(clip, 0), occlude(clip, 0)):
        assert (values[:, [0, 3, 4]] == 0).all()
        assert (values[5:, [1, 2]] != 0).all()
    alone = integrate_gradients(make_clip(weight), 0)
    np.testing.assert_allclose(2 * integrate_gradients(clip, 0)[:, 1], alone[:, 1], rtol=1e-3)


def test_deleted_entries_are_missing_in_all_views() -> None:
    weight = torch.ones(C, T, V)
    clip = make_clip(weight, views=(False, True))
    keep = np.ones((2, T, V), dtype=bool)
    keep[1, :, 1:] = False
    whole, first_joint = clip.predict(keep)[:, 0]
    sums = clip.x[0, 0].sum(dim=0).numpy()  # (T, V)
    assert whole == pytest.approx(float(sigmoid(sums.sum())), abs=1e-6)
    assert first_joint == pytest.approx(float(sigmoid(sums[:, 0].sum())), abs=1e-6)
    assert clip.predict()[0, 0] == whole


def test_an_attribution_holds_if_what_it_names_matters_and_only_then() -> None:
    weight = torch.zeros(C, T, V)
    clip = make_clip(weight)
    with torch.no_grad():
        clip.network.network.weight[:, :, 4] = clip.x[0, 0, :, :, 4].sign()  # joint 4 speaks
    values = np.zeros((T, V))
    values[:6, 4] = 1.0
    found = measure_faithfulness(clip, values, 0)
    sums = clip.x[0, 0, :, :, 4].abs().sum(dim=0).numpy()
    assert found.probability == pytest.approx(float(sigmoid(sums.sum())), abs=1e-6)
    top = round(0.1 * (T * V - 2))  # two entries are missing
    expected = found.probability - sigmoid(sums[top:].sum())
    assert found.top_change == pytest.approx(float(expected), abs=1e-6)
    assert found.holds
    assert 0 <= found.random_low <= found.random_mean <= found.random_high < found.top_change
    values = np.zeros((T, V))
    values[:, 0] = 1.0
    wrong = measure_faithfulness(clip, values, 0)
    assert wrong.top_change == pytest.approx(0, abs=1e-7)
    assert not wrong.holds


def test_draws_depend_on_the_seed_alone() -> None:
    clip = make_clip(0.2 * torch.ones(C, T, V))
    values = np.arange(T * V, dtype=float).reshape(T, V)
    first, same, other = (measure_faithfulness(clip, values, 0, seed=seed) for seed in (0, 0, 1))
    assert first == same
    assert first.random_mean != other.random_mean
    assert first.top_change == other.top_change


def test_attention_is_that_of_each_block_over_the_frames_of_the_input() -> None:
    torch.manual_seed(0)
    network = SSTGCN(C, 2, UPPER10, channels=(4, 4), num_heads=2, downsampling_blocks=(0,)).eval()
    present = torch.ones(1, 1, 8, 10, dtype=torch.bool)
    present[:, :, :, 9] = False
    x = torch.randn(1, 1, C, 8, 10) * present.unsqueeze(2)
    clip = ClipInput(
        network=ViewedNetwork(network, 1.0),
        x=x,
        present=present,
        mirrored=(False,),
        mirror=tuple(UPPER10.mirror),
        num_frames=8,
        fps=30.0,
    )
    first, second = watch_attention(clip)
    assert (first.block, second.block) == (1, 2)
    expected = network.blocks[0].spatial.attention.coefficients(x[0], present[0])[0]  # (H, T, V, V)
    np.testing.assert_allclose(first.coefficients, expected.mean(dim=1), rtol=1e-5)
    np.testing.assert_allclose(first.received, expected.sum(dim=2) / 9, rtol=1e-5)
    assert (first.coefficients[:, 9] == 0).all()
    assert second.received.shape == (2, 8, 10)  # of four frames
    np.testing.assert_allclose(second.received[:, ::2], second.received[:, 1::2])
    np.testing.assert_allclose(second.received.sum(axis=2), 1, rtol=1e-5)


@pytest.mark.parametrize("num_frames", [3, 5, 10, 14])
def test_sums_over_time_stay_and_levels_stay(num_frames: int) -> None:
    values = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_allclose(spread_sums(values, num_frames).sum(axis=0), values.sum(axis=0))
    np.testing.assert_allclose(spread_means(np.ones((5, 2)), num_frames), 1)
    if num_frames == 10:
        np.testing.assert_allclose(spread_means(values, 10)[::2], values)


def test_a_stream_that_keeps_every_second_frame_is_spread_over_both() -> None:
    values = np.arange(1.0, 5.0)
    assert spread_sums(values, 7).tolist() == [0.5, 0.5, 1.0, 1.0, 1.5, 1.5, 4.0]


def test_without_captum_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributions.util, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"need captum; install it: pip install 'skelgraph\[explain"):
        check_captum()
