import struct
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequence, read_sequences, read_sign_pose
from skelgraph.layouts import MEDIAPIPE33, OPENPOSE25, JointLayout

ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
HAND = ("LEFT_HAND_LANDMARKS", "XYZC", ["WRIST", "THUMB_TIP"], [(0, 1)])
BODY_25 = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"]
BODY_25 += ["MidHip", "RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar"]
BODY_25 += ["LEar", "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"]
T, WIDTH, HEIGHT = 3, 200, 100


def pack_text(text: str) -> bytes:
    return struct.pack("<H", len(text.encode())) + text.encode()


def pack_head(components: list, version: float = 0.2) -> bytes:
    content = struct.pack("<fHHHH", version, WIDTH, HEIGHT, 0, len(components))
    for name, form, points, limbs in components:
        content += pack_text(name) + pack_text(form)
        content += struct.pack("<HHH", len(points), len(limbs), 1)
        content += b"".join(pack_text(point) for point in points)
        content += b"".join(struct.pack("<HH", *limb) for limb in limbs)
        content += struct.pack("<HHH", 255, 0, 0)
    return content


def pack(components: list, points: np.ndarray, confidence: np.ndarray, fps: float = 25) -> bytes:
    content = pack_head(components) + struct.pack("<fIH", fps, *points.shape[:2])
    return content + points.astype("<f4").tobytes() + confidence.astype("<f4").tobytes()


def make_points(num_points: int, *, num_persons: int = 1, dimensions: int = 3) -> np.ndarray:
    shape = (T, num_persons, num_points, dimensions)
    return np.random.default_rng(0).uniform(1, 90, shape).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path):
    def write_bytes(content: bytes) -> Path:
        path = tmp_path / "sign.pose"
        path.write_bytes(content)
        return path

    return write_bytes


def landmarks(name: str = "POSE_LANDMARKS", limbs: tuple = ()) -> tuple:
    return (name, "XYZC", [joint.upper() for joint in MEDIAPIPE33.joints], limbs)


def test_image_landmarks_after_another_component(write) -> None:
    points, confidence = make_points(35), np.full((T, 1, 35), 0.75)
    confidence[1, 0, 4] = 0
    path = write(pack([HAND, landmarks()], points, confidence))
    assert detect_format(path) == "sign-pose"
    sequence = read_sequence(path)
    assert (sequence.layout, sequence.fps, sequence.num_frames) == (MEDIAPIPE33, 25, T)
    assert (sequence.unit, sequence.up, sequence.name) == ("px", "-y", "sign")
    assert sequence.present.sum() == 33 * T - 1
    assert not sequence.present[1, 2]
    np.testing.assert_array_equal(sequence.positions[0], points[0, 0, 2:, :2])
    np.testing.assert_array_equal(sequence.confidence, confidence[:, 0, 2:])
    assert read_sign_pose(path, fps=60)[0].fps == 25


@pytest.mark.parametrize("scale", [1, [WIDTH, HEIGHT, 1]])
def test_world_landmarks_go_first_in_meters(write, scale) -> None:
    world = make_points(33) / 60 - 0.7
    points = np.concatenate([make_points(33), world * scale], axis=2)
    components = [landmarks(), landmarks("POSE_WORLD_LANDMARKS")]
    sequence = read_sequence(write(pack(components, points, np.ones((T, 1, 66)))))
    assert (sequence.layout, sequence.unit, sequence.up) == (MEDIAPIPE33, "m", "-y")
    np.testing.assert_allclose(sequence.positions, world[:, 0], rtol=1e-5)
    confidence = np.ones((T, 1, 66))
    confidence[:, :, 33:] = 0  # filled with zeros where they were not asked for
    image = read_sequence(write(pack(components, points, confidence)))
    assert (image.num_dimensions, image.unit) == (2, "px")


def test_openpose_of_two_persons_the_second_one_there_later(write) -> None:
    points = make_points(25, num_persons=3, dimensions=2)
    confidence = np.full((T, 3, 25), 0.5)
    confidence[0, 1] = confidence[:, 2] = 0
    component = ("pose_keypoints_2d", "XYC", BODY_25, [(0, 1)])
    first, second = read_sequences(write(pack([component], points, confidence)))
    assert first.layout == second.layout == OPENPOSE25
    assert [first.name, second.name, second.recording] == ["sign#1", "sign#2", "sign"]
    assert second.present.all(axis=1).tolist() == [False, True, True]
    np.testing.assert_array_equal(second.positions[1], points[1, 1])


def test_points_of_no_known_layout_are_joined_by_their_limbs(write) -> None:
    sides = [
        f"{side}_{part}" for part in ("SHOULDER", "ELBOW", "HIP") for side in ("LEFT", "RIGHT")
    ]
    limbs = [(0, 2), (1, 3), (0, 4), (4, 5), (1, 5), (0, 1)]
    component = ("POSE_LANDMARKS", "XYZC", sides, limbs)
    content = pack([component], make_points(6), np.ones((T, 1, 6)))
    layout = read_sequence(write(content)).layout
    assert layout.joints == tuple(sides)
    assert (layout.center, layout.pairs) == (0, ((0, 1), (2, 3), (4, 5)))
    assert layout.bones == ((1, 0), (2, 0), (3, 1), (4, 0), (5, 1))
    assert layout.extra_edges == ((4, 5),)
    with pytest.raises(FormatError, match=r"layout 'arm', but found no shoulder, elbow"):
        read_sequence(write(content), layout=ARM)


def test_points_without_limbs_are_picked_by_name(write) -> None:
    component = ("BODY", "XYC", ["elbow", "nose", "shoulder"], [])
    points = make_points(3, dimensions=2)
    path = write(pack([component], points, np.ones((T, 1, 3))))
    sequence = read_sequence(path, layout=ARM)
    np.testing.assert_array_equal(sequence.positions, points[:, 0, [2, 0]])


def test_version_one_counts_frames_in_16_bits(write) -> None:
    component = ("BODY", "XYC", ["shoulder", "elbow"], [(0, 1)])
    num_frames = 2**16 + 2
    points = np.ones((num_frames, 1, 2, 3), "<f4")
    body = struct.pack("<HHH", 30, 2, 1) + points.tobytes()
    sequence = read_sequence(write(pack_head([component], 0.1) + body))
    assert (sequence.num_frames, sequence.fps) == (num_frames, 30)


def test_a_rate_of_zero_asks_for_one(write) -> None:
    path = write(pack([landmarks()], make_points(33), np.ones((T, 1, 33)), fps=0))
    with pytest.raises(RateError, match=r"sign\.pose: expected the frame rate.*--fps"):
        read_sign_pose(path)
    assert read_sign_pose(path, fps=50)[0].fps == 50


GOOD = pack([landmarks()], make_points(33), np.ones((T, 1, 33)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\1\2", "expected more after the header: is the file cut off"),
        (struct.pack("<f", 0.0) + GOOD[4:], "version 0.1 or 0.2, but got 0"),
        (struct.pack("<f", np.nan) + GOOD[4:], "version 0.1 or 0.2, but got nan"),
        (GOOD[:60], "expected more after the header: is the file cut off"),
        (GOOD[:-4], "expected 3 frames of 1 persons and 33 points, but there are bytes for 2"),
        (GOOD + b"1234", "expected 3 frames of 1 persons and 33 points, but .* for 3"),
        (GOOD.replace(b"NOSE", b"\xff\xff\xff\xff"), "expected names, but got damaged text"),
        (GOOD.replace(b"XYZC", b"ABCD"), "points XYC or XYZC in component 'POSE_LAND.* 'ABCD'"),
        (pack([HAND], make_points(2), np.ones((T, 1, 2))), "are LEFT_HAND_LANDMARKS; hands and"),
        (pack([landmarks()], make_points(33), np.zeros((T, 1, 33))), "nobody is there"),
        (pack([], make_points(33), np.ones((T, 1, 33))), "components with points, but there are"),
        (pack([landmarks()], make_points(33)[:0], np.ones((0, 1, 33))), "expected 0 frames"),
    ],
)  # fmt: skip
def test_what_is_wrong(write, content: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=rf"sign\.pose: .*{message}"):
        read_sign_pose(write(content))


@pytest.mark.realdata
def test_a_signer(shared_data: Path) -> None:
    path = shared_data / "odd" / "animation" / "sign_language.pose"
    if not path.exists():
        pytest.skip("the folder of real recordings has no odd/animation")
    sequence = read_sequence(path)
    assert (sequence.num_frames, sequence.fps, sequence.layout.num_joints) == (170, 24, 8)
    assert sequence.layout.joints[:2] == ("LEFT_SHOULDER", "RIGHT_SHOULDER")
    assert len(sequence.layout.pairs) == 4
    np.testing.assert_allclose(sequence.positions[0, 0], [879.7185, 651.0957], rtol=1e-6)
    # The signer faces the camera, and the hips are below the shoulders.
    assert (sequence["LEFT_SHOULDER"][:, 0] > sequence["RIGHT_SHOULDER"][:, 0]).all()
    assert (sequence["LEFT_HIP"][:, 1] > sequence["LEFT_SHOULDER"][:, 1]).all()
