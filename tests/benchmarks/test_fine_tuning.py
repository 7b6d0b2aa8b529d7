"""The benchmark of fine-tuning: a smoke run, its draws, and what the README shows of it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from skelgraph import TrainConfig, train
from skelgraph.data import read_folder
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fine_tuning(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("fine_tuning")


def make_clips(counts: dict[str, dict[str, int]]) -> list[PoseSequence]:
    """Clips of one person: how many of each label a recording has."""
    return [
        PoseSequence(
            positions=np.zeros((2, 10, 3)),
            layout=UPPER10,
            fps=30.0,
            label=label,
            recording=recording,
            name=f"{recording} {label} {number}",
        )
        for recording, labels in counts.items()
        for label, count in labels.items()
        for number in range(count)
    ]


def test_no_recording_is_on_both_sides_and_each_class_is(fine_tuning: ModuleType) -> None:
    clips = make_clips({f"story {n}": {"joy": 3, "anger": 2} for n in range(8)})
    for seed in range(5):
        pool, tested = fine_tuning.divide(clips, seed)
        assert sorted([*pool, *tested]) == list(range(len(clips)))
        assert not {clips[n].recording for n in pool} & {clips[n].recording for n in tested}
        for side, fewest in ((pool, 5), (tested, 3)):
            for label in ("joy", "anger"):
                assert sum(clips[n].label == label for n in side) >= fewest
    with pytest.raises(ValueError, match="each class on both sides"):
        fine_tuning.divide(make_clips({"one": {"joy": 9}, "two": {"anger": 9}}), 0)


def test_few_clips_are_among_the_many(fine_tuning: ModuleType) -> None:
    clips = make_clips({"one": {"joy": 9, "anger": 4}, "two": {"joy": 9, "anger": 9}})
    pool = [n for n, clip in enumerate(clips) if clip.recording == "one"]
    few, many = (fine_tuning.draw(clips, pool, size, 3) for size in (2, 6))
    assert set(few) < set(many) < set(pool)
    assert [sum(clips[n].label == name for n in few) for name in ("joy", "anger")] == [2, 2]
    assert [sum(clips[n].label == name for n in many) for name in ("joy", "anger")] == [6, 4]


def test_scores_are_divided_by_their_means(fine_tuning: ModuleType) -> None:
    def predict(label: str, joy: float) -> Prediction:
        scores = {"joy": joy, "anger": 1 - joy}
        return Prediction(name="", label=label, prediction="", probabilities=scores)

    known = [predict("joy", 0.9), predict("joy", 0.9), predict("anger", 0.7)]  # joy 0.8 each class
    strange = [predict("?", 0.79), predict("?", 0.81)]
    assert fine_tuning.even_out(known, strange, ("joy", "anger")) == ["anger", "joy"]


def test_an_interval_is_of_actors_and_draws(fine_tuning: ModuleType) -> None:
    assert fine_tuning.resample({"a": [0.5, 0.5], "b": [0.5, 0.5]}) == (0.5, 0.5)
    low, high = fine_tuning.resample({"a": [0.0, 0.2], "b": [1.0, 0.8]})
    assert 0.0 <= low < 0.2
    assert 0.8 < high <= 1.0


def test_it_makes_the_rows_that_are_missing(
    fine_tuning: ModuleType,
    arm_swings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = TrainConfig.of(data=arm_swings, test_subjects=("cid",), epochs=1)
    small = {"model": "s-stgcn-small", "num_heads": 2, "stream": "posture-motion"}
    source = tmp_path / "runs" / "folds" / "cid-seed0"
    train(config.change(**small, out=source))
    monkeypatch.setattr(fine_tuning, "load_dataset", lambda name, root: read_folder(arm_swings))
    few: dict[str, Any] = {
        **{"ACTORS": ("cid",), "CHOSEN_ON": ("cid",), "SEEDS": (0,), "CHOICE_SEEDS": (0,)},
        **{"SIZES": (1, 2), "CHOICE_SIZE": 1, "FEWEST": (2, 2)},
        "TUNED": {"all": {"epochs": 1}},
        "FRESH": {"fresh": {"epochs": 1}},
        **{"CHOSEN_TUNED": "all", "CHOSEN_FRESH": "fresh"},
    }
    for name, value in few.items():
        monkeypatch.setattr(fine_tuning, name, value)
    (tmp_path / "mpi-ebed").mkdir()
    out = tmp_path / "rows.json"
    places = ["--data", str(tmp_path), "--runs", str(tmp_path / "runs"), "--out", str(out)]
    fine_tuning.main(places)
    rows = json.loads(out.read_text())
    assert rows.keys() == {"choice-cid-0", *fine_tuning.list_rows()}
    assert rows["cid-1-0-quick"]["trained"] == 2
    assert rows["cid-2-0-quick"]["tested"] == 4
    assert rows["choice-cid-0"].keys() == {"all", "fresh"}
    capsys.readouterr()
    fine_tuning.main(places)
    assert capsys.readouterr().out == ""  # nothing is made again
    fine_tuning.main([*places, "--table"])
    shown = capsys.readouterr().out
    assert f"| fine-tuned | {rows['cid-1-0-tuned']['tuned']:.1%} (" in shown
    assert "| all (chosen) |" in shown
    fine_tuning.main(["--data", str(tmp_path / "nowhere")])
    assert "left out, mpi-ebed is not in" in capsys.readouterr().out


def test_the_best_candidates_were_chosen(fine_tuning: ModuleType) -> None:
    rows = json.loads(fine_tuning.RESULTS.read_text())
    choices = [rows[f"choice-{actor}-100"] for actor in fine_tuning.CHOSEN_ON]
    for candidates, chosen in (
        (fine_tuning.TUNED, fine_tuning.CHOSEN_TUNED),
        (fine_tuning.FRESH, fine_tuning.CHOSEN_FRESH),
    ):
        assert chosen == max(candidates, key=lambda name: sum(row[name] for row in choices))


def test_the_readme_shows_the_committed_results(fine_tuning: ModuleType) -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    for table in (
        *fine_tuning.format_table(fine_tuning.RESULTS).split("\n\n"),
        fine_tuning.format_choice(fine_tuning.RESULTS),
    ):
        assert table in page
