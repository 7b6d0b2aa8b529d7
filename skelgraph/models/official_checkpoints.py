"""The names of the released S-STGCN and ST-GCN state dicts, told in ours.

S-STGCN: github.com/JiaqiShi/S-STGCN, ``data/pretrained_model.pkl``, a plain state dict. ST-GCN:
github.com/yysijie/st-gcn, a plain state dict, also in half precision. Convolutions of size 1 are
linear layers here, so that their last two axes are dropped. The adjacency that the files hold is
compared with ours, not loaded.
"""

import io
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from skelgraph.errors import FormatError
from skelgraph.layouts import UPPER10, HopDistance, JointLayout, SubsetOrder, partition

_S_STGCN_NAMES = (
    (r"^bn\.", "input_norm."),
    (r"^fcn\.", "classifier."),
    (r"^edge_importance\.(\d+)$", r"blocks.\1.spatial.conv.edge_importance"),
    (r"\.ssgc\.g$", ".spatial.gate"),
    (r"\.ssgc\.bn\.", ".spatial.input_norm."),
    (r"\.ssgc\.conv\.", ".spatial.conv.linear."),
    (r"\.ssgc\.att\.w_q\.", ".spatial.attention.query."),
    (r"\.ssgc\.att\.w_k\.", ".spatial.attention.key."),
    (r"\.ssgc\.att\.w_v\.", ".spatial.attention.value."),
    (r"\.ssgc\.att\.fc\.", ".spatial.attention.output."),
    (r"\.ssgc\.att\.res\.", ".spatial.attention.residual."),
    (r"\.ssgc\.att\.layer_norm\.", ".spatial.attention.query_norm."),
    (r"\.ssgc\.out\.0\.", ".spatial_norm."),
    (r"\.tcn\.0\.", ".temporal."),
    (r"\.tcn\.1\.", ".temporal_norm."),
    (r"\.residual\.0\.", ".residual."),
    (r"\.residual\.1\.", ".residual_norm."),
)

_ST_GCN_NAMES = (
    (r"^data_bn\.", "input_norm."),
    (r"^fcn\.", "classifier."),
    (r"^edge_importance\.(\d+)$", r"blocks.\1.spatial.edge_importance"),
    (r"^st_gcn_networks\.", "blocks."),
    (r"\.gcn\.conv\.", ".spatial.linear."),
    (r"\.tcn\.0\.", ".spatial_norm."),
    (r"\.tcn\.2\.", ".temporal."),
    (r"\.tcn\.3\.", ".temporal_norm."),
    (r"\.residual\.0\.", ".residual."),
    (r"\.residual\.1\.", ".residual_norm."),
)


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Reads a state dict without running code from the file.

    Raises:
        FormatError: If the file holds anything but tensors by name.
    """
    content = io.BytesIO(Path(path).read_bytes())
    try:
        state = torch.load(content, map_location="cpu", weights_only=True)
    except Exception as error:  # an unpickler may raise anything on bytes that are no pickle
        raise FormatError(
            f"{path}: expected a PyTorch state dict of tensors alone, but the file is damaged or "
            f"holds something else ({type(error).__name__})"
        ) from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise FormatError(
            f"{path}: expected a PyTorch state dict of tensors alone, but got something else"
        )
    return state


def rename_s_stgcn(state: dict[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """The released S-STGCN's state dict in the names of :class:`skelgraph.models.SSTGCN`."""
    _check_adjacency(state, path, UPPER10, UPPER10.index("thorax"), "truncated", "paper")
    return _rename(state, _S_STGCN_NAMES)


def rename_st_gcn(
    state: dict[str, Tensor], path: str | Path, layout: JointLayout
) -> dict[str, Tensor]:
    """A released ST-GCN's state dict in the names of :class:`skelgraph.models.STGCN`."""
    _check_adjacency(state, path, layout, layout.center, "truncated", "st-gcn")
    return _rename(state, _ST_GCN_NAMES)


def size(state: dict[str, Tensor], key: str, axis: int, path: str | Path) -> int:
    """Size of one axis of a tensor of the renamed state dict.

    Raises:
        FormatError: If there is no such tensor.
    """
    if key not in state or state[key].dim() <= axis:
        raise FormatError(f"{path}: expected the released network, but a tensor {key!r} is missing")
    return int(state[key].shape[axis])


def load_renamed(model: nn.Module, state: dict[str, Tensor], path: str | Path) -> None:
    """Loads a renamed state dict into a model.

    Raises:
        FormatError: If a tensor is missing, of another shape, or one too many.
    """
    expected = model.state_dict()
    missing = sorted(expected.keys() - state.keys())
    unknown = sorted(state.keys() - expected.keys())
    unlike = sorted(
        key for key in expected.keys() & state.keys() if expected[key].shape != state[key].shape
    )
    if missing or unknown or unlike:
        raise FormatError(
            f"{path}: expected the tensors of the released network, but {len(missing)} are missing "
            f"{missing[:3]}, {len(unlike)} have another shape {unlike[:3]}, {len(unknown)} are "
            f"unknown {unknown[:3]}"
        )
    model.load_state_dict(state)


def _rename(state: dict[str, Tensor], names: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    renamed = {}
    for key, value in state.items():
        if key == "A":
            continue
        for pattern, ours in names:
            key = re.sub(pattern, ours, key)
        is_linear = key.endswith((".linear.weight", "classifier.weight")) and value.dim() == 4
        value = value.flatten(1) if is_linear else value
        renamed[key] = value.float() if value.is_floating_point() else value
    return renamed


def _check_adjacency(
    state: dict[str, Tensor],
    path: str | Path,
    layout: JointLayout,
    center: int,
    hop_distance: HopDistance,
    subset_order: SubsetOrder,
) -> None:
    ours = torch.from_numpy(
        partition(layout, center=center, hop_distance=hop_distance, subset_order=subset_order)
    )
    theirs = state.get("A")
    if theirs is None:
        raise FormatError(f"{path}: expected a tensor 'A', the adjacency, among {len(state)} names")
    if theirs.shape != ours.shape or not torch.allclose(theirs.float(), ours, atol=1e-3):
        raise FormatError(
            f"{path}: expected the adjacency {tuple(ours.shape)} of layout {layout.name!r} in its "
            f"spatial partition, but the file's {tuple(theirs.shape)} is another"
        )
