"""The skeletons of IEMOCAP's utterances, cut from those of whole dialogs.

The release has no skeletons; a pose estimator extracts them from its videos. A folder of skeletons
holds, for each dialog and optionally in ``Session1`` to ``Session5``, either

- ``<dialog>_F`` and ``<dialog>_M``: one file per actor,
- ``<dialog>_left`` and ``<dialog>_right``: one file per half of the picture, or
- ``<dialog>``: a file with all persons in the whole picture, such as AlphaPose's results, which may
  be in a folder of that name, or ``<dialog>-1``, ``<dialog>-2``, ...: one file per person;

each of any readable format, with its suffix. If a file does not contain its frame rate, it is that
of the videos, 30000/1001.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.data.clip_set import Progress, ReadResult, name_a_few, read_each
from skelgraph.data.folder_inventory import find_recordings, list_files
from skelgraph.data.iemocap_panes import (
    PANES,
    count_livelier,
    describe_panes,
    pick_pane,
    place_actors,
)
from skelgraph.data.iemocap_release import Dialog, Gender, Utterance
from skelgraph.data.media import liken_blanks, make_blank
from skelgraph.errors import DatasetError
from skelgraph.io import open_recording
from skelgraph.poses import PoseSequence, select_persons

VIDEO_FPS = 30_000 / 1001
"""Frame rate of the release's videos."""

MIN_SEEN_FRAMES = 8
"""An utterance has no usable skeleton if the speaker is visible in fewer frames."""

_ALPHAPOSE = "alphapose-results"
_PERSON = re.compile(r"-\d+$")
_ENDS: tuple[str, ...] = ("", "_F", "_M", *(f"_{pane}" for pane in PANES))

Files = Mapping[str, tuple[Path, ...]]
"""Files of a dialog, by the ending of their names."""


@dataclass(frozen=True, kw_only=True)
class DialogFiles:
    """The files with the skeletons of dialogs, for each dialog by the ending of their names.

    The endings are ``""``, of which there may be several files, ``"_F"``, ``"_left"`` and so on.
    """

    root: Path
    files: Mapping[str, Files]

    @property
    def paths(self) -> list[Path]:
        """All files; a folder with one file per frame is replaced by its files."""
        named = [
            path for files in self.files.values() for paths in files.values() for path in paths
        ]
        inside = [list_files(path) if path.is_dir() else [str(path)] for path in named]
        return sorted(Path(path) for paths in inside for path in paths)


def find_skeletons(folder: Path, dialogs: Sequence[Dialog]) -> DialogFiles:
    """Find the skeletons of dialogs in a folder.

    Raises:
        DatasetError: If the folder does not exist, contains no skeletons of the dialogs, or two
            files for the same actor or half.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected the folder of skeletons, but there is none")
    wanted = {f"{dialog.name}{end}": (dialog.name, end) for dialog in dialogs for end in _ENDS}
    files: dict[str, dict[str, tuple[Path, ...]]] = {}
    twice = []
    for path in find_recordings(folder):
        name = path.parent.name if path.stem == _ALPHAPOSE else path.name.partition(".")[0]
        stem = _PERSON.sub("", name)
        if stem not in wanted or (stem != name and wanted[stem][1]):
            continue
        dialog, end = wanted[stem]
        others = files.setdefault(dialog, {}).get(end, ())
        if others and (stem == name or _PERSON.search(others[0].stem) is None):
            twice.append(f"{others[0]} and {path}")
        files[dialog][end] = (*others, path)
    if twice:
        raise DatasetError(f"expected one file of skeletons for each, but got {name_a_few(twice)}")
    if not files:
        raise DatasetError(
            f"{folder}: expected skeletons of the dialogs, such as {dialogs[0].name}.json, "
            f"{dialogs[0].name}_F.npz or {dialogs[0].name}_left.npz, but there are none"
        )
    return DialogFiles(root=folder, files=files)


def read_utterances(
    dialogs: Sequence[Dialog],
    skeletons: DialogFiles | None,
    table: Mapping[str, Gender],
    progress: Progress | None = None,
) -> ReadResult:
    """Read the utterances of the four classes, in order.

    An utterance without a usable skeleton is blank.
    """
    files: Mapping[str, Files] = {} if skeletons is None else skeletons.files
    counts: dict[str, tuple[int, int]] = {}

    def read(number: int) -> list[PoseSequence]:
        dialog = dialogs[number]
        used = [utterance for utterance in dialog.utterances if utterance.label]
        actors = read_actors(dialog, files.get(dialog.name, {}), table)
        counts[dialog.name] = count_livelier(used, actors)
        return [_label(cut_utterance(actors.get(turn.speaker), turn), turn) for turn in used]

    root = Path() if skeletons is None else skeletons.root
    names = [Path(dialog.name) for dialog in dialogs]
    result = liken_blanks(read_each(root, names, read, progress))
    absent = [dialog.name for dialog in dialogs if not files.get(dialog.name)]
    notes = [] if skeletons is None else _describe(result, absent, counts)
    return replace(result, notes=tuple(notes))


def _describe(
    result: ReadResult, absent: Sequence[str], counts: Mapping[str, tuple[int, int]]
) -> list[str]:
    blank = [clip.name for clip in result.sequences if not clip.has_joints]
    lines = []
    if absent:
        lines.append(f"{len(absent)} dialogs have no skeletons: {name_a_few(absent)}")
    if blank:
        lines.append(
            f"{len(blank)} of {len(result.sequences)} utterances have no usable pose (fewer than "
            f"{MIN_SEEN_FRAMES} frames with the speaker): {name_a_few(blank)}"
        )
    return [*lines, *describe_panes(counts)]


def read_actors(
    dialog: Dialog, files: Files, table: Mapping[str, Gender]
) -> dict[Gender, PoseSequence]:
    """Read the skeletons of each visible actor over a whole dialog.

    Raises:
        SkelgraphError: If a file cannot be read, or does not fit the videos.
    """
    actors: dict[Gender, PoseSequence] = {}
    whole: list[PoseSequence] | None = None
    for gender, pane in place_actors(dialog, table).items():
        own = files.get(f"_{gender}") or files.get(f"_{pane}")
        if own is not None:
            actor = next(iter(select_persons(_read_persons(own[0]), "main")), None)
        elif "" in files:
            whole = whole or [person for path in files[""] for person in _read_persons(path)]
            actor = pick_pane(whole, pane, files[""][0])
        else:
            continue
        if actor is not None:
            actors[gender] = actor
    return actors


def _read_persons(path: Path) -> list[PoseSequence]:
    persons, _ = open_recording(path).read_with_hints(layout=None, fps=VIDEO_FPS)
    return persons


def cut_utterance(actor: PoseSequence | None, utterance: Utterance) -> PoseSequence:
    """Cut the frames of one utterance; those after the end of the recording are missing.

    The first frame is the one nearest to the start; the frame nearest to the end is the first one
    after the utterance. The result is blank if there is no skeleton of the actor, or if the actor
    is visible in too few of these frames.
    """
    blank = make_blank(utterance.name, duration_s=utterance.end_s - utterance.start_s, like=actor)
    if actor is None:
        return blank
    start = round(utterance.start_s * actor.fps)
    stop = max(round(utterance.end_s * actor.fps), start + 1)
    T = min(stop, actor.num_frames) - start
    if T < MIN_SEEN_FRAMES or actor.present[start:stop].any(axis=1).sum() < MIN_SEEN_FRAMES:
        return blank
    beyond = stop - start - T
    return replace(
        actor,
        positions=np.pad(
            actor.positions[start:stop], ((0, beyond), (0, 0), (0, 0)), constant_values=np.nan
        ),
        confidence=None
        if actor.confidence is None
        else np.pad(actor.confidence[start:stop], ((0, beyond), (0, 0))),
        name=utterance.name,
    )


def _label(clip: PoseSequence, utterance: Utterance) -> PoseSequence:
    return replace(
        clip, label=utterance.label, subject=utterance.subject, recording=utterance.dialog
    )
