"""The clips of a dataset that a training takes: of some subjects, modalities or a named split."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from skelgraph.config import Modality, SplitSettings
from skelgraph.data import ClipSet, Part, name_a_few
from skelgraph.errors import DatasetError, SplitError
from skelgraph.evaluation import Split
from skelgraph.training.prepared_data import find_modality

_WORDS: tuple[tuple[str, Part], ...] = (
    ("training", "train"),
    ("train", "train"),
    ("validation", "val"),
    ("valid", "val"),
    ("val", "val"),
    ("dev", "val"),
    ("testing", "test"),
    ("test", "test"),
)
_VIEWS = ("xview", "cv", "crossview")
"""Names of splits that test other views of the takes that train, without marks between words."""


def take_listed_clips(clips: ClipSet, settings: SplitSettings) -> ClipSet:
    """Return the clips that a named split of an archive lists, with their parts.

    A split of two parts tests its validation part, as papers do: another one is drawn from those
    that train. Without a name, the only split is taken; of several, none is, unless the kind is
    ``file``.

    Raises:
        SplitError: If there is no such split, or it is not told which, or a clip is in two parts.
    """
    if settings.name is not None and not clips.splits:
        raise SplitError(
            f"dataset {clips.name!r}: there is no split {settings.name!r}; the data have none by "
            f"name: leave out --split-name"
        )
    if settings.kind not in (None, "file") or clips.parts is not None:
        return clips
    schemes = find_schemes(clips.splits)
    if settings.name is None and len(schemes) != 1:
        if settings.kind is None or not schemes:
            return clips
        raise SplitError(
            f"dataset {clips.name!r} has several splits; choose one with --split-name: "
            f"{', '.join(schemes)}"
        )
    name = next(iter(schemes)) if settings.name is None else settings.name.lower()
    if name not in schemes:
        there = f"there are {', '.join(schemes)}" if schemes else "the data have none"
        raise SplitError(f"dataset {clips.name!r}: there is no split {settings.name!r}; {there}")
    return _take_scheme(clips, schemes[name])


def find_schemes(names: Iterable[str]) -> dict[str, dict[Part, str]]:
    """Return the splits that names of parts spell: the name of each part, by the split's name.

    Example:
        >>> find_schemes(["xsub_train", "xsub_val", "test1", "train1", "all"])
        {'xsub': {'train': 'xsub_train', 'val': 'xsub_val'},
         '1': {'test': 'test1', 'train': 'train1'}}
    """
    schemes: dict[str, dict[Part, str]] = {}
    for name in names:
        small = name.lower()
        for word, part in _WORDS:
            if small.startswith(word) or small.endswith(word):
                rest = small.removeprefix(word) if small.startswith(word) else small[: -len(word)]
                schemes.setdefault(rest.strip("_-. "), {})[part] = name
                break
    return {name: parts for name, parts in schemes.items() if "train" in parts and len(parts) > 1}


def _take_scheme(clips: ClipSet, parts: Mapping[Part, str]) -> ClipSet:
    names: dict[Part, str] = dict(parts)
    if "test" not in names:
        names["test"] = names.pop("val")
    part_of: dict[int, Part] = {}
    for part, name in names.items():
        for clip in clips.splits[name].tolist():
            if part_of.setdefault(clip, part) != part:
                raise SplitError(
                    f"dataset {clips.name!r}: clip {clips.sequences[clip].name!r} is in two parts "
                    f"of a split, one of them {name!r}"
                )
    listed = sorted(part_of)
    left = len(clips) - len(listed)
    note = f"{names['train']} trains, {names['test']} tests"
    taken = clips if not left else clips.take(listed, note=f"{left} clips are in no part")
    return replace(taken, parts=tuple(part_of[clip] for clip in listed), notes=(*taken.notes, note))


def name_split(split: Split, name: str) -> Split:
    """Return a split with the name that an archive gives it in its protocol."""
    marks = str.maketrans("", "", "_-. ")
    return replace(
        split,
        protocol=f"{name}, {split.protocol}",
        tests_views=name.lower().translate(marks) in _VIEWS,
    )


def take_subjects(clips: ClipSet, names: Sequence[str]) -> ClipSet:
    """Return the clips of some subjects; a ``*`` in a name stands for any letters.

    Raises:
        DatasetError: If there is no such subject.
    """
    known = sorted({subject for subject in clips.subjects if subject is not None})
    taken: set[str] = set()
    for name in names:
        found = [name] if name in known else fnmatch.filter(known, name)
        if not found:
            there = f"there are {name_a_few(known)}" if known else "no clip has a subject"
            raise DatasetError(f"dataset {clips.name!r}: there is no subject {name!r}; {there}")
        taken.update(found)
    kept = [clip for clip, subject in enumerate(clips.subjects) if subject in taken]
    return clips.take(kept, note=f"the clips of {', '.join(sorted(taken))} alone")


def require_modalities(clips: ClipSet, modalities: Sequence[Modality]) -> ClipSet:
    """Return the clips of a dataset that have all of some modalities.

    Raises:
        DatasetError: If there is none.
    """
    flags = [find_modality(clips, modality) for modality in modalities]
    kept = [clip for clip, has in enumerate(zip(*flags, strict=True)) if all(has)]
    if len(kept) == len(clips):
        return clips
    left = f"{len(clips) - len(kept)} clips without {' and '.join(modalities)} are left out"
    return clips.take(kept, note=left)
