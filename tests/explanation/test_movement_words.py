"""Sentences about movement, and what is typical of a class."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.explanation.clip_explanation import Attribution, Faithfulness
from skelgraph.explanation.feature_weights import weigh_features
from skelgraph.explanation.moments import find_moments
from skelgraph.explanation.movement_words import describe_movement_in_words
from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.movement import (
    TypicalMovement,
    fit_feature_model,
    list_descriptors,
    measure_motion,
    measure_typical,
)
from skelgraph.poses import PoseSequence

NAMES = [one.name for one in list_descriptors(3)]
CLASSES = ("calm", "sad", "wild")


def make_typical(**medians: tuple[float, ...]) -> TypicalMovement:
    """Typical values of three classes, of some descriptors; clips of a class differ by 0.1."""
    rows = np.full((3, len(NAMES)), np.nan)
    for name, values in medians.items():
        rows[:, NAMES.index(name.replace("__", "."))] = values
    return TypicalMovement(
        num_dimensions=3,
        clips=dict.fromkeys(CLASSES, 9),
        medians=dict(zip(CLASSES, rows, strict=True)),
        spread=np.full(len(NAMES), 0.1),
    )


def make_values(**values: float) -> np.ndarray:
    descriptors = np.full(len(NAMES), np.nan)
    for name, value in values.items():
        descriptors[NAMES.index(name.replace("__", "."))] = value
    return descriptors


def log_speed(m_s: float) -> float:
    return float(np.log(m_s + 1e-3))


def test_speeds_are_compared_as_multiples_in_cm_per_second() -> None:
    typical = make_typical(
        hands__speed_mean=(log_speed(0.2), log_speed(0.1), log_speed(0.8)),
    )
    (remark,) = describe_movement_in_words(
        make_values(hands__speed_mean=log_speed(0.4)), 3, typical, classes=CLASSES
    )
    assert remark.sentence == (
        "The hands move at 40 cm/s on average; 2 to 4 times what is typical of calm (20) and sad "
        "(10); 0.5 times what is typical of wild (80)."
    )
    assert (remark.feature, remark.unit) == ("hands.speed_mean", "cm/s")
    assert remark.value == pytest.approx(40)
    assert remark.typical == pytest.approx({"calm": 20, "sad": 10, "wild": 80})
    assert remark.spoke_for is None


def test_angles_and_shares_are_compared_by_their_difference() -> None:
    typical = make_typical(
        trunk_pitch__mean=tuple(np.radians([10, 30, 11])),
        **{"hands__below_0.08": (0.5, 0.8, 0.5)},
    )
    values = make_values(trunk_pitch__mean=np.radians(10), **{"hands__below_0.08": 0.2})
    rest, trunk = describe_movement_in_words(
        values, 3, typical, classes=CLASSES, spoke_for={"trunk_pitch.mean": 0.25}
    )
    assert rest.sentence == (
        "The hands rest, below 8 cm/s, for 20% of the time; 30 to 60 points less than is typical "
        "of calm (50), sad (80) and wild (50)."
    )
    assert trunk.sentence == (
        "The trunk leans forward by 10°; 20° less than is typical of sad (30); about what is "
        "typical of calm (10) and wild (11)."
    )
    assert (rest.spoke_for, trunk.spoke_for) == (None, 0.25)


def test_a_negative_angle_is_told_by_its_direction() -> None:
    typical = make_typical(trunk_pitch__mean=tuple(np.radians([10, -10, -29])))
    values = make_values(trunk_pitch__mean=np.radians(-30))
    (remark,) = describe_movement_in_words(values, 3, typical, classes=CLASSES)
    assert remark.sentence == (
        "The trunk leans back by 30°; 20 to 40° further back than is typical of calm (10 forward) "
        "and sad (10); about what is typical of wild (29)."
    )
    assert remark.value == pytest.approx(-30)


def test_values_of_one_direction_are_compared_by_their_size() -> None:
    typical = make_typical(higher_hand_height__mean=(-0.1, -0.6, 0.2))
    values = make_values(higher_hand_height__mean=-0.3)
    (remark,) = describe_movement_in_words(values, 3, typical, classes=("calm", "sad"))
    assert remark.sentence == (
        "The higher hand is 30 cm below the hips; 30 cm less than is typical of sad (60); 20 cm "
        "more than is typical of calm (10)."
    )
    (remark,) = describe_movement_in_words(values, 3, typical, classes=("wild",))
    assert remark.sentence == (
        "The higher hand is 30 cm below the hips; 50 cm lower than is typical of wild (20 above)."
    )


@pytest.mark.parametrize(
    ("feature", "sentence"),
    [
        ("trunk_pitch.mean", "The trunk leans back by 29°."),
        ("head_pitch.mean", "The head is bent back by 29°."),
        ("higher_hand_height.mean", "The higher hand is 50 cm below the hips."),
        ("hand_forward.mean", "The hands are 50 cm behind the hips."),
    ],
)
def test_no_sentence_has_a_negative_number(feature: str, sentence: str) -> None:
    (remark,) = describe_movement_in_words(make_values(**{feature: -0.5}), 3, None, classes=CLASSES)
    assert remark.sentence == sentence


def test_of_one_theme_the_most_unusual_is_told() -> None:
    typical = make_typical(
        hands__speed_mean=(log_speed(0.2),) * 3, hands__speed_p95=(log_speed(0.5),) * 3
    )
    values = make_values(hands__speed_mean=log_speed(0.21), hands__speed_p95=log_speed(0.1))
    (remark,) = describe_movement_in_words(values, 3, typical, classes=CLASSES)
    assert remark.feature == "hands.speed_p95"


def test_without_typical_values_the_clip_is_described_alone() -> None:
    values = make_values(hand_distance__mean=0.4)
    (remark,) = describe_movement_in_words(values, 3, None, classes=CLASSES)
    assert remark.sentence == "The hands are 40 cm apart."
    assert remark.typical == {}


def make_body(label: str, *, speed: float, shift: float = 0.0) -> PoseSequence:
    """A body whose right hand swings faster or slower."""
    positions = np.repeat(rest_pose(UPPER10)[None], 40, axis=0).astype(float)
    if positions.shape[2] == 2:
        positions = np.concatenate([positions, np.zeros((40, 10, 1))], axis=2)
    wave = 0.2 * np.sin(speed * np.arange(40) / 30 + shift)
    positions[:, UPPER10.index("right_wrist"), 2] += wave
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", label=label)


def test_typical_is_the_median_of_each_class() -> None:
    clips = [make_body("slow", speed=s) for s in (1, 2, 3)]
    clips += [make_body("fast", speed=s) for s in (9, 12)]
    typical = measure_typical(clips)
    assert typical is not None
    assert typical.clips == {"fast": 2, "slow": 3}
    rows = np.stack([measure_motion(clip).descriptors for clip in clips])
    number = NAMES.index("hands.speed_mean")
    assert typical.medians["slow"][number] == pytest.approx(np.median(rows[:3, number]))
    assert typical.medians["fast"][number] == pytest.approx(rows[3:, number].mean())
    distances = [abs(one - rows[1, number]) for one in rows[:3, number]]
    distances += [abs(one - rows[3:, number].mean()) for one in rows[3:, number]]
    assert typical.spread[number] == pytest.approx(1.4826 * np.median(distances))
    again = TypicalMovement.from_dict(typical.to_dict())
    np.testing.assert_allclose(again.medians["slow"], typical.medians["slow"], rtol=1e-3)
    assert again.clips == typical.clips


def test_nothing_is_typical_of_skeletons_without_hands() -> None:
    positions = np.full((20, 10, 3), np.nan)
    positions[:, 0] = 0.0
    clip = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", label="a")
    assert measure_typical([clip]) is None


def test_typical_values_of_other_descriptors_are_refused() -> None:
    contents = make_typical().to_dict()
    del contents["spread"]["hands.speed_mean"]
    with pytest.raises(KeyError, match=r"hands\.speed_mean"):
        TypicalMovement.from_dict(contents)
    with pytest.raises(ValueError, match=r"expected \d+ descriptors of each class"):
        TypicalMovement(num_dimensions=3, clips={}, medians={}, spread=np.zeros(3))


def test_the_features_of_a_ridge_add_up_to_its_score() -> None:
    clips = [make_body("slow", speed=1 + 0.2 * n, shift=n) for n in range(4)]
    clips += [make_body("fast", speed=9 + n, shift=n) for n in range(4)]
    motions = [measure_motion(clip) for clip in clips]
    model, _ = fit_feature_model(motions, [0] * 4 + [1] * 4, num_classes=2)
    found = weigh_features(model, clips[5], "fast", 1)
    scores = model.standardize([motions[5]]) @ model.coefficients + model.intercept
    assert found.total == pytest.approx(scores[0, 1] - scores[0].mean())
    opposite = weigh_features(model, clips[5], "slow", 0)
    assert opposite.total == pytest.approx(-found.total)
    assert set(found.descriptors) == set(NAMES)
    assert found.total > 0
    assert f"fast is {found.total:.2f} above the mean score" in found.describe(3)
    assert f"slow is {found.total:.2f} below the mean score" in opposite.describe(3)


def attribute(values: np.ndarray) -> Attribution:
    faithfulness = Faithfulness(
        probability=0.9,
        deleted_share=0.1,
        top_change=0.3,
        random_mean=0.0,
        random_low=0.0,
        random_high=0.1,
        moved_mean=0.0,
        moved_high=0.1,
        num_draws=20,
    )
    return Attribution(
        method="occlusion",
        network="joint",
        target="sad",
        values=values,
        faithfulness=faithfulness,
    )


def test_a_check_is_told_by_probabilities_if_they_rise_too() -> None:
    check = attribute(np.zeros((2, 10))).faithfulness
    assert check.describe() == (
        "without the 10% that it names, the probability goes from 0.900 to 0.600; without as many "
        "by chance, it stays above 0.800 in 97.5 % of 40 draws"
    )
    risen = replace(check, top_change=-0.05, random_high=-0.02, moved_high=-0.03)
    assert not risen.holds
    assert "goes from 0.900 to 0.950; " in risen.describe()
    assert "it stays above 0.920 in" in risen.describe()


def test_moments_are_where_most_speaks_for_the_class() -> None:
    sequence = PoseSequence(positions=np.zeros((100, 10, 3)), layout=UPPER10, fps=10.0, start_s=5.0)
    values = np.full((100, 10), -1.0)
    values[20:30, UPPER10.index("left_wrist")] = 3.0
    values[20:30, UPPER10.index("left_elbow")] = 2.0
    values[60:70, UPPER10.index("thorax")] = 4.0
    first, second = find_moments(sequence, attribute(values))
    assert (first.start_s, first.end_s) == pytest.approx((7.0, 8.0), abs=0.11)
    assert first.joints == ("left_wrist",)
    assert first.why == "left wrist"
    assert first.share == pytest.approx(50 / 90, abs=0.02)
    assert (second.start_s, second.end_s) == pytest.approx((11.0, 12.0), abs=0.11)
    assert second.why == "thorax"
    assert find_moments(sequence, attribute(-np.abs(values))) == ()
