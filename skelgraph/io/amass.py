"""Reader of motion of the SMPL body models as npz, as AMASS has it, without the body models.

Keys: ``poses`` (T, 3 n), the turn of each joint against the one before it as a rotation vector, for
the n = 24 joints of SMPL, 52 of SMPL-H or 55 of SMPL-X, whose first 22 are the same; or its parts
``root_orient`` and ``pose_body``, or ``global_orient`` and ``body_pose``; ``trans`` or ``transl``
(T, 3) in meters; ``mocap_framerate`` or ``mocap_frame_rate``, or ``fps``; ``betas`` and ``gender``
of the person. Newer files have ``markers`` (T, M, 3) and their ``labels`` as well.

The positions are those of the 24 joints of SMPL. The shape of a person (``betas``) can be had from
the licensed body models alone: the skeleton is that of SMPL's mean neutral body for everybody, so
that angles and places are the person's and the lengths of bones are not. The hands are the joints
22 and 23 of SMPL, which follow the wrists; fingers, jaw and eyes are not read. z points up in
AMASS; in files of others without its keys of the rate the trunk tells.

Format: Mahmood et al., "AMASS", ICCV 2019, and amass.is.tue.mpg.de; Loper et al., "SMPL", 2015. The
mean neutral joints are those that Stanford-TML/EDGE publishes in vis.py, to 0.1 mm.
"""

from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.joint_names import missing_joints, pick_joints, settle_layout
from skelgraph.io.npz_archive import NpzArchive
from skelgraph.io.reader import Reader, build_sequence, read_as_list, require_rate
from skelgraph.layouts import SMPL24, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_POSES: tuple[tuple[str, ...], ...] = (
    ("poses",),
    ("root_orient", "pose_body"),
    ("global_orient", "body_pose"),
)
_TRANSLATIONS = ("trans", "transl")
_MOCAP_RATES = ("mocap_framerate", "mocap_frame_rate")
_RATES = (*_MOCAP_RATES, "fps")
_NUM_JOINTS = (22, 24, 52, 55)
_NUM_TURNED = 22
"""The joints that all models have; what follows turns no joint of SMPL24."""

_MAX_RADIANS = 1e4
_PICKLES = ("_stagei.pkl", "_stageii.pkl")

OFFSETS_M: FloatArray = np.array(
    [
        *([-0.0018, -0.2233, 0.0282], [0.0695, -0.0914, -0.0068], [-0.0677, -0.0905, -0.0043]),
        *([-0.0025, 0.1090, -0.0267], [0.0343, -0.3752, -0.0045], [-0.0383, -0.3826, -0.0089]),
        *([0.0055, 0.1352, 0.0011], [-0.0136, -0.3980, -0.0437], [0.0158, -0.3984, -0.0423]),
        *([0.0015, 0.0529, 0.0254], [0.0264, -0.0558, 0.1193], [-0.0254, -0.0481, 0.1233]),
        *([-0.0028, 0.2139, -0.0429], [0.0788, 0.1217, -0.0341], [-0.0818, 0.1188, -0.0386]),
        *([0.0052, 0.0650, 0.0513], [0.0910, 0.0305, -0.0089], [-0.0960, 0.0326, -0.0091]),
        *([0.2596, -0.0128, -0.0275], [-0.2537, -0.0133, -0.0214], [0.2492, 0.0090, -0.0012]),
        *([-0.2553, 0.0078, -0.0056], [0.0840, -0.0082, -0.0149], [-0.0846, -0.0061, -0.0103]),
    ]
)
"""Array (24, 3): each joint of SMPL24 from the one before it when nothing is turned, the pelvis
from the origin; x to the left, y up, z forward."""


def read_amass(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read an npz file of AMASS or in its form.

    The joints of a layout are picked by name, from the markers if those of SMPL have no such names.
    A file without poses gives its markers.

    Raises:
        FormatError: If the file is damaged, its arrays do not fit each other, or the rate is
            neither told nor given.
    """
    path = Path(path)
    if path.name.lower().endswith(_PICKLES):
        raise FormatError(
            f"{path}: expected the .npz file of AMASS, but this is a fit of MoSh++ (a pickle), "
            f"which is not read"
        )
    archive = NpzArchive(path)
    keys = next((keys for keys in _POSES if set(keys) <= set(archive.keys)), None)
    has_markers = {"markers", "labels"} <= set(archive.keys)
    wants_markers = layout is not None and bool(missing_joints(SMPL24.joints, layout))
    if has_markers and (keys is None or wants_markers):
        return _read_markers(archive, layout, fps, path)
    if keys is None:
        raise FormatError(
            f"{path}: expected the poses of a body model, but the keys are "
            f"{', '.join(archive.keys)}"
        )
    layout = SMPL24 if layout is None else layout
    picked = pick_joints(SMPL24.joints, layout, path)
    turns = _read_turns(archive, keys, path)
    positions = _place_joints(turns) + _read_translation(archive, len(turns), path)[:, None]
    return build_sequence(
        path,
        positions[:, picked],
        layout=layout,
        fps=_read_rate(archive, fps, path),
        unit="m",
        up="+z" if set(_MOCAP_RATES) & set(archive.keys) else None,
    )


def _read_turns(archive: NpzArchive, keys: tuple[str, ...], path: Path) -> FloatArray:
    """Return the rotation vectors (T, 22, 3)."""
    parts = [archive.read_numbers(key) for key in keys]
    lengths = {len(part) if part.ndim else 0 for part in parts}
    if len(lengths) != 1 or not min(lengths) or max(part.ndim for part in parts) > 3:
        shapes = ", ".join(f"{key} {part.shape}" for key, part in zip(keys, parts, strict=True))
        raise FormatError(f"{path}: expected turns of joints in equally many frames, got {shapes}")
    turns = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    if turns.shape[1] not in [3 * count for count in _NUM_JOINTS]:
        raise FormatError(
            f"{path}: expected 72, 156 or 165 numbers a frame in {' and '.join(keys)}, as of SMPL, "
            f"SMPL-H or SMPL-X, but got {turns.shape[1]}"
        )
    turns = turns[:, : 3 * _NUM_TURNED].reshape(len(turns), _NUM_TURNED, 3)
    if not np.isfinite(turns).all() or np.abs(turns).max() > _MAX_RADIANS:
        raise FormatError(f"{path}: expected turns in radians in {' and '.join(keys)}")
    return turns


def _read_translation(archive: NpzArchive, num_frames: int, path: Path) -> FloatArray:
    key = next((key for key in _TRANSLATIONS if key in archive.keys), None)
    if key is None:
        raise FormatError(f"{path}: expected the place of the body in 'trans', but there is none")
    translation = archive.read_numbers(key)
    if translation.shape != (num_frames, 3):
        raise FormatError(
            f"{path}: expected {key} (frames, 3) = {(num_frames, 3)}, but got {translation.shape}"
        )
    return np.where(np.isfinite(translation), translation, np.nan)


def _read_rate(archive: NpzArchive, fps: float | None, path: Path) -> float:
    key = next((key for key in _RATES if key in archive.keys), None)
    if key is None:
        return require_rate(fps, path, "the keys")
    rate = archive.read_numbers(key)
    if rate.size != 1 or not 0 < rate.item() < np.inf:
        if fps is not None:
            return fps
        raise FormatError(f"{path}: expected one positive number in array {key!r}; pass the rate")
    return float(rate.item())


def _place_joints(turns: FloatArray) -> FloatArray:
    """Return the positions (T, 24, 3) of the mean body whose joints turn so."""
    from scipy.spatial.transform import Rotation  # takes a moment to import

    T = len(turns)
    frames = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(T, -1, 3, 3)
    positions = np.empty((T, SMPL24.num_joints, 3))
    positions[:, 0] = OFFSETS_M[0]
    for joint, parent in enumerate(SMPL24.parents.tolist()[1:], start=1):
        positions[:, joint] = positions[:, parent] + frames[:, parent] @ OFFSETS_M[joint]
        if joint < _NUM_TURNED:
            frames[:, joint] = frames[:, parent] @ frames[:, joint]
    return positions


def _read_markers(
    archive: NpzArchive, layout: JointLayout | None, fps: float | None, path: Path
) -> PoseSequence:
    markers, labels = archive.read_numbers("markers"), archive.read_texts("labels")
    if markers.ndim != 3 or markers.shape[1:] != (len(labels), 3) or not markers.size:
        raise FormatError(
            f"{path}: expected markers (frames, {len(labels)}, 3) for the labels, but got "
            f"{markers.shape}"
        )
    layout, picked = settle_layout(labels, layout, path)
    is_there = np.isfinite(markers).all(axis=2) & (markers != 0).any(axis=2)
    return build_sequence(
        path,
        np.where(is_there[:, :, None], markers, np.nan)[:, picked],
        layout=layout,
        fps=_read_rate(archive, fps, path),
        up="+z",
    )


def _sniff(path: Path, head: bytes) -> bool:
    if path.name.lower().endswith(_PICKLES):
        return True
    if not head.startswith(b"PK"):
        return False
    try:
        keys = set(NpzArchive(path).keys)
    except FormatError:
        return False
    has_poses = any(set(parts) <= keys for parts in _POSES)
    return (has_poses and bool(keys & {*_TRANSLATIONS, *_MOCAP_RATES})) or (
        {"markers", "labels"} <= keys and bool(keys & set(_RATES))
    )


READER = Reader(
    name="amass",
    suffixes=(".npz",),
    sniff=_sniff,
    read=read_as_list(read_amass),
    description="motion of SMPL bodies as of AMASS: joints by the skeleton of the mean body",
)
