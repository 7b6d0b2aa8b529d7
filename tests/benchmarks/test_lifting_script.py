"""The lifting benchmark: a smoke run, and what the documents show of its results."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness.lifting import format_held_out, format_lifting, format_settings

from skelgraph.config import LiftConfig
from skelgraph.io import write_npz
from skelgraph.layouts import OPENPOSE25
from skelgraph.poses import PoseSequence

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lifting(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("lifting")


def test_it_trains_once_and_keeps_what_came_of_it(
    lifting: ModuleType, tiny_lifting: LiftConfig, tmp_path: Path
) -> None:
    video = tmp_path / "video.npz"
    positions = np.random.default_rng(0).uniform(200, 800, (20, 25, 2))
    write_npz(
        video,
        PoseSequence(positions=positions, layout=OPENPOSE25, fps=25.0, unit="px", up="-y"),
    )
    config = tiny_lifting.change(out=tmp_path / "run")
    result = lifting.measure(config, video)
    assert result["metrics"]["clips"] == 8
    assert result["settings"]["channels"] == 4
    assert not {"data", "root", "out"} & result["settings"].keys()
    assert result["video"]["frames"] == 20
    written = (tmp_path / "run" / "log.csv").stat().st_mtime_ns
    assert lifting.measure(config, video)["metrics"] == result["metrics"]
    assert (tmp_path / "run" / "log.csv").stat().st_mtime_ns == written
    table = format_lifting(result)
    assert f"| true keypoints | {result['metrics']['true']['mpjpe_mm']:.1f} |" in table
    assert "| left_wrist | " in table


def test_settings_are_tried_on_each_subject_and_a_stopped_trial_goes_on(
    lifting: ModuleType, tiny_lifting: LiftConfig, tmp_path: Path
) -> None:
    file, subjects = tmp_path / "settings.json", ("ann", "bob")
    settings = {"own": {"exchange": 0.0}, "other": {"exchange": 1.0}}
    lifting.choose(tiny_lifting, settings, subjects, file=file, workers=2)
    first = json.loads(file.read_text())["mpjpe_mm"]
    values = [first[name][subject] for name in settings for subject in subjects]
    assert len(set(values)) == 4
    assert all(0 < value < 1000 for value in values)
    changed = {**first, "own": {"ann": 5.0}}
    file.write_text(json.dumps({"mpjpe_mm": changed}))
    lifting.choose(tiny_lifting, settings, subjects, file=file, workers=1)
    again = json.loads(file.read_text())["mpjpe_mm"]
    assert again == {**first, "own": {"ann": 5.0, "bob": first["own"]["bob"]}}


def test_settings_are_chosen_without_novo_whoever_is_named(
    lifting: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[LiftConfig] = []

    def keep(config: LiftConfig, *rest: object, file: Path, workers: int) -> None:
        met.append(config)
        file.write_text(lifting.CHOICE.read_text())

    monkeypatch.setattr(lifting, "choose", keep)
    lifting.main(["--choose", "--subject", "AnBh", "--choice", str(tmp_path / "choice.json")])
    assert [(one.split.test_subjects, one.recipe.epochs) for one in met] == [(("NoVo",), 30)]


@pytest.mark.parametrize("subject", ["NoVo", "AnBh"])
def test_the_committed_results_are_of_whole_runs(lifting: ModuleType, subject: str) -> None:
    result = lifting.read_results()[subject]
    metrics, video = result["metrics"], result["video"]
    assert f"test {subject}" in metrics["protocol"]
    settings = result["settings"]
    defaults = LiftConfig.of(dataset="mpi-ebed", test_subjects=(subject,)).flatten()
    defaults = json.loads(json.dumps(defaults))
    assert settings == {key: defaults[key] for key in settings}
    assert metrics["true"]["mpjpe_mm"] <= metrics["constant_pose"]["mpjpe_mm"] / 2
    assert metrics["true"]["mpjpe_mm"] <= {"NoVo": 50.5, "AnBh": 50.0}[subject]  # the goal is 50
    filtered, unfiltered = metrics["noisy_filtered"], metrics["noisy"]
    assert filtered["velocity_error_mm_s"] < unfiltered["velocity_error_mm_s"]
    assert max(video["bone_cv"].values()) < 0.1
    for speeds in video["wrists"].values():
        assert speeds["speed_3d"] >= speeds["speed_2d"] / 2


def test_the_documents_show_the_committed_result(lifting: ModuleType) -> None:
    table = format_lifting(json.loads(lifting.RESULTS.read_text()))
    text = (ROOT / "benchmarks" / "README.md").read_text()
    assert table in text
    assert format_held_out(lifting.read_results()) in text
    readme = (ROOT / "README.md").read_text().splitlines()
    other = lifting.read_results()["AnBh"]["metrics"]
    true, noisy = other["true"]["mpjpe_mm"], other["noisy_filtered"]["mpjpe_mm"]
    told = f"AnBh held out instead, {true:.1f} mm with true keypoints and {noisy:.1f} mm with"
    assert told in " ".join(readme)
    rows = [line for line in table.splitlines() if line.startswith(("| true", "| a detector"))]
    assert rows
    assert set(rows) <= set(readme)


def test_the_defaults_are_the_settings_that_were_best_on_the_actors_of_the_training_part(
    lifting: ModuleType,
) -> None:
    choice = json.loads(lifting.CHOICE.read_text())
    errors = choice["mpjpe_mm"]
    assert choice["settings"] == lifting.SETTINGS
    assert {name: sorted(row) for name, row in errors.items()} == {
        name: sorted(lifting.SUBJECTS) for name in lifting.SETTINGS
    }
    best = min(errors, key=lambda name: sum(errors[name].values()))
    defaults = LiftConfig().flatten()
    assert {key: defaults[key] for key in lifting.SETTINGS[best]} == lifting.SETTINGS[best]
    table = format_settings(errors, lifting.SUBJECTS)
    assert table in (ROOT / "benchmarks" / "README.md").read_text()
