"""In what the movement of a clip differs from what is typical of each class, in words.

The features are descriptors of :mod:`skelgraph.movement`, whose sources are named there: Laban's
Effort by speed, acceleration and jerk, his Space and Shape by distances and swept space, posture by
tilts and heights (Larboulette and Gibet, MOCO 2015; Volkova et al., PLoS ONE 9(12), e113647, 2014;
EMOKINE, Christensen et al., Behavior Research Methods 56, 2024).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skelgraph.explanation.clip_explanation import Remark
from skelgraph.movement import TypicalMovement, list_descriptors
from skelgraph.typing import FloatArray

_ALIKE = 0.5
"""Least difference that is told, in standard deviations of clips of one class."""

_MOST_SENTENCES = 6


@dataclass(frozen=True, kw_only=True)
class _Direction:
    """Words for both signs of a descriptor, so that no negative length or angle is told.

    Args:
        positive: Direction of a positive value.
        negative: Direction of a negative one.
        more: Comparative of the positive direction.
        less: Comparative of the negative one.
    """

    positive: str
    negative: str
    more: str
    less: str

    def name(self, value: float) -> str:
        """Return the direction of a value."""
        return self.negative if value < 0 else self.positive


_LEANING = _Direction(
    positive="forward", negative="back", more="further forward", less="further back"
)
_DIRECTIONS = {
    "trunk_pitch.mean": _LEANING,
    "head_pitch.mean": _LEANING,
    "higher_hand_height.mean": _Direction(
        positive="above", negative="below", more="higher", less="lower"
    ),
    "hand_forward.mean": _Direction(
        positive="in front of", negative="behind", more="further forward", less="further back"
    ),
}
"""Of the descriptors that have a sign."""


@dataclass(frozen=True, kw_only=True)
class _Wording:
    """How a descriptor is told.

    Args:
        feature: Its name.
        sentence: With ``{}`` for the value and its unit, and ``{direction}`` if it has a sign.
        unit: Unit of what is told.
        convert: From the descriptor to that unit.
        compare: Whether values are told as multiples of each other, or by their difference.
        theme: Of descriptors of one theme, one is told.
    """

    feature: str
    sentence: str
    unit: str
    convert: Callable[[float], float]
    compare: Literal["times", "more"] = "more"
    theme: str

    @property
    def direction(self) -> _Direction | None:
        """Words for its sign; None if it has none."""
        return _DIRECTIONS.get(self.feature)


def _hundred(value: float) -> float:
    return 100 * value


def _degrees(value: float) -> float:
    return float(np.degrees(value))


def _from_log(factor: float, offset: float = 0.0) -> Callable[[float], float]:
    """Return the conversion of a logarithm, to which the descriptor added an offset before."""
    return lambda value: factor * max(float(np.exp(value)) - offset, 0.0)


def _list_wordings(num_dimensions: int) -> tuple[_Wording, ...]:
    speed, jerk = _from_log(100, offset=1e-3), _from_log(1, offset=1e-2)
    rows: list[tuple[str, str, str, Callable[[float], float], Literal["times", "more"], str]] = [
        ("hands.speed_mean", "The hands move at {} on average", "cm/s", speed, "times", "hands"),
        ("hands.speed_p95", "The fastest movements of the hands reach {}", "cm/s", speed, "times",
         "hands"),
        ("head.speed_mean", "The head moves at {} on average", "cm/s", speed, "times", "head"),
        ("upper_body.speed_mean", "The upper body moves at {} on average", "cm/s", speed, "times",
         "body"),
        ("feet.speed_mean", "The feet move at {} on average", "cm/s", speed, "times", "feet"),
        ("hands.jerk_mean", "The jerk of the hands is {}", "m/s³", jerk, "times", "jerk"),
        ("hands.jerk_per_speed",
         "The hands' jerk over their speed, which tells how unsteady they are, is {}", "1/s²",
         _from_log(1), "times", "jerk"),
        ("hands.acceleration_per_speed",
         "The hands' acceleration over their speed, which tells how sudden they are, is {}", "1/s",
         _from_log(1), "times", "sudden"),
        ("hands.peak_rate", "Each hand makes {}", "strokes/s", float, "times", "strokes"),
        ("hands.below_0.08", "The hands rest, below 8 cm/s, for {} of the time", "%", _hundred,
         "more", "rest"),
        ("trunk_pitch.mean", "The trunk leans {direction} by {}", "°", _degrees, "more", "trunk"),
        ("head_pitch.mean", "The head is bent {direction} by {}", "°", _degrees, "more",
         "head bent"),
        ("higher_hand_height.mean", "The higher hand is {} {direction} the hips", "cm", _hundred,
         "more", "height"),
        ("hand_forward.mean", "The hands are {} {direction} the hips", "cm", _hundred, "more",
         "forward"),
        ("hand_distance.mean", "The hands are {} apart", "cm", _hundred, "more", "contraction"),
        ("hands.swept_volume", "Each hand strays by {} from its mean place", "cm",
         lambda value: 100 * float(np.exp(value / num_dimensions)), "times", "swept"),
        ("hand_asymmetry.mean", "The hands are {} from mirroring each other", "cm", _hundred,
         "more", "symmetry"),
        ("hands.speed_imbalance", "The speeds of the hands differ by {} of their sum", "%",
         _hundred, "more", "imbalance"),
        ("upper_body.speed_change", "The second half is {} as fast as the first", "times",
         _from_log(1), "times", "change"),
    ]  # fmt: skip
    known = {one.name for one in list_descriptors(num_dimensions)}
    return tuple(
        _Wording(
            feature=feature, sentence=text, unit=unit, convert=convert, compare=how, theme=theme
        )
        for feature, text, unit, convert, how, theme in rows
        if feature in known
    )


def describe_movement_in_words(
    descriptors: FloatArray,
    num_dimensions: int,
    typical: TypicalMovement | None,
    *,
    classes: Sequence[str],
    spoke_for: Mapping[str, float] | None = None,
) -> tuple[Remark, ...]:
    """Return sentences about a clip, those by which it differs most from the classes first.

    A difference below half a standard deviation of clips of one class is "about as in" that class.
    If nothing is typical because it is not known, the sentences tell the clip's own values.

    Args:
        descriptors: Values (F,) of :func:`skelgraph.movement.list_descriptors`.
        num_dimensions: 2 or 3. In an image, a bone counts as 20 cm.
        typical: What is typical of each class, if it is known.
        classes: The classes in the order of the model.
        spoke_for: How much each feature raised the score of a class, by its name.
    """
    names = [one.name for one in list_descriptors(num_dimensions)]
    found: dict[str, tuple[float, Remark]] = {}
    for wording in _list_wordings(num_dimensions):
        number = names.index(wording.feature)
        value = float(descriptors[number])
        if not np.isfinite(value):
            continue
        known = _find_typical(typical, number, classes)
        spread = 1.0 if typical is None else max(float(typical.spread[number]), 1e-9)
        remark = Remark(
            sentence=_write(wording, value, known, spread),
            feature=wording.feature,
            value=wording.convert(value),
            unit=wording.unit,
            typical={name: wording.convert(one) for name, one in known.items()},
            spoke_for=None if spoke_for is None else spoke_for.get(wording.feature),
        )
        surprise = abs(value - float(np.mean(list(known.values())))) / spread if known else 0.0
        if wording.theme not in found or surprise > found[wording.theme][0]:
            found[wording.theme] = (surprise, remark)
    ordered = sorted(found.values(), key=lambda pair: -pair[0])
    return tuple(remark for _, remark in ordered[:_MOST_SENTENCES])


def _find_typical(
    typical: TypicalMovement | None, number: int, classes: Sequence[str]
) -> dict[str, float]:
    """Return the median of a descriptor for each class for which it is known."""
    if typical is None:
        return {}
    values = {
        name: float(typical.medians[name][number]) for name in classes if name in typical.medians
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _write(wording: _Wording, value: float, typical: Mapping[str, float], spread: float) -> str:
    """Return the sentence: the value, and of which classes more, less or as much is typical."""
    usual = {name: wording.convert(one) for name, one in typical.items()}
    own = wording.convert(value)
    distance = {name: (value - one) / spread for name, one in typical.items()}
    above = {name: usual[name] for name, one in distance.items() if one >= _ALIKE}
    below = {name: usual[name] for name, one in distance.items() if one <= -_ALIKE}
    alike = {name: one for name, one in usual.items() if name not in above and name not in below}
    direction = wording.direction
    clauses = [
        wording.sentence.format(
            _with_unit(_number(own if direction is None else abs(own)), wording.unit),
            direction="" if direction is None else direction.name(own),
        )
    ]
    clauses += [
        f"{_compare(wording, own, list(group.values()))} {_list(group, own, direction)}"
        for group in (above, below)
        if group
    ]
    if alike:
        clauses.append(f"about what is typical of {_list(alike, own, direction)}")
    return f"{'; '.join(clauses)}."


def _compare(wording: _Wording, own: float, usual: Sequence[float]) -> str:
    """Return how a value differs from some typical ones."""
    if wording.compare == "times" and min(usual) > 0:
        return f"{_span([own / one for one in usual])} times what is typical of"
    unit = "points" if wording.unit == "%" else wording.unit
    if wording.direction is not None and any(one * own < 0 for one in usual):
        word = wording.direction.more if own > usual[0] else wording.direction.less
    else:
        word = "more" if abs(own) > abs(usual[0]) else "less"
    span = _span([abs(own - one) for one in usual])
    return f"{_with_unit(span, unit)} {word} than is typical of"


def _span(values: Sequence[float]) -> str:
    low, high = _number(min(values)), _number(max(values))
    return low if low == high else f"{low} to {high}"


def _list(typical: Mapping[str, float], own: float, direction: _Direction | None) -> str:
    """Return classes with their values, and the direction of those on the other side."""
    names = []
    for name, value in typical.items():
        if direction is None:
            names.append(f"{name} ({_number(value)})")
        else:
            side = f" {direction.name(value).removesuffix(' of')}" if value * own < 0 else ""
            names.append(f"{name} ({_number(abs(value))}{side})")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{'' if unit in ('°', '%') else ' '}{unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
