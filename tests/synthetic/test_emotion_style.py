"""Blending of styles, and the published directions in the table itself."""

import pytest

from skelgraph.synthetic.emotion_style import EMOTIONS, STYLES


def test_the_emotions_are_those_of_the_paper():
    assert EMOTIONS == ("angry", "happy", "sad", "neutral")


def test_blending_goes_from_one_style_to_the_other_in_ratios():
    neutral, sad = STYLES["neutral"], STYLES["sad"]
    assert neutral.toward(sad, 0.0) == neutral
    half = neutral.toward(sad, 0.5)
    assert half.stroke_s == pytest.approx((neutral.stroke_s * sad.stroke_s) ** 0.5)
    assert half.pause == pytest.approx((neutral.pause + sad.pause) / 2)
    assert neutral.toward(sad, 1.0).head_down_deg == pytest.approx(sad.head_down_deg)


def test_a_strength_beyond_one_never_makes_a_size_negative():
    beyond = STYLES["angry"].toward(STYLES["sad"], 5.0)
    assert beyond.rebound == 0.0
    assert beyond.bounce_deg == 0.0
    assert beyond.irregularity > 0.0
    assert beyond.lateral > 0.0


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("stroke_s", ("angry", "neutral", "sad")),
        ("stroke_s", ("happy", "neutral", "sad")),
        ("amplitude", ("sad", "neutral", "happy")),
        ("rebound", ("happy", "angry")),
        ("bounce_deg", ("angry", "happy")),
        ("lean_deg", ("neutral", "angry")),
        ("head_down_deg", ("happy", "neutral", "sad")),
    ],
)
def test_styles_are_ordered_as_published(field, order):
    values = [getattr(STYLES[emotion], field) for emotion in order]
    assert values == sorted(values)
    assert len(set(values)) == len(values)
