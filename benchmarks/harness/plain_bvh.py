"""A BVH file read the plain way: line by line and frame by frame, with Python's own numbers.

What the reading of :mod:`skelgraph.io.bvh` is compared with: same joints, same positions.
"""

import math
from pathlib import Path

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

_IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class PlainJoint:
    """A joint of the hierarchy."""

    def __init__(self, name: str, parent: "PlainJoint | None") -> None:
        self.name = name
        self.parent = parent
        self.offset: Vector = (0.0, 0.0, 0.0)
        self.channels: list[str] = []


def read_bvh_plainly(path: Path) -> tuple[list[str], list[list[Vector]]]:
    """Names of the joints, and their positions in each frame."""
    joints: list[PlainJoint] = []
    open_joints: list[PlainJoint | None] = []
    frames: list[list[Vector]] = []
    in_motion = False
    with path.open() as file:
        for line in file:
            words = line.split()
            if in_motion:
                if words and words[0] not in ("Frames:", "Frame"):
                    frames.append(place_joints(joints, [float(word) for word in words]))
            elif words[0] in ("ROOT", "JOINT"):
                parent = open_joints[-1] if open_joints else None
                joints.append(PlainJoint(words[1], parent))
                open_joints.append(joints[-1])
            elif words[0] == "End":
                open_joints.append(None)
            elif words[0] == "}":
                open_joints.pop()
            elif words[0] == "OFFSET" and open_joints[-1] is not None:
                open_joints[-1].offset = (float(words[1]), float(words[2]), float(words[3]))
            elif words[0] == "CHANNELS" and open_joints[-1] is not None:
                open_joints[-1].channels = words[2:]
            elif words[0] == "MOTION":
                in_motion = True
    return [joint.name for joint in joints], frames


def place_joints(joints: list[PlainJoint], numbers: list[float]) -> list[Vector]:
    """Compute the positions of the joints in a frame."""
    places: dict[PlainJoint, tuple[Vector, Matrix]] = {}
    column = 0
    for joint in joints:
        offset = list(joint.offset)
        rotation = _IDENTITY
        for channel in joint.channels:
            axis = "XYZ".index(channel[0])
            if channel.endswith("position"):
                offset[axis] = numbers[column]
            else:
                rotation = multiply(rotation, turn(axis, math.radians(numbers[column])))
            column += 1
        if joint.parent is None:
            places[joint] = ((offset[0], offset[1], offset[2]), rotation)
        else:
            (x, y, z), frame = places[joint.parent]
            dx, dy, dz = (sum(a * b for a, b in zip(row, offset, strict=True)) for row in frame)
            places[joint] = ((x + dx, y + dy, z + dz), multiply(frame, rotation))
    return [places[joint][0] for joint in joints]


def turn(axis: int, angle: float) -> Matrix:
    """Return the rotation about an axis."""
    c, s = math.cos(angle), math.sin(angle)
    if axis == 0:
        return ((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c))
    if axis == 1:
        return ((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c))
    return ((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0))


def multiply(a: Matrix, b: Matrix) -> Matrix:
    """Multiply two matrices."""
    (b00, b01, b02), (b10, b11, b12), (b20, b21, b22) = b
    rows = [
        (
            a0 * b00 + a1 * b10 + a2 * b20,
            a0 * b01 + a1 * b11 + a2 * b21,
            a0 * b02 + a1 * b12 + a2 * b22,
        )
        for a0, a1, a2 in a
    ]
    return (rows[0], rows[1], rows[2])
