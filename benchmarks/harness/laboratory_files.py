"""Files as the programs of laboratories write them, made from a generated motion.

:mod:`harness.sample_files` lists them.
"""

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from harness.sample_writers import FPS, make_motion
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_SCORER = "resnet50"


def _cells(values: FloatArray) -> list[str]:
    return ["" if np.isnan(value) else f"{value:.5g}" for value in values.ravel()]


def _in_mm(num_frames: int) -> FloatArray:
    return make_motion(UPPER10, num_frames).positions * 1000


def write_nexus(path: Path, num_frames: int) -> None:
    """Write trajectories as Vicon Nexus exports them."""
    names = [cell for joint in UPPER10.joints for cell in (joint, "", "")]
    V = UPPER10.num_joints
    lines = [
        ["Trajectories"],
        [f"{FPS:g}"],
        ["", "", *names],
        ["Frame", "Sub Frame", *["X", "Y", "Z"] * V],
        ["", "", *["mm"] * 3 * V],
        *([str(n + 1), "0", *_cells(row)] for n, row in enumerate(_in_mm(num_frames))),
    ]
    path.write_text("".join(",".join(line) + "\n" for line in lines))


def write_motive(path: Path, num_frames: int) -> None:
    """Write the positions of markers as OptiTrack Motive exports them."""
    names = [joint for joint in UPPER10.joints for _ in range(3)]
    V = UPPER10.num_joints
    lines = [
        ["Format Version", "1.23", "Export Frame Rate", f"{FPS:f}", "Length Units", "Millimeters"],
        [],
        ["", "", *["Marker"] * 3 * V],
        ["", "Name", *names],
        ["", "ID", *["7"] * 3 * V],
        ["", "", *["Position"] * 3 * V],
        ["Frame", "Time (Seconds)", *["X", "Y", "Z"] * V],
        *([str(n), f"{n / FPS:.6f}", *_cells(row)] for n, row in enumerate(_in_mm(num_frames))),
    ]
    path.write_text("".join(",".join(line) + "\n" for line in lines))


def write_qualisys(path: Path, num_frames: int) -> None:
    """Write markers as Qualisys Track Manager exports them."""
    lines = [
        ["NO_OF_FRAMES", str(num_frames)],
        ["NO_OF_MARKERS", str(UPPER10.num_joints)],
        ["FREQUENCY", f"{FPS:g}"],
        ["MARKER_NAMES", *UPPER10.joints],
        *(_cells(row) for row in _in_mm(num_frames)),
    ]
    path.write_text("".join("\t".join(line) + "\n" for line in lines))


def _list_columns(layout: JointLayout) -> list[tuple[str, str, str]]:
    return [(_SCORER, joint, part) for joint in layout.joints for part in ("x", "y", "likelihood")]


def _stack(motion: PoseSequence) -> FloatArray:
    assert motion.confidence is not None
    table = np.concatenate([motion.positions, motion.confidence[:, :, None]], axis=2)
    return table.reshape(len(motion), -1).astype(np.float64)


def write_deeplabcut(path: Path, num_frames: int) -> None:
    """Write a table of DeepLabCut: text, or HDF5 if the suffix says so, as pandas stores it."""
    motion = make_motion(COCO17, num_frames, dimensions=2)
    columns = _list_columns(COCO17)
    values = _stack(motion)
    if path.suffix == ".csv":
        levels = zip(("scorer", "bodyparts", "coords"), *columns, strict=True)
        rows = ([str(n), *_cells(row)] for n, row in enumerate(values))
        path.write_text("".join(",".join(line) + "\n" for line in (*levels, *rows)))
        return
    record = np.dtype([("index", "<i8"), ("values_block_0", "<f8", (len(columns),))])
    records = np.zeros(num_frames, dtype=record)
    records["index"] = np.arange(num_frames)
    records["values_block_0"] = values
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_(b"frame_table")
        group.attrs["non_index_axes"] = np.bytes_(pickle.dumps([(1, columns)], protocol=0))
        group.create_dataset("table", data=records, chunks=(max(1, num_frames),))


def write_sleap_analysis(path: Path, num_frames: int) -> None:
    """Write an analysis file of SLEAP with two animals."""
    motions = [make_motion(COCO17, num_frames, dimensions=2, seed=seed) for seed in (0, 1)]
    tracks = np.stack([motion.positions.T for motion in motions])  # (animals, 2, V, T)
    scores = np.stack([motion.confidence.T for motion in motions if motion.confidence is not None])
    with h5py.File(path, "w") as file:
        file.create_dataset("tracks", data=tracks.astype(np.float64), compression="gzip")
        file.create_dataset("point_scores", data=scores.astype(np.float64), compression="gzip")
        file.create_dataset("node_names", data=_texts(COCO17.joints))
        file.create_dataset("track_names", data=_texts(("one", "two")))
        file.create_dataset("edge_inds", data=[(b, a) for a, b in COCO17.bones])


def _texts(names: Sequence[str]) -> list[bytes]:
    return [name.encode() for name in names]


def write_sleap_labels(path: Path, num_frames: int) -> None:
    """Write predictions of SLEAP, a track of one animal."""
    motion = make_motion(COCO17, num_frames, dimensions=2)
    V = COCO17.num_joints
    table = _stack(motion).reshape(-1, 3)
    point = np.dtype(
        [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?"), ("score", "f8")]
    )
    instance = np.dtype(
        [
            *(("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8")),
            *(("skeleton", "u4"), ("track", "i4"), ("from_predicted", "i8"), ("score", "f4")),
            *(("point_id_start", "u8"), ("point_id_end", "u8"), ("tracking_score", "f4")),
        ]
    )
    frame = np.dtype([("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8")])
    metadata = {
        "nodes": [{"name": joint} for joint in COCO17.joints],
        "skeletons": [
            {
                "nodes": [{"id": number} for number in range(V)],
                "links": [
                    {"source": b, "target": a, "type": {"py/id": 1}}
                    if number
                    else {
                        "source": b,
                        "target": a,
                        "type": {"py/reduce": [{"py/type": "EdgeType"}, {"py/tuple": [1]}]},
                    }
                    for number, (a, b) in enumerate(COCO17.bones)
                ],
            }
        ],
    }
    points = [(x, y, not np.isnan(x), False, score) for x, y, score in table]
    instances = [(n, 1, n, 0, 0, -1, 1, n * V, n * V + V, 1) for n in range(num_frames)]
    with h5py.File(path, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = 1.2
        group.attrs["json"] = np.bytes_(json.dumps(metadata).encode())
        file.create_dataset("pred_points", data=np.array(points, dtype=point))
        file.create_dataset("points", data=np.zeros(0, dtype=point))
        file.create_dataset("instances", data=np.array(instances, dtype=instance))
        file.create_dataset(
            "frames", data=np.array([(n, 0, n) for n in range(num_frames)], dtype=frame)
        )


def write_nwb(path: Path, num_frames: int) -> None:
    """Write a file of NWB with the poses of one animal."""
    motion = make_motion(COCO17, num_frames, dimensions=2)
    assert motion.confidence is not None
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        skeleton = file.create_group("processing/behavior/Skeletons/subject")
        skeleton.attrs["neurodata_type"] = "Skeleton"
        skeleton.create_dataset("nodes", data=_texts(COCO17.joints))
        skeleton.create_dataset("edges", data=np.array([(b, a) for a, b in COCO17.bones], "u1"))
        pose = file.create_group("processing/behavior/PoseEstimation")
        pose.attrs["neurodata_type"] = "PoseEstimation"
        pose["skeleton"] = h5py.SoftLink(skeleton.name)
        for number, joint in enumerate(COCO17.joints):
            series = pose.create_group(joint)
            series.attrs["neurodata_type"] = "PoseEstimationSeries"
            data = series.create_dataset("data", data=motion.positions[:, number])
            data.attrs["unit"] = "pixels"
            data.attrs["conversion"] = 1.0
            series.create_dataset("confidence", data=motion.confidence[:, number])
            series.create_dataset("timestamps", data=np.arange(num_frames) / FPS)
