"""What was left out of a dataset, as every result tells it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skelgraph.data.clip_set import ClipSet, check_label_counts, name_a_few
from skelgraph.data.messages import describe_reasons
from skelgraph.errors import DatasetError


def leave_out_clips(
    clips: ClipSet, reasons: Mapping[int, str], *, min_clips_per_label: int = 2
) -> ClipSet:
    """Return a dataset without clips that cannot be used, given the reason for each.

    Raises:
        DatasetError: If no clip is left, or too few of a label.
    """
    if not reasons:
        return clips
    named = {clips.sequences[clip].name or "": reason for clip, reason in reasons.items()}
    kept = [clip for clip in range(len(clips)) if clip not in reasons]
    if not kept:
        name, reason = next(iter(named.items()))
        raise DatasetError(
            f"dataset {clips.name!r}: none of {len(clips)} clips can be used; the first is {name}: "
            f"{reason}"
        )
    check_label_counts(
        [clips.labels[clip] for clip in kept],
        minimum=min_clips_per_label,
        where=f"dataset {clips.name!r} without {len(named)} clips that cannot be used",
        before=clips.labels if min_clips_per_label > 1 else (),
    )
    left = replace(clips.take(kept, note=""), notes=(*clips.notes, *describe_reasons(named)))
    return replace(left, left_out={**clips.left_out, **named})


def record_left_out(clips: ClipSet) -> dict[str, Any]:
    """Return what a run keeps of the files and clips that were left out; nothing if none were."""
    if not clips.left_out:
        return {}
    left_out = dict(clips.left_out)
    return {"count": len(left_out), "of": len(left_out) + len(clips), "reasons": left_out}


def describe_left_out(record: Mapping[str, Any]) -> str:
    """Return a record of :func:`record_left_out` in a sentence; empty if nothing was left out.

    Example:
        >>> describe_left_out({"count": 1, "of": 9, "reasons": {"a.bvh": "the file is empty"}})
        '1 of 9 clips left out (--skip-bad): a.bvh'
    """
    if not record:
        return ""
    names = name_a_few(list(record["reasons"]))
    return f"{record['count']} of {record['of']} clips left out (--skip-bad): {names}"
