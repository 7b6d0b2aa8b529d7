"""Networks on batches of graphs: the same as on dense clips, and on any mixture of skeletons."""

import copy
import dataclasses
import pickle
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader

from skelgraph.data import SkeletonData, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import COCO17, MPI23, UPPER10, JointLayout
from skelgraph.models import SSTGCN, STGCN, ResNet18, SmallSSTGCN, SpatialTemporalNetwork
from skelgraph.poses import PoseSequence

NARROW = {"channels": (8, 12, 12), "downsampling_blocks": (1,), "num_heads": 2}
NETWORKS = {
    "s-stgcn": lambda **k: SSTGCN(attention_dropout=0.0, **NARROW, **k),
    "s-stgcn as released": lambda **k: SSTGCN(
        attention_dropout=0.0,
        input_norm=True,
        normalize_spatial_input=True,
        normalize_query=True,
        **NARROW,
        **k,
    ),
    "st-gcn": lambda **k: STGCN(channels=(8, 8, 8, 8, 12, 12), **k),
    "s-stgcn-small": lambda **k: SmallSSTGCN(
        channels=8, members=2, dropout=0.0, head_dropout=0.0, **k
    ),
}
EACH = st.sampled_from(list(NETWORKS))
SEEDS = st.integers(0, 10**6)


def make_network(name: str, seed: int, **options: object) -> SpatialTemporalNetwork:
    """Return a network in evaluation mode of which no weight is at its start."""
    torch.manual_seed(seed)
    network = NETWORKS[name](**options).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    for module in network.modules():
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.0
    return network


def draw_skeleton(rng: random.Random, name: str = "random tree") -> JointLayout:
    num_joints = rng.randint(2, 12)
    parents: dict[str, str | None] = {"j0": None}
    parents.update({f"j{joint}": f"j{rng.randrange(joint)}" for joint in range(1, num_joints)})
    return JointLayout.from_parents(name, parents)


def draw_clip(rng: random.Random, layout: JointLayout, missing: float = 0.0) -> SkeletonData:
    numbers = np.random.default_rng(rng.randrange(10**9))
    positions = numbers.normal(size=(rng.randint(3, 14), layout.num_joints, 3))
    positions[numbers.random(positions.shape[:2]) < missing] = np.nan
    sequence = PoseSequence(positions=positions, layout=layout, fps=30.0)
    return SkeletonData.nodes_from_sequence(sequence)


def find_gradients(network: torch.nn.Module, logits: Tensor) -> dict[str, Tensor | None]:
    network.zero_grad()
    logits.square().sum().backward()
    return {name: parameter.grad for name, parameter in network.named_parameters()}


def assert_equal_to(
    share: float, result: Tensor, expected: Tensor, what: str, least: float = 0.0
) -> None:
    """Compare to a share of the largest entry, or of ``least`` if that is larger."""
    size = max(float(expected.detach().abs().max()), least)
    assert float((result - expected).detach().abs().max()) <= share * size, what


@settings(max_examples=40, deadline=None)
@given(
    name=EACH,
    seed=SEEDS,
    num_clips=st.integers(1, 4),
    missing=st.sampled_from([0.0, 0.3]),
    training=st.booleans(),
)
def test_a_batch_of_graphs_equals_dense_clips(
    name: str, seed: int, num_clips: int, missing: float, training: bool
) -> None:
    rng = random.Random(seed)
    layout = draw_skeleton(rng)
    network = make_network(name, seed, layout=layout).train(training)
    twin = copy.deepcopy(network)
    batch = Batch.from_data_list([draw_clip(rng, layout, missing) for _ in range(num_clips)])
    assert_equal_to(1e-5, network(batch), twin(*to_dense(batch)), "logits")
    # Gradients in double precision: some are zero, of which single precision leaves rounding.
    network, twin, batch.x = network.double(), twin.double(), batch.x.double()
    gradients = find_gradients(network, network(batch))
    dense = find_gradients(twin, twin(*to_dense(batch)))
    largest = max(float(one.abs().max()) for one in dense.values() if one is not None)
    for key, gradient in gradients.items():
        assert (gradient is None) == (dense[key] is None), key
        if gradient is not None:
            assert_equal_to(1e-9, gradient, dense[key], key, least=largest)
    torch.testing.assert_close(dict(network.named_buffers()), dict(twin.named_buffers()))


@settings(max_examples=25, deadline=None)
@given(name=EACH, seed=SEEDS, missing=st.sampled_from([0.0, 0.3]))
def test_a_mixture_of_skeletons_equals_its_clips_one_by_one(
    name: str, seed: int, missing: float
) -> None:
    rng = random.Random(seed)
    layouts = [draw_skeleton(rng, f"tree {number}") for number in range(3)]
    network = make_network(name, seed, layout=layouts[0], any_skeleton=True)
    clips = [draw_clip(rng, rng.choice(layouts), missing) for _ in range(6)]
    alone = torch.cat([network(clip) for clip in clips])
    torch.testing.assert_close(network(Batch.from_data_list(clips)), alone, rtol=1e-5, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(name=EACH, seed=SEEDS, missing=st.sampled_from([0.0, 0.3]))
def test_the_order_of_joints_does_not_matter(name: str, seed: int, missing: float) -> None:
    rng = random.Random(seed)
    layout = draw_skeleton(rng)
    order = rng.sample(range(layout.num_joints), layout.num_joints)
    place = {joint: number for number, joint in enumerate(order)}
    permuted = JointLayout(
        name="permuted",
        joints=tuple(layout.joints[joint] for joint in order),
        bones=tuple((place[child], place[parent]) for child, parent in layout.bones),
        center=place[layout.center],
    )
    network = make_network(name, seed, layout=layout, any_skeleton=True)
    clip = draw_clip(rng, layout, missing)
    other = copy.copy(clip)
    other.layout, other.skeleton = permuted.name, permuted
    other.x = clip.positions[:, order].flatten(0, 1)
    other.mask = clip.present[:, order].flatten()
    torch.testing.assert_close(network(other), network(clip), rtol=1e-5, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(name=EACH, seed=SEEDS)
def test_persons_of_a_clip_are_averaged(name: str, seed: int) -> None:
    rng = random.Random(seed)
    network = make_network(name, seed)
    clips = []
    for _ in range(3):
        first = draw_clip(rng, UPPER10, 0.2)
        second = first.with_positions(first.positions.flip(0) + 1, first.present.flip(0))
        absent = first.with_positions(first.positions, torch.zeros_like(first.present))
        clips.append([first, rng.choice([second, absent])])
    batch = Batch.from_data_list([SkeletonData.join_persons(clip) for clip in clips])
    alone = [clip[0] for clip in clips]  # beside clips of two
    together = Batch.from_data_list([*alone, *batch.to_data_list()])
    torch.testing.assert_close(network(together)[3:], network(batch), rtol=1e-5, atol=1e-5)
    x, mask = to_dense(Batch.from_data_list([person for clip in clips for person in clip]))
    dense = x.view(3, 2, *x.shape[1:]).permute(0, 2, 3, 4, 1)
    expected = network(dense, mask.view(3, 2, *mask.shape[1:]).permute(0, 2, 3, 1))
    torch.testing.assert_close(network(batch), expected, rtol=1e-5, atol=1e-5)


def test_clip_without_any_joint_has_the_logits_of_a_zero_embedding() -> None:
    network, rng = make_network("s-stgcn", 0), random.Random(0)
    clips = [draw_clip(rng, UPPER10, missing) for missing in (0.2, 1.0, 0.0)]
    logits = network(Batch.from_data_list(clips))
    assert torch.equal(logits[1], network.last_layer.bias)
    torch.testing.assert_close(logits[[0]], network(clips[0]))
    assert torch.equal(network(clips[1])[0], network.last_layer.bias)


def test_a_loader_over_unlike_skeletons_trains_a_network() -> None:
    rng = random.Random(0)
    clips = []
    for number in range(24):
        clip = draw_clip(rng, rng.choice([UPPER10, COCO17, MPI23]))
        clip.x, clip.y = clip.x + number % 2, torch.tensor(number % 2)
        clips.append(clip)
    torch.manual_seed(0)
    network = SSTGCN(num_classes=2, any_skeleton=True, **NARROW)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(8):
        for batch in DataLoader(clips, batch_size=8, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(network(batch), batch.y).backward()
            optimizer.step()
    together = Batch.from_data_list(clips)
    assert (network.eval()(together).argmax(dim=1) == together.y).all()


def test_a_network_of_one_skeleton_says_why_it_refuses_others() -> None:
    clip = draw_clip(random.Random(0), COCO17)
    with pytest.raises(
        DatasetError, match="the edge importance of this network belongs to the joints of 'upper10'"
    ):
        SSTGCN()(clip)
    with pytest.raises(DatasetError, match=r"the input norm .* any_skeleton=True"):
        STGCN()(clip)
    network = SSTGCN(any_skeleton=True)
    del clip.skeleton
    clip.layout = "mine"
    with pytest.raises(DatasetError, match=r"there is no layout 'mine'.* bring it as its skeleton"):
        network(clip)
    clip.layout = "upper10"
    with pytest.raises(DatasetError, match="expected 10 joints of layout 'upper10', but got 17"):
        network(clip)


def test_networks_without_a_graph_take_batches_of_their_layout() -> None:
    torch.manual_seed(0)
    network, rng = ResNet18(channels=(8, 16, 24, 32)).eval(), random.Random(0)
    batch = Batch.from_data_list([draw_clip(rng, UPPER10, 0.2) for _ in range(2)])
    torch.testing.assert_close(network(batch), network(*to_dense(batch)))
    folded = make_network("s-stgcn", 0).optimize_for_inference()
    torch.testing.assert_close(folded(batch), folded(*to_dense(batch)))


def test_the_same_name_is_not_the_same_skeleton() -> None:
    rng, other = random.Random(0), dataclasses.replace(UPPER10, pairs=())
    clips = [draw_clip(rng, UPPER10), draw_clip(rng, other)]
    for network in (ResNet18(channels=(8, 16, 24, 32)), SSTGCN(**NARROW)):
        with pytest.raises(DatasetError, match="clips of another skeleton, upper10"):
            network(Batch.from_data_list(clips))


def test_what_is_no_clip_is_refused() -> None:
    graph = Data(x=torch.zeros(20, 3), edge_index=torch.zeros(2, 0, dtype=torch.long))
    with pytest.raises(DatasetError, match=r"it has no mask, joint, num_frames, layout; Skeleton"):
        SSTGCN()(graph)


def test_a_graph_forward_leaves_a_network_as_it_was() -> None:
    network = make_network("s-stgcn", 0).train()
    batch = Batch.from_data_list([draw_clip(random.Random(0), UPPER10) for _ in range(2)])
    before, keys = torch.get_rng_state(), set(network.state_dict())
    first = network(batch)
    assert torch.equal(torch.get_rng_state(), before)
    assert set(network.state_dict()) == keys
    doubled = {name: 2 * value for name, value in network.named_parameters()}
    changed = torch.func.functional_call(network, doubled, (batch,))
    assert not torch.allclose(changed, first)
    torch.testing.assert_close(copy.deepcopy(network)(batch), first)
    torch.testing.assert_close(pickle.loads(pickle.dumps(network))(batch), first)
    network.blocks[0].spatial.conv.linear = torch.nn.Linear(3, 3 * 8)
    torch.testing.assert_close(network(batch), network(*to_dense(batch)), rtol=1e-5, atol=1e-5)


def test_a_center_is_of_one_skeleton() -> None:
    with pytest.raises(ValueError, match="expected no center of a network of any skeleton"):
        SSTGCN(any_skeleton=True, center=3)


def test_an_own_network_of_any_skeleton_is_not_folded() -> None:
    network, rng = make_network("s-stgcn", 0, any_skeleton=True), random.Random(0)
    batch = Batch.from_data_list([draw_clip(rng, layout) for layout in (UPPER10, COCO17)])
    torch.testing.assert_close(network.optimize_for_inference()(batch), network(batch))


def test_layouts_may_be_named() -> None:
    assert SSTGCN(layout="coco17").layout is COCO17
    assert ResNet18(layout="mpi23").num_joints == 23
