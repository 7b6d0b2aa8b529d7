"""Writes persons as estimators of today leave them; the older ones are in ``keypoint_files``."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.keypoint_files import is_there, list_triples
from skelgraph.layouts import AZURE32
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

IMAGE_SIZE = (1920.0, 1080.0)


def _list_rows(person: PoseSequence, frame: int) -> FloatArray:
    """x, y, confidence of each keypoint; 0 where one is missing."""
    return np.reshape(list_triples(person, frame), (-1, 3))


def write_ultralytics(file: Path, persons: Sequence[PoseSequence]) -> None:
    """Write what ``to_json`` gives for each frame, with track numbers."""
    frames = []
    for frame in range(persons[0].num_frames):
        detections = []
        for number, person in enumerate(persons, start=1):
            if is_there(person, frame):
                x, y, visible = _list_rows(person, frame).T.tolist()
                keypoints = {"x": x, "y": y, "visible": visible}
                head = {"name": "person", "class": 0, "confidence": 0.9, "track_id": number}
                detections.append(head | {"box": {"x1": 0, "y1": 0}, "keypoints": keypoints})
        frames.append(detections)
    file.write_text(json.dumps(frames))


def write_labels(folder: Path, persons: Sequence[PoseSequence]) -> None:
    """Write a file for each frame as ``save_txt`` does, with track numbers."""
    folder.mkdir(parents=True)
    for frame in range(persons[0].num_frames):
        lines = []
        for number, person in enumerate(persons, start=1):
            if is_there(person, frame):
                rows = _list_rows(person, frame) / (*IMAGE_SIZE, 1)
                words = [f"{value:.6g}" for value in rows.ravel()]
                lines.append(" ".join(["0 0.5 0.5 0.25 0.5", *words, str(number)]))
        (folder / f"walk_{frame + 1}.txt").write_text("\n".join(lines) + "\n")


def write_rtmlib(file: Path, persons: Sequence[PoseSequence]) -> None:
    """Write an archive of keypoints and scores of all frames."""
    rows = [
        [_list_rows(person, frame) for person in persons] for frame in range(persons[0].num_frames)
    ]
    table = np.array(rows)
    np.savez(file, keypoints=table[..., :2], scores=table[..., 2])


def write_detections(file: Path, persons: Sequence[PoseSequence]) -> None:
    """Write pickled lists of detections, as VideoPose3D's ``infer_video_d2.py`` does."""
    T = persons[0].num_frames
    boxes, keypoints = np.empty((T, 2), dtype=object), np.empty((T, 2), dtype=object)
    for frame in range(T):
        people = np.array([_list_rows(one, frame) for one in persons if is_there(one, frame)])
        rows = people[:, :, [0, 1, 2, 2]].transpose(0, 2, 1).astype(np.float32)
        boxes[frame] = [], np.ones((len(people), 5), dtype=np.float32)
        keypoints[frame] = [], rows
    segments, metadata = np.full(T, None), {"w": IMAGE_SIZE[0], "h": IMAGE_SIZE[1]}
    np.savez_compressed(
        file, boxes=boxes, segments=segments, keypoints=keypoints, metadata=np.array(metadata)
    )


def write_azure_kinect(file: Path, positions: FloatArray, *, fps: float) -> None:
    """Write the bodies (T, 32, 3) of a person in millimeters."""
    frames = [
        {
            "bodies": [{"body_id": 1, "joint_positions": body}],
            "frame_id": number,
            "num_bodies": 1,
            "timestamp_usec": 16655 + round(1e6 * number / fps),
        }
        for number, body in enumerate(positions.tolist())
    ]
    names = [joint.upper() for joint in AZURE32.joints]
    document = {"bone_list": [names[:2]], "frames": frames, "joint_names": names}
    file.write_text(json.dumps(document))


def write_panoptic(folder: Path, positions: FloatArray) -> None:
    """Write a file for each frame of a person (T, 19, 3) in centimeters."""
    folder.mkdir(parents=True)
    rows = np.concatenate([positions, np.full((*positions.shape[:2], 1), 0.5)], axis=2)
    for frame, body in enumerate(rows.reshape(len(rows), -1).tolist()):
        head = {"version": 0.7, "univTime": 53541.5 + 33.37 * frame, "fpsType": "hd_29_97"}
        document = head | {"bodies": [{"id": 0, "joints19": body}]}
        (folder / f"body3DScene_{frame:08d}.json").write_text(json.dumps(document))


def write_bare_landmarks(file: Path, positions: FloatArray) -> None:
    """Write a dump of MediaPipe's image landmarks (T, 33, 3): lists of objects by frame."""
    frames = {
        str(frame): [
            {"x": x, "y": y, "z": z, "visibility": 0.75} for x, y, z in (body / 2 + 0.5).tolist()
        ]
        for frame, body in enumerate(positions)
    }
    file.write_text(json.dumps(frames))
