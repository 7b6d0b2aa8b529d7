"""One file per actor from the skeletons that were extracted from IEMOCAP's whole pictures.

Such files can be lifted to 3D one by one. Their pixel coordinates refer to one half of the picture
without the black bars above and below it: 360 x 256.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skelgraph.data.clip_set import Progress, read_each
from skelgraph.data.iemocap_panes import (
    count_livelier,
    describe_panes,
    place_actors,
    read_pane_table,
)
from skelgraph.data.iemocap_poses import find_skeletons, read_actors
from skelgraph.data.iemocap_release import Dialog, Gender, read_release
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.poses import PoseSequence

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
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out}: expected a new or empty folder, but there is something in it")
    dialogs = read_release(Path(root))
    files = find_skeletons(Path(skeletons), dialogs)
    table = (
        {} if panes is None else read_pane_table(Path(panes), [dialog.name for dialog in dialogs])
    )
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
