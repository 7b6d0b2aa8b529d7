"""Stepping from frame to frame gives the logits of the network on whole clips."""

import copy
import pickle
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils import _pytree

from skelgraph.config import Temporal
from skelgraph.errors import DatasetError
from skelgraph.layouts import OPENPOSE18
from skelgraph.models import SSTGCN, STGCN, ResNet18, SmallSSTGCN, SpatialTemporalNetwork
from skelgraph.nn import TemporalPooling
from skelgraph.streaming import StepNetwork, StepState, join_states

NETWORKS: dict[str, Callable[[Temporal], SpatialTemporalNetwork]] = {
    "ten blocks": lambda temporal: SSTGCN(
        channels=(4, 4, 4, 4, 8, 8, 8, 12, 12, 12), temporal=temporal
    ),
    "no stride": lambda temporal: SSTGCN(
        channels=(4, 4, 8), downsampling_blocks=(), temporal=temporal
    ),
    "strides first": lambda temporal: SSTGCN(
        channels=(4, 8, 8, 8), downsampling_blocks=(0, 1, 2), kernel_size=3, temporal=temporal
    ),
    "as released": lambda temporal: SSTGCN(
        channels=(8, 8, 12),
        downsampling_blocks=(1,),
        kernel_size=5,
        input_norm=True,
        normalize_spatial_input=True,
        normalize_query=True,
        temporal=temporal,
    ),
    "without attention": lambda temporal: SSTGCN(
        channels=(4, 4),
        downsampling_blocks=(1,),
        kernel_size=1,
        attention=False,
        temporal=temporal,
    ),
    "st-gcn": lambda temporal: STGCN(
        channels=(4, 4, 8), kernel_size=7, layout=OPENPOSE18, temporal=temporal
    ),
    "small": lambda temporal: SmallSSTGCN(
        5, channels=8, num_heads=2, kernel_size=7, temporal=temporal
    ),
}
POOLINGS = (
    TemporalPooling(),
    TemporalPooling("window", 1),
    TemporalPooling("window", 7),
    TemporalPooling("exponential", 3.5),
)


@cache
def make_network(name: str, temporal: Temporal = "centered") -> SpatialTemporalNetwork:
    """A network whose weights and running statistics are not those of its start."""
    torch.manual_seed(0)
    network = NETWORKS[name](temporal)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        for _ in range(3):
            network.train()(torch.randn(4, network.in_channels, 160, network.num_joints))
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
    chunk: int = 1,
    missing: float | None = None,
    seed: int = 0,
) -> Clips:
    """Clips with joints, whole frames and a second missing, NaN where they are; then whole ones."""
    generator = torch.Generator().manual_seed(seed)
    V = network.num_joints
    x = torch.randn(num_people, network.in_channels, num_frames, V, generator=generator)
    bounds = [*range(0, num_frames, chunk), num_frames]
    if missing is None:
        return Clips(x, None, bounds)
    mask = torch.rand(num_people, num_frames, V, generator=generator) >= missing
    mask &= torch.rand(num_people, num_frames, 1, generator=generator) >= missing / 8
    gap = int(torch.randint(num_frames, (), generator=generator))
    mask[-1, gap : gap + (30 if missing > 0.3 else 0)] = False
    return Clips(x.masked_fill(~mask.unsqueeze(1), float("nan")), mask, bounds)


def run(step: StepNetwork, clips: Clips) -> tuple[StepState, Tensor]:
    """Return the state after all chunks, and the logits of all output frames."""
    state, parts = step.init_state(len(clips.x)), []
    for x, mask in clips.cut():
        state, logits = step.advance(state, x, mask)
        parts.append(logits)
    return state, torch.cat(parts, dim=1)


def compute_clip(
    network: SpatialTemporalNetwork,
    pooling: TemporalPooling,
    clips: Clips,
    outputs: int | None = None,
) -> Tensor:
    """The logits of the network itself, of all frames or the first outputs alone."""

    def pool(x: Tensor, mask: Tensor | None) -> Tensor:
        return pooling(x[:, :, :outputs], None if mask is None else mask[:, :outputs])

    own = copy.copy(network)
    own.pooling = pool  # type: ignore[assignment]
    with torch.no_grad():
        return own(clips.x, clips.mask)


def assert_same(result: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)


@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from(list(NETWORKS)),
    temporal=st.sampled_from(["centered", "causal", "valid"]),
    pooling=st.sampled_from(POOLINGS),
    num_people=st.integers(1, 3),
    num_frames=st.integers(1, 200),
    chunk=st.integers(1, 40),
    missing=st.none() | st.sampled_from([0.0, 0.1, 0.9]),
    seed=st.integers(0, 1000),
)
@example("ten blocks", "centered", POOLINGS[0], 2, 600, 4, None, 0)
@example("ten blocks", "causal", POOLINGS[2], 2, 600, 7, 0.1, 0)
@example("ten blocks", "valid", POOLINGS[3], 1, 600, 1, None, 0)
@example("ten blocks", "valid", POOLINGS[0], 2, 600, 5, 0.1, 3)
@example("strides first", "centered", POOLINGS[2], 1, 600, 1, 0.1, 0)
@example("small", "causal", POOLINGS[3], 2, 600, 2, 0.1, 0)
def test_every_output_is_that_of_the_network_on_the_whole_clip(
    name: str,
    temporal: Temporal,
    pooling: TemporalPooling,
    num_people: int,
    num_frames: int,
    chunk: int,
    missing: float | None,
    seed: int,
) -> None:
    network = make_network(name, temporal)
    step = StepNetwork(network, pooling)
    clips = draw_clips(network, num_people, num_frames, chunk=chunk, missing=missing, seed=seed)
    state, logits = run(step, clips)
    waits = step.warmup_frames if temporal == "valid" else 1 + step.delay_frames
    assert logits.size(1) == max(0, (num_frames - waits) // step.stride + 1)
    try:
        expected = compute_clip(network, pooling, clips)
    except DatasetError:
        assert temporal == "valid"  # fewer frames than a window, or than one that has no gap
        return
    _, last = step.finish(state)
    assert_same(logits[:, -1] if last is None else last, expected)
    for output in range(0, logits.size(1), 9):
        assert_same(logits[:, output], compute_clip(network, pooling, clips, output + 1))


@pytest.mark.parametrize("temporal", ["causal", "valid"])
@pytest.mark.parametrize("name", ["no stride", "as released", "small"])
def test_a_network_that_looks_back_gives_the_logits_of_the_frames_so_far(
    name: str, temporal: Temporal
) -> None:
    network = make_network(name, temporal)
    step = StepNetwork(network)
    clips = draw_clips(network, 2, 45, missing=0.05)
    state = step.init_state(2)
    for number, (x, mask) in enumerate(clips.cut(), start=1):
        state, logits = step(state, x[:, :, 0], mask[:, 0])
        is_due = (number - step.warmup_frames) % step.stride == 0
        assert (logits is not None) == (is_due and number >= step.warmup_frames)
        if logits is not None:
            seen = Clips(clips.x[:, :, :number], clips.mask[:, :number], ())
            assert_same(logits, compute_clip(network, TemporalPooling(), seen))


def test_the_pooling_is_that_of_the_network() -> None:
    network = copy.copy(make_network("no stride", "causal"))
    network.pooling = TemporalPooling("window", 3)
    clips = draw_clips(network, 1, 20)
    _, logits = run(StepNetwork(network), clips)
    with torch.no_grad():
        assert_same(logits[:, -1], network(clips.x))


def test_its_numbers_are_those_of_the_network() -> None:
    step = StepNetwork(SSTGCN())
    numbers = (step.stride, step.delay_frames, step.receptive_field, step.warmup_frames)
    assert numbers == (4, 76, 153, 77)


def test_people_who_come_and_go_change_nothing_for_the_others() -> None:
    """Whoever comes when the stride begins anew has the logits of a clip of one's own."""
    network = make_network("ten blocks", "causal")
    step = StepNetwork(network)
    clips = draw_clips(network, 3, 96, missing=0.1)
    state, _ = step.advance(step.init_state(2), clips.x[:2, :, :40], clips.mask[:2, :40])
    assert step.phase(state) == 0
    state = join_states([state, step.init_state(1)])
    x = torch.cat([clips.x[:2, :, 40:72], clips.x[2:, :, :32]])
    mask = torch.cat([clips.mask[:2, 40:72], clips.mask[2:, :32]])
    state, logits = step.advance(state, x, mask)
    assert_same(logits[2:, -1], compute_clip(network, TemporalPooling(), cut(clips, [2], 32)))
    state = state.select([2, 0])
    x = torch.cat([clips.x[2:, :, 32:56], clips.x[:1, :, 72:]])
    mask = torch.cat([clips.mask[2:, 32:56], clips.mask[:1, 72:]])
    state, logits = step.advance(state, x, mask)
    assert_same(logits[:1, -1], compute_clip(network, TemporalPooling(), cut(clips, [2], 56)))
    assert_same(logits[1:, -1], compute_clip(network, TemporalPooling(), cut(clips, [0], 96)))


def cut(clips: Clips, people: list[int], num_frames: int) -> Clips:
    """The first frames of some people."""
    mask = None if clips.mask is None else clips.mask[people, :num_frames]
    return Clips(clips.x[people, :, :num_frames], mask, ())


def test_a_newcomer_has_no_logits_before_the_first_output() -> None:
    network = make_network("as released")
    step = StepNetwork(network)
    clips = draw_clips(network, 2, 60)
    state, _ = step.advance(step.init_state(1), clips.x[:1, :, :40])
    state = join_states([state, step.init_state(1)])
    state, early = step.advance(state, clips.x[:, :, 40 : 40 + step.delay_frames])
    assert early[0].isfinite().all()
    assert early[1].isnan().all()
    state, logits = step.advance(state, clips.x[:, :, 50:51])
    assert logits.isfinite().all()


@pytest.mark.parametrize("phase", [0, 1, 3])
def test_one_who_is_forgotten_starts_anew_behind_frames_without_joints(phase: int) -> None:
    network = make_network("ten blocks", "causal")
    step = StepNetwork(network)
    clips = draw_clips(network, 2, 40)
    state, _ = step.advance(step.init_state(2), clips.x[:, :, : 20 + phase])
    assert step.phase(state) == phase
    state = step.reset(state, [1])
    assert state.frames.tolist() == [20 + phase, phase]
    _, logits = step.advance(state, clips.x[:, :, 20 + phase :])
    mask = torch.ones(2, 40, 10, dtype=torch.bool)
    mask[1, : 20 + phase] = False
    expected = compute_clip(network, TemporalPooling(), Clips(clips.x, mask, ()))
    assert_same(logits[:, -1], expected)


def test_a_state_is_never_changed_and_holds_all_that_is_remembered() -> None:
    network = make_network("small")
    step = StepNetwork(network)
    clips = draw_clips(network, 2, 50, missing=0.1)
    state, _ = step.advance(step.init_state(2), clips.x[:, :, :20], clips.mask[:, :20])
    kept = [tensor.clone() for tensor in state.list_tensors()]
    rest = clips.x[:, :, 20:], clips.mask[:, 20:]
    after, logits = step.advance(state, *rest)
    assert all(map(torch.equal, kept, state.list_tensors()))
    other = StepNetwork(network)
    again, same = other.advance(state, *rest)
    assert torch.equal(logits, same)
    assert all(map(torch.equal, after.list_tensors(), again.list_tensors()))


def test_a_state_is_a_pytree_that_can_be_stored(tmp_path: Path) -> None:
    network = make_network("as released")
    step = StepNetwork(network)
    clips = draw_clips(network, 2, 30)
    state, _ = step.advance(step.init_state(2), clips.x[:, :, :9])
    leaves, spec = _pytree.tree_flatten(state)
    assert all(isinstance(leaf, Tensor) and leaf.size(0) == 2 for leaf in leaves)
    save_file(state.to_tensors(), tmp_path / "state.safetensors")
    copies = [
        _pytree.tree_unflatten(leaves, spec),
        pickle.loads(pickle.dumps(state)),
        StepState.from_tensors(load_file(tmp_path / "state.safetensors")),
        state.to("cpu"),
        state.select([0, 1]),
    ]
    _, expected = step.advance(state, clips.x[:, :, 9:])
    for other in copies:
        assert torch.equal(step.advance(other, clips.x[:, :, 9:])[1], expected)
    assert state.num_bytes == sum(leaf.nelement() * leaf.element_size() for leaf in leaves)


def test_the_size_of_a_state_does_not_grow() -> None:
    step = StepNetwork(make_network("ten blocks"), TemporalPooling("window", 5))
    state = step.init_state(2)
    sizes = set()
    for chunk in (1, 4, 30, 200, 1):
        state, _ = step.advance(state, torch.randn(2, 3, chunk, 10))
        storages = {tensor.untyped_storage().nbytes() for tensor in state.list_tensors()}
        sizes.add((state.num_bytes, sum(storages)))
    assert len(sizes) == 1


def test_no_gradient_and_no_weight_is_shared() -> None:
    network = copy.deepcopy(make_network("no stride"))
    step = StepNetwork(network)
    clips = draw_clips(network, 1, 20)
    before = run(step, clips)[1]
    assert not any(parameter.requires_grad for parameter in step.parameters())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert torch.equal(run(step, clips)[1], before)


def test_what_does_not_fit_is_an_error() -> None:
    step = StepNetwork(make_network("no stride"))
    state = step.init_state(2)
    frame = torch.zeros(2, 3, 10)
    with pytest.raises(ValueError, match=r"of \(2, 3, 1, 10\), but got \(1, 3, 1, 10\)"):
        step(state, frame[:1])
    with pytest.raises(ValueError, match=r"expected a boolean mask \(2, 1, 10\), but got"):
        step(state, frame, torch.ones(2, 10))
    with pytest.raises(ValueError, match=r"expected an S-STGCN or ST-GCN .*, but got ResNet18"):
        StepNetwork(ResNet18())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of one skeleton"):
        StepNetwork(SSTGCN(any_skeleton=True))
    with pytest.raises(ValueError, match="states of one network, but their shapes differ"):
        join_states([state, StepNetwork(make_network("small")).init_state(1)])
    with pytest.raises(ValueError, match="one or more states, but got none"):
        join_states([])
    tensors = state.to_tensors()
    del tensors["blocks.1.inputs"]
    with pytest.raises(ValueError, match=r"these differ: blocks\.1\.inputs"):
        StepState.from_tensors(tensors)
    odd = StepNetwork(make_network("as released"))
    moved, _ = odd(odd.init_state(1), frame[:1])
    with pytest.raises(ValueError, match="same place between two outputs, but got phases 0, 1"):
        odd(join_states([odd.init_state(1), moved]), frame)


def test_nobody_has_no_logits() -> None:
    step = StepNetwork(make_network("no stride", "causal"))
    state, logits = step.advance(step.init_state(0), torch.zeros(0, 3, 5, 10))
    assert logits.shape == (0, 5, 4)
    assert step.phase(state) == 0
