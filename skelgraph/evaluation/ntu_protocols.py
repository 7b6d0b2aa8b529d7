"""The protocols of NTU RGB+D 60 and 120: who, which view or which setup is tested.

Shahroudy et al., CVPR 2016, section 3.2; Liu et al., TPAMI 42(10), 2020, section 3.3.
"""

from collections.abc import Sequence

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.io import NtuNumbers, parse_ntu_numbers

_SUBJECTS_60 = (*(1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38),)
_SUBJECTS_120 = (
    *_SUBJECTS_60,
    *(45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86),
    *(89, 91, 92, 93, 94, 95, 97, 98, 100, 103),
)
_CAMERAS = (2, 3)
_LAST_OF_60 = NtuNumbers(setup=17, camera=3, performer=40, repetition=2, action=60)


def divide_ntu_clips(kind: SplitKind, names: Sequence[str]) -> tuple[list[str], str]:
    """Return the part of each clip, ``"train"`` or ``"test"``, and the protocol in words.

    - ``xsub``: the training subjects of NTU RGB+D 60, or of 120 if some clip is of 120 alone.
    - ``xview``: cameras 2 and 3 train, and camera 1, which saw the same takes, tests.
    - ``xset``: even setups train.

    Args:
        kind: The protocol.
        names: Names of the clips, as S001C002P003R001A004.

    Raises:
        SplitError: If a name has another form.
    """
    numbers = [parse_ntu_numbers(name) for name in names]
    unlike = [name for name, known in zip(names, numbers, strict=True) if known is None]
    if unlike:
        raise SplitError(
            f"the split {kind!r} needs names as S001C002P003R001A004, but {len(unlike)} of "
            f"{len(names)} clips have others (the first is {unlike[0]!r}); choose another split"
        )
    known = [one for one in numbers if one is not None]
    if kind == "xview":
        trained = [one.camera in _CAMERAS for one in known]
        words = "xview: camera 1 tests, cameras 2 and 3, which saw the same takes, train"
    elif kind == "xset":
        trained = [one.setup % 2 == 0 for one in known]
        words = "xset: odd setups test, even ones train"
    else:
        of_120 = any(_is_of_120(one) for one in known)
        subjects = set(_SUBJECTS_120 if of_120 else _SUBJECTS_60)
        trained = [one.performer in subjects for one in known]
        words = f"xsub: the {len(subjects)} training subjects of NTU RGB+D {120 if of_120 else 60}"
    return ["train" if one else "test" for one in trained], words


def _is_of_120(one: NtuNumbers) -> bool:
    last = _LAST_OF_60
    return one.setup > last.setup or one.performer > last.performer or one.action > last.action
