"""The spellings of a coordinate's column, and the one that a table has.

Beside positions a table may hold rotations, velocities and the like, told by a word
(``Head_vel_x``) or by a letter before the axis: ``Head_qx``, ``Head.rx``, ``HeadVX``.
"""

import re
from collections.abc import Sequence

AXES = ("x", "y", "z")
CONFIDENCE = "confidence"
CONFIDENCE_WORDS = (
    *(CONFIDENCE, "conf", "likelihood", "score", "probability", "prob", "visibility", "visible"),
    *("c", "p", "v"),
)
"""Usual words for a confidence, the best first."""

_PART = "|".join((*AXES, *sorted(CONFIDENCE_WORDS, key=len, reverse=True)))
_GAP = r"[\s_.:/-]+"
_GLUED = (
    re.compile(rf"(?P<joint>.+?)(?P<part>{_PART})", re.IGNORECASE),
    re.compile(rf"(?P<part>{_PART})(?P<joint>.+)", re.IGNORECASE),
)
_SPELLINGS = (
    re.compile(rf"(?P<joint>.+)_(?P<part>{'|'.join(AXES)}|{CONFIDENCE})", re.IGNORECASE),
    re.compile(rf"(?P<joint>.+?){_GAP}(?P<part>{_PART})", re.IGNORECASE),
    re.compile(rf"(?P<joint>.+?)\s*[\[({{]\s*(?P<part>{_PART})\s*[\])}}]", re.IGNORECASE),
    re.compile(rf"(?P<part>{_PART}){_GAP}(?P<joint>.+)", re.IGNORECASE),
    *_GLUED,
)
"""Spellings of a coordinate; the first is the one that is written."""

_POSITION = re.compile(
    rf"(?P<joint>.+?)(?:{_GAP}(?i:pos|position|loc|location|coord|coordinate|translation|trans)"
    r"|(?<=[a-z0-9])(?:Pos|Position|Loc|Location|Coord|Translation|Trans))"
)
_NO_POSITION = re.compile(
    rf".+(?:{_GAP}(?i:rot|rotation|vel|velocity|acc|acceleration|quat|quaternion|orientation|ori"
    r"|euler|angle|gyro|scale)|(?<=[a-z0-9])(?:Rot|Rotation|Vel|Velocity|Acc|Acceleration|Quat"
    r"|Quaternion|Orientation|Ori|Euler|Angle|Gyro|Scale))"
)
_KINDS = frozenset("rqvaw")
"""Letters before the axis of rotations, quaternions, velocities and accelerations."""
_POSITION_KINDS = frozenset("tp")
_KIND = re.compile(r"(?P<joint>.+?)(?P<gap>[\s_.:/-]*)(?P<kind>[a-z])", re.IGNORECASE)

Parts = dict[str, dict[str, int]]


def match_parts(names: Sequence[str]) -> Parts:
    """Return the columns of each joint in the spelling in which most joints have x and y.

    Of spellings with as many joints it is the one with the most columns. One without a separator
    must have more joints of its own than those with one have in all.
    """
    best: Parts = {}
    most = (0, 0)
    for spelling in _SPELLINGS:
        parts = _drop_kinds(_match_spelling(names, spelling), is_glued=spelling in _GLUED)
        complete = _complete(parts)
        if spelling in _GLUED:
            complete = [joint for joint in complete if not joint.startswith(tuple(best))]
        score = (len(complete), sum(map(len, parts.values())))
        is_better = score[0] > most[0] if best and spelling in _GLUED else score > most
        if complete and is_better:
            best, most = parts, score
    return _keep_positions(best)


def _complete(parts: Parts) -> list[str]:
    return [joint for joint, found in parts.items() if {"x", "y"} <= set(found)]


def _drop_kinds(parts: Parts, *, is_glued: bool) -> Parts:
    """Leave out joints with a letter of rotations and the like; ``Head_T`` beside them is ``Head``.

    Letters among which are others, such as L beside R, are part of the joints' names.
    """
    matches = {joint: match for joint in parts if (match := _KIND.fullmatch(joint))}
    kinds = {
        joint: match["kind"].lower()
        for joint, match in matches.items()
        if match["gap"] or match["joint"] in parts or _has_sibling(match, parts)
    }
    letters = set(kinds.values())
    has_positions = bool(letters & _POSITION_KINDS)
    if not letters & _KINDS or letters - _KINDS - _POSITION_KINDS:
        return parts
    kept: Parts = {}
    for joint, found in parts.items():
        kind = kinds.get(joint)
        base = matches[joint]["joint"] if kind else joint
        if kind in _KINDS and (is_glued or has_positions or base in parts):
            continue
        is_position = kind in _POSITION_KINDS and base not in parts
        kept[base if is_position else joint] = found
    return kept


def _has_sibling(match: re.Match[str], parts: Parts) -> bool:
    """Whether a joint without a separator has the letters of both a position and another kind."""
    joint, letter = match["joint"], match["kind"]
    letters = {kind for kind in "tprqvaw" if joint + _like(kind, letter) in parts}
    return bool(letters & _KINDS) and bool(letters & _POSITION_KINDS)


def _like(letter: str, example: str) -> str:
    return letter.upper() if example.isupper() else letter


def _match_spelling(names: Sequence[str], spelling: re.Pattern[str]) -> Parts:
    parts: Parts = {}
    for number, name in enumerate(names):
        match = spelling.fullmatch(name)
        if match is not None:
            parts.setdefault(match["joint"], {}).setdefault(match["part"].lower(), number)
    if spelling in _GLUED:  # "index" ends in x by chance
        return {joint: found for joint, found in parts.items() if {"x", "y"} <= set(found)}
    return {joint: found for joint, found in parts.items() if set(AXES) & set(found)}


def _keep_positions(parts: Parts) -> Parts:
    """Leave out rotations, velocities and the like; joints lose the word "position"."""
    parts = {joint: found for joint, found in parts.items() if not _NO_POSITION.fullmatch(joint)}
    matches = [_POSITION.fullmatch(joint) for joint in parts]
    joints = [match["joint"] for match in matches if match]
    if len(joints) < len(parts) or len(set(joints)) < len(parts):
        return parts
    return dict(zip(joints, parts.values(), strict=True))
