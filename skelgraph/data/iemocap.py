"""IEMOCAP as clips of four classes, with audio, transcript and, if available, skeleton.

The classes are angry, happy, neutral and sad, in this order; excitement is merged into happiness,
as in Shi et al. 2021, section 5.1. The subject is the speaker (``Ses01F``), the recording is the
dialog. Clips are sorted by session, dialog and line of the label file.
"""

from collections.abc import Sequence
from pathlib import Path

from skelgraph.config import DialogKind
from skelgraph.data.cache import (
    cached_read,
    fingerprint_files,
    fingerprint_settings,
    remembered_fingerprint,
)
from skelgraph.data.clip_set import ClipMedia, ClipSet, Progress, ReadResult
from skelgraph.data.iemocap_counts import describe_counts, describe_gaps
from skelgraph.data.iemocap_panes import read_pane_table
from skelgraph.data.iemocap_poses import find_skeletons, read_utterances
from skelgraph.data.iemocap_release import Dialog, read_release
from skelgraph.errors import DatasetError

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
    table = (
        {} if panes is None else read_pane_table(Path(panes), [dialog.name for dialog in release])
    )
    fingerprint = fingerprint_settings(
        {
            "release": _fingerprint(root, _list_files(chosen), use_cache),
            "skeletons": None if files is None else _fingerprint(folder, files.paths, use_cache),
            "panes": table,
            "dialogs": dialogs,
            "cut_at_colon": cut_at_colon,
        }
    )

    def read() -> ReadResult:
        return read_utterances(chosen, files, table, progress)

    settings = {"reader": "iemocap"}
    result = cached_read("iemocap", fingerprint, settings, read) if use_cache else read()
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


def _fingerprint(root: Path, files: Sequence[Path], use_cache: bool) -> str:
    return remembered_fingerprint(root, files) if use_cache else fingerprint_files(root, files)
