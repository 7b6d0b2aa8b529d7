"""Stepping from frame to frame gives the logits of the network on whole clips."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from skelgraph.layouts import OPENPOSE18
from skelgraph.models import SSTGCN, STGCN, SmallSSTGCN, SpatialTemporalNetwork
from skelgraph.streaming import StepNetwork, StepState

TOLERANCE = 1e-5

NETWORKS: dict[str, Callable[[], SpatialTemporalNetwork]] = {
    "s-stgcn": lambda: SSTGCN(channels=(4, 4, 4, 4, 8, 8, 8, 12, 12, 12)),
    "no stride": lambda: SSTGCN(channels=(4, 4, 8), downsampling_blocks=()),
    "strides first": lambda: SSTGCN(
        channels=(4, 8, 8, 8), downsampling_blocks=(0, 1, 2), kernel_size=3
    ),
    "as released": lambda: SSTGCN(
        channels=(8, 8, 12),
        downsampling_blocks=(1,),
        kernel_size=5,
        input_norm=True,
        normalize_spatial_input=True,
        normalize_query=True,
    ),
    "without attention": lambda: SSTGCN(
        channels=(4, 4), downsampling_blocks=(1,), kernel_size=1, attention=False
    ),
    "st-gcn": lambda: STGCN(channels=(4, 4, 8), kernel_size=7, layout=OPENPOSE18),
    "small": lambda: SmallSSTGCN(5, channels=8, num_heads=2, kernel_size=7),
}


@cache
def make_network(name: str) -> SpatialTemporalNetwork:
    """A network whose weights and running statistics are not those of its start."""
    torch.manual_seed(0)
    network = NETWORKS[name]()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        for _ in range(3):
            network.train()(torch.randn(8, network.in_channels, 24, network.num_joints))
    return network.eval()


class Clips(NamedTuple):
    """Clips of several people, and how they are cut into chunks."""

    x: Tensor
    mask: Tensor | None
    bounds: Sequence[int]

    def cut(self) -> list[tuple[Tensor, Tensor | None]]:
        return [
            (self.x[:, :, start:stop], None if self.mask is None else self.mask[:, start:stop])
            for start, stop in pairwise(self.bounds)
        ]


def draw_clips(
    network: SpatialTemporalNetwork,
    num_people: int,
    num_frames: int,
    *,
    chunk: int,
    missing: float | None,
    seed: int = 0,
) -> Clips:
    """Return clips with joints, whole frames and whole chunks missing, NaN where they are."""
    generator = torch.Generator().manual_seed(seed)
    V = network.num_joints
    x = torch.randn(num_people, network.in_channels, num_frames, V, generator=generator)
    bounds = [*range(0, num_frames, chunk), num_frames]
    if missing is None:
        return Clips(x, None, bounds)
    mask = torch.rand(num_people, num_frames, V, generator=generator) >= missing
    mask &= torch.rand(num_people, num_frames, 1, generator=generator) >= missing / 4
    gap = int(torch.randint(num_frames, (), generator=generator))
    mask[-1, gap : gap + 30 * (missing > 0.3)] = False
    return Clips(x.masked_fill(~mask.unsqueeze(1), float("nan")), mask, bounds)


def run(step: StepNetwork, clips: Clips) -> tuple[StepState, Tensor]:
    """Return the state after all chunks, and the logits of all output frames."""
    state, parts = step.init_state(len(clips.x)), []
    for x, mask in clips.cut():
        state, logits = step.advance(state, x, mask)
        parts.append(logits)
    return state, torch.cat(parts, dim=1)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(list(NETWORKS)),
    num_people=st.integers(1, 3),
    num_frames=st.integers(1, 90),
    chunk=st.integers(1, 40),
    missing=st.none() | st.sampled_from([0.0, 0.2, 0.9]),
    seed=st.integers(0, 1000),
)
@example(name="s-stgcn", num_people=2, num_frames=600, chunk=4, missing=None, seed=0)
@example(name="s-stgcn", num_people=2, num_frames=600, chunk=7, missing=0.2, seed=0)
@example(name="strides first", num_people=1, num_frames=600, chunk=1, missing=None, seed=0)
@example(name="small", num_people=2, num_frames=600, chunk=2, missing=0.2, seed=0)
def test_the_end_of_a_clip_gives_the_logits_of_the_network(
    name: str, num_people: int, num_frames: int, chunk: int, missing: float | None, seed: int
) -> None:
    network = make_network(name)
    step = StepNetwork(network)
    clips = draw_clips(network, num_people, num_frames, chunk=chunk, missing=missing, seed=seed)
    state, logits = run(step, clips)
    with torch.no_grad():
        expected = network(clips.x, clips.mask)
    _, last = step.finish(state)
    result = logits[:, -1] if last is None else last
    torch.testing.assert_close(result, expected, rtol=TOLERANCE, atol=TOLERANCE)
