"""Explanations of runs: what they hold, and what they refuse."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import load_run, read_sequence
from skelgraph.errors import PoseError, RunError
from skelgraph.explanation import (
    Attribution,
    attribute_clip,
    clip_explainer,
    explain_clip,
    explanation_to_dict,
    keep_typical,
)
from skelgraph.explanation.typical_of_model import find_typical
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory, read_typical, write_model_folder

pytest.importorskip("captum", reason="captum is not installed")


@pytest.fixture(scope="module")
def clip(arm_swings: Path) -> PoseSequence:
    return read_sequence(arm_swings / "cid_fast_0.npz")


def test_a_fused_run_is_explained_by_its_parts(fused_run: Path, clip: PoseSequence) -> None:
    found = explain_clip(fused_run, clip, methods=("integrated gradients", "attention"))
    prediction = load_run(fused_run).predict(clip)
    assert found.label == prediction.prediction == found.target
    assert dict(zip(found.classes, found.probabilities, strict=True)) == pytest.approx(
        prediction.probabilities, abs=1e-6
    )
    assert [(one.method, one.network) for one in found.attributions] == [
        ("integrated gradients", "posture-motion"),
        ("attention", "posture-motion"),
    ]
    T, V = found.sequence.num_frames, found.sequence.layout.num_joints
    network, ridge = found.insights
    for attribution in found.attributions:
        assert attribution.values.shape == (T, V)
        own = network.probabilities[found.classes.index(found.target)]
        assert attribution.faithfulness.probability == pytest.approx(own, abs=1e-5)
    gradients, attention = found.attributions
    np.testing.assert_allclose(gradients.values[::2], gradients.values[1::2])  # of two frames
    assert (attention.values >= 0).all()
    assert [one.block for one in network.attention] == [1, 2, 3]
    assert network.attention[0].received.shape == (4, T, V)
    assert len(network.gates) == len(network.edge_importance) == 3
    assert (ridge.network, ridge.attention, dict(ridge.gates)) == ("features", (), {})
    assert any("in the ridge on movement features" in note for note in found.notes)
    assert all(one.spoke_for is not None for one in found.words)
    assert set(found.words[0].typical) == {"fast", "slow"}
    assert found.timeline.shape == (len(found.times_s), 2)


def test_gradients_add_up_to_what_the_network_says(trained_run: Path, clip: PoseSequence) -> None:
    predictor = load_run(trained_run, for_inference=False)
    (network,) = predictor.networks
    (prepared,) = predictor.prepare(clip)
    (found,) = attribute_clip(network, prepared, "fast", methods=("integrated gradients",))
    number = predictor.classes.index("fast")
    still = replace(prepared, positions=np.zeros_like(prepared.positions))
    change = (network.score([prepared]) - network.score([still]))[0, number]
    assert found.values.sum() == pytest.approx(change, abs=2e-3)


def test_what_does_not_hold_is_told(
    trained_run: Path, clip: PoseSequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attribute(*args: object, **kwargs: object) -> tuple[Attribution, ...]:
        found = attribute_clip(*args, **kwargs)  # type: ignore[arg-type]
        return tuple(
            replace(one, faithfulness=replace(one.faithfulness, top_change=-1.0)) for one in found
        )

    monkeypatch.setattr(clip_explainer, "attribute_clip", attribute)
    found = explain_clip(trained_run, clip, methods=("integrated gradients",))
    assert not found.attributions[0].faithfulness.holds
    (note,) = [one for one in found.notes if "not faithful" in one]
    assert note.startswith("integrated gradients of bone is not faithful in this clip")
    before = found.attributions[0].faithfulness.probability
    assert f"the probability goes from {before:.3f} to {before + 1:.3f}; " in note
    assert found.moments == ()


def test_an_explanation_is_plain_json(trained_run: Path, clip: PoseSequence) -> None:
    found = explain_clip(trained_run, clip, target="slow", methods=("attention",))
    contents = explanation_to_dict(found)
    assert contents["target"] == "slow"
    assert (
        np.array(contents["attributions"][0]["values"]).shape == found.attributions[0].values.shape
    )
    check = found.attributions[0].faithfulness
    assert contents["attributions"][0]["faithfulness"] == {**asdict(check), "holds": check.holds}
    assert contents["probabilities"].keys() == {"fast", "slow"}
    assert len(contents["networks"][0]["attention"]) == 10


def test_a_network_in_its_faster_form_is_refused(trained_run: Path, clip: PoseSequence) -> None:
    with pytest.raises(RunError, match="no gradients; load it with for_inference=False"):
        explain_clip(load_run(trained_run), clip)


def test_a_class_that_is_none_is_refused(trained_run: Path, clip: PoseSequence) -> None:
    with pytest.raises(RunError, match="expected one of its classes, fast, slow, but got 'sad'"):
        explain_clip(trained_run, clip, target="sad")


def test_a_long_recording_is_to_be_cut(trained_run: Path, clip: PoseSequence) -> None:
    long = replace(clip, fps=0.3)
    with pytest.raises(PoseError, match="at most 60 s to be explained, but got 80 s; cut out"):
        explain_clip(trained_run, long)


def test_a_network_of_audio_is_refused(sern_run: Path, clip: PoseSequence) -> None:
    with pytest.raises(RunError, match="skeletons alone, but it takes audio or text"):
        explain_clip(sern_run, clip)


def test_what_is_typical_is_measured_of_a_run_and_kept_by_a_model_folder(
    trained_run: Path, tmp_path: Path
) -> None:
    run = RunDirectory(path=tmp_path / "run")
    shutil.copytree(trained_run, run.path)
    predictor = load_run(run.path)
    learned, notes = find_typical(predictor)
    assert find_typical(predictor)[0] is learned  # it is not measured for each person again
    assert learned is not None
    assert (learned.clips.keys(), notes) == ({"fast", "slow"}, ())
    assert read_typical(run) is None
    keep_typical(load_run(run.path))
    kept = read_typical(run)
    assert kept is not None
    np.testing.assert_allclose(learned.medians["fast"], kept.medians["fast"], rtol=2e-3)
    write_model_folder(run, tmp_path / "model")
    given = read_typical(RunDirectory(path=tmp_path / "model"))
    assert given is not None
    assert given.to_dict() == kept.to_dict()
    (tmp_path / "model" / "typical.json").unlink()
    typical, notes = find_typical(load_run(tmp_path / "model"))
    assert typical is None
    assert notes == ("what is typical of each class is not known: the model keeps no typical.json",)


def test_a_damaged_file_of_typical_values_is_named(tmp_path: Path) -> None:
    file = tmp_path / "typical.json"
    file.write_text('{"num_dimensions": 3, "clips": {}}')
    with pytest.raises(RunError, match=r"typical\.json: expected typical values .* is damaged"):
        read_typical(RunDirectory(path=tmp_path))
    file.unlink()
    assert read_typical(RunDirectory(path=tmp_path)) is None


def test_a_mixed_training_is_explained_on_its_graph(
    arm_swings: Path, clip: PoseSequence, tmp_path: Path, make_mixed: Callable[[], Path]
) -> None:
    found = explain_clip(make_mixed(), clip, methods=("integrated gradients", "attention"))
    (attribution,) = found.attributions  # its attention is over all joints of a batch
    assert attribution.values.shape == (found.sequence.num_frames, 10)
    assert np.abs(attribution.values).sum() > 0
    own = found.insights[0].probabilities[found.classes.index(found.target)]
    assert attribution.faithfulness.probability == pytest.approx(own, abs=1e-5)


@pytest.fixture
def make_mixed(arm_swings: Path, tmp_path: Path) -> Callable[[], Path]:
    from skelgraph import TrainConfig, train

    def make() -> Path:
        config = TrainConfig.of(
            data=arm_swings,
            stream="joint",
            model="s-stgcn-small",
            members=1,
            layout="mixed",
            test_subjects=("cid",),
            epochs=1,
            out=tmp_path / "mixed",
        )
        return train(config).run.path

    return make
