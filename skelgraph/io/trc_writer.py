"""Writer of TRC marker files as OpenSim reads them: joints as markers, a row a frame.

Centimeters are written as millimeters, all other units as they are; an empty cell is a missing
joint. Frames are numbered from 1, and times are in seconds. TRC does not tell which axis points up:
OpenSim takes y.
"""

from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.reader import Writer
from skelgraph.io.text import shorten
from skelgraph.poses import PoseSequence


def write_trc(path: str | Path, sequence: PoseSequence) -> None:
    """Write a sequence in space as markers that have the names of the joints.

    Layout, label, subject and confidences are not written.

    Raises:
        FormatError: If the sequence is one of an image, or a joint's name has tabs or line breaks.
    """
    path = Path(path)
    if sequence.num_dimensions != 3:
        raise FormatError(
            f"{path}: expected positions in space to write TRC, but sequence {sequence.name!r} has "
            f"2 dimensions; lift it before"
        )
    joints = sequence.layout.joints
    wrong = [joint for joint in joints if joint != joint.strip(' "') or not joint.isprintable()]
    if wrong:
        raise FormatError(f"{path}: TRC cannot hold the joint name {shorten(wrong[0])!r}")
    is_cm = sequence.unit == "cm"
    positions = sequence.positions.astype(np.float64) * (10 if is_cm else 1)
    T, V = sequence.num_frames, len(joints)
    unit = "mm" if is_cm else sequence.unit
    rate = f"{sequence.fps:.9g}"
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames",
        "\t".join([rate, rate, str(T), str(V), unit, rate, "1", str(T)]),
        "\t".join(["Frame#", "Time", *(f"{joint}\t\t" for joint in joints)]),
        "\t".join(["", "", *(f"{axis}{n}" for n in range(1, V + 1) for axis in "XYZ")]),
        "",
    ]
    # Nine digits give back every number in single precision.
    cells = np.char.mod("%.9g", positions).reshape(T, 3 * V)
    cells[np.isnan(positions).reshape(T, 3 * V)] = ""
    for frame, row in enumerate(cells):
        lines.append("\t".join([str(frame + 1), f"{frame / sequence.fps:.9f}", *row]))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


WRITER = Writer(
    name="trc",
    suffixes=(".trc",),
    write=write_trc,
    in_plane=False,
    description="positions in space as markers with the joints' names, for OpenSim",
)
