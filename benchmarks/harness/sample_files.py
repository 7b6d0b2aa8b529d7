"""A small sound file of every format that skelgraph reads, made from one generated motion.

What damages files (``benchmarks/mutations.py``) and times their reading (``benchmarks/reading.py``)
begins with these. A reader without a sample here fails the tests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.estimator_files import (
    write_azure_kinect,
    write_bare_landmarks,
    write_detections,
    write_labels,
    write_panoptic,
    write_rtmlib,
    write_ultralytics,
)
from harness.keypoint_files import (
    write_alphapose,
    write_coco,
    write_kinetics,
    write_mmpose,
    write_openpose,
)
from harness.laboratory_files import (
    write_deeplabcut,
    write_motive,
    write_nexus,
    write_nwb,
    write_qualisys,
    write_sleap_analysis,
    write_sleap_labels,
)
from harness.sample_writers import (
    FPS,
    make_motion,
    make_people,
    make_positions,
    write_amass,
    write_amc,
    write_annotations,
    write_bvh,
    write_c3d,
    write_clips,
    write_feeder_npz,
    write_joint_lines,
    write_landmark_table,
    write_mediapipe,
    write_ntu,
    write_sign_pose,
    write_text,
    write_trc,
    write_videopose3d,
)
from skelgraph.io import write_csv, write_json, write_npz, write_pyskl
from skelgraph.layouts import (
    AZURE32,
    COCO17,
    H36M17,
    HALPE26,
    MEDIAPIPE33,
    OPENPOSE18,
    OPENPOSE25,
    PANOPTIC19,
    UPPER10,
    JointLayout,
)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A file of a format, and what its reading needs besides.

    Args:
        format: A key of :data:`skelgraph.io.READERS`.
        form: Which form of the format it is.
        suffix: Suffix of the file, or of the folder.
        write: Writes a file of that many frames.
        layout: The layout to be given, if the format asks for it.
        fps: The frame rate to be given, if the format asks for it.
    """

    format: str
    form: str
    suffix: str
    write: Callable[[Path, int], object]
    layout: JointLayout | None = None
    fps: float | None = None


def _list_samples(*samples: Sample) -> dict[str, Sample]:
    return {f"{sample.format}, {sample.form}": sample for sample in samples}


SAMPLES: Mapping[str, Sample] = _list_samples(
    Sample(format="bvh", form="23 joints", suffix=".bvh", write=write_bvh),
    Sample(format="amass", form="SMPL-H", suffix=".npz", write=write_amass),
    Sample(format="sign-pose", form="two persons", suffix=".pose", write=write_sign_pose),
    Sample(format="amc", form="five bones", suffix=".amc", fps=30, write=write_amc),
    Sample(
        format="npz",
        form="with confidences",
        suffix=".npz",
        write=lambda path, T: write_npz(path, make_motion(COCO17, T, dimensions=2)),
    ),
    Sample(
        format="videopose3d",
        form="one's own video",
        suffix=".npz",
        write=write_videopose3d,
        fps=FPS,
    ),
    Sample(
        format="npy",
        form="frames first",
        suffix=".npy",
        write=lambda path, T: np.save(path, make_positions(H36M17, T)),
        layout=H36M17,
        fps=FPS,
    ),
    Sample(
        format="json",
        form="with confidences",
        suffix=".json",
        write=lambda path, T: write_json(path, make_motion(COCO17, T, dimensions=2)),
    ),
    Sample(format="pyskl", form="plane and space", suffix=".pkl", write=write_clips, fps=FPS),
    Sample(
        format="pyskl",
        form="as skelgraph writes it",
        suffix=".pkl",
        write=lambda path, T: write_pyskl(path, make_motion(UPPER10, T)),
    ),
    Sample(
        format="pyskl-json",
        form="two clips",
        suffix=".json",
        write=write_annotations,
        fps=FPS,
    ),
    Sample(format="ctr-gcn", form="two parts", suffix=".npz", write=write_feeder_npz, fps=FPS),
    Sample(format="c3d", form="single precision", suffix=".c3d", write=write_c3d),
    Sample(format="trc", form="meters", suffix=".trc", write=write_trc),
    Sample(format="ntu", form="two bodies", suffix=".skeleton", write=write_ntu),
    Sample(
        format="csv",
        form="named columns",
        suffix=".csv",
        write=lambda path, T: write_csv(path, make_motion(UPPER10, T)),
    ),
    Sample(format="nexus", form="trajectories", suffix=".csv", write=write_nexus),
    Sample(format="motive", form="markers", suffix=".csv", write=write_motive),
    Sample(format="qualisys", form="markers", suffix=".tsv", write=write_qualisys),
    Sample(
        format="deeplabcut",
        form="three header lines",
        suffix=".csv",
        write=write_deeplabcut,
        fps=FPS,
    ),
    Sample(format="deeplabcut", form="HDF5", suffix=".h5", write=write_deeplabcut, fps=FPS),
    Sample(format="sleap", form="two animals", suffix=".h5", write=write_sleap_analysis, fps=FPS),
    Sample(format="slp", form="predictions", suffix=".slp", write=write_sleap_labels, fps=FPS),
    Sample(format="nwb", form="one animal", suffix=".nwb", write=write_nwb),
    Sample(
        format="alphapose",
        form="two persons of 26 keypoints",
        suffix=".json",
        write=lambda path, T: write_alphapose(path, make_people(HALPE26, T), ids=True),
        fps=FPS,
    ),
    Sample(
        format="openpose",
        form="two persons of 25 keypoints, a file a frame",
        suffix="",
        write=lambda path, T: write_openpose(path, make_people(OPENPOSE25, T)),
        fps=FPS,
    ),
    Sample(
        format="coco",
        form="two persons",
        suffix=".json",
        write=lambda path, T: write_coco(path, make_people(COCO17, T)),
        fps=FPS,
    ),
    Sample(
        format="mmpose",
        form="two persons",
        suffix=".json",
        write=lambda path, T: write_mmpose(path, make_people(COCO17, T)),
        fps=FPS,
    ),
    Sample(
        format="kinetics",
        form="two persons",
        suffix=".json",
        write=lambda path, T: write_kinetics(path, make_people(OPENPOSE18, T)),
    ),
    Sample(format="mediapipe", form="frames as JSON", suffix=".json", write=write_mediapipe),
    Sample(
        format="mediapipe",
        form="table of image landmarks",
        suffix=".csv",
        write=write_landmark_table,
        fps=FPS,
    ),
    Sample(
        format="mediapipe",
        form="bare landmarks by frame",
        suffix=".json",
        write=lambda path, T: write_bare_landmarks(path, make_positions(MEDIAPIPE33, T)),
        fps=FPS,
    ),
    Sample(
        format="ultralytics",
        form="two persons as JSON",
        suffix=".json",
        write=lambda path, T: write_ultralytics(path, make_people(COCO17, T)),
        fps=FPS,
    ),
    Sample(
        format="ultralytics",
        form="labels of two persons, a file a frame",
        suffix="",
        write=lambda path, T: write_labels(path, make_people(COCO17, T)),
        fps=FPS,
    ),
    Sample(
        format="rtmlib",
        form="two persons of 26 keypoints",
        suffix=".npz",
        write=lambda path, T: write_rtmlib(path, make_people(HALPE26, T)),
        fps=FPS,
    ),
    Sample(
        format="videopose3d",
        form="detections of two persons",
        suffix=".npz",
        write=lambda path, T: write_detections(path, make_people(COCO17, T)),
        fps=FPS,
    ),
    Sample(
        format="azure-kinect",
        form="a body of 32 joints",
        suffix=".json",
        write=lambda path, T: write_azure_kinect(path, 1000 * make_positions(AZURE32, T), fps=FPS),
    ),
    Sample(
        format="panoptic",
        form="a body of 19 joints, a file a frame",
        suffix="",
        write=lambda path, T: write_panoptic(path, 100 * make_positions(PANOPTIC19, T)),
    ),
    Sample(format="text", form="a frame a line", suffix=".txt", write=write_text, fps=FPS),
    Sample(
        format="text",
        form="a joint a line",
        suffix=".txt",
        write=write_joint_lines,
        layout=UPPER10,
        fps=FPS,
    ),
)
"""The samples by format and form."""
