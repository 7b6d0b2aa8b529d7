"""The layers on data that are no skeletons, against layers of PyTorch Geometric.

Usage::

    python benchmarks/typed_edges.py [--only LAYER]
    python benchmarks/typed_edges.py --table

The data are the handwritten digits that scikit-learn ships (1797 images of 8 by 8, ten classes;
E. Alpaydin, C. Kaynak, UCI 1998) as graphs: a node for each pixel, edges from its eight neighbors
and itself, typed by the way in which the neighbor lies. Each network has three layers with batch
norms, a mean over nodes and a linear classifier, and as many channels as come closest to the same
number of weights. 60 % of the images train, 20 % choose the epoch, 20 % are tested once; three
seeds.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import torch
from harness.options import make_rows, parse_options, read_rows
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GATv2Conv, RGCNConv, global_mean_pool
from torch_geometric.utils import grid

from skelgraph.nn import (
    GatedSpatialConv,
    JointSelfAttention,
    SpatialPartitionConv,
    TemporalConv,
)

RESULT = Path(__file__).parent / "results" / "typed_edges.json"
NUM_TYPES, NUM_LAYERS, NUM_WEIGHTS = 9, 3, 20_000
EPOCHS, BATCH_SIZE, SEEDS = 25, 64, (0, 1, 2)


class Partition(nn.Module):
    """:class:`SpatialPartitionConv`."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = SpatialPartitionConv(channels_in, channels, NUM_TYPES)

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the nodes."""
        result: Tensor = self.conv(x, data.edge_index, data.edge_type)
        return result


class PartitionAndAttention(nn.Module):
    """:class:`SpatialPartitionConv` and :class:`JointSelfAttention` over each graph's nodes."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = SpatialPartitionConv(channels_in, channels, NUM_TYPES)
        self.attention = JointSelfAttention(channels_in, channels, num_heads=2)

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the nodes."""
        clips = x.view(data.num_graphs, 1, 64, -1).permute(0, 3, 1, 2)  # one frame of 64 joints
        attended = self.attention(clips).permute(0, 2, 3, 1).flatten(0, 2)
        result: Tensor = self.conv(x, data.edge_index, data.edge_type) + attended
        return result / 2


class PartitionAndTime(nn.Module):
    """:class:`SpatialPartitionConv` over rows and :class:`TemporalConv` along them.

    A node is a row of pixels with its two neighbors, and the pixels in it are its frames.
    """

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = SpatialPartitionConv(channels_in, channels, 3)
        self.temporal = TemporalConv(channels, channels, kernel_size=3)

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the pixels."""
        rows = torch.arange(len(x) // 8).view(-1, 8)
        ends = [(rows[:, :-1], rows[:, 1:]), (rows, rows), (rows[:, 1:], rows[:, :-1])]
        edge_index = torch.cat([torch.stack(pair).flatten(1) for pair in ends], dim=1)
        edge_type = torch.arange(3).repeat_interleave(
            torch.tensor([source.numel() for source, _ in ends])
        )
        series = self.conv(x.view(len(x) // 8, 8, -1), edge_index, edge_type)
        result: Tensor = self.temporal(series.relu()).flatten(0, 1)
        return result


class Gated(nn.Module):
    """:class:`GatedSpatialConv`, whose graph is the same for all images."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        graph = draw_grid()
        A = torch.zeros(NUM_TYPES, 64, 64)
        A[graph.edge_type, graph.edge_index[0], graph.edge_index[1]] = 1.0
        A /= A.sum(dim=(0, 1))
        self.conv = GatedSpatialConv(channels_in, channels, A, num_heads=2, edge_importance=False)

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the nodes."""
        clips = x.view(data.num_graphs, 1, 64, -1).permute(0, 3, 1, 2)
        result: Tensor = self.conv(clips).permute(0, 2, 3, 1).flatten(0, 2)
        return result


class Relational(nn.Module):
    """PyG's ``RGCNConv`` (Schlichtkrull et al., 2018)."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = RGCNConv(channels_in, channels, NUM_TYPES)

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the nodes."""
        result: Tensor = self.conv(x, data.edge_index, data.edge_type)
        return result


class Attention(nn.Module):
    """PyG's ``GATv2Conv`` (Brody et al., 2022), with the edge types as edge features."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = GATv2Conv(
            channels_in, channels // 2, heads=2, edge_dim=NUM_TYPES, add_self_loops=False
        )

    def forward(self, x: Tensor, data: Data) -> Tensor:
        """Return new features of the nodes."""
        types = F.one_hot(data.edge_type, NUM_TYPES).to(x.dtype)
        result: Tensor = self.conv(x, data.edge_index, types)
        return result


LAYERS: dict[str, Callable[[int, int], nn.Module]] = {
    "SpatialPartitionConv": Partition,
    "SpatialPartitionConv and JointSelfAttention": PartitionAndAttention,
    "SpatialPartitionConv and TemporalConv": PartitionAndTime,
    "GatedSpatialConv": Gated,
    "RGCNConv": Relational,
    "GATv2Conv": Attention,
}


class Network(nn.Module):
    """Layers, batch norms, a mean over nodes and a classifier."""

    def __init__(self, make_layer: Callable[[int, int], nn.Module], channels: int) -> None:
        super().__init__()
        sizes = [1, *[channels] * (NUM_LAYERS - 1)]
        self.layers = nn.ModuleList(make_layer(size, channels) for size in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in sizes)
        self.classifier = nn.Linear(channels, 10)

    def forward(self, data: Data) -> Tensor:
        """Return logits (N, 10)."""
        x = data.x
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = norm(layer(x, data)).relu()
        logits: Tensor = self.classifier(global_mean_pool(x, data.batch))
        return logits


def count_weights(network: nn.Module) -> int:
    """Return the number of weights."""
    return sum(parameter.numel() for parameter in network.parameters())


def choose_channels(make_layer: Callable[[int, int], nn.Module]) -> int:
    """Return the channels, a multiple of 4, with which a network comes closest to the budget."""
    return min(
        range(8, 161, 4),
        key=lambda channels: abs(count_weights(Network(make_layer, channels)) - NUM_WEIGHTS),
    )


def draw_grid() -> Data:
    """Return the graph of an image, without features."""
    edge_index, place = grid(8, 8)
    way = (place[edge_index[0]] - place[edge_index[1]]).long() + 1
    return Data(edge_index=edge_index, edge_type=3 * way[:, 0] + way[:, 1])


def load_graphs() -> list[Data]:
    """Return the digits as graphs."""
    digits, empty = load_digits(), draw_grid()
    return [
        Data(
            x=torch.tensor(image, dtype=torch.float32).view(64, 1) / 16,
            edge_index=empty.edge_index,
            edge_type=empty.edge_type,
            y=int(label),
        )
        for image, label in zip(digits.images, digits.target, strict=True)
    ]


def train_and_test(
    make_layer: Callable[[int, int], nn.Module], channels: int, graphs: Sequence[Data], seed: int
) -> float:
    """Return the accuracy on the test part of the epoch that is best on the validation part."""
    torch.manual_seed(seed)
    order = torch.randperm(len(graphs)).tolist()
    first, second = int(0.6 * len(graphs)), int(0.8 * len(graphs))
    train = [graphs[number] for number in order[:first]]
    val, test = (
        Batch.from_data_list([graphs[number] for number in part])
        for part in (order[first:second], order[second:])
    )
    network = Network(make_layer, channels)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    steps = EPOCHS * -(-len(train) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    best, kept = -1.0, deepcopy(network.state_dict())
    for _ in range(EPOCHS):
        network.train()
        for batch in DataLoader(train, BATCH_SIZE, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(network(batch), batch.y).backward()
            optimizer.step()
            schedule.step()
        accuracy = measure_accuracy(network, val)
        if accuracy > best:
            best, kept = accuracy, deepcopy(network.state_dict())
    network.load_state_dict(kept)
    return measure_accuracy(network, test)


@torch.no_grad()
def measure_accuracy(network: nn.Module, batch: Data) -> float:
    """Return the share of graphs whose class is found."""
    network.eval()
    return float((network(batch).argmax(dim=1) == batch.y).float().mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the rows that are missing, or print those that are there."""
    options = parse_options(__doc__, arguments, out=RESULT, names=tuple(LAYERS))
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    graphs = load_graphs()

    def make(name: str) -> dict[str, Any]:
        make_layer = LAYERS[name]
        channels = choose_channels(make_layer)
        return {
            "channels": channels,
            "weights": count_weights(Network(make_layer, channels)),
            "accuracy": [train_and_test(make_layer, channels, graphs, seed) for seed in SEEDS],
        }

    make_rows(options, LAYERS, make)


def format_table(rows: dict[str, Any]) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = ["| layer | channels | weights | accuracy | each seed |", "|---|---|---|---|---|"]
    for name in LAYERS:
        if name in rows:
            row, scores = rows[name], rows[name]["accuracy"]
            each = ", ".join(f"{score:.1%}" for score in scores)
            mean = f"{fmean(scores):.1%} ± {stdev(scores):.1%}"
            lines.append(f"| {name} | {row['channels']} | {row['weights']} | {mean} | {each} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
