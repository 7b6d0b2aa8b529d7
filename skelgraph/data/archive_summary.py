"""What an archive holds, in a few lines."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from skelgraph.data.archive_cache import open_archive_file
from skelgraph.data.clip_set import name_a_few
from skelgraph.io import Archive, find_archive_format, parse_ntu_numbers
from skelgraph.layouts import JointLayout

_MOST_NAMED = 12


def count_archive_clips(path: Path) -> int:
    """Return the number of clips of an archive, which the cache does not keep; 0 if it is none.

    Raises:
        FormatError: If it is an archive that is damaged.
    """
    if find_archive_format(path) is None:
        return 0
    return len(open_archive_file(path, use_cache=False)[0])


def holds_many_clips(path: Path) -> bool:
    """Return whether a file is an archive of more than one clip.

    Raises:
        FormatError: If it is an archive that is damaged.
    """
    return find_archive_format(path) is not None and len(open_archive_file(path)[0]) > 1


def summarize_archive(path: Path, *, layout: JointLayout | None = None) -> Mapping[str, str]:
    """Return what an archive holds: counts, lengths, splits.

    Args:
        path: The archive.
        layout: Layout of a file that does not tell it.

    Raises:
        DatasetError: If it is none.
        FormatError: If it is damaged.
    """
    archive, _ = open_archive_file(path)
    index = archive.index
    frames = index.num_frames
    persons = Counter(index.count_persons().tolist())
    rates = Counter("not told" if rate != rate else f"{rate:g}" for rate in index.rates.tolist())
    return {
        "format": f"{index.format}, an archive of many clips",
        "clips": str(len(index)),
        "classes": _count(index.labels),
        "subjects": _count(index.subjects),
        "recordings": str(len(set(index.recordings) - {""})),
        **_describe_ntu(index.names),
        "splits": ", ".join(f"{part} ({len(clips)})" for part, clips in index.splits.items())
        or "none by name",
        "persons": ", ".join(f"{number} in {count}" for number, count in sorted(persons.items()))
        + " clips",
        "lengths": f"{frames.min()} to {frames.max()} frames, median {np.median(frames):g}",
        "frame rates": name_a_few([f"{rate} ({count})" for rate, count in rates.most_common()]),
        "layouts": name_a_few(_describe_bodies(archive, layout)),
    }


def _count(values: Iterable[str]) -> str:
    """Return how many values there are, and how often the most frequent ones occur."""
    counts = Counter(values)
    unknown = counts.pop("", 0)
    told = [f"{value} ({count})" for value, count in counts.most_common()]
    parts = [f"{len(told)}: {name_a_few(told, limit=_MOST_NAMED)}"] if told else []
    return "; ".join([*parts, *([f"{unknown} clips do not tell it"] if unknown else [])])


def _describe_ntu(names: Iterable[str]) -> Mapping[str, str]:
    """Return cameras and setups if all names tell them."""
    numbers = [parse_ntu_numbers(name) for name in names]
    known = [one for one in numbers if one is not None]
    if len(known) < len(numbers):
        return {}
    return {
        "cameras": _count(str(one.camera) for one in known),
        "setups": _count(str(one.setup) for one in known),
    }


def _describe_bodies(archive: Archive, layout: JointLayout | None) -> list[str]:
    counts = Counter(archive.index.body.tolist())
    described = []
    for number, count in counts.most_common():
        body = archive.index.bodies[number]
        known = body.layout or layout or body.assume_layout()
        name = "layout not known, " if known is None else f"{known.name}, "
        scores = ", with confidence" if body.has_confidence else ""
        unit = f", unit {body.unit}" if body.unit else ""
        described.append(
            f"{name}{body.num_joints} joints in {body.num_dimensions}D{scores}{unit} ({count})"
        )
    return described
