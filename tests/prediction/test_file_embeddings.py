"""Embeddings of files: the vectors, what is told of each clip, and the tables."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph import TrainConfig, load_run, train
from skelgraph.errors import RunError
from skelgraph.io import read_sequence
from skelgraph.movement import measure_motion
from skelgraph.prediction import embed_files, write_embeddings
from skelgraph.serving import embed_prepared, name_embedding


@pytest.fixture(scope="module")
def fused(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two small networks and movement features."""
    config = TrainConfig.of(
        data=arm_swings,
        model="s-stgcn-small",
        members=1,
        stream="bone,posture-motion,features",
        test_subjects=("cid",),
        epochs=1,
        out=tmp_path_factory.mktemp("runs") / "fused",
    )
    return train(config).run.path


def test_a_vector_times_the_classifier_is_the_prediction(
    trained_run: Path, arm_swings: Path
) -> None:
    predictor = load_run(trained_run, for_inference=False)
    embeddings = embed_files(predictor, [arm_swings])
    assert embeddings.vectors.shape == (24, 128)
    assert embeddings.columns[:2] == ("bone.0", "bone.1")
    assert embeddings.problems == ()
    with torch.inference_mode():
        logits = predictor.model.last_layer(torch.tensor(embeddings.vectors).float())
    softened = torch.softmax(logits / predictor.temperature, dim=1).numpy()
    told = [list(one.probabilities.values()) for one in embeddings.clips]
    np.testing.assert_allclose(softened, told, atol=1e-5)
    first = embeddings.clips[0]
    assert (Path(first.name).name, first.label, first.subject) == ("ann_fast_0.npz", "fast", "ann")
    fast = embed_files(load_run(trained_run), [arm_swings]).vectors
    np.testing.assert_allclose(fast, embeddings.vectors, atol=1e-4)


def test_the_vectors_of_networks_are_joined_without_movement_features(
    fused: Path, arm_swings: Path
) -> None:
    file = arm_swings / "bob_slow_1.npz"
    both = embed_files(load_run(fused), [file])
    alone = [
        embed_files(load_run(fused / "streams" / name), [file]).vectors
        for name in ("bone", "posture-motion")
    ]
    np.testing.assert_allclose(both.vectors, np.hstack(alone), atol=1e-6)
    assert [both.columns[0], both.columns[-1]] == ["bone.0", "posture-motion.63"]
    assert both.notes == (
        "movement features are no part of the vectors, which are those of the networks",
    )
    assert both.clips[0].label is None


def test_movement_features_alone_are_themselves(fused: Path, arm_swings: Path) -> None:
    predictor = load_run(fused / "streams" / "features")
    sequence = read_sequence(arm_swings / "bob_slow_1.npz")
    clip = predictor.prepare(sequence)
    vectors = embed_prepared(predictor, [clip])
    assert vectors.shape == (1, len(name_embedding(predictor)))
    features = predictor.networks[0].features
    scores = vectors @ features.coefficients + features.intercept
    probabilities = features.predict_proba([measure_motion(clip[0])])
    np.testing.assert_array_equal(scores.argmax(axis=1), probabilities.argmax(axis=1))
    notes = embed_files(predictor, [arm_swings / "bob_slow_1.npz"]).notes
    assert notes == ("movement features have no layer before a classifier: these are themselves",)


def test_labels_are_those_of_folders_where_there_are_any(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    for label in ("slow", "fast"):
        (tmp_path / label).mkdir()
        shutil.copy(arm_swings / f"ann_{label}_0.npz", tmp_path / label)
    shutil.copy(arm_swings / "ann_slow_1.npz", tmp_path)
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    embeddings = embed_files(load_run(trained_run), [tmp_path, tmp_path / "nothing.npz"])
    assert {Path(one.name).name: one.label for one in embeddings.clips} == {
        "ann_fast_0.npz": "fast",
        "ann_slow_0.npz": "slow",
        "ann_slow_1.npz": None,
    }
    assert len(embeddings.problems) == 2
    assert embeddings.vectors.shape == (3, 128)


def test_tables_hold_what_is_known(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    embeddings = embed_files(load_run(trained_run), [arm_swings])
    write_embeddings(tmp_path / "emb.npz", embeddings)
    with np.load(tmp_path / "emb.npz") as table:
        np.testing.assert_allclose(table["vectors"], embeddings.vectors, rtol=1e-6)
        assert table["vectors"].dtype == np.float32
        assert table["labels"].tolist() == [one.label for one in embeddings.clips]
        assert table["subjects"][0] == "ann"
        assert table["columns"].tolist() == list(embeddings.columns)
    write_embeddings(tmp_path / "emb.csv", embeddings)
    with (tmp_path / "emb.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:5] == ["name", "label", "subject", "prediction", "bone.0"]
    numbers = [[float(row[name]) for name in embeddings.columns] for row in rows]
    np.testing.assert_allclose(numbers, embeddings.vectors, rtol=1e-5)
    nothing = embed_files(load_run(trained_run), [tmp_path / "nothing.bvh"])
    write_embeddings(tmp_path / "none.npz", nothing)
    with np.load(tmp_path / "none.npz") as table:
        assert table["vectors"].shape == (0, 128)
    with pytest.raises(RunError, match=r"emb.txt: expected a name that ends in .npz or .csv"):
        write_embeddings(tmp_path / "emb.txt", embeddings)


def test_networks_of_audio_have_no_embedding(sern_run: Path) -> None:
    with pytest.raises(RunError, match="embeddings are of networks of skeletons, but this one tak"):
        embed_files(load_run(sern_run), [])
