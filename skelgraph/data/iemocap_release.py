"""Labels, transcripts and audio of IEMOCAP, as stored in the release.

``Session1`` to ``Session5`` hold, for each dialog, ``dialog/EmoEvaluation/<dialog>.txt`` (only
lines that start with ``[`` are utterances, the others are ratings of single annotators; sub-folders
hold more of these), ``dialog/transcriptions/<dialog>.txt`` (lines that do not start with ``Ses``
are remarks) and ``sentences/wav/<dialog>/<utterance>.wav``. Text is Latin-1. Files whose names
start with ``._`` are file system artifacts. Times are seconds from the start of the dialog; lines
are not sorted by time, and turns overlap.

A name such as ``Ses01F_script02_1_M003`` means: session 1, the woman wears the markers, scripted
dialog 02_1, the man speaks. Turns whose number starts with ``XX`` have no label.

Busso et al., "IEMOCAP: interactive emotional dyadic motion capture database", Language Resources
and Evaluation 42, 2008.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skelgraph.data.clip_set import name_a_few
from skelgraph.errors import DatasetError

CLASSES = {"ang": "angry", "hap": "happy", "exc": "happy", "sad": "sad", "neu": "neutral"}
"""The four classes of the paper; excitement is merged into happiness."""

NUM_SESSIONS = 5

Gender = Literal["F", "M"]

_UTTERANCE = re.compile(
    r"(?P<dialog>Ses0[1-5][FM]_(?:impro|script)\d\d[a-z]?(?:_\d[a-z]?)?)_(?P<speaker>[FM])(\d{3}|XX\d)"
)
_LABEL = re.compile(r"\[\s*(\d+(?:\.\d*)?)\s*-\s*(\d+(?:\.\d*)?)\s*\]\s+(\S+)\s+([a-z]{3})\b")


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One labeled turn of a dialog, such as ``Ses01F_impro01_M003``, with times in the dialog.

    The code is its label, such as ``ang``; ``xxx`` if the annotators did not agree.
    """

    name: str
    dialog: str
    code: str
    start_s: float
    end_s: float
    text: str | None
    audio: Path | None

    @property
    def speaker(self) -> Gender:
        """The speaker: the woman or the man of the session."""
        return "F" if self.name[len(self.dialog) + 1] == "F" else "M"

    @property
    def subject(self) -> str:
        """The speaker among all ten, such as ``Ses01M``."""
        return self.dialog[:5] + self.speaker

    @property
    def label(self) -> str | None:
        """Its class; None if it is not among the four classes."""
        return CLASSES.get(self.code)


@dataclass(frozen=True, kw_only=True)
class Dialog:
    """One dialog: its labeled utterances in the order of the label file, and its text files.

    In a name such as ``Ses01F_impro01``, the sixth letter is the actor with the markers.
    """

    name: str
    utterances: tuple[Utterance, ...]
    files: tuple[Path, ...]

    @property
    def session(self) -> int:
        """Number of the session."""
        return int(self.name[3:5])

    @property
    def wearer(self) -> Gender:
        """The actor who wears the markers."""
        return "F" if self.name[5] == "F" else "M"

    @property
    def is_scripted(self) -> bool:
        """Whether it follows a script; otherwise it is improvised."""
        return "_script" in self.name


def read_release(root: Path, *, cut_at_colon: bool = False) -> list[Dialog]:
    """Read the dialogs of a release and their utterances, sorted by name.

    Some sessions may be missing; ``cut_at_colon`` cuts a transcript at its first colon, as MDRE
    does.

    Raises:
        DatasetError: If the folder does not hold a release, a label file is malformed, or files
            cannot be read.
    """
    files = list(_find_label_files(root))
    if not files:
        raise DatasetError(
            f"{root}: expected the IEMOCAP release, with Session1/dialog/EmoEvaluation/Ses*.txt "
            f"and so on to Session{NUM_SESSIONS}, but there is none; name the folder that holds "
            f"Session1"
        )
    return [_read_dialog(file, cut_at_colon) for file in files]


def _find_label_files(root: Path) -> Iterator[Path]:
    for session in range(1, NUM_SESSIONS + 1):
        folder = root / f"Session{session}" / "dialog" / "EmoEvaluation"
        yield from sorted(file for file in folder.glob("Ses*.txt") if file.is_file())


def _read_dialog(file: Path, cut_at_colon: bool) -> Dialog:
    folder = file.parents[2]
    transcript = folder / "dialog" / "transcriptions" / file.name
    texts = _read_texts(transcript, cut_at_colon) if transcript.is_file() else {}
    sounds = folder / "sentences" / "wav" / file.stem
    audio_files = {path.stem: path for path in sounds.glob("Ses*.wav")}
    utterances = tuple(
        Utterance(
            name=name,
            dialog=file.stem,
            code=code,
            start_s=start_s,
            end_s=end_s,
            text=texts.get(name),
            audio=audio_files.get(name),
        )
        for name, code, start_s, end_s in _read_labels(file)
    )
    files = (file, transcript) if transcript.is_file() else (file,)
    return Dialog(name=file.stem, utterances=utterances, files=files)


def _read_labels(file: Path) -> list[tuple[str, str, float, float]]:
    """Read the name, code, start and end of each utterance."""
    utterances = []
    problems = []
    for number, line in enumerate(_read_lines(file), start=1):
        if not line.startswith("["):
            continue
        match = _LABEL.match(line)
        name = _UTTERANCE.fullmatch(match[3]) if match else None
        if match is None or name is None or name["dialog"] != file.stem:
            problems.append(
                f"line {number}: expected [start - end], an utterance of {file.stem} and its label"
            )
        elif not float(match[1]) < float(match[2]):
            problems.append(f"line {number}: expected an end after {match[1]}, but got {match[2]}")
        else:
            utterances.append((match[3], match[4], float(match[1]), float(match[2])))
    names = [name for name, *_ in utterances]
    problems += [f"{name} has two labels" for name in sorted({*names}) if names.count(name) > 1]
    if problems:
        raise DatasetError(f"{file}: {name_a_few(problems)}")
    return utterances


def _read_texts(file: Path, cut_at_colon: bool) -> dict[str, str]:
    """Read the transcript of each turn."""
    texts: dict[str, str] = {}
    for line in _read_lines(file):
        head, colon, text = line.partition(":")
        name = head.split()[0] if head.split() else ""
        if colon and _UTTERANCE.fullmatch(name):
            kept = text.partition(":")[0] if cut_at_colon else text
            texts.setdefault(name, kept.strip())
    return texts


def _read_lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise DatasetError(f"{file}: cannot be opened: {error.strerror}") from error


DIALOGS_PER_SESSION = (28, 30, 32, 30, 31)
UTTERANCES_PER_SESSION = (1819, 1811, 2136, 2103, 2170)
UTTERANCES_PER_CODE = {
    "ang": 1103,
    "hap": 595,
    "exc": 1041,
    "sad": 1084,
    "neu": 1708,
    "xxx": 2507,
    "fru": 1849,
    "sur": 107,
    "fea": 40,
    "oth": 3,
    "dis": 2,
}
PAPER = {"angry": 1102, "happy": 1606, "neutral": 1703, "sad": 1081}


def describe_counts(dialogs: Sequence[Dialog]) -> list[str]:
    """Compare the counts of each step of the preparation with the expected ones, one line each."""
    utterances = [utterance for dialog in dialogs for utterance in dialog.utterances]
    codes = Counter(utterance.code for utterance in utterances)
    lines = [
        _compare("dialogs", len(dialogs), sum(DIALOGS_PER_SESSION)),
        _compare("labeled utterances", len(utterances), sum(UTTERANCES_PER_SESSION)),
        *_find_sessions_that_differ(dialogs),
        *_find_codes_that_differ(codes),
    ]
    four = sum(codes[code] for code in CLASSES)
    of_mdre = dict.fromkeys(PAPER, 0)
    for code, name in CLASSES.items():
        of_mdre[name] += UTTERANCES_PER_CODE[code]
    lines.append(
        _compare("utterances of the four classes", four, sum(of_mdre.values()))
        + f"; the paper uses {sum(PAPER.values())} and does not say which"
    )
    counts = Counter(CLASSES[code] for code in codes.elements() if code in CLASSES)
    classes = [
        f"{name} {counts[name]} (MDRE {of_mdre[name]}, the paper {PAPER[name]})" for name in PAPER
    ]
    merged = f"happy is hap {codes['hap']} and exc {codes['exc']} together"
    return [*lines, f"{', '.join(classes)}; {merged}"]


def _compare(what: str, count: int, expected: int) -> str:
    if count == expected:
        return f"{count} {what}, as in the full release"
    return f"{count} {what}, but the full release has {expected}: {_differ(count - expected)}"


def _differ(difference: int) -> str:
    return f"{abs(difference)} {'fewer' if difference < 0 else 'more'}"


def _find_sessions_that_differ(dialogs: Sequence[Dialog]) -> list[str]:
    there = Counter(dialog.session for dialog in dialogs)
    said = Counter(dialog.session for dialog in dialogs for _ in dialog.utterances)
    differences = [
        f"Session{session}: {there[session]} of {DIALOGS_PER_SESSION[session - 1]} dialogs, "
        f"{said[session]} of {UTTERANCES_PER_SESSION[session - 1]} utterances"
        for session in range(1, NUM_SESSIONS + 1)
        if there[session] != DIALOGS_PER_SESSION[session - 1]
        or said[session] != UTTERANCES_PER_SESSION[session - 1]
    ]
    return [f"sessions that differ: {'; '.join(differences)}"] if differences else []


def _find_codes_that_differ(codes: Counter[str]) -> list[str]:
    differences = [
        f"{code} {codes[code]} of {expected}"
        for code, expected in UTTERANCES_PER_CODE.items()
        if codes[code] != expected
    ]
    unknown = sorted(set(codes) - set(UTTERANCES_PER_CODE))
    lines = [f"labels that differ: {', '.join(differences)}"] if differences else []
    return [*lines, *([f"unknown labels: {name_a_few(unknown)}"] if unknown else [])]


def describe_gaps(dialogs: Sequence[Dialog]) -> list[str]:
    """List the missing files of the utterances of the four classes, one line per kind of file."""
    used = [turn for dialog in dialogs for turn in dialog.utterances if turn.label]
    silent = [utterance.name for utterance in used if utterance.audio is None]
    unwritten = [utterance.name for utterance in used if utterance.text is None]
    return [
        f"{len(names)} of {len(used)} utterances have no {what}: {name_a_few(names)}"
        for names, what in (
            (silent, "wav file in sentences/wav"),
            (unwritten, "line in dialog/transcriptions"),
        )
        if names
    ]
