"""Several persons of a clip, together in one network."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from skelgraph import TrainConfig, load_run, train
from skelgraph.data import DenseBatch, MotionClip, SkeletonDataset, read_archive, read_folder
from skelgraph.errors import PoseError, RunError
from skelgraph.io import write_pyskl
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, Preprocessing, join_persons
from skelgraph.prediction import predict_files
from skelgraph.transforms import RandomRotation


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))


def make(name: str = "hug", *, seed: int = 0, num_frames: int = 12, **fields: Any) -> PoseSequence:
    rng = np.random.default_rng(seed)
    body = np.random.default_rng(9).normal(0, 0.4, size=(10, 3))
    time = np.arange(num_frames)[:, None, None] / 30
    swing = 0.1 * np.sin(2 * np.pi * rng.uniform(0.5, 2, size=(10, 3)) * time + rng.random())
    place = rng.uniform(1, 3, size=3)
    return PoseSequence(
        positions=body + swing + place,
        layout=UPPER10,
        fps=30.0,
        **({"name": name, "unit": "m"} | fields),
    )


def make_pair() -> PoseSequence:
    return replace(make(seed=1), partners=(make(seed=2),))


def test_partners_are_in_the_same_frames() -> None:
    with pytest.raises(PoseError, match="expected partners in the same 12 frames, but got \\[9\\]"):
        replace(make(), partners=(make(num_frames=9),))
    part = make_pair()[2:6]
    np.testing.assert_array_equal(part.partners[0].positions, make(seed=2).positions[2:6])


def test_the_most_present_are_joined() -> None:
    people = [replace(make(seed=n), positions=make(seed=n).positions * n) for n in (1, 3, 2)]
    people.append(make(seed=4, num_frames=5))
    both = join_persons(people, 2)
    np.testing.assert_array_equal(both.positions, people[1].positions)
    assert [one.num_frames for one in both.partners] == [12]
    np.testing.assert_array_equal(both.partners[0].positions, people[2].positions)
    assert join_persons(people, 1).partners == ()


def test_partners_keep_their_place_beside_the_main_person() -> None:
    """Both are moved and turned as the main person; distances between them stay."""
    pair = make_pair()
    steps = Preprocessing(filter="none", fps=None, max_gap_s=None)
    done = steps.apply(pair)
    alone = steps.apply(replace(pair, partners=()))
    np.testing.assert_array_equal(done.positions, alone.positions)
    before = np.linalg.norm(pair.positions - pair.partners[0].positions, axis=2)
    after = np.linalg.norm(done.positions - done.partners[0].positions, axis=2)
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_allclose(done.positions[:, UPPER10.center], 0, atol=1e-6)
    fitted = steps.fit([pair]).apply(pair)
    assert [one.num_frames for one in fitted.partners] == [12]


def test_persons_in_an_image_share_the_scale() -> None:
    pair = make_pair()
    flat = [
        replace(one, positions=100 * one.positions[..., :2], unit="px", up="-y", partners=())
        for one in (pair, *pair.partners)
    ]
    done = Preprocessing(filter="none").apply(replace(flat[0], partners=(flat[1],)))
    before = np.linalg.norm(flat[0].positions - flat[1].positions, axis=2)
    after = np.linalg.norm(done.positions - done.partners[0].positions, axis=2)
    assert np.ptp(after / before) < 1e-4


def test_a_batch_has_an_axis_of_persons() -> None:
    clips = [MotionClip.from_sequence(make_pair(), y=1), MotionClip.from_sequence(make(), y=0)]
    batch = DenseBatch.from_clips(clips)
    assert batch.x.shape == (2, 3, 12, 10, 2)
    assert batch.mask.shape == (2, 12, 10, 2)
    assert batch.mask.all(dim=1).all(dim=1).tolist() == [[True, True], [True, False]]
    expected = make(seed=2).positions.transpose(2, 0, 1)
    np.testing.assert_array_equal(batch.x[0, ..., 1], expected)
    assert not batch.x[1, ..., 1].any()
    alone = DenseBatch.from_clips(clips[1:])
    assert (alone.x.shape, alone.mask) == ((1, 3, 12, 10), None)


def test_random_changes_are_those_of_the_main_person() -> None:
    twice = replace(make(seed=1), partners=(make(seed=1),))
    dataset = SkeletonDataset([twice], transform=RandomRotation(90.0), seed=3)
    clip = dataset[0]
    assert not torch.equal(clip.positions, MotionClip.from_sequence(twice).positions)
    assert torch.equal(clip.positions, clip.partners[0].positions)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Clips of one person and of two, of six subjects."""
    people = []
    for number in range(24):
        facts = {"label": "ab"[number % 2], "subject": f"S{number // 4}"}
        clip = f"clip{number:02}"
        for person in range(1, 2 + number % 2):
            name = f"{clip}#{person}" if number % 2 else clip
            people.append(make(name, seed=10 * number + person, **facts))
    path = tmp_path / "pairs.pkl"
    write_pyskl(path, people)
    return path


def test_archives_and_folders_join_persons(archive: Path, tmp_path: Path) -> None:
    clips = read_archive(archive, persons=2)
    assert [len(one.load().partners) for one in clips.sequences[:4]] == [0, 1, 0, 1]
    assert "12 clips show several persons: up to 2 are taken together" in clips.notes
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,label\nhug.pkl,a\nwalk.pkl,a\n")
    write_pyskl(folder / "hug.pkl", [make("hug#1", seed=1), make("hug#2", seed=2)])
    write_pyskl(folder / "walk.pkl", make("walk", seed=3))
    for _ in range(2):  # the second time from the cache
        found = read_folder(folder, persons=2)
        assert [(one.name, len(one.partners)) for one in found.sequences] == [
            ("hug", 1),
            ("walk", 0),
        ]
        assert "1 files hold several persons: up to 2 are taken together" in found.notes


def join_alone(clip: PoseSequence) -> Iterator[PoseSequence]:
    """Yield the persons of a clip as those of a file."""
    for number, person in enumerate((replace(clip, partners=()), *clip.partners), start=1):
        yield replace(person, name=f"hug#{number}", recording=None)


@pytest.mark.filterwarnings("ignore:.*hardly make a body")
@pytest.mark.parametrize("layout", [None, "mixed"])
def test_a_training_of_two_persons_and_its_predictions(
    archive: Path, tmp_path: Path, layout: str | None
) -> None:
    config = TrainConfig.of(
        data=archive,
        persons=2,
        layout=layout,
        model="st-gcn-small",
        stream=("joint", "bone") if layout is None else "joint",
        epochs=1,
        test_subjects=("S5",),
        val_subjects=("S4",),
        out=tmp_path / "run",
    )
    result = train(config)
    assert result.metrics.n == 4
    predictor = load_run(tmp_path / "run")
    clips = read_archive(archive, persons=2)
    both = [one.load() for one in clips.sequences if one.subject == "S5"]
    again = {one.name: one.probabilities for one in predictor.predict_all(both)}
    rows = (tmp_path / "run" / "predictions.csv").read_text().splitlines()
    for row in rows[1:]:
        name, _, _, first, *_ = row.split(",")
        assert again[name]["a"] == pytest.approx(float(first), abs=1e-4)
    outcome = predict_files(predictor, [archive])
    named = {one.name: one.probabilities for one in outcome.predictions}
    assert named[both[1].name] == pytest.approx(again[both[1].name], abs=1e-4)
    write_pyskl(tmp_path / "one.pkl", list(join_alone(both[1])))
    (single,) = predict_files(predictor, [tmp_path / "one.pkl"]).predictions
    assert single.probabilities == pytest.approx(again[both[1].name], abs=1e-4)
    alone = predictor.predict(replace(both[1], partners=()))
    assert alone.probabilities != again[both[1].name]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"persons": 2, "person": "all"}, "leave out --person and --dataset"),
        ({"persons": 2, "dataset": "mpi-ebed", "root": "."}, "leave out --person and --dataset"),
        ({"persons": 2, "model": "features"}, "features takes one person of a clip"),
        ({"persons": 2, "model": "sern"}, "sern takes one person of a clip"),
    ],
)
def test_what_takes_one_person(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        TrainConfig.of(**settings)


def test_a_pickle_of_old_runs_has_no_partners() -> None:
    """Sequences of a cache are made without the field."""
    fields = {name: value for name, value in make().__dict__.items() if name != "partners"}
    assert PoseSequence.from_checked(**fields).partners == ()
    assert pickle.loads(pickle.dumps(make())).partners == ()
