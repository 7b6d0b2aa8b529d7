"""The halves of the picture in IEMOCAP's videos, and the actors in them.

The picture is 720 x 480 with two cameras side by side. The actor who wears the markers, given by
the sixth letter of the dialog's name, is in the left half, and the other in the right one. Three
public tools agree on this rule; exceptions are listed in a table.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.iemocap_release import Dialog, Gender, Utterance
from skelgraph.errors import DatasetError
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

Pane = str
"""``"left"`` or ``"right"``."""

PANES = ("left", "right")
WIDTH_PX = 720
_MIDDLE_PX = WIDTH_PX / 2
_COLUMNS = ("dialog", "left")
_FEW = 5
_DOUBTFUL = 0.4


def read_pane_table(path: Path | str | None, dialogs: Sequence[Dialog]) -> dict[str, Gender]:
    """Read the table of the actors in the left half.

    Args:
        path: A CSV file with the columns ``dialog`` and ``left``, which is F or M; None for an
            empty table.
        dialogs: All dialogs.

    Raises:
        DatasetError: If it cannot be read, or contains an unknown dialog or actor.
    """
    if path is None:
        return {}
    path, names = Path(path), {dialog.name for dialog in dialogs}
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(StringIO(text)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path}: expected CSV in UTF-8, but it cannot be read: {error}"
        ) from error
    if not rows or not set(_COLUMNS) <= set(rows[0]):
        raise DatasetError(
            f"{path}: expected the columns {','.join(_COLUMNS)} and a line such as "
            f"Ses01F_impro01,M for a dialog in which the man is in the left half"
        )
    table: dict[str, Gender] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        dialog, left = ((row[column] or "").strip() for column in _COLUMNS)
        if dialog not in names:
            problems.append(f"line {number}: there is no dialog {dialog!r}")
        elif left not in ("F", "M"):
            problems.append(f"line {number}: expected F or M in the left half, but got {left!r}")
        else:
            table[dialog] = "F" if left == "F" else "M"
    if problems:
        raise DatasetError(f"{path}: {name_a_few(problems)}")
    return table


def place_actors(dialog: Dialog, table: Mapping[str, Gender]) -> dict[Gender, Pane]:
    """Return the half of the picture of each actor of a dialog."""
    left = table.get(dialog.name, dialog.wearer)
    return {"F": "left", "M": "right"} if left == "F" else {"M": "left", "F": "right"}


def pick_pane(persons: Sequence[PoseSequence], pane: Pane, path: Path) -> PoseSequence | None:
    """Select the person in one half of the picture.

    The position of a person is the median center of the box around the joints. If the tracker has
    split the actor into several persons, they are merged: in each frame, the person with the
    longest track is taken.

    Raises:
        DatasetError: If the coordinates are not pixels of that picture.
    """
    visible = [person for person in persons if person.present.any()]
    for person in visible:
        if person.num_dimensions != 2 or np.nanmax(person.positions[:, :, 0]) > 1.25 * WIDTH_PX:
            raise DatasetError(
                f"{path}: expected pixels of a video {WIDTH_PX} wide, to tell the actors by the "
                f"half they are in; for other files give each actor one: {path.stem}_F and "
                f"{path.stem}_M, or {path.stem}_left and {path.stem}_right"
            )
    inside = [
        person for person in visible if (_find_middle(person) < _MIDDLE_PX) == (pane == "left")
    ]
    inside.sort(key=lambda person: -int(person.present.any(axis=1).sum()))
    if not inside:
        return None
    positions = inside[0].positions.copy()
    confidence = None if inside[0].confidence is None else inside[0].confidence.copy()
    for other in inside[1:]:
        missing = np.flatnonzero(np.isnan(positions[:, :, 0]).all(axis=1))
        missing = missing[missing < other.num_frames]
        positions[missing] = other.positions[missing]
        if confidence is not None and other.confidence is not None:
            confidence[missing] = other.confidence[missing]
    return replace(inside[0], positions=positions, confidence=confidence)


def _find_middle(person: PoseSequence) -> float:
    """Return the median column of the person."""
    columns = person.positions[person.present.any(axis=1), :, 0]
    return float(np.median((np.nanmin(columns, axis=1) + np.nanmax(columns, axis=1)) / 2))


def count_livelier(
    utterances: Sequence[Utterance], actors: Mapping[Gender, PoseSequence]
) -> tuple[int, int]:
    """Count the utterances in which the speaker moves more than the listener.

    Speeds are relative to the actor's median speed over the dialog.

    Returns:
        That count, and the number of utterances in which both are visible.
    """
    if len(actors) < 2:
        return 0, 0
    speeds = {gender: _measure_speed(actor) for gender, actor in actors.items()}
    livelier = counted = 0
    for utterance in utterances:
        means = {}
        for gender, speed in speeds.items():
            fps = actors[gender].fps
            own = speed[round(utterance.start_s * fps) : round(utterance.end_s * fps)]
            means[gender] = np.nanmean(own) if np.isfinite(own).any() else np.nan
        speaker = means.pop(utterance.speaker)
        (listener,) = means.values()
        if np.isfinite(speaker) and np.isfinite(listener):
            counted += 1
            livelier += bool(speaker > listener)
    return livelier, counted


def _measure_speed(person: PoseSequence) -> FloatArray:
    """Compute the mean speed (T,) of the joints relative to its median; NaN if not visible."""
    steps = np.linalg.norm(np.diff(person.positions.astype(np.float64), axis=0), axis=2)
    is_visible = ~np.isnan(steps)
    count = is_visible.sum(axis=1)
    total = np.where(is_visible, steps, 0.0).sum(axis=1)
    speed = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    usual = np.nanmedian(speed) if (count > 0).any() else np.nan
    relative: FloatArray = speed / usual if usual > 0 else np.full_like(speed, np.nan)
    return relative


def describe_panes(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    """Report whether the actors seem to be in the expected halves."""
    livelier, counted = (sum(pair[number] for pair in counts.values()) for number in (0, 1))
    if not counted:
        return []
    lines = [
        f"halves of the picture: the speaker moves more than the listener in "
        f"{livelier / counted:.0%} of {counted} utterances (half would be chance; much less, and "
        f"the actors are exchanged)"
    ]
    doubtful = [
        f"{dialog} ({ours} of {all_})"
        for dialog, (ours, all_) in counts.items()
        if all_ >= _FEW and ours < _DOUBTFUL * all_
    ]
    if doubtful:
        lines.append(
            f"the listener moves more than the speaker in {name_a_few(doubtful)}: look at these "
            f"videos, and name who is in the left half in a table (--panes)"
        )
    return lines
