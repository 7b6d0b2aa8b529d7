"""IEMOCAP as clips of four classes, with audio, transcript and, if available, skeleton.

The classes are angry, happy, neutral and sad, in this order; excitement is merged into happiness,
as in Shi et al. 2021, section 5.1. The subject is the speaker (``Ses01F``), the recording is the
dialog. Clips are sorted by session, dialog and line of the label file.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skelgraph.config import DialogKind
from skelgraph.data.cache import cached_read
from skelgraph.data.clip_set import ClipMedia, ClipSet, Progress, ReadResult, read_each
from skelgraph.data.fingerprints import fingerprint_settings, remembered_fingerprint
from skelgraph.data.folder_writer import check_new_folder
from skelgraph.data.iemocap_panes import (
    count_livelier,
    describe_panes,
    place_actors,
    read_pane_table,
)
from skelgraph.data.iemocap_poses import find_skeletons, read_actors, read_utterances
from skelgraph.data.iemocap_release import (
    Dialog,
    Gender,
    describe_counts,
    describe_gaps,
    read_release,
)
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.poses import PoseSequence

SKELETONS_FOLDER = "skeletons"
"""Default folder of the skeletons, below the release's folder."""


def read_iemocap(
    root: Path | str,
    *,
    skeletons: Path | str | None = None,
    panes: Path | str | None = None,
    dialogs: DialogKind = "all",
    cut_at_colon: bool = False,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> ClipSet:
    """Read the utterances of the four classes.

    Args:
        root: The folder that holds ``Session1`` to ``Session5``.
        skeletons: The folder of the dialogs' skeletons (:mod:`skelgraph.data.iemocap_poses`); by
            default ``skeletons`` in the root. Without any, clips have no skeleton.
        panes: A table of the dialogs in which the actor who wears the markers is not in the left
            half of the picture (:func:`skelgraph.data.iemocap_panes.read_pane_table`).
        dialogs: The kind of dialogs to read.
        cut_at_colon: Whether to cut a transcript at the first colon in it, as MDRE does.
        use_cache: Whether to look up the cut skeletons in the cache, and store them there.
        progress: Called after each dialog with the numbers of dialogs read and of all dialogs.

    Raises:
        DatasetError: If the folder does not hold the release, or files cannot be read.
    """
    root = Path(root)
    release = read_release(root, cut_at_colon=cut_at_colon)
    chosen = [dialog for dialog in release if _is_chosen(dialog, dialogs)]
    if not any(utterance.label for dialog in chosen for utterance in dialog.utterances):
        raise DatasetError(f"{root}: there is no utterance of the four classes ({dialogs} dialogs)")
    folder = root / SKELETONS_FOLDER if skeletons is None else Path(skeletons)
    files = None if skeletons is None and not folder.is_dir() else find_skeletons(folder, chosen)
    table = read_pane_table(panes, release)
    fingerprint = fingerprint_settings(
        {
            "release": remembered_fingerprint(root, _list_files(chosen), use_cache=use_cache),
            "skeletons": None
            if files is None
            else remembered_fingerprint(folder, files.paths, use_cache=use_cache),
            "panes": table,
            "dialogs": dialogs,
            "cut_at_colon": cut_at_colon,
        }
    )

    def read() -> ReadResult:
        return read_utterances(chosen, files, table, progress)

    settings = {"reader": "iemocap"}
    result = cached_read("iemocap", fingerprint, settings, read, use_cache=use_cache)
    result.check_all_readable(folder)
    used = [turn for dialog in chosen for turn in dialog.utterances if turn.label]
    return ClipSet(
        name="iemocap",
        sequences=result.sequences,
        fingerprint=fingerprint,
        notes=(
            *describe_counts(release),
            *_describe_choice(chosen, dialogs, len(used)),
            *describe_gaps(chosen),
            *([] if files is not None else ["no folder of skeletons: clips have no pose"]),
            *result.notes,
        ),
        media=tuple(ClipMedia(audio=turn.audio, text=turn.text) for turn in used),
    )


def _is_chosen(dialog: Dialog, kind: DialogKind) -> bool:
    return kind == "all" or dialog.is_scripted == (kind == "scripted")


def _describe_choice(chosen: Sequence[Dialog], kind: DialogKind, count: int) -> list[str]:
    if kind == "all":
        return []
    return [f"{kind} dialogs only: {len(chosen)}, with {count} utterances of the four classes"]


def _list_files(dialogs: Sequence[Dialog]) -> list[Path]:
    sounds = (
        utterance.audio
        for dialog in dialogs
        for utterance in dialog.utterances
        if utterance.label and utterance.audio is not None
    )
    return [*(file for dialog in dialogs for file in dialog.files), *sounds]


PANE_SIZE_PX = (360, 256)
"""Width and height of one actor's half without the black bars."""

_FIRST_ROW = 112


def write_actors(
    out: Path | str,
    root: Path | str,
    skeletons: Path | str,
    *,
    panes: Path | str | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write ``Session1/<dialog>_F.npz`` and so on, the whole dialogs of each actor.

    Args:
        out: The new folder; it must not exist, or be empty.
        root: The folder of the release.
        skeletons: The folder of the skeletons (:mod:`skelgraph.data.iemocap_poses`).
        panes: As for :func:`skelgraph.data.read_iemocap`.
        progress: Called after each dialog with the numbers of dialogs done and of all dialogs.

    Returns:
        Messages for the user: actors who are never visible, and whether the halves seem right.

    Raises:
        DatasetError: If the new folder is not empty, the release or the skeletons cannot be read,
            or a file is in 3D or of another picture.
    """
    out = check_new_folder(out)
    dialogs = read_release(Path(root))
    files = find_skeletons(Path(skeletons), dialogs)
    table = read_pane_table(panes, dialogs)
    chosen = [dialog for dialog in dialogs if "" in files.files.get(dialog.name, {})]
    if not chosen:
        raise DatasetError(
            f"{skeletons}: expected files of whole pictures, such as {dialogs[0].name}.json"
        )
    unseen: list[str] = []
    counts: dict[str, tuple[int, int]] = {}

    def split(number: int) -> Sequence[PoseSequence]:
        dialog = chosen[number]
        actors = read_actors(dialog, {"": files.files[dialog.name][""]}, table)
        counts[dialog.name] = count_livelier(dialog.utterances, actors)
        for gender, pane in place_actors(dialog, table).items():
            if gender in actors:
                _write(out, dialog, gender, shift_to_pane(actors[gender], pane))
            else:
                unseen.append(f"{dialog.name}_{gender}")
        return []

    result = read_each(
        Path(skeletons), [files.files[dialog.name][""][0] for dialog in chosen], split, progress
    )
    result.check_all_readable(Path(skeletons))
    lines = [f"{2 * len(chosen) - len(unseen)} actors of {len(chosen)} dialogs"]
    if unseen:
        lines.append(f"not seen at all: {', '.join(unseen)}")
    return [*lines, *describe_panes(counts)]


def shift_to_pane(actor: PoseSequence, pane: str) -> PoseSequence:
    """Shift an actor to the pixels of one half of the picture, without the black bar above."""
    first = np.array([PANE_SIZE_PX[0] if pane == "right" else 0, _FIRST_ROW], dtype=np.float32)
    return replace(actor, positions=actor.positions - first)


def _write(out: Path, dialog: Dialog, gender: Gender, actor: PoseSequence) -> None:
    file = out / f"Session{dialog.session}" / f"{dialog.name}_{gender}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    subject = f"{dialog.name[:5]}{gender}"
    write_npz(file, replace(actor, name=file.stem, subject=subject, recording=dialog.name))
