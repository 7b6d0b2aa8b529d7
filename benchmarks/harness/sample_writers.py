"""Files as other programs write them, made from a generated motion.

:mod:`harness.sample_files` lists them.
"""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from skelgraph.io import format_pickle
from skelgraph.layouts import COCO17, KINECT20, MEDIAPIPE33, MPI23, NTU25, UPPER10, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

FPS = 30.0


def make_motion(
    layout: JointLayout, num_frames: int, *, dimensions: int = 3, seed: int = 0
) -> PoseSequence:
    """Make a body of about a person's size whose joints swing; a joint is missing now and then.

    Args:
        layout: The skeleton.
        num_frames: Number of frames T.
        dimensions: 3, in meters, or 2, in pixels and with confidences.
        seed: Decides the body and its motion.
    """
    rng = np.random.default_rng(seed)
    rest = np.zeros((layout.num_joints, 3))
    for joint in layout.depth_first[1:]:
        rest[joint] = rest[layout.parents[joint]] + rng.uniform(-0.25, 0.25, 3)
    phase = rng.uniform(0, 2 * np.pi, rest.shape)
    time = np.arange(num_frames)[:, None, None] / FPS
    positions = rest + 0.05 * np.sin(2 * np.pi * time + phase)
    positions[rng.random(positions.shape[:2]) < 0.02] = np.nan
    is_plane = dimensions == 2
    return PoseSequence(
        positions=(positions[:, :, :2] * 400 + 900 if is_plane else positions).astype(np.float32),
        layout=layout,
        fps=FPS,
        unit="px" if is_plane else "m",
        confidence=rng.uniform(0.2, 1, positions.shape[:2]).astype(np.float32)
        if is_plane
        else None,
        name="sample",
        label="waving",
        subject="ann",
    )


def make_positions(layout: JointLayout, num_frames: int, dimensions: int = 3) -> FloatArray:
    """Return the positions of :func:`make_motion`, zero where they are missing."""
    return np.nan_to_num(make_motion(layout, num_frames, dimensions=dimensions).positions)


def write_bvh(path: Path, num_frames: int) -> None:
    """Write the skeleton of the MPI recordings, with six channels at the root, else three."""
    children: dict[int, list[int]] = {joint: [] for joint in range(MPI23.num_joints)}
    for child, parent in MPI23.bones:
        children[parent].append(child)
    order: list[int] = []

    def write(joint: int) -> list[str]:
        order.append(joint)
        place = "Xposition Yposition Zposition " if joint == MPI23.center else ""
        lines = [
            f"{'JOINT' if order[1:] else 'ROOT'} {MPI23.joints[joint]}",
            "{",
            f"OFFSET 0.0 {10 + joint / 4} {joint % 3}",
            f"CHANNELS {6 if place else 3} {place}Zrotation Xrotation Yrotation",
        ]
        for child in children[joint]:
            lines += write(child)
        if not children[joint]:
            lines += ["End Site", "{", "OFFSET 0.0 5.0 0.0", "}"]
        return [*lines, "}"]

    hierarchy = write(MPI23.center)
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 20, (num_frames, 3 * MPI23.num_joints + 3))
    rows = [" ".join(f"{angle:.4f}" for angle in row) for row in angles.tolist()]
    header = ["MOTION", f"Frames: {num_frames}", "Frame Time: 0.033333"]
    path.write_text("\n".join(["HIERARCHY", *hierarchy, *header, *rows]) + "\n")


def write_amass(path: Path, num_frames: int) -> None:
    """Write a body of SMPL-H that turns its joints."""
    rng = np.random.default_rng(0)
    arrays = {
        "trans": rng.normal(0, 1, (num_frames, 3)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(FPS),
        "betas": np.zeros(16),
        "poses": rng.normal(0, 0.5, (num_frames, 156)),
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def write_sign_pose(path: Path, num_frames: int) -> None:
    """Write a pose and a hand of two persons, in version 0.2."""
    motion = make_motion(MEDIAPIPE33, num_frames, dimensions=2)
    hand = [f"{finger}_{number}" for finger in ("THUMB", "INDEX") for number in range(3)]
    components = [
        ("POSE_LANDMARKS", [joint.upper() for joint in MEDIAPIPE33.joints], MEDIAPIPE33.bones),
        ("LEFT_HAND_LANDMARKS", hand, [(0, 1), (1, 2)]),
    ]

    def pack_text(text: str) -> bytes:
        return struct.pack("<H", len(text)) + text.encode()

    content = struct.pack("<f4H", 0.2, 1920, 1080, 0, len(components))
    for name, points, limbs in components:
        content += (
            pack_text(name) + pack_text("XYC") + struct.pack("<3H", len(points), len(limbs), 1)
        )
        content += b"".join(pack_text(point) for point in points)
        content += struct.pack(f"<{2 * len(limbs)}H", *np.array(limbs).ravel()) + bytes(6)
    content += struct.pack("<fIH", FPS, num_frames, 2)
    one = np.concatenate([np.nan_to_num(motion.positions), np.ones((num_frames, 6, 2))], axis=1)
    score = np.concatenate([motion.present * 0.5, np.ones((num_frames, 6))], axis=1)
    points = np.stack([one, one + 100], axis=1)
    content += points.astype("<f4").tobytes()
    content += np.stack([score, score], axis=1).astype("<f4").tobytes()
    path.write_bytes(content)


def write_amc(path: Path, num_frames: int) -> None:
    """Write the motion of five bones, and their skeleton beside it."""
    bones = {"lower": "root", "upper": "lower", "head": "upper", "larm": "upper", "rarm": "upper"}
    rng = np.random.default_rng(0)
    lines = [":version 1.10", ":units", "mass 1.0", "length 0.45", "angle deg", ":root"]
    lines += ["order TX TY TZ RX RY RZ", "axis XYZ", "position 0 0 0", "orientation 0 0 0"]
    lines += [":bonedata"]
    for bone in bones:
        x, y, z = rng.normal(0, 1, 3)
        lines += ["begin", f"name {bone}", f"direction {x:.6f} {y:.6f} {z:.6f}", "length 5.5"]
        lines += [f"axis {30 * x:.4f} {30 * y:.4f} {30 * z:.4f} XYZ", "dof rx ry rz", "end"]
    lines += [":hierarchy", "begin", *(f"{parent} {bone}" for bone, parent in bones.items()), "end"]
    path.with_suffix(".asf").write_text("\n".join(lines) + "\n")
    lines = [":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(1, num_frames + 1):
        lines += [str(frame)]
        for bone, count in {"root": 6, **dict.fromkeys(bones, 3)}.items():
            values = " ".join(f"{value:.5f}" for value in rng.normal(0, 20, count))
            lines.append(f"{bone} {values}")
    path.write_text("\n".join(lines) + "\n")


def write_clips(path: Path, num_frames: int) -> None:
    """Two persons of one clip, and a clip of one person in space."""
    plane = [make_motion(COCO17, num_frames, dimensions=2, seed=seed) for seed in (0, 1)]
    path.write_bytes(
        format_pickle(
            {
                "split": {"train": ["hug"], "test": ["S001C001P001R001A001"]},
                "annotations": [
                    {
                        "frame_dir": "hug",
                        "label": 3,
                        "img_shape": (1080, 1920),
                        "original_shape": (1080, 1920),
                        "total_frames": num_frames,
                        "keypoint": np.nan_to_num(np.stack([one.positions for one in plane])),
                        "keypoint_score": np.stack(
                            [np.full(one.present.shape, 0.75, np.float16) for one in plane]
                        ),
                    },
                    {
                        "frame_dir": "S001C001P001R001A001",
                        "label": 0,
                        "total_frames": num_frames,
                        "keypoint": make_positions(NTU25, num_frames)[None].astype(np.float16),
                    },
                ],
            }
        )
    )


def write_annotations(path: Path, num_frames: int) -> None:
    """Two clips of one person as JSON, in an image and in space."""
    plane = np.nan_to_num(make_motion(COCO17, num_frames, dimensions=2).positions).round(2)
    annotations = [
        {
            "frame_dir": "walk",
            "label": 1,
            "keypoint": plane[None].tolist(),
            "keypoint_score": np.full((1, num_frames, 17), 0.5).tolist(),
        },
        {
            "frame_dir": "S001C001P001R001A001",
            "label": 0,
            "keypoint": make_positions(NTU25, num_frames)[None].round(3).tolist(),
        },
    ]
    split = {"train": ["walk"], "test": ["S001C001P001R001A001"]}
    path.write_text(json.dumps({"split": split, "annotations": annotations}))


def write_feeder_npz(path: Path, num_frames: int) -> None:
    """A clip to train and two to test, the second person of each absent."""
    flat = np.zeros((2, num_frames, 150), np.float32)
    flat[:, :, :75] = make_positions(NTU25, num_frames).reshape(num_frames, 75)
    np.savez(path, x_train=flat[:1], y_train=[3], x_test=flat, y_test=np.eye(5)[[3, 4]])


def make_people(layout: JointLayout, num_frames: int) -> list[PoseSequence]:
    """Two persons side by side."""
    first, second = (make_motion(layout, num_frames, dimensions=2, seed=n) for n in (0, 1))
    return [first, replace(second, positions=second.positions + np.float32(600))]


def write_mediapipe(path: Path, num_frames: int) -> None:
    """World and image landmarks, as the Tasks API gives them."""
    motion = make_positions(MEDIAPIPE33, num_frames)
    frames = [
        {
            "timestamp_ms": round(1000 * frame / FPS),
            "pose_landmarks": [[{"x": x / 2, "y": y / 2, "z": z} for x, y, z in body]],
            "pose_world_landmarks": [
                [{"x": x, "y": y, "z": z, "visibility": 0.75, "presence": 1} for x, y, z in body]
            ],
        }
        for frame, body in enumerate(motion.tolist())
    ]
    path.write_text(json.dumps(frames))


def write_landmark_table(path: Path, num_frames: int) -> None:
    """Image landmarks, a frame a row."""
    columns = [f"{part}{number}" for number in range(1, 34) for part in "xyzv"]
    motion = make_positions(MEDIAPIPE33, num_frames) / 2 + 0.5
    rows = np.concatenate([motion, np.ones((num_frames, 33, 1))], axis=2).reshape(num_frames, -1)
    np.savetxt(path, rows, fmt="%.6g", delimiter=",", header=",".join(columns), comments="")


def write_videopose3d(path: Path, num_frames: int) -> None:
    """Write a video of one's own."""
    clip = make_positions(COCO17, num_frames, 2)
    metadata = {
        "layout_name": "coco",
        "num_joints": 17,
        "video_metadata": {"walk.mp4": {"w": 1920, "h": 1080}},
    }
    positions = {"walk.mp4": {"custom": [clip]}}
    np.savez_compressed(path, positions_2d=np.array(positions), metadata=np.array(metadata))


def write_ntu(path: Path, num_frames: int) -> None:
    """Two bodies, the second of which comes later."""
    bodies = [make_motion(NTU25, num_frames, seed=seed).positions for seed in (0, 1)]
    lines = [str(num_frames)]
    for frame in range(num_frames):
        there = bodies if frame > num_frames // 3 else bodies[:1]
        lines.append(str(len(there)))
        for number, body in enumerate(there):
            lines.append(f"7205759403793110{number} 0 1 0 0 0 0 0.05 -0.34 2")
            lines.append("25")
            for x, y, z in body[frame].tolist():
                seen = f"{x:.7f} {y:.7f} {z:.7f} 260.1 170.2 1030.3 420.4 0 0 1 0 2"
                lines.append(seen if x == x else "0 0 0 0 0 0 0 0 0 0 0 0")
    path.write_text("\n".join(lines) + "\n")


def write_text(path: Path, num_frames: int) -> None:
    """Write a frame a line, with its number."""
    rows = make_positions(KINECT20, num_frames).reshape(num_frames, -1)
    np.savetxt(path, np.column_stack([np.arange(num_frames), rows]), fmt="%.6g")


def write_joint_lines(path: Path, num_frames: int) -> None:
    """Write a joint a line."""
    np.savetxt(path, make_positions(UPPER10, num_frames).reshape(-1, 3), fmt="%.6g")


def write_trc(path: Path, num_frames: int) -> None:
    """Ten markers, with empty cells."""
    motion = make_motion(UPPER10, num_frames)
    names = "\t".join(f"{joint}\t\t" for joint in UPPER10.joints)
    columns = "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, 11))
    header = [
        "PathFileType\t4\t(X/Y/Z)\tsample.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate",
        f"{FPS:g}\t{FPS:g}\t{num_frames}\t10\tm\t{FPS:g}",
        f"Frame#\tTime\t{names}",
        f"\t\t{columns}",
    ]
    rows = [
        "\t".join(
            [str(n + 1), f"{n / FPS:.4f}"]
            + ["" if value != value else f"{value:.6f}" for value in frame.ravel().tolist()]
        )
        for n, frame in enumerate(motion.positions)
    ]
    path.write_text("\n".join([*header, *rows]) + "\n")


def write_c3d(path: Path, num_frames: int) -> None:
    """Markers in single precision, in the order of an Intel processor."""
    motion = make_motion(UPPER10, num_frames).positions
    missing = np.isnan(motion[:, :, :1])
    frames = np.concatenate([np.nan_to_num(motion) * 1000, np.where(missing, -1, 0)], axis=2)
    labels = "".join(joint.ljust(16) for joint in UPPER10.joints).encode()

    def parameter(name: str, size: int, axes: bytes, data: bytes) -> bytes:
        start = struct.pack("<bb", len(name), 1) + name.encode()
        body = struct.pack("<bB", size, len(axes)) + axes + data + b"\0"
        return start + struct.pack("<h", len(body) + 2) + body

    section = struct.pack("<bb5sh", 5, -1, b"POINT", 3) + b"\0"
    section += parameter("USED", 2, b"", struct.pack("<h", 10))
    section += parameter("SCALE", 4, b"", struct.pack("<f", -1))
    section += parameter("RATE", 4, b"", struct.pack("<f", FPS))
    section += parameter("UNITS", -1, b"\2", b"mm")
    section += parameter("LABELS", -1, bytes([16, 10]), labels)
    blocks = -(-(len(section) + 6) // 512)
    header = struct.pack(
        "<BBHHHHHfHHf", 2, 0x50, 10, 0, 1, num_frames, 0, -1, blocks + 2, 0, FPS
    ).ljust(512, b"\0")
    intro = bytes([1, 0x50, blocks, 84])
    content = header + (intro + section).ljust(512 * blocks, b"\0")
    path.write_bytes(content + frames.astype("<f4").tobytes())
