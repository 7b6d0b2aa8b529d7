"""Files that are no recordings of bodies: what each is, and how to get a skeleton from it.

A file is told by its first bytes, else by its suffix. The sentences stand in errors, so that each
names the nearest format that can be read.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skelgraph.errors import FormatError
from skelgraph.io.json_text import describe_value, parse_json
from skelgraph.io.text import read_text, shorten

VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv")

_VIDEO = (
    "this is a video, and its skeleton has to be estimated first: `skelgraph extract {path} --out "
    "{stem}.npz`, then use {stem}.npz"
)
_IMAGE = (
    "this is an image, and skelgraph reads motion: film it, or give the keypoints that a pose "
    "estimator found in the frames (OpenPose, AlphaPose, COCO)"
)
_AUDIO = (
    "this is sound without a skeleton: name it in the column audio of a labels.csv, or with "
    "--audio of `skelgraph predict`"
)
_MATLAB = (
    "this is a MATLAB file, whose variables have any meaning: save the positions (frames, joints, "
    "3) from MATLAB or scipy.io.loadmat as .npy, and pass --layout and --fps"
)
_HDF5 = (
    "this is an HDF5 file of no known form: save its positions (frames, joints, 2 or 3) with h5py "
    "as .npy, and pass --layout and --fps"
)
_OPENSIM = (
    "these are angles or forces of OpenSim, which are no positions without the model: give the "
    "markers that they were computed from (.trc or .c3d)"
)
_OPENSIM_MODEL = (
    "this is a model or a set-up of OpenSim without motion: give the markers (.trc or .c3d)"
)
_SCENE = (
    "this is a 3D scene: export its animation as BVH, in Blender with File > Export > Motion "
    "Capture (.bvh)"
)
_DOCUMENT = "this is a document and no recording: leave it out"
_SPREADSHEET = (
    "this is a spreadsheet: save the sheet as CSV, with columns <joint>_x, <joint>_y, <joint>_z"
)
_ARCHIVE = "this is an archive of files: unpack it, and name the folder"
_NETWORK = "these are the weights of a network and no recording: leave them out"
_TABLE = "this is a table in binary form: save it as CSV, with columns <joint>_x, <joint>_y"

_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"MATLAB ", _MATLAB),
    (4, b"ftypM4A", _AUDIO),
    (4, b"ftypheic", _IMAGE),
    (4, b"ftypavif", _IMAGE),
    (4, b"ftyp", _VIDEO),
    (4, b"moov", _VIDEO),
    (4, b"mdat", _VIDEO),
    (8, b"AVI ", _VIDEO),
    (8, b"WAVE", _AUDIO),
    (8, b"WEBP", _IMAGE),
    (0, b"\x1aE\xdf\xa3", _VIDEO),
    (0, b"\0\0\x01\xba", _VIDEO),
    (0, b"FLV\x01", _VIDEO),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO),
    (0, b"GIF8", _IMAGE),
    (0, b"\x89PNG", _IMAGE),
    (0, b"\xff\xd8\xff", _IMAGE),
    (0, b"II*\0", _IMAGE),
    (0, b"MM\0*", _IMAGE),
    (0, b"ID3", _AUDIO),
    (0, b"fLaC", _AUDIO),
    (0, b"OggS", _AUDIO),
    (0, b"\xff\xfb", _AUDIO),
    (0, b"%PDF", _DOCUMENT),
    (0, b"{\\rtf", _DOCUMENT),
    (0, b"\xd0\xcf\x11\xe0", _DOCUMENT),
    (0, b"Kaydara FBX", _SCENE),
    (0, b"glTF", _SCENE),
    (0, b"BLENDER", _SCENE),
    (0, b"PAR1", _TABLE),
    (0, b"ARROW1", _TABLE),
    (0, b"SQLite format 3", _TABLE),
)
"""First bytes, with their place, that no recording has."""

_LATE_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF", _HDF5),
    (b"\x1f\x8b", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ", _ARCHIVE),
)
"""First bytes that recordings may have too: they count only if the suffix is that of no format."""

_SUFFIXES: dict[str, str] = {
    **dict.fromkeys(VIDEO_SUFFIXES, _VIDEO),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"), _IMAGE),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg", ".m4a", ".aac"), _AUDIO),
    **dict.fromkeys((".mot", ".sto"), _OPENSIM),
    **dict.fromkeys((".osim", ".vtp"), _OPENSIM_MODEL),
    **dict.fromkeys((".fbx", ".glb", ".gltf", ".blend", ".usd", ".usdz", ".dae"), _SCENE),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".md", ".rst", ".html", ".tex"), _DOCUMENT),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), _SPREADSHEET),
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".safetensors", ".onnx"), _NETWORK),
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2"), _ARCHIVE),
    **dict.fromkeys((".parquet", ".feather", ".sqlite", ".db"), _TABLE),
    ".mat": _MATLAB,
}

_ZIP = b"PK\x03\x04"

_HAND = (
    "these seem to be the 21 landmarks of hands and no body: detect the pose as well (MediaPipe's "
    "pose landmarker, 33 landmarks), or write columns WRIST_x, WRIST_y, ... as CSV and pass a "
    "--layout file of your own"
)
_HAND_LANDMARKS = 21
_HAND_KEYS = {"hand_landmarks", "multi_hand_landmarks", "handedness", "multi_handedness"}
_HAND_KEYS |= {"handLandmarks", "multiHandLandmarks", "hand_world_landmarks", "handednesses"}
_BODY_KEYS = {"pose_landmarks", "poseLandmarks", "pose_world_landmarks", "people", "bodies"}

_JSON_FORMS: dict[str, tuple[str, ...]] = {
    "COCO": ("images", "annotations", "categories"),
    "MMPose": ("instance_info", "instances", "keypoint_scores", "meta_info"),
    "AlphaPose": ("image_id", "keypoints", "score"),
    "OpenPose": ("people", "pose_keypoints_2d"),
    "MediaPipe": ("landmarks", "pose_landmarks", "poseLandmarks", "pose_world_landmarks"),
    "Kinetics-skeleton": ("data", "frame_index", "skeleton"),
    "skelgraph's JSON": ("skelgraph", "layout", "fps", "positions"),
}
"""The keys by which the JSON forms are known."""


def describe_foreign(path: Path, head: bytes) -> str | None:
    """Return what a file is if its first bytes tell that it is no recording; else None."""
    sentence = next((text for at, mark, text in _HEADS if head[at:].startswith(mark)), None)
    if sentence is None and _is_opensim_table(head):
        sentence = _OPENSIM
    elif sentence is None and b"<OpenSimDocument" in head[:1024]:
        sentence = _OPENSIM_MODEL
    return None if sentence is None else _fill_in(sentence, path)


def describe_foreign_file(path: Path) -> str | None:
    """Return what a file is if it is surely no recording, such as a video; else None."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(4096)
    is_known = path.suffix.lower() in _SUFFIXES and not head.startswith(_ZIP)
    return describe_foreign(path, head) or (describe_unknown(path, head) if is_known else None)


def describe_unknown(path: Path, head: bytes) -> str:
    """Return what a file of no known format seems to be, by its suffix and its first bytes."""
    if path.is_dir():
        return (
            f"{path}: expected one recording, but this is a folder; `skelgraph inspect {path}` "
            f"tells what is in it, and `skelgraph data make` converts all recordings of a folder"
        )
    sentence = next((text for mark, text in _LATE_HEADS if head.startswith(mark)), None)
    sentence = _SUFFIXES.get(path.suffix.lower(), sentence)
    if sentence is None and not head.strip():
        sentence = "the file is empty"
    elif sentence is None and b"\0" in head:
        sentence = (
            "binary data of no known format; the nearest that can be read are C3D, npz and npy: "
            "export it as one of them"
        )
    elif sentence is None:
        first = shorten(head.decode("utf-8", "replace").strip().partition("\n")[0].strip())
        sentence = (
            f"text of no known format, which begins with {first!r}; the nearest that can be read "
            f"is CSV with columns <joint>_x, <joint>_y, <joint>_z"
        )
    return _fill_in(sentence, path)


def describe_json(path: Path) -> str:
    """Return what a JSON file of no known form holds, and the nearest form.

    Raises:
        FormatError: If it is no JSON.
    """
    value = parse_json(read_text(path), path)
    if _holds_hands(value):
        return _fill_in(_HAND, path)
    keys = _collect_keys(value)
    counts = {name: len(keys & set(marks)) for name, marks in _JSON_FORMS.items()}
    nearest = max(counts, key=lambda name: counts[name])
    if not counts[nearest]:
        nearest = "skelgraph's JSON"
    marks = ", ".join(_JSON_FORMS[nearest])
    first = value[0] if isinstance(value, list) and value else None
    inner = f", the first of them {describe_value(first)}" if isinstance(first, dict) else ""
    return (
        f"{path}: expected JSON of a known form, but got {describe_value(value)}{inner}; the "
        f"nearest form is {nearest} (keys {marks}), or write CSV with columns <joint>_x, <joint>_y"
    )


def describe_hands(path: Path) -> str | None:
    """Return a sentence about a file that holds landmarks of hands and no body; else None."""
    suffix = path.suffix.lower()
    if suffix not in (".json", ".csv") or path.is_dir():
        return None
    try:
        text = read_text(path)
        is_hand = _holds_hands(parse_json(text, path)) if suffix == ".json" else _names_hands(text)
    except FormatError:
        return None
    return _fill_in(_HAND, path) if is_hand else None


def holds_few_numbers(head: bytes) -> bool:
    """Whether the beginning of a file is text, of whose words fewer than half are numbers."""
    if b"\0" in head or not head.strip():
        return False
    words = re.findall(r"[^\s,;:\[\]{}\"']+", head.decode("utf-8", "replace"))
    numbers = sum(re.fullmatch(r"[-+]?\d[\d.eE+-]*", word) is not None for word in words)
    return 2 * numbers < len(words)


def _fill_in(sentence: str, path: Path) -> str:
    return f"{path}: {sentence.format(path=path, stem=path.stem) if '{' in sentence else sentence}"


def _is_opensim_table(head: bytes) -> bool:
    lines = [line.strip().lower() for line in head[:4096].splitlines()]
    return b"endheader" in lines and any(line.startswith(b"nrows") for line in lines)


def _names_hands(table: str) -> bool:
    """Whether the columns of a table are named, or numbered, like the landmarks of a hand."""
    header = table.partition("\n")[0].lower()
    if "thumb" in header:
        return not any(part in header for part in ("shoulder", "hip", "head", "nose", "spine"))
    columns = [column.strip(' \t\r"_') for column in re.split("[,;\t]", header)]
    numbered = [column for column in columns if re.fullmatch(r"x_?\d+|\d+_?x", column)]
    return len(numbered) == _HAND_LANDMARKS


def _holds_hands(value: Any) -> bool:
    keys = _collect_keys(value)
    if keys & _HAND_KEYS and not keys & _BODY_KEYS:
        return True
    return _measure_innermost(value) == _HAND_LANDMARKS


def _collect_keys(value: Any, depth: int = 4) -> set[str]:
    """Return the keys of the first object on each level."""
    if depth == 0:
        return set()
    if isinstance(value, Mapping):
        inner = [_collect_keys(one, depth - 1) for one in value.values()]
        return set(value).union(*inner) if inner else set()
    if isinstance(value, list) and value:
        return _collect_keys(value[0], depth - 1)
    return set()


def _measure_innermost(value: Any, depth: int = 6) -> int | None:
    """Return how many points, with x and y or as numbers, the first list of points has."""
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        sizes = (_measure_innermost(one, depth - 1) for one in value.values())
        return next((size for size in sizes if size is not None), None)
    if not isinstance(value, list) or not value:
        return None
    if all(_is_point(one) for one in value):
        return len(value)
    return _measure_innermost(value[0], depth - 1)


def _is_point(value: Any) -> bool:
    if isinstance(value, Mapping):
        return {"x", "y"} <= value.keys()
    return (
        isinstance(value, list)
        and len(value) in (2, 3)
        and all(isinstance(number, int | float) for number in value)
    )
