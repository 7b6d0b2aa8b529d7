"""The linear model of movement features."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from skelgraph.movement import ClipMotion, FeatureModel, fit_feature_model, measure_motion
from skelgraph.movement.feature_model import STRENGTHS
from skelgraph.poses import PoseSequence

Clips = tuple[list[ClipMotion], list[int], list[str]]


@pytest.fixture(scope="module")
def fitted(two_classes: Clips) -> tuple[FeatureModel, np.ndarray]:
    motions, labels, people = two_classes
    return fit_feature_model(motions, labels, num_classes=2, groups=people)


def test_it_tells_slow_from_fast(
    fitted: tuple[FeatureModel, np.ndarray], draw: Callable[..., PoseSequence]
) -> None:
    model, held_out = fitted
    strangers = [measure_motion(draw(100 + n, speed_hz=(0.5, 2.0)[n % 2])) for n in range(8)]
    probabilities = model.predict_proba(strangers)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), [0, 1] * 4)
    assert (held_out.argmax(axis=1) == [0, 1] * 12).mean() > 0.7
    assert model.strength in STRENGTHS


def test_held_out_probabilities_know_no_label_of_their_person(two_classes: Clips) -> None:
    motions, labels, people = two_classes
    changed = [
        1 - label if who == "person 0" else label for label, who in zip(labels, people, strict=True)
    ]
    first, second = (
        fit_feature_model(motions, truth, num_classes=2, groups=people)[1]
        for truth in (labels, changed)
    )
    assert (first[:6].argmax(axis=1) == second[:6].argmax(axis=1)).all()
    assert (np.abs(first[6:] - second[6:]).max(axis=1) > 1e-3).any()


def test_a_round_trip_through_arrays_changes_nothing(
    fitted: tuple[FeatureModel, np.ndarray], two_classes: Clips
) -> None:
    model, _ = fitted
    again = FeatureModel.from_arrays(model.to_arrays())
    motions = two_classes[0]
    np.testing.assert_array_equal(model.predict_proba(motions), again.predict_proba(motions))
    assert (again.strength, again.sharpness) == (model.strength, model.sharpness)


def test_arrays_that_do_not_fit_are_an_error(fitted: tuple[FeatureModel, np.ndarray]) -> None:
    arrays = fitted[0].to_arrays()
    with pytest.raises(ValueError, match="expected coefficients"):
        FeatureModel.from_arrays({**arrays, "coefficients": arrays["coefficients"][1:]})
    with pytest.raises(KeyError, match="biases"):
        FeatureModel.from_arrays({name: one for name, one in arrays.items() if name != "biases"})


def test_a_mirror_image_has_the_same_probabilities(
    fitted: tuple[FeatureModel, np.ndarray], two_classes: Clips
) -> None:
    motion = two_classes[0][0]
    image = replace(motion, velocities=motion.mirrored, mirrored=motion.velocities)
    first, second = fitted[0].predict_proba([motion, image])
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_a_batch_of_two_is_two_batches_of_one(
    fitted: tuple[FeatureModel, np.ndarray], two_classes: Clips
) -> None:
    model, motions = fitted[0], two_classes[0]
    alone = np.concatenate([model.predict_proba([one]) for one in motions[:2]])
    np.testing.assert_allclose(model.predict_proba(motions[:2]), alone, atol=1e-9)


def test_no_clips_have_no_probabilities(fitted: tuple[FeatureModel, np.ndarray]) -> None:
    assert fitted[0].predict_proba([]).shape == (0, 2)


def test_one_seed_gives_one_model_and_another_another(two_classes: Clips) -> None:
    motions, labels, people = two_classes
    first, again, other = (
        fit_feature_model(motions, labels, num_classes=2, groups=people, seed=seed)[1]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_is_unknown_is_taken_for_the_mean(
    two_classes: Clips, draw: Callable[..., PoseSequence]
) -> None:
    motions, labels, people = two_classes
    positions = draw(0, num_frames=40).positions.copy()
    positions[:, 6] = np.nan
    lame = measure_motion(PoseSequence(positions=positions, layout=draw(0).layout, fps=30.0))
    model, held_out = fit_feature_model([lame, *motions[1:]], labels, num_classes=2, groups=people)
    assert np.isfinite(held_out).all()
    assert np.isfinite(model.predict_proba([lame])).all()


def test_clips_of_other_dimensions_are_an_error(
    fitted: tuple[FeatureModel, np.ndarray], draw: Callable[..., PoseSequence]
) -> None:
    body = draw(0)
    flat = PoseSequence(positions=body.positions[..., :2], layout=body.layout, fps=30.0)
    with pytest.raises(ValueError, match=r"expected 17 posture scalars .* but got 12"):
        fitted[0].predict_proba([measure_motion(flat)])


@pytest.mark.parametrize(("num_clips", "num_labels"), [(1, 1), (0, 0), (4, 3)])
def test_too_few_clips_or_labels_are_an_error(
    two_classes: Clips, num_clips: int, num_labels: int
) -> None:
    motions, labels, _ = two_classes
    with pytest.raises(ValueError, match=f"got {num_clips} clips and {num_labels} labels"):
        fit_feature_model(motions[:num_clips], labels[:num_labels], num_classes=2)
