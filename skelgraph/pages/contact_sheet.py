"""A sheet of a dataset's clips, in which wrong axes, swapped joints and bad takes catch the eye."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from skelgraph.pages.clip_encoding import PageClips, count_fitting
from skelgraph.pages.page_file import write_page
from skelgraph.poses import PoseSequence, list_field

_FPS = 30.0


def write_contact_sheet(
    file: Path,
    clips: Sequence[PoseSequence],
    *,
    title: str,
    notes: Sequence[str] = (),
    most_clips: int | None = None,
) -> Path:
    """Write a page with a small picture of each clip, which opens in the player.

    Args:
        file: The page; its folder is made.
        clips: The clips, with their labels where they have any.
        title: Heading of the page.
        notes: What a reader should know.
        most_clips: Most clips that are shown, by default as many as fit; of more, they are taken
            evenly from each label.

    Returns:
        The page's path.

    Raises:
        OSError: If it cannot be written.
    """
    most = count_fitting(clips) if most_clips is None else most_clips
    chosen = choose_clips(list_field(clips, "label"), most)
    page = PageClips(len(chosen), most_fps=_FPS)
    for number in chosen:
        clip = clips[number].load()
        page.add([clip, *clip.partners])
    several = "1 clip" if len(clips) == 1 else f"{len(clips)} clips"
    lead = f"{several}. Point at one to see it move, open it to look closely."
    if len(chosen) < len(clips):
        lead = (
            f"{len(chosen)} of {several}, taken evenly from each label. {lead.partition('. ')[2]}"
        )
    return write_page(
        file,
        "contact.html",
        title=title,
        data=page.data,
        scripts=("sheet.js", "contact.js"),
        lead=lead,
        notes=list(notes),
    )


def choose_clips(labels: Sequence[str | None], most: int) -> list[int]:
    """Return numbers of clips in order, in turns from each label and evenly over its clips.

    Example:
        >>> choose_clips(["joy", "joy", "joy", "joy", "rage"], 3)
        [0, 2, 4]
        >>> choose_clips([None, "joy"], 100)
        [0, 1]
    """
    groups: dict[str | None, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        groups[label].append(number)
    shares = dict.fromkeys(groups, 0)
    left = min(most, len(labels))
    while left:
        for label in groups:
            if left and shares[label] < len(groups[label]):
                shares[label] += 1
                left -= 1
    return sorted(
        group[at * len(group) // shares[label]]
        for label, group in groups.items()
        for at in range(shares[label])
    )
