"""The models that come with skelgraph: how their clips are filmed, and what their cards say."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from harness.filmed_clips import film, is_filmed, lift_filmed, write_filmed

from skelgraph import load_run
from skelgraph.config import DEFAULT_LIVE_RECOGNIZER, LifterNetworkSettings
from skelgraph.data import read_folder
from skelgraph.lifting import (
    LIFTER_KEYPOINTS,
    LIFTER_RESULTS,
    KeypointLifter,
    make_lifter_network,
)
from skelgraph.poses import PoseSequence
from skelgraph.runs import BOX, RunDirectory, read_model_card
from skelgraph.serving import read_decision
from skelgraph.streaming import LiveModel

ROOT = Path(__file__).parents[2]
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "models.json").read_text())


@pytest.fixture
def models(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("models")


@pytest.fixture(scope="module")
def lifter() -> KeypointLifter:
    torch.manual_seed(0)
    settings = LifterNetworkSettings(filter_widths=(3,), channels=8)
    return KeypointLifter(network=make_lifter_network(settings).eval())


@pytest.fixture(scope="module")
def clips(arm_swings: Path) -> tuple[PoseSequence, ...]:
    return read_folder(arm_swings).sequences


def test_a_camera_and_its_errors_are_those_of_their_generator(
    clips: tuple[PoseSequence, ...],
) -> None:
    image, same, other = (film(clips[0], np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert image.layout == LIFTER_KEYPOINTS
    assert (image.unit, image.up, image.num_dimensions) == ("px", "-y", 2)
    np.testing.assert_array_equal(image.positions, same.positions)
    assert not np.array_equal(image.positions, other.positions, equal_nan=True)


def test_what_was_filmed_is_lifted_to_as_many_frames(
    clips: tuple[PoseSequence, ...], lifter: KeypointLifter
) -> None:
    (lifted,) = lift_filmed(clips[:1], lifter, camera=0)
    assert lifted.num_frames == clips[0].num_frames
    assert (lifted.unit, lifted.layout.name) == ("m", "upper10")
    (other,) = lift_filmed(clips[:1], lifter, camera=1)
    assert not np.array_equal(lifted.positions, other.positions, equal_nan=True)


def test_filmed_clips_lie_beside_the_captured_ones_in_one_recording(
    clips: tuple[PoseSequence, ...], lifter: KeypointLifter, tmp_path: Path
) -> None:
    people = sorted({str(clip.subject) for clip in clips})[:2]
    own = [replace(clip, recording="one take") for clip in clips if clip.subject in people]
    write_filmed(own, dict.fromkeys(people, lifter), tmp_path, cameras=1)
    with (tmp_path / "labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * len(own)
    assert {row["recording"] for row in rows} == {"one take"}
    read = read_folder(tmp_path).sequences
    assert sum(is_filmed(clip.name) for clip in read) == len(own)
    captured = read_folder(tmp_path / "captured").sequences
    assert sorted(str(clip.label) for clip in captured) == sorted(str(clip.label) for clip in own)


@pytest.mark.parametrize("name", ["emotion4", "emotion4-live", "style7", "lifter10"])
def test_a_model_of_the_box_says_what_the_benchmark_found(name: str) -> None:
    card = read_model_card(BOX / name)
    found = RESULTS[name]
    if name == "lifter10":
        errors = {key: dict(value) for key, value in card.errors_mm.items()}
        assert errors == {key: found[key] for key in errors}
        assert set(errors) == set(LIFTER_RESULTS)
        return
    row = found["rows"]["posture-motion" if name == "emotion4-live" else "sum"]
    row = row["captured"] if name.startswith("emotion4") else row
    assert card.metrics is not None
    assert card.metrics.uar == pytest.approx(row["uar"])
    assert list(card.metrics.uar_interval or ()) == pytest.approx(row["uar_interval"])
    assert card.metrics.n == row["clips"]
    assert f"{row['uar']:.1%}" in (BOX / name / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "part"), [("emotion4", "sum"), ("emotion4-live", "posture-motion")]
)
def test_a_card_says_what_a_video_gives(name: str, part: str) -> None:
    page = (BOX / name / "README.md").read_text()
    row = RESULTS[name]["rows"][part]["filmed"]
    assert f"{row['uar']:.1%}" in page


def test_the_card_of_the_model_for_streams_says_how_soon_it_knows() -> None:
    page = (BOX / "emotion4-live" / "README.md").read_text()
    seconds = RESULTS["emotion4-live"]["rows"]["posture-motion"]["captured"]["seconds"]
    assert list(seconds) == ["0.5", "1", "2", "4", "all"]
    for one in seconds.values():
        low, high = one["uar_interval"]
        assert f"{one['uar']:.1%} ({100 * low:.1f} to {100 * high:.1f})" in page
    assert "skelgraph stream" in page


def test_the_model_for_streams_is_trained_as_the_row_that_was_chosen(
    models: ModuleType, load_benchmark: Callable[[str], ModuleType]
) -> None:
    live = load_benchmark("live")
    rows = json.loads(live.RESULTS.read_text())
    chosen = live.list_studies(Path("data"))[live.choose_live(rows)].train
    study = models.list_studies(Path("data"), Path("clips"))["emotion4-live"].train
    assert study.model == chosen.model
    assert study.stream == chosen.stream
    assert study.preparation == chosen.preparation
    assert study.recipe.change(epoch_steps=None) == chosen.recipe
    trained = load_run(BOX / "emotion4-live").config
    assert (trained.model, trained.preparation, trained.recipe) == (
        study.model,
        study.preparation,
        study.recipe,
    )


def test_the_model_for_streams_looks_no_frame_ahead_and_steps() -> None:
    model = LiveModel.load(DEFAULT_LIVE_RECOGNIZER, unit="m")
    assert model.delay_s == pytest.approx(4 / 30)  # of the stream's derivatives
    assert model.layout.name == "upper10"


def test_the_tables_are_in_the_readme_of_the_benchmarks(
    models: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    models.main(["--table"])
    readme = (ROOT / "benchmarks" / "README.md").read_text()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if line not in readme] == []


def test_the_readme_tells_what_the_cards_tell() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = RESULTS["emotion4"]["rows"]["sum"]
    for row in (rows["captured"], rows["filmed"], RESULTS["style7"]["rows"]["sum"]):
        low, high = row["uar_interval"]
        assert f"{row['uar']:.1%} ({100 * low:.1f} to {100 * high:.1f})" in readme
    assert f"{RESULTS['lifter10']['noisy_filtered']['mpjpe_mm']:.1f} mm" in readme
    decision = read_decision(RunDirectory(path=BOX / "emotion4"))
    assert decision is not None
    scores = decision.rule.held_out.scores
    assert f"UAR {scores.uar:.1%}, against\n{scores.uar_of_all:.1%}" in readme


def test_the_errors_of_lifters_are_means_over_their_frames(
    models: ModuleType, tmp_path: Path
) -> None:
    runs = {}
    for number, actors in enumerate(models.LEFT_OUT):
        run = RunDirectory(path=tmp_path / "-".join(actors))
        errors = dict.fromkeys(("mpjpe_mm", "pa_mpjpe_mm", "velocity_error_mm_s"), float(number))
        run.path.mkdir()
        run.config_file.write_text("{}")
        contents = {**dict.fromkeys(LIFTER_RESULTS, errors), "frames": 1 + number}
        run.metrics_file.write_text(json.dumps(contents))
        runs[run.path.name] = run
    found = models.average_errors(runs)
    assert found["noisy"]["mpjpe_mm"] == pytest.approx((0 + 2 + 6 + 12) / 10)
