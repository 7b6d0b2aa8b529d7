import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skelgraph.evaluation import ConcatFusion, SumFusion, fit_concat, fusion_from_dict


def draw_scores(num_streams: int = 2, num_clips: int = 60, num_classes: int = 3, seed: int = 0):
    """Scores of streams that see the class through noise, and the labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, num_clips)
    logits = rng.normal(size=(num_streams, num_clips, num_classes))
    logits[:, np.arange(num_clips), labels] += 1.0
    scores = np.exp(logits)
    return scores / scores.sum(axis=2, keepdims=True), labels


def test_the_sum_is_the_sum_of_the_scores() -> None:
    scores, _ = draw_scores(num_streams=3)
    fused = SumFusion(weights=(1, 1, 1)).combine(scores)
    np.testing.assert_allclose(fused * 3, scores[0] + scores[1] + scores[2])
    np.testing.assert_array_equal(fused.argmax(1), scores.sum(0).argmax(1))


def test_weights_count_by_their_ratios() -> None:
    scores, _ = draw_scores()
    fused = SumFusion(weights=(3.0, 1.0)).combine(scores)
    np.testing.assert_allclose(fused, 0.75 * scores[0] + 0.25 * scores[1])
    np.testing.assert_allclose(SumFusion(weights=(0.0, 2.0)).combine(scores), scores[1])


@pytest.mark.parametrize("weights", [(0.0, 0.0), (-1.0, 2.0), (np.nan, 1.0), ()])
def test_weights_that_are_none_are_an_error(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="weights of 0 or more that are not all 0"):
        SumFusion(weights=weights)


def test_with_hardly_a_pull_the_layer_is_a_logistic_regression() -> None:
    scores, labels = draw_scores()
    layer = fit_concat(scores, labels, strength=1e-3)
    inputs = np.hstack(list(scores))
    free = LogisticRegression(C=1e3, tol=1e-8, max_iter=10_000).fit(inputs, labels)
    np.testing.assert_allclose(layer.combine(scores), free.predict_proba(inputs), atol=0.01)


def test_the_layer_is_where_the_cost_is_least() -> None:
    scores, labels = draw_scores(num_clips=25)
    layer = fit_concat(scores, labels, strength=0.7)

    def cost(weight, bias) -> float:
        total = 0.0
        for clip, label in enumerate(labels):
            logits = weight @ np.concatenate([one[clip] for one in scores]) + bias
            total += np.log(np.exp(logits).sum()) - logits[label]
        start = np.hstack([np.eye(3), np.eye(3)])
        return total + 0.35 * (np.square(weight - start).sum() + np.square(bias).sum())

    least = cost(layer.weight, layer.bias)
    rng = np.random.default_rng(1)
    for _ in range(50):
        step = rng.normal(0, 1e-3, layer.weight.shape)
        assert cost(layer.weight + step, layer.bias) > least
        assert cost(layer.weight, layer.bias + rng.normal(0, 1e-3, 3)) > least


def test_a_strong_pull_leaves_the_decisions_of_the_sum() -> None:
    scores, labels = draw_scores()
    layer = fit_concat(scores, labels, strength=1e9)
    np.testing.assert_array_equal(layer.combine(scores).argmax(1), scores.sum(0).argmax(1))


def test_the_layer_trusts_the_stream_that_knows() -> None:
    scores, labels = draw_scores(num_clips=400)
    scores[1] = draw_scores(num_clips=400, seed=9)[0][1]  # of other clips: says nothing
    weight = fit_concat(scores, labels).weight
    assert np.trace(weight[:, :3]) > np.trace(weight[:, 3:]) + 1


def test_a_class_without_a_clip_and_one_clip_are_no_trouble() -> None:
    scores, labels = draw_scores(num_clips=20)
    few = labels != 2
    fused = fit_concat(scores[:, few], labels[few]).combine(scores)
    assert np.isfinite(fused).all()
    np.testing.assert_allclose(fused.sum(1), 1)
    assert fit_concat(scores[:, :1], labels[:1]).combine(scores).shape == (20, 3)


@pytest.mark.parametrize("kind", ["sum", "concat"])
def test_a_fusion_is_the_same_after_json(kind: str) -> None:
    scores, labels = draw_scores()
    fusion = SumFusion(weights=(2.0, 1.0)) if kind == "sum" else fit_concat(scores, labels)
    again = fusion_from_dict(json.loads(json.dumps(fusion.to_dict())))
    np.testing.assert_array_equal(again.combine(scores), fusion.combine(scores))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.full((3, 4, 2), 0.5), r"expected scores \(2, clips, 2\), but got \(3, 4, 2\)"),
        (np.full((2, 4, 4), 0.25), r"expected scores \(2, clips, 2\), but got \(2, 4, 4\)"),
        (np.full((4, 2), 0.5), r"but got \(4, 2\)"),
        (np.full((2, 4, 2), 0.6), "add up to 1"),
        (np.full((2, 4, 2), np.nan), "add up to 1"),
        (np.tile([-0.5, 1.5], (2, 4, 1)), "scores of 0 or more"),
    ],
)
def test_what_is_no_score_is_an_error(scores, message: str) -> None:
    layer = ConcatFusion(weight=np.ones((2, 4)), bias=np.zeros(2))
    with pytest.raises(ValueError, match=message):
        layer.combine(scores)


def test_other_wrong_settings_are_errors() -> None:
    scores, labels = draw_scores()
    with pytest.raises(ValueError, match="a label for each of 60 clips, but got 59"):
        fit_concat(scores, labels[1:])
    with pytest.raises(ValueError, match="strength above 0"):
        fit_concat(scores, labels, strength=0)
    with pytest.raises(ValueError, match=r"but got \(2, 3\) and \(2,\)"):
        ConcatFusion(weight=np.ones((2, 3)), bias=np.zeros(2))
    with pytest.raises(ValueError, match="finite numbers"):
        ConcatFusion(weight=np.full((2, 4), np.inf), bias=np.zeros(2))
    with pytest.raises(ValueError, match="the fusion sum or concat, but got 'product'"):
        fusion_from_dict({"strategy": "product"})
