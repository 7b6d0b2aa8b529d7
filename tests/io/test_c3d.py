"""C3D files by hand, and as the library ezc3d writes and reads them."""

import struct
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import detect_format, read_c3d, read_sequence
from skelgraph.io.c3d_parameters import Processor
from skelgraph.layouts import UPPER10, JointLayout

ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
NAMES = ["Anna:Elbow", "*3", "Anna:Shoulder"]
POINTS = np.arange(1, 19, dtype=float).reshape(2, 3, 3)
RESIDUALS = np.array([[0, 1, 0], [0, -1, -1.0]])


def pack_float(value: float, processor: Processor) -> bytes:
    if processor is Processor.MIPS:
        return struct.pack(">f", value)
    if processor is Processor.DEC:
        low, high = struct.unpack("<HH", struct.pack("<f", 4 * value))
        return struct.pack("<HH", high, low)
    return struct.pack("<f", value)


def make_file(
    processor: Processor = Processor.INTEL,
    *,
    scale: float = -1.0,
    rate: float = 120.0,
    units: str = "mm",
    names: list[str] = NAMES,
    used: int = 3,
    frames: int = 2,
    analog: int = 2,
) -> bytes:
    """Two frames of three markers, and two analog numbers after those of each frame."""
    order = ">" if processor is Processor.MIPS else "<"

    def word(value: int) -> bytes:
        return struct.pack(f"{order}H", value % 2**16)

    def number(value: float) -> bytes:
        if scale < 0:
            return pack_float(value, processor)
        return word(round(value / scale))

    def parameter(name: str, size: int, axes: list[int], data: bytes) -> bytes:
        body = struct.pack("<bB", size, len(axes)) + bytes(axes) + data + b"\0"
        start = struct.pack("<bb", -len(name), 5) + name.lower().encode()  # locked, in any case
        return start + word(len(body) + 2) + body

    labels = "".join(name.ljust(14) for name in names).encode()
    section = (
        parameter("USED", 2, [], word(used))  # before its group
        + parameter("SCALE", 4, [], pack_float(scale, processor))
        + parameter("RATE", 4, [1], pack_float(rate, processor))
        + struct.pack("<bb5s", 5, -5, b"POINT")
        + word(3)
        + b"\0"
        + parameter("UNITS", -1, [len(units)], units.encode())
        + parameter("LABELS", -1, [14, len(names)], labels)
    )
    header = b"\2\x50" + word(used) + word(analog) + word(1) + word(frames) + word(10)
    header += pack_float(scale, processor) + word(3) + word(1) + pack_float(rate, processor)
    data = b""
    for frame in range(2):
        for marker in range(3):
            for value in POINTS[frame, marker].tolist():
                data += number(value)
            residual = RESIDUALS[frame, marker]
            data += number(residual) if scale < 0 else word(int(residual))
        data += number(7) * analog
    intro = bytes([1, 0x50, 1, processor])
    return header.ljust(512, b"\0") + (intro + section).ljust(512, b"\0") + data


@pytest.fixture
def write(tmp_path: Path):
    def write_bytes(content: bytes) -> Path:
        path = tmp_path / "walk.c3d"
        path.write_bytes(content)
        return path

    return write_bytes


@pytest.mark.parametrize("scale", [-1.0, 0.5])
@pytest.mark.parametrize("processor", Processor)
def test_exact_positions(write, processor: Processor, scale: float) -> None:
    path = write(make_file(processor, scale=scale))
    assert detect_format(path) == "c3d"
    sequence = read_sequence(path, layout=ARM)
    np.testing.assert_array_equal(sequence.positions[0], [POINTS[0, 2], POINTS[0, 0]])
    np.testing.assert_array_equal(sequence.positions[1, 1], POINTS[1, 0])
    assert sequence.present.tolist() == [[True, True], [False, True]]
    assert (sequence.fps, sequence.unit, sequence.name) == (120, "mm", "walk")
    assert read_c3d(path, layout=ARM, fps=30)[0].fps == 120


def test_a_number_that_is_none_is_a_missing_marker(write) -> None:
    content = make_file().replace(struct.pack("<f", 8), struct.pack("<f", np.nan))
    assert read_sequence(write(content), layout=ARM).present[0].tolist() == [False, True]


def test_the_unit_is_guessed_where_it_is_not_told(write) -> None:
    assert read_sequence(write(make_file(units="??")), layout=ARM).unit == "unknown"
    assert read_sequence(write(make_file(units="m ")), layout=ARM).unit == "m"


def test_unlabeled_points_are_left_out_unless_a_layout_names_them(write) -> None:
    path = write(make_file(names=["LSHO", "U1", "A:uname*2"]))
    assert read_c3d(path)[0].layout.joints == ("LSHO",)
    layout = JointLayout.from_parents("two", {"LSHO": None, "U1": "LSHO"})
    assert read_c3d(path, layout=layout)[0].positions[0, 1].tolist() == POINTS[0, 1].tolist()


def test_points_that_a_model_computed_are_no_markers(write) -> None:
    layout = read_c3d(write(make_file(names=["LCLA", "LFEO", "LFEA"])))[0].layout
    assert layout.joints == ("LCLA",)
    layout = read_c3d(write(make_file(names=["CentreOfMass", "TRXL", "TRXO"])))[0].layout
    assert layout.joints == ("CentreOfMass", "TRXL", "TRXO")  # nothing else is there
    layout = read_c3d(write(make_file(names=["CentreOfMass", "LASI", "A:TRXO"])))[0].layout
    assert layout.joints == ("LASI",)


@pytest.mark.parametrize(("num_frames", "num_analog"), [(5, 0), (70000, 0), (40, 3)])
def test_what_ezc3d_writes(tmp_path: Path, num_frames: int, num_analog: int) -> None:
    rng = np.random.default_rng(0)
    num_joints = 10 if num_frames < 1000 else 1
    layout = UPPER10 if num_joints == 10 else UPPER10.subset([0], "one")
    points = np.ones((4, num_joints, num_frames))
    points[:3] = rng.normal(scale=1000, size=(3, num_joints, num_frames))
    points[:3, 0, 1] = np.nan
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = [f"A:{name}" for name in layout.joints]
    file["data"]["points"] = points
    if num_analog:
        file["parameters"]["ANALOG"]["RATE"]["value"] = [200.0]
        file["parameters"]["ANALOG"]["LABELS"]["value"] = [str(n) for n in range(num_analog)]
        file["data"]["analogs"] = rng.normal(size=(1, num_analog, 2 * num_frames))
    path = tmp_path / "walk.c3d"
    file.write(str(path))
    sequence = read_sequence(path, layout=None if layout is UPPER10 else layout)
    expected = ezc3d.c3d(str(path))["data"]["points"][:3].transpose(2, 1, 0)
    np.testing.assert_array_equal(sequence.positions, expected.astype(np.float32))
    assert (~sequence.present).sum() == 1
    assert (sequence.layout, sequence.fps, sequence.unit) == (layout, 100, "mm")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"walk", "expected a C3D file, but it does not begin like one"),
        (b"\2\x50" + bytes(2000), "expected parameters after byte 512, but got none"),
        (b"\xff\x50" + bytes(2000), "expected parameters after byte 130048, but got none"),
        (
            make_file()[:1040],
            "expected 2 frames of 56 bytes after byte 1024, but the file has 1040",
        ),
        (make_file()[:600], "expected a C3D file, but it does not begin like one"),
        (make_file(used=0), "expected frames of 1 to 1000 markers, but got 2 frames of 0"),
        (make_file(used=30000), "expected frames of 1 to 1000 markers"),
        (make_file(frames=65000), "expected 65000 frames of 56 bytes"),
        (make_file(frames=0), "expected frames of 1 to 1000 markers, but got 0 frames"),
        (make_file(names=[]), "expected names of 3 markers, but got none"),
        (
            make_file(names=["a", "b", "c"]),
            ".* found no shoulder, elbow; the file's joints are a, b",
        ),
        (make_file(rate=0), "expected the frame rate, which markers at 0 frames/s do not tell"),
        (make_file(rate=-5), "expected the frame rate, which markers at -5 frames/s do not"),
        (make_file().replace(b"\4\1\1", b"\4\1\xff"), "its parameters are cut off"),
    ],
)
def test_malformed_files(write, content: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.c3d: {message}"):
        read_sequence(write(content), layout=ARM)


def test_more_frames_than_the_header_can_tell(write) -> None:
    content = make_file(frames=65535)
    group = struct.pack("<bb5sh", 5, -6, b"TRIAL", 3) + b"\0"
    for name, value in (("START", 1), ("END", 65537)):
        body = struct.pack("<bBBHH", 2, 1, 2, value % 65536, value // 65536) + b"\0"
        name = f"ACTUAL_{name}_FIELD"
        group += struct.pack("<bb", len(name), 6) + name.encode()
        group += struct.pack("<h", len(body) + 2) + body
    at = content.index(b"\0" * 100, 600) + 1
    content = content[:at] + group + content[at + len(group) : 1024]
    path = write(content + make_file()[1024:1080] * 65537)
    assert read_sequence(path, layout=ARM).num_frames == 65537


def test_markers_of_no_known_body_keep_their_names(write) -> None:
    (sequence,) = read_c3d(write(make_file()))
    assert sequence.layout.joints == ("Elbow", "Shoulder")
    assert sequence.layout.is_loose


def write_markers(path: Path, names: list[str], **point: object) -> Path:
    """Write a file whose marker of number n stands at (n, 10 n, 100 n) in two frames."""
    file = ezc3d.c3d()
    parameters = file["parameters"]["POINT"]
    parameters["RATE"]["value"], parameters["UNITS"]["value"] = [100.0], ["mm"]
    parameters["LABELS"]["value"] = names
    for name, value in point.items():
        file.add_parameter("POINT", name, value)
    number = np.arange(len(names))
    points = np.stack([number, 10 * number, 100 * number, 1 + 0 * number])
    file["data"]["points"] = np.repeat(points[:, :, None], 2, axis=2).astype(float)
    file.write(str(path))
    return path


ARMS = [f"{side}{part}" for side in "LR" for part in ("SHO", "ELB", "WRA", "WRB")]


def test_the_markers_of_each_subject_are_a_sequence(tmp_path: Path) -> None:
    names = ["box:a", *(f"Anna:{name}" for name in ARMS), "*7", *(f"Ben:{name}" for name in ARMS)]
    anna, ben = read_c3d(write_markers(tmp_path / "walk.c3d", names))
    assert anna.layout == ben.layout
    assert anna.layout.joints == tuple(ARMS)
    assert (anna.name, ben.name) == ("walk:Anna", "walk:Ben")
    assert anna["LELB"].tolist() == [[2, 20, 200]] * 2
    assert ben["LSHO"].tolist() == [[10, 100, 1000]] * 2


def test_results_of_models_and_unlabeled_points_are_no_markers(tmp_path: Path) -> None:
    names = [*ARMS, "LElbowAngles", "CentreOfMass", "LWristForce", "*3", "SHO", "SHO"]
    path = write_markers(tmp_path / "walk.c3d", names, SCALARS=["CentreOfMass"])
    (sequence,) = read_c3d(path)
    assert sequence.layout.joints == (*ARMS, "SHO", "SHO_2")


@pytest.mark.parametrize(("screen", "up"), [("+Z", "+z"), ("-Y", "-y"), ("Z", "+z"), ("?", "+y")])
def test_the_axis_that_points_up_on_the_screen_points_up(
    tmp_path: Path, screen: str, up: str
) -> None:
    path = write_markers(tmp_path / "walk.c3d", ["a", "b"], X_SCREEN=["+X"], Y_SCREEN=[screen])
    assert read_sequence(path).up == up


def test_points_beyond_the_names_are_left_out_with_a_note(write) -> None:
    with pytest.warns(FormatWarning, match="names only 2 of 3 markers"):
        sequence = read_sequence(write(make_file(names=["Anna:Elbow", "Anna:Hat"])))
    assert sequence.layout.joints == ("Elbow", "Hat")


def test_a_file_of_a_laboratory_with_prefixes_and_analog_channels(shared_data: Path) -> None:
    file = shared_data / "odd" / "marker" / "lab_prefix_analog.c3d"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    box, person = read_c3d(file)
    assert (box.layout.num_joints, person.layout.num_joints) == (8, 43)
    for subject in (box, person):
        facts = (subject.num_frames, subject.fps, subject.unit, subject.up)
        assert facts == (580, 100, "mm", "+z")
        assert subject.layout.is_loose


@pytest.mark.parametrize("code", [0.0, -999.0, -9999.0])
def test_zeros_and_codes_on_all_axes_are_missing_markers(write, code: float) -> None:
    content = make_file()
    shoulder = struct.pack("<3f", *POINTS[0, 2])
    content = content.replace(shoulder, struct.pack("<3f", *[code] * 3))
    with pytest.warns(FormatWarning, match="1 positions .*'shoulder' in frame 0"):
        sequence = read_sequence(write(content), layout=ARM)
    assert sequence.present[0].tolist() == [False, True]
