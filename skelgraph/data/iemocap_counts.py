"""A comparison of the contents of a folder with those of the IEMOCAP release.

The release has 151 dialogs and 10,039 labeled utterances. The four classes have 5,531 utterances in
the preparation of MDRE (Yoon, Byun and Jung, SLT 2018), and 5,492 in Shi et al. 2021, section 5.1,
which states neither which 39 it leaves out, nor why.
"""

from collections import Counter
from collections.abc import Sequence

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.iemocap_release import CLASSES, NUM_SESSIONS, Dialog

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
    """Compare the counts of each step of the preparation with the expected ones, one line each.

    Args:
        dialogs: All dialogs of a release, before any is left out.
    """
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
