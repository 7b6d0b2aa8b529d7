"""Trainings in processes of their own."""

from pathlib import Path

from skelgraph import TrainConfig
from skelgraph.experiments.fold_workers import FoldOutcome, FoldTask, run_tasks


def test_each_worker_goes_on_after_a_failure(arm_swings: Path, tmp_path: Path) -> None:
    def make(name: str, **settings: object) -> FoldTask:
        usual = {"data": arm_swings, "model": "st-gcn-small", "epochs": 1, "out": tmp_path / name}
        return FoldTask(title=name, config=TrainConfig.of(**{**usual, **settings}))

    tasks = [
        make("bad", test_subjects=("zoe",)),
        make("good", test_subjects=("ann",)),
        make("broken", data=tmp_path / "absent"),
        make("fine", test_subjects=("bob",)),
    ]
    outcomes: dict[str, FoldOutcome] = {}
    run_tasks(tasks, workers=2, done=lambda one: outcomes.update({one.task.title: one}))
    assert {name for name, one in outcomes.items() if one.error} == {"bad", "broken"}
    assert "there is no subject 'zoe'" in outcomes["bad"].error
    assert [task.title for task in tasks if task.is_finished] == ["good", "fine"]
    assert outcomes["good"].seconds > 0


def test_a_worker_that_dies_fails_its_training_alone(arm_swings: Path, tmp_path: Path) -> None:
    own = tmp_path / "net.py"
    own.write_text("import os\n\n\ndef die(*arguments, **settings):\n    os._exit(3)\n")
    usual = {"data": arm_swings, "test_subjects": ("ann",), "epochs": 1}
    tasks = [
        FoldTask(title=name, config=TrainConfig.of(**usual, model=model, out=tmp_path / name))
        for name, model in (("dead", f"{own}:die"), ("alive", "st-gcn-small"))
    ]
    outcomes: list[FoldOutcome] = []
    run_tasks(tasks, workers=2, done=outcomes.append)
    errors = {one.task.title: one.error for one in outcomes}
    assert errors["alive"] == ""
    assert "its process ended (exit code 3)" in errors["dead"]
