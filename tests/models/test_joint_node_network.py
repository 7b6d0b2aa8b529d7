"""Networks under PyG's explainers: what they find is what matters."""

import numpy as np
import pytest
import torch
from torch_geometric.explain import CaptumExplainer, Explainer, GNNExplainer

from skelgraph.data import SkeletonData
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.models import SSTGCN, JointNodeNetwork, SmallSSTGCN
from skelgraph.poses import PoseSequence

T = 12
CONFIG = {"mode": "multiclass_classification", "task_level": "graph", "return_type": "raw"}


def make_graph(layout=UPPER10, *, missing: bool = False) -> SkeletonData:
    positions = np.random.default_rng(0).normal(size=(T, layout.num_joints, 3))
    if missing:
        positions[2:5, 1] = np.nan
    return SkeletonData.nodes_from_sequence(
        PoseSequence(positions=positions, layout=layout, fps=30.0)
    )


def make_network(**settings) -> SSTGCN:
    torch.manual_seed(0)
    return SSTGCN(3, 3, channels=(4, 4), num_heads=2, downsampling_blocks=(1,), **settings).eval()


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("kind", ["deep", "small", "any"])
def test_it_has_the_logits_of_the_network(kind: str, missing: bool) -> None:
    torch.manual_seed(0)
    layout = COCO17 if kind == "any" else UPPER10
    network = {
        "deep": make_network,
        "small": lambda: SmallSSTGCN(3, 3, members=2, channels=8).eval(),
        "any": lambda: make_network(any_skeleton=True),
    }[kind]()
    model, graph = JointNodeNetwork(network, layout), make_graph(layout, missing=missing)
    found = model(model.to_nodes(graph.x), model.edge_index, model.to_nodes(graph.mask))
    torch.testing.assert_close(found, network(graph))


def test_nodes_are_joints_with_their_frames() -> None:
    model, graph = JointNodeNetwork(make_network()), make_graph()
    nodes = model.to_nodes(graph.x)
    assert nodes.shape == (10, T * 3)
    torch.testing.assert_close(nodes[4, 3:6], graph.x[1 * 10 + 4])
    torch.testing.assert_close(model.to_frames(nodes), graph.x.view(T, 10, 3))
    assert model.to_nodes(graph.mask).shape == (10, T)


def test_integrated_gradients_of_pyg_are_those_of_the_dense_network() -> None:
    captum = pytest.importorskip("captum.attr", reason="captum is not installed")
    network, graph = make_network(), make_graph(missing=True)
    model = JointNodeNetwork(network)
    explainer = Explainer(
        model,
        CaptumExplainer("IntegratedGradients", n_steps=8),
        explanation_type="model",
        node_mask_type="attributes",
        edge_mask_type=None,
        model_config=CONFIG,
    )
    nodes, mask = model.to_nodes(graph.x), model.to_nodes(graph.mask)
    found = explainer(nodes, model.edge_index, mask=mask)
    x = graph.x.view(1, T, 10, 3).permute(0, 3, 1, 2)
    dense = graph.mask.view(1, T, 10)
    expected = captum.IntegratedGradients(lambda x: network(x, dense.expand(len(x), T, 10)))
    values = expected.attribute(x, target=int(network(x, dense).argmax()), n_steps=8)
    torch.testing.assert_close(
        model.to_frames(found.node_mask), values[0].permute(1, 2, 0).float(), atol=1e-6, rtol=1e-4
    )
    assert not found.node_mask.view(10, T, 3)[1, 2:5].any()


def test_gnn_explainer_weighs_bones_and_joints() -> None:
    network, graph = make_network(), make_graph()
    with torch.no_grad():  # only what comes over the edge from joint 5 to joint 4 is left
        for block in network.blocks:
            block.spatial.attention.output.weight.zero_()
            block.spatial.attention.residual.weight.zero_() if hasattr(
                block.spatial.attention.residual, "weight"
            ) else None
            importance = block.spatial.conv.edge_importance
            importance[:, 5, :], importance[:, 5, 4] = 0.0, 20.0
    model = JointNodeNetwork(network)
    explainer = Explainer(
        model,
        GNNExplainer(epochs=5),
        explanation_type="model",
        node_mask_type="object",
        edge_mask_type="object",
        model_config=CONFIG,
    )
    torch.manual_seed(0)
    found = explainer(model.to_nodes(graph.x), model.edge_index)
    assert found.node_mask.shape == (10, 1)
    assert found.edge_mask.shape == (model.edge_index.size(1),)
    source, target = model.edge_index
    unused = (source == 5) & (target != 4)
    assert unused.any()
    assert (found.edge_mask[unused] == 0).all()  # no gradient comes over them
    assert (found.edge_mask[(source == 5) & (target == 4)] > 0).all()
    assert not any(layer.explain for layer in model.message_passing)


def test_an_edge_that_is_masked_sends_nothing() -> None:
    network, graph = make_network(), make_graph()
    model = JointNodeNetwork(network)
    explainer = Explainer(
        model,
        GNNExplainer(epochs=1),
        explanation_type="model",
        edge_mask_type="object",
        model_config=CONFIG,
    )
    nodes, kept = model.to_nodes(graph.x), torch.ones(model.edge_index.size(1))
    whole = explainer.get_masked_prediction(nodes, model.edge_index, edge_mask=kept)
    torch.testing.assert_close(whole, network(graph))
    kept[(model.edge_index[0] == 6) & (model.edge_index[1] != 6)] = 0.0
    found = explainer.get_masked_prediction(nodes, model.edge_index, edge_mask=kept)
    with torch.no_grad():
        for block in network.blocks:
            own = block.spatial.conv.edge_importance[:, 6, 6].clone()
            block.spatial.conv.edge_importance[:, 6] = 0.0
            block.spatial.conv.edge_importance[:, 6, 6] = own
    torch.testing.assert_close(found, network(graph))


def test_other_edges_and_other_skeletons_are_refused() -> None:
    model, graph = JointNodeNetwork(make_network()), make_graph()
    nodes = model.to_nodes(graph.x)
    with pytest.raises(ValueError, match="expected the edges of the network"):
        model(nodes, model.edge_index.flip(0))
    with pytest.raises(ValueError, match=r"10 joints with 3 channels .* but got \(120, 3\)"):
        model(graph.x, model.edge_index)
    with pytest.raises(ValueError, match=r"expected the layout 'upper10'.* but got 'coco17'"):
        JointNodeNetwork(make_network(), COCO17)
