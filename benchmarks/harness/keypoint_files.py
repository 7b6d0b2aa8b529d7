"""Writes persons as the files of pose estimators hold them.

A person is a sequence of two dimensions in pixels; a missing joint is written as the format has it.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray


def project(sequence: PoseSequence, layout: JointLayout, *, scale: float = 300.0) -> PoseSequence:
    """Draw what a camera in front of a person of layout upper10 sees, with legs that stand still.

    The joints are those of a layout of keypoints that this body has; the others are missing.
    """
    body = {
        name: sequence.positions[:, joint].astype(float)
        for joint, name in enumerate(sequence.layout.joints)
    }
    root, head = body["spinebase"], body["neck_nose"]
    neck = (body["left_shoulder"] + body["right_shoulder"]) / 2  # as OpenPose has it
    body |= {"neck": neck, "mid_hip": root, "hip": root, "nose": head}
    for side, sign in (("left", 1), ("right", -1)):
        for part, place in (("hip", 0.0), ("knee", -0.4), ("ankle", -0.8)):
            body[f"{side}_{part}"] = root + np.array([sign * 0.12, place, 0])
        body[f"{side}_eye"] = head + np.array([sign * 0.03, 0.03, 0])
        body[f"{side}_ear"] = head + np.array([sign * 0.07, 0.02, -0.05])
    positions = np.full((sequence.num_frames, layout.num_joints, 2), np.nan)
    for joint, name in enumerate(layout.joints):
        if name in body:
            positions[:, joint] = body[name][:, :2] * [scale, -scale] + [640, 360]
    confidence = np.where(np.isnan(positions[:, :, 0]), 0, 0.875)
    return replace(
        sequence, positions=positions, layout=layout, confidence=confidence, unit="px", up="-y"
    )


def list_triples(person: PoseSequence, frame: int) -> list[float]:
    """x, y, confidence, x, ... of a frame; (0, 0, 0) where a joint is missing."""
    scores = np.ones(person.positions.shape[:2]) if person.confidence is None else person.confidence
    triples = np.concatenate([person.positions[frame], scores[frame][:, None]], axis=1)
    triples[np.isnan(triples).any(axis=1)] = 0
    return [float(number) for number in triples.ravel()]


def is_there(person: PoseSequence, frame: int) -> bool:
    """Whether the person has any joint in a frame."""
    return bool(person.present[frame].any())


def write_alphapose(file: Path, persons: Sequence[PoseSequence], *, ids: bool = False) -> None:
    """Write the default form; persons of a frame alternate in their order."""
    entries = []
    for frame in range(persons[0].num_frames):
        for number in range(len(persons))[:: -1 if frame % 2 else 1]:
            if is_there(persons[number], frame):
                keypoints = list_triples(persons[number], frame)
                entry = {"image_id": f"{frame}.jpg", "category_id": 1, "keypoints": keypoints}
                entries.append(entry | {"score": 2.5, "idx": number + 1 if ids else [[0.0], [0.0]]})
    file.write_text(json.dumps(entries))


def write_openpose(folder: Path, persons: Sequence[PoseSequence]) -> None:
    """Write a file for each frame, persons alternating in their order."""
    folder.mkdir(parents=True)
    for frame in range(persons[0].num_frames):
        people = [
            {"person_id": [-1], "pose_keypoints_2d": list_triples(person, frame)}
            for person in persons[:: -1 if frame % 2 else 1]
            if is_there(person, frame)
        ]
        file = folder / f"{folder.name}_{frame:012d}_keypoints.json"
        file.write_text(json.dumps({"version": 1.3, "people": people}))


def write_mmpose(file: Path, persons: Sequence[PoseSequence]) -> None:
    """Write the form of the demos, whose frames are counted from 1."""
    info = [
        {
            "frame_id": frame + 1,
            "instances": [
                {
                    "keypoints": np.reshape(list_triples(person, frame), (-1, 3))[:, :2].tolist(),
                    "keypoint_scores": list_triples(person, frame)[2::3],
                    "bbox": [[0, 0, 1, 1]],
                    "bbox_score": 0.9,
                }
                for person in persons
                if is_there(person, frame)
            ],
        }
        for frame in range(persons[0].num_frames)
    ]
    names = {str(number): name for number, name in enumerate(persons[0].layout.joints)}
    meta = {"dataset_name": "body", "keypoint_id2name": names}
    file.write_text(json.dumps({"meta_info": meta, "instance_info": info}, indent="\t"))


def write_coco(file: Path, persons: Sequence[PoseSequence]) -> None:
    """Annotations whose third numbers are confidences."""
    frames = range(persons[0].num_frames)
    document = {
        "info": {},
        "images": [{"id": 900 + t, "file_name": f"im_{t:04d}.jpg"} for t in frames],
        "annotations": [
            {"image_id": 900 + t, "category_id": 1, "keypoints": list_triples(person, t)}
            for t in frames
            for person in persons
            if is_there(person, t)
        ],
        "categories": [
            {"id": 1, "name": "person", "keypoints": list(persons[0].layout.joints)},
        ],
    }
    file.write_text(json.dumps(document))


def write_kinetics(file: Path, persons: Sequence[PoseSequence], label: str = "waving") -> None:
    """Positions in parts of an image of 340 x 256."""
    data = []
    for frame in range(persons[0].num_frames):
        skeletons = []
        for person in persons:
            if is_there(person, frame):
                triples = np.reshape(list_triples(person, frame), (-1, 3))
                pose = (triples[:, :2] / [340, 256]).ravel().tolist()
                skeletons.append({"pose": pose, "score": triples[:, 2].tolist()})
        data.append({"frame_index": frame + 1, "skeleton": skeletons})
    file.write_text(json.dumps({"data": data, "label": label, "label_index": 3}))


def draw_person(num_frames: int = 12, *, size: float = 30.0, shift: float = 10.0) -> FloatArray:
    """Keypoints (T, 17, 2) of somebody who stands and waves with the left hand."""
    x = [0, 1, -1, 2, -2, 3, -3, 4, -4, 4, -4, 2, -2, 2, -2, 2, -2]
    y = [1, 0, 0, 1, 1, 4, 4, 7, 7, 10, 10, 10, 10, 14, 14, 18, 18]
    pose = np.stack([x, y], axis=1) * size / 18 + [shift + size / 4, shift]
    positions = np.repeat(pose[None], num_frames, axis=0)
    positions[:, 9, 1] += size / 9 * np.sin(np.arange(num_frames) / 3)
    return positions
