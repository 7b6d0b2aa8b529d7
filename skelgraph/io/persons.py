"""Files of several clips or persons."""

import re
from typing import NamedTuple

_MSR_NAME = re.compile(r"(?<![A-Za-z0-9])(?:(a\d+)_)?(s\d+)_(e\d+)(?![A-Za-z0-9])", re.ASCII | re.I)
_NTU_NAME = re.compile(r"(S\d{3})(C\d{3})(P\d{3})(R\d{3})(A\d{3})", re.ASCII)


def name_persons(clip: str, count: int) -> list[str]:
    """Return the names of a clip's persons: a single person has the clip's name.

    Example:
        >>> name_persons("walk", 1), name_persons("hug", 2)
        (['walk'], ['hug#1', 'hug#2'])
    """
    return [clip] if count == 1 else [f"{clip}#{number}" for number in range(1, count + 1)]


def parse_ntu_name(clip: str) -> tuple[str, str, str] | None:
    """Parse subject, recording and label of a name in the form of NTU RGB+D; None for others.

    Three cameras see each performance; they are one recording, so that no camera's view can be
    tested after another's was trained on.

    Example:
        >>> parse_ntu_name("S001C002P003R002A013.skeleton")
        ('P003', 'S001P003R002A013', 'A013')
    """
    match = _NTU_NAME.search(clip)
    if match is None:
        return None
    setup, _, performer, repetition, action = match.groups()
    return performer, f"{setup}{performer}{repetition}{action}", action


def parse_clip_name(clip: str) -> tuple[str | None, str | None, str | None] | None:
    """Parse subject, recording and label of a name in a known form; None for others.

    The forms are those of NTU RGB+D (:func:`parse_ntu_name`), MSR Action3D (``a01_s02_e03``:
    action, subject, take) and UTKinect-Action3D (``s02_e03``: subject, take of all actions).

    Example:
        >>> parse_clip_name("a01_s02_e03_skeleton")
        ('s02', 'a01_s02_e03', 'a01')
        >>> parse_clip_name("joints_s02_e03")
        ('s02', 's02_e03', None)
    """
    match = _MSR_NAME.search(clip)
    if match is None:
        return parse_ntu_name(clip)
    action, subject, _ = match.groups()
    return subject, match[0], action


class NtuNumbers(NamedTuple):
    """The numbers of a name in the form of NTU RGB+D."""

    setup: int
    camera: int
    performer: int
    repetition: int
    action: int


def parse_ntu_numbers(clip: str) -> NtuNumbers | None:
    """Parse the numbers of a name in the form of NTU RGB+D; None for others.

    Example:
        >>> parse_ntu_numbers("S001C002P003R002A013.skeleton")
        NtuNumbers(setup=1, camera=2, performer=3, repetition=2, action=13)
    """
    match = _NTU_NAME.search(clip)
    return None if match is None else NtuNumbers(*(int(part[1:]) for part in match.groups()))
