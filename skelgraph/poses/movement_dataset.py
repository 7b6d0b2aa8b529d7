"""Sequences as datasets of ``movement``, and back: arrays of xarray with named axes.

A dataset has the variables ``position`` (time, space, keypoints, individuals) and ``confidence``
(time, keypoints, individuals; NaN without any), and the attributes ``fps``, ``time_unit``,
``source_software`` and ``ds_type``. Ours has ``skelgraph`` besides, a JSON text of the rest of a
sequence, so that it comes back as it was. The package xarray is installed with the extra ``labs``.

Format: movement.neuroinformatics.dev, "The movement datasets".
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import CATALOGUE, JointLayout, build_named_body, gather_points
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import Float32Array, FloatArray

if TYPE_CHECKING:
    import xarray

_DIMS = ("time", "space", "keypoints", "individuals")
_AXES = ("x", "y", "z")
_OWN = "skelgraph"
_TEXTS = ("name", "label", "subject", "recording")


def to_movement(sequences: Sequence[PoseSequence]) -> "xarray.Dataset":
    """Return sequences of one scene as a dataset of ``movement``, an individual each.

    The individuals have the names of the sequences, or ``id_0``, ``id_1``, ... if these repeat.
    A sequence that is shorter than the longest has no positions at its end.

    Raises:
        PoseError: If xarray is not installed, or the sequences differ in layout, rate, unit, up
            axis or number of coordinates.

    Example:
        >>> walk = PoseSequence(positions=np.zeros((90, 10, 3)), layout="upper10", fps=30.0)
        >>> dict(to_movement([walk, walk]).sizes)
        {'time': 90, 'space': 3, 'keypoints': 10, 'individuals': 2}
    """
    xr = _import_xarray()
    if not sequences:
        raise PoseError("expected at least one sequence, but got none")
    first = sequences[0]
    for other in sequences[1:]:
        for field in ("layout", "fps", "unit", "up", "num_dimensions"):
            if getattr(other, field) != getattr(first, field):
                raise PoseError(
                    f"expected sequences of one {field} for a dataset, but got "
                    f"{getattr(first, field)} and {getattr(other, field)}"
                )
    T = max(len(sequence) for sequence in sequences)
    names = [sequence.name for sequence in sequences]
    if len(set(names)) < len(names) or not all(names):
        names = [f"id_{number}" for number in range(len(sequences))]
    positions = [_pad(sequence.positions, T) for sequence in sequences]
    confidences = [_pad(_confidence_of(sequence), T) for sequence in sequences]
    dataset: xarray.Dataset = xr.Dataset(
        data_vars={
            "position": (_DIMS, np.stack(positions, axis=-1).swapaxes(1, 2)),
            "confidence": (("time", "keypoints", "individuals"), np.stack(confidences, axis=-1)),
        },
        coords={
            "time": np.arange(T) / first.fps,
            "space": list(_AXES[: first.num_dimensions]),
            "keypoints": list(first.layout.joints),
            "individuals": names,
        },
        attrs={
            "fps": float(first.fps),
            "time_unit": "seconds",
            "source_software": "skelgraph",
            "ds_type": "poses",
            _OWN: json.dumps(_describe(sequences)),
        },
    )
    return dataset


def from_movement(
    dataset: "xarray.Dataset", *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Return the individuals of a dataset of ``movement``, a sequence each.

    Args:
        dataset: The dataset. Its axes may be in any order, their names in the singular.
        layout: The layout of the keypoints, if the dataset is not ours; by default the catalogue's
            with just these names, else one of loose points.
        fps: Frames per second of a dataset that does not tell them.

    Raises:
        PoseError: If it is no dataset of poses, or does not tell its rate and none is given.
    """
    dims = _find_dims(dataset)
    position = dataset["position"].transpose(*dims.values())  # (T, C, V, M)
    joints = [str(name) for name in _labels(dataset, dims["keypoints"])]
    names = [str(name) for name in _labels(dataset, dims["individuals"])]
    own = _parse_own(dataset.attrs.get(_OWN))
    clips = own.get("clips", [{"name": name} for name in names])
    if len(clips) != len(names):  # individuals were selected since
        clips = [{"name": name} for name in names]
    skeleton = layout or _settle_layout(joints, own)
    confidence = _read_confidence(dataset, dims)
    values = np.asarray(position.values, dtype=np.float64)
    picked = [joints.index(joint) for joint in skeleton.joints if joint in joints]
    if len(picked) < skeleton.num_joints:
        raise LayoutError(
            f"expected the joints of layout {skeleton.name!r}, but the dataset has "
            f"{', '.join(joints)}"
        )
    is_plane = values.shape[1] == 2
    return [
        PoseSequence(
            positions=values[:, :, picked, number].swapaxes(1, 2).astype(np.float32),
            layout=skeleton,
            fps=_find_rate(dataset, dims["time"], fps),
            unit=own.get("unit", "px" if is_plane else "unknown"),
            up=own.get("up", "-y" if is_plane else "+y"),
            confidence=_confidence_or_none(confidence, picked, number),
            **{field: clip.get(field) for field in _TEXTS if clip.get(field)},
        )
        for number, clip in enumerate(clips)
    ]


def _import_xarray() -> Any:
    try:
        import xarray
    except ImportError as error:
        raise PoseError(
            "datasets of movement are made with the package xarray, which is not installed; "
            "install skelgraph[labs]"
        ) from error
    return xarray


def _pad(values: FloatArray, num_frames: int) -> FloatArray:
    padded = np.full((num_frames, *values.shape[1:]), np.nan, dtype=np.float32)
    padded[: len(values)] = values
    return padded


def _confidence_of(sequence: PoseSequence) -> FloatArray:
    if sequence.confidence is None:
        return np.full(sequence.positions.shape[:2], np.nan)
    return sequence.confidence


def _describe(sequences: Sequence[PoseSequence]) -> dict[str, Any]:
    first = sequences[0]
    return {
        "layout": first.layout.to_dict(),
        "unit": first.unit,
        "up": first.up,
        "clips": [{field: getattr(sequence, field) for field in _TEXTS} for sequence in sequences],
    }


def _parse_own(text: Any) -> dict[str, Any]:
    try:
        own = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return own if isinstance(own, dict) else {}


def _find_dims(dataset: "xarray.Dataset") -> dict[str, str]:
    """Return the dataset's own name of each axis, which may be in the singular."""
    sizes = dict(dataset["position"].sizes) if "position" in dataset else {}
    dims = {dim: next((one for one in (dim, dim[:-1]) if one in sizes), "") for dim in _DIMS}
    if not all(dims.values()) or len(sizes) != len(_DIMS):
        raise PoseError(
            f"expected a dataset of poses with position ({', '.join(_DIMS)}), but got "
            f"{', '.join(map(str, sizes)) or 'no position'}"
        )
    return dims


def _labels(dataset: "xarray.Dataset", dim: str) -> list[Any]:
    if dim in dataset.coords:
        return list(np.atleast_1d(dataset.coords[dim].values))
    return [f"{dim}_{number}" for number in range(dataset.sizes[dim])]


def _settle_layout(joints: Sequence[str], own: Mapping[str, Any]) -> JointLayout:
    stored = own.get("layout")
    if isinstance(stored, dict):
        layout = JointLayout.from_dict(stored)
        if set(layout.joints) == set(joints):
            return layout
    for known in CATALOGUE.values():
        if set(known.joints) == set(joints):
            return known
    return build_named_body(joints) or gather_points(joints)


def _read_confidence(dataset: "xarray.Dataset", dims: Mapping[str, str]) -> FloatArray | None:
    """Return confidences (T, V, M), NaN where there are none."""
    if "confidence" not in dataset:
        return None
    order = (dims["time"], dims["keypoints"], dims["individuals"])
    if set(dataset["confidence"].dims) != set(order):
        raise PoseError(
            f"expected confidence ({', '.join(order)}), but got "
            f"{', '.join(map(str, dataset['confidence'].dims))}"
        )
    return np.asarray(dataset["confidence"].transpose(*order).values, dtype=np.float64)


def _confidence_or_none(
    confidence: FloatArray | None, picked: Sequence[int], individual: int
) -> Float32Array | None:
    if confidence is None or np.isnan(confidence[:, :, individual]).all():
        return None
    return np.nan_to_num(confidence[:, picked, individual]).astype(np.float32)


def _find_rate(dataset: "xarray.Dataset", time: str, fps: float | None) -> float:
    told = dataset.attrs.get("fps")
    if told is not None and float(told) > 0:
        return float(told)
    times = np.asarray(_labels(dataset, time))
    if dataset.attrs.get("time_unit") == "seconds" and len(times) > 1 and times.dtype.kind == "f":
        return float((len(times) - 1) / (times[-1] - times[0]))
    if fps is None:
        raise PoseError("the dataset tells no frame rate; pass fps")
    return fps
