"""The MPI Emotional Body Expressions Database: actors who tell stories seated, as BVH files.

Volkova, de la Rosa, Bülthoff, Mohler, PLoS ONE 9(12): e113647, 2014. One folder for each intended
emotion. Centimeters, y up. The first frame is a rest pose at the origin. The file name contains the
actor, not always in its first field, and ends with counters and frame numbers that distinguish the
clips of a recording: ``DiMi_0709_ftf_wd_t1-003_4_39150_43825_4675_Anger`` is a clip of
``DiMi_0709_ftf_wd_t1-003``. An emotion before the frame numbers is not part of the recording's
name: the frames of ``AnBh_nv_al_t2_anger_10680-11274`` and ``AnBh_nv_al_t2_joy_11713-12197`` follow
each other in one take, ``AnBh_nv_al_t2``.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

from skelgraph.data.cache import cached_read
from skelgraph.data.clip_set import ClipSet, Progress, ReadResult, name_a_few, read_each
from skelgraph.data.fingerprints import remembered_fingerprint
from skelgraph.errors import DatasetError
from skelgraph.io import read_sequence
from skelgraph.poses import PoseSequence

_LABELS = ("anger", "joy", "neutral", "sadness")
_ACTOR = re.compile("AnBh|DiMi|LeSt|MaMa|NoVo|SiGl|Sinead|HeGa|PaPi")
_OTHER_NAMES = {"Sinead": "SiGl"}
_EMOTION = f"(_({'|'.join(_LABELS)}))?"
_CUT = re.compile(rf"{_EMOTION}_(\d+_\d+_\d+_\d+|\d+-\d+){_EMOTION}[_-]*$", re.IGNORECASE)


def read_mpi_ebed(
    root: Path | str, *, use_cache: bool = True, progress: Progress | None = None
) -> ClipSet:
    """Read the clips of the database, without their first frame, the rest pose.

    Args:
        root: The folder that holds ``Anger``, ``Joy``, ``Neutral`` and ``Sadness``.
        use_cache: Whether to look up the parsed recordings in the cache, and store them there.
        progress: Called after each file with the numbers of files read and of all files.

    Raises:
        DatasetError: If the folder does not hold that database, or files cannot be read.
    """
    root = Path(root)
    files = _find_files(root)

    def read() -> ReadResult:
        return read_each(root, files, lambda number: [_read_clip(files[number])], progress)

    fingerprint = remembered_fingerprint(root, files, use_cache=use_cache)
    settings = {"reader": "mpi-ebed"}
    result = cached_read("mpi-ebed", fingerprint, settings, read, use_cache=use_cache)
    result.check_all_readable(root)
    return ClipSet(name="mpi-ebed", sequences=result.sequences, fingerprint=fingerprint)


def find_actor(name: str) -> str | None:
    """Return the actor of a file of the database, given its name.

    Example:
        >>> find_actor("Session2_AnBh-012_134_576967_580100_3133_Joy"), find_actor("walk_03")
        ('AnBh', None)
    """
    match = _ACTOR.search(name)
    return None if match is None else _OTHER_NAMES.get(match.group(), match.group())


def find_recording(name: str) -> str:
    """Return the recording from which a file of the database is cut, given its name.

    Example:
        >>> find_recording("MaMa_ft_ch_sadness_0_200_1034_834_sadness")
        'MaMa_ft_ch'
    """
    return _CUT.sub("", name)


def _find_files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DatasetError(f"{root}: expected the folder of mpi-ebed, but there is no such folder")
    folders = {folder.name.lower(): folder for folder in root.iterdir() if folder.is_dir()}
    absent = [label.capitalize() for label in _LABELS if label not in folders]
    if absent:
        raise DatasetError(
            f"{root}: expected the folder of mpi-ebed with sub-folders "
            f"{', '.join(label.capitalize() for label in _LABELS)}, but there is no "
            f"{', '.join(absent)}"
        )
    bvh_files = {label: _list_bvh(folders[label]) for label in _LABELS}
    files = [file for label in _LABELS for file in bvh_files[label]]
    empty = [label for label in _LABELS if not bvh_files[label]]
    if empty:
        raise DatasetError(f"{root}: expected BVH files of each label, but got none of {empty}")
    strange = [file.name for file in files if find_actor(file.stem) is None]
    if strange:
        raise DatasetError(
            f"{root}: expected the name of an actor in each file's name, but there is none in "
            f"{name_a_few(strange)}"
        )
    return files


def _list_bvh(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(".bvh"))
    return [folder / name for name in names]


def _read_clip(file: Path) -> PoseSequence:
    sequence = read_sequence(file)
    if sequence.num_frames < 2:
        raise DatasetError(f"{file}: expected a rest pose and the clip, but got one frame")
    return replace(
        sequence,
        positions=sequence.positions[1:],
        name=f"{file.parent.name}/{file.stem}",
        label=file.parent.name.lower(),
        subject=find_actor(file.stem),
        recording=find_recording(file.stem),
    )
