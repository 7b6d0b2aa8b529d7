"""What kind of folder a folder is: a dataset, recordings without labels, videos, or none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.folder_inventory import Inventory, find_recordings, take_inventory
from skelgraph.data.labels_file import LABELS_FILE
from skelgraph.errors import DatasetError
from skelgraph.io import VIDEO_SUFFIXES

_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class FolderKind:
    """The kind of a folder, told from its files' names and its labels file.

    Args:
        kind: What it is, in a few words.
        facts: Names and values of what is in it.
        advice: The commands to go on with.
    """

    kind: str
    facts: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]


def describe_folder(root: Path) -> FolderKind:
    """Describe a folder that is not itself one recording; no recording is opened.

    Raises:
        DatasetError: If a folder cannot be opened.
    """
    recordings = find_recordings(root)
    datasets = sorted(file.parent for file in root.glob(f"*/{LABELS_FILE}"))
    if datasets and not (root / LABELS_FILE).is_file():
        return FolderKind(
            kind="a folder of datasets",
            facts=(("datasets", name_a_few([folder.name for folder in datasets], _MOST_NAMED)),),
            advice=(f"skelgraph inspect {datasets[0]}",),
        )
    if (root / LABELS_FILE).is_file():
        return _describe_labeled(root, recordings)
    if not recordings:
        return _describe_others(root)
    try:
        inventory = take_inventory(root)
    except DatasetError as error:
        return _describe_unlabeled(root, recordings, error)
    return FolderKind(
        kind="a dataset with a sub-folder for each label",
        facts=(*_list_facts(inventory), *_list_notes(inventory)),
        advice=_advise_dataset(root),
    )


def _describe_labeled(root: Path, recordings: Sequence[Path]) -> FolderKind:
    kind = f"a dataset with a {LABELS_FILE}"
    try:
        inventory = take_inventory(root, allow_absent=True, allow_problems=True)
    except DatasetError as error:
        facts = (("files", _count_suffixes(recordings)), ("cannot be used", str(error)))
        return FolderKind(kind=kind, facts=facts, advice=_advise_dataset(root)[:1])
    return FolderKind(
        kind=kind,
        facts=(*_list_facts(inventory), *_list_notes(inventory)),
        advice=_advise_dataset(root),
    )


def _list_facts(inventory: Inventory) -> list[tuple[str, str]]:
    files = inventory.files
    subjects = [file.subject for file in files if file.subject is not None]
    clips = "clips" if inventory.media or any(not file.file for file in files) else "files"
    known = [("subjects", _count(subjects))] if subjects else []
    return [
        (clips, f"{len(files)}, {_count_suffixes(Path(file.file) for file in files if file.file)}"),
        ("labels", _count(file.label for file in files)),
        *known,
    ]


def _list_notes(inventory: Inventory) -> list[tuple[str, str]]:
    absent = f"{len(inventory.absent)} files: {name_a_few(inventory.absent)}"
    return [
        *([("not there", absent)] if inventory.absent else []),
        *(("wrong", problem) for problem in inventory.problems[:1]),
        *(("note", note) for note in inventory.notes),
    ]


def _describe_unlabeled(root: Path, recordings: Sequence[Path], error: DatasetError) -> FolderKind:
    return FolderKind(
        kind="recordings without labels",
        facts=(
            ("files", f"{len(recordings)}, {_count_suffixes(recordings)}"),
            ("as a dataset", str(error).removeprefix(f"{root}: ").partition("; readable")[0]),
        ),
        advice=(
            f"skelgraph inspect {recordings[0]}",
            f"skelgraph predict RUN {root}",
        ),
    )


def _describe_others(root: Path) -> FolderKind:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    if videos:
        return FolderKind(
            kind="videos, whose skeletons have to be estimated first",
            facts=(("files", f"{len(videos)}, {_count_suffixes(videos)}"),),
            advice=(f"skelgraph extract {root} --out {root.name}-skeletons",),
        )
    if not files:
        return FolderKind(kind="an empty folder", facts=(), advice=())
    return FolderKind(
        kind="a folder without recordings",
        facts=(("files", f"{len(files)}, {_count_suffixes(files)}"),),
        advice=(f"skelgraph inspect {files[0]}",),
    )


def _advise_dataset(root: Path) -> tuple[str, ...]:
    return (f"skelgraph data check {root}", f"skelgraph train --data {root}")


def _count(values: Iterable[str]) -> str:
    counts = Counter(values).most_common()
    return name_a_few([f"{value} ({count})" for value, count in counts], limit=_MOST_NAMED)


def _count_suffixes(paths: Iterable[Path]) -> str:
    return _count(path.suffix.lower() or "no suffix" for path in paths) or "-"
