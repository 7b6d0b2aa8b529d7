from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import Batch

from skelgraph.config import Strategy
from skelgraph.data import MotionClip, SkeletonData
from skelgraph.errors import FormatError
from skelgraph.layouts import COCO17, OPENPOSE18, UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN, STGCN

GATES = [0.9568, 0.9579, 0.9164, 0.9225, 0.9054, 0.8945, 0.9194, 0.9576, 1.0127, 1.0667]


@pytest.fixture
def s_stgcn_file(shared_data: Path) -> Path:
    return shared_data / "reference/s-stgcn/pretrained_model.pkl"


@pytest.fixture
def st_gcn_file(shared_data: Path) -> Path:
    return shared_data / "reference/st-gcn/state_dict_openpose_7class_fp16.pt"


@pytest.fixture
def state(s_stgcn_file: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(s_stgcn_file, map_location="cpu", weights_only=True)
    return state


def relative_error(result: Tensor, expected: np.ndarray) -> float:
    return float(np.abs(result.detach().numpy() - expected).max() / np.abs(expected).max())


@pytest.mark.realdata
@pytest.mark.parametrize("num_frames", [16, 37, 128])
def test_released_s_stgcn_gives_its_logits_and_embeddings(
    s_stgcn_file: Path, num_frames: int
) -> None:
    network = SSTGCN.from_official_checkpoint(s_stgcn_file)
    assert not network.training
    expected = np.load(s_stgcn_file.with_name("expected.npz"))
    x = torch.from_numpy(expected[f"x_T{num_frames}"])
    assert relative_error(network(x), expected[f"logits_T{num_frames}"]) < 1e-4
    assert relative_error(network.embed(x), expected[f"embedding_T{num_frames}"]) < 1e-4


@pytest.mark.realdata
def test_released_s_stgcn_has_the_known_size_and_gates(s_stgcn_file: Path) -> None:
    network = SSTGCN.from_official_checkpoint(s_stgcn_file)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == 1_018_414
    assert network.gates == pytest.approx(GATES, abs=5e-5)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("strategy", "name"),
    [("uniform", "A_unilabel"), ("distance", "A_distance"), ("spatial", "A_spatial")],
)
def test_partitions_equal_the_released_ones(
    s_stgcn_file: Path, strategy: Strategy, name: str
) -> None:
    expected = np.load(s_stgcn_file.with_name("expected.npz"))[name]
    A = partition(UPPER10, strategy, center=UPPER10.index("thorax"), hop_distance="truncated")
    np.testing.assert_allclose(A, expected, atol=1e-6)


@pytest.mark.realdata
def test_released_st_gcn_gives_its_logits(st_gcn_file: Path) -> None:
    network = STGCN.from_official_checkpoint(st_gcn_file)
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    expected = np.load(st_gcn_file.with_name("expected.npz"))
    x = torch.from_numpy(expected["x"])
    assert x.shape == (2, 3, 40, 18, 2)
    assert relative_error(network(x), expected["logits"]) < 1e-4
    A = partition(OPENPOSE18, hop_distance="truncated", subset_order="st-gcn")
    np.testing.assert_allclose(A, expected["A"], atol=1e-4)  # in half precision


def as_graphs(x: Tensor, layout: JointLayout) -> Batch:
    """The clips (N, C, T, V, M) as a batch of graphs of M persons."""
    return Batch.from_data_list(
        [
            SkeletonData.join_persons(
                [
                    SkeletonData.from_clip(
                        MotionClip(
                            positions=person.permute(1, 2, 0).contiguous(),
                            present=torch.ones(person.shape[1:], dtype=torch.bool),
                            layout=layout.name,
                            fps=30.0,
                        )
                    )
                    for person in clip.unbind(dim=3)
                ]
            )
            for clip in x
        ]
    )


@pytest.mark.realdata
def test_released_weights_run_on_graphs(s_stgcn_file: Path, st_gcn_file: Path) -> None:
    expected = np.load(s_stgcn_file.with_name("expected.npz"))
    batch = as_graphs(torch.from_numpy(expected["x_T37"]).unsqueeze(4), UPPER10)
    network = SSTGCN.from_official_checkpoint(s_stgcn_file)
    assert relative_error(network(batch), expected["logits_T37"]) < 1e-4
    expected = np.load(st_gcn_file.with_name("expected.npz"))
    batch = as_graphs(torch.from_numpy(expected["x"]), OPENPOSE18)
    other = STGCN.from_official_checkpoint(st_gcn_file)
    assert relative_error(other(batch), expected["logits"]) < 1e-4


@pytest.mark.parametrize(
    "content",
    [b"", b"hello world\n", b"file,label\nwalk.bvh,joy\n", b"HIERARCHY\nROOT Hips\n", b"\x80\x02}"],
    ids=["empty", "text", "csv", "bvh", "truncated pickle"],
)
def test_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    for network in (SSTGCN, STGCN):
        with pytest.raises(FormatError, match=r"model\.pkl: expected a PyTorch state dict .* dam"):
            network.from_official_checkpoint(path)


def test_pickled_module_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    torch.save(torch.nn.Linear(2, 3), path)
    message = (
        r"holds something else; loading it would run "
        r"torch\.nn\.modules\.linear\.Linear: where you trust the file"
    )
    with pytest.raises(FormatError, match=message):
        SSTGCN.from_official_checkpoint(path)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {4: torch.zeros(2)}])
def test_other_values_than_named_tensors_are_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "model.pkl"
    torch.save(content, path)
    with pytest.raises(FormatError, match="of tensors alone, but got something else"):
        SSTGCN.from_official_checkpoint(path)


def test_missing_file_is_reported_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        SSTGCN.from_official_checkpoint(tmp_path / "nowhere.pkl")


def test_state_dict_without_adjacency_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(FormatError, match="a tensor 'A', the adjacency, among 1 names"):
        SSTGCN.from_official_checkpoint(path)


@pytest.mark.realdata
def test_truncated_checkpoint_is_refused(st_gcn_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    for length in (1, 100, 5000, 100_000):
        path.write_bytes(st_gcn_file.read_bytes()[:length])
        with pytest.raises(FormatError, match="the file is damaged"):
            STGCN.from_official_checkpoint(path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fcn.weight", "a tensor 'classifier.weight' is missing"),
        ("fcn.bias", r"but 1 are missing \['classifier.bias'\]"),
        ("blocks.3.ssgc.g", r"but 1 are missing \['blocks.3.spatial.gate'\]"),
        ("A", "a tensor 'A', the adjacency"),
    ],
)
def test_missing_tensor_is_named(
    state: dict[str, Tensor], tmp_path: Path, name: str, message: str
) -> None:
    del state[name]
    torch.save(state, tmp_path / "model.pt")
    with pytest.raises(FormatError, match=message):
        SSTGCN.from_official_checkpoint(tmp_path / "model.pt")


@pytest.mark.realdata
def test_unlike_and_unknown_tensors_are_named(state: dict[str, Tensor], tmp_path: Path) -> None:
    state["blocks.0.ssgc.conv.bias"] = torch.zeros(5)
    state["blocks.1.ssgc.conv.weight"] = torch.zeros(5)
    state["fcn.scale"] = torch.zeros(5)
    torch.save(state, tmp_path / "model.pt")
    message = (
        r"2 have another shape \['blocks.0.spatial.conv.linear.bias', "
        r"'blocks.1.spatial.conv.linear.weight'\], 1 are unknown \['classifier.scale'\]"
    )
    with pytest.raises(FormatError, match=message):
        SSTGCN.from_official_checkpoint(tmp_path / "model.pt")


@pytest.mark.realdata
def test_foreign_adjacency_is_refused(
    state: dict[str, Tensor], st_gcn_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=r"layout 'upper10' .* the file's \(3, 18, 18\)"):
        SSTGCN.from_official_checkpoint(st_gcn_file)
    with pytest.raises(FormatError, match=r"layout 'coco17' .* the file's \(3, 18, 18\)"):
        STGCN.from_official_checkpoint(st_gcn_file, COCO17)
    state["A"] = torch.from_numpy(partition(UPPER10))
    torch.save(state, tmp_path / "model.pt")
    with pytest.raises(FormatError, match=r"layout 'upper10' .* the file's \(3, 10, 10\)"):
        SSTGCN.from_official_checkpoint(tmp_path / "model.pt")
