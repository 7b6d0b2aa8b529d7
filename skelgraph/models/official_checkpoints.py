"""Translation of the released S-STGCN and ST-GCN state dicts into our names.

S-STGCN: github.com/JiaqiShi/S-STGCN, ``data/pretrained_model.pkl``, a plain state dict. ST-GCN:
github.com/yysijie/st-gcn, a plain state dict, also in half precision. Convolutions of size 1 are
linear layers here, so their last two axes are dropped. The adjacency in the files is compared with
ours, not loaded.
"""

import io
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from skelgraph.config import HopDistance, SubsetOrder
from skelgraph.errors import FormatError
from skelgraph.layouts import UPPER10, JointLayout, partition

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


def read_state_dict(path: str | Path, key: str | None = None) -> dict[str, Tensor]:
    """Read a state dict without running code from the file.

    Args:
        path: The file.
        key: Key of the state dict in the file's dictionary, whose other entries are ignored; None
            if the file contains nothing else.

    Raises:
        FormatError: If the state dict contains anything but tensors by name, or the file would run
            code.
    """
    plain = "a PyTorch state dict of tensors alone"
    content = _load_plain(path, plain if key is None else "a checkpoint of plain values")
    if key is not None:
        if not isinstance(content, dict) or key not in content:
            got = sorted(map(str, content)) if isinstance(content, dict) else type(content).__name__
            raise FormatError(
                f"{path}: expected a checkpoint with a state dict under {key!r}, but got {got}"
            )
        content = content[key]
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    ):
        where = path if key is None else f"{path}, {key!r}"
        raise FormatError(f"{where}: expected {plain}, but got something else")
    return content


def _load_plain(path: str | Path, expected: str) -> Any:
    content = io.BytesIO(Path(path).read_bytes())
    try:
        return torch.load(content, map_location="cpu", weights_only=True)
    except Exception as error:  # an unpickler may raise anything on bytes that are no pickle
        foreign = re.search(r"GLOBAL (\S+)", str(error))
        advice = (
            f"; loading it would run {foreign[1]}: where you trust the file, load it there and "
            f"save its tensors alone"
            if foreign
            else ""
        )
        raise FormatError(
            f"{path}: expected {expected}, but the file is damaged or holds something else{advice}"
        ) from error


def with_counters(state: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Add the batch norms' counters, which files before PyTorch 0.4.1 lack, from the model."""
    ours = model.state_dict()
    return {key: ours[key] for key in ours if key.endswith("num_batches_tracked")} | state


def rename_s_stgcn(state: dict[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """Translate the released S-STGCN's state dict for :class:`skelgraph.models.SSTGCN`."""
    _check_adjacency(state, path, UPPER10, UPPER10.index("thorax"), "truncated", "paper")
    return _rename(state, _S_STGCN_NAMES)


def rename_st_gcn(
    state: dict[str, Tensor], path: str | Path, layout: JointLayout
) -> dict[str, Tensor]:
    """Translate a released ST-GCN's state dict for :class:`skelgraph.models.STGCN`."""
    _check_adjacency(state, path, layout, layout.center, "truncated", "st-gcn")
    return _rename(state, _ST_GCN_NAMES)


def size(state: dict[str, Tensor], key: str, axis: int, path: str | Path) -> int:
    """Return the size of one axis of a tensor of the renamed state dict.

    Raises:
        FormatError: If there is no such tensor.
    """
    if key not in state or state[key].dim() <= axis:
        raise FormatError(f"{path}: expected the released network, but a tensor {key!r} is missing")
    return int(state[key].shape[axis])


def load_renamed(model: nn.Module, state: dict[str, Tensor], path: str | Path) -> None:
    """Load a renamed state dict into a model.

    Raises:
        FormatError: If a tensor is missing, unknown or of another shape.
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
