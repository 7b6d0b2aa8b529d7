"""A lifter is trained and tested in a few seconds."""

import json
import shutil
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from harness.hub_stand_in import HubStandIn
from safetensors.torch import save_file

from skelgraph.config import LiftConfig
from skelgraph.errors import RunError
from skelgraph.hub import HubReference
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    LIFTER_CONDITIONS,
    LifterData,
    evaluate_lifter_run,
    lifter_data_module,
    load_lifter,
    load_lifter_run,
    read_lifter_config,
    train_lifter,
)
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory, push_model, read_weights


def small(data: Path, out: Path, **settings: object) -> LiftConfig:
    usual = {"filter_widths": (3, 3), "channels": 8, "test_subjects": ("cid",), "epochs": 3}
    return LiftConfig.of(**{"data": data, "out": out, **usual, **settings})


@pytest.fixture(scope="module")
def lifter_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, lines = tmp_path_factory.mktemp("lifter") / "run", []
    result = train_lifter(small(arm_swings, run), report=lines.append)
    assert "clips train" in lines[0]
    assert result.run.path == run
    return run


def test_the_run_directory_says_how_and_how_well(lifter_run: Path) -> None:
    run = RunDirectory(path=lifter_run)
    facts, metrics = run.read_config(), run.read_metrics()
    assert facts["kind"] == "lifter"
    assert facts["config"]["network"]["channels"] == 8
    assert facts["data"]["fingerprint"]
    for condition in (*LIFTER_CONDITIONS, "constant_pose"):
        errors = metrics[condition]
        joints = errors["mpjpe_mm_per_joint"]
        assert list(joints) == list(UPPER10.joints)
        assert joints["spinebase"] == 0
        assert np.mean(list(joints.values())) == pytest.approx(errors["mpjpe_mm"], abs=0.02)
        assert 0 < errors["pa_mpjpe_mm"] < errors["mpjpe_mm"] + 100
    assert (metrics["clips"], metrics["cameras"], metrics["frames"]) == (8, 3, 8 * 3 * 24)
    assert "test cid" in metrics["protocol"]
    log = run.log_file.read_text().splitlines()
    assert log[0] == "epoch,learning_rate,train_loss,val_mpjpe_mm"
    assert len(log) == 4
    parts = {row["name"]: row["part"] for row in run.read_split()}
    assert {part for name, part in parts.items() if name.startswith("cid")} == {"test"}


def test_its_checkpoint_holds_tensors_and_plain_types(lifter_run: Path) -> None:
    file = lifter_run / "checkpoints" / "last.ckpt"
    contents = torch.load(file, weights_only=True)
    assert contents["epoch"] == 2  # counted from 0


def test_it_lifts_keypoints_of_a_detector(lifter_run: Path) -> None:
    from skelgraph.layouts import OPENPOSE25

    lifter = load_lifter_run(lifter_run)
    positions = np.random.default_rng(0).uniform(200, 800, (20, 25, 2))
    image = PoseSequence(positions=positions, layout=OPENPOSE25, fps=25.0, unit="px", up="-y")
    space = lifter.lift_sequence(image)
    assert space.positions.shape == (20, 10, 3)
    assert np.isfinite(space.positions).all()


def test_evaluate_gives_the_same_again_and_takes_other_data(
    lifter_run: Path, arm_swings: Path
) -> None:
    again, before = evaluate_lifter_run(lifter_run), RunDirectory(path=lifter_run).read_metrics()
    for condition in (*LIFTER_CONDITIONS, "constant_pose"):
        assert again.metrics[condition] == before[condition]
    other = evaluate_lifter_run(lifter_run, data=LiftConfig.of(data=arm_swings))
    assert (other.metrics["clips"], other.metrics["cameras"]) == (24, 3)
    assert other.protocol.startswith("all clips of")
    with pytest.raises(RunError, match="a folder of recordings in space"):
        evaluate_lifter_run(lifter_run, data=LiftConfig.of(layout="upper10"))


def test_one_recording_is_enough_to_be_tested_on_at_the_runs_frame_rate(
    arm_swings: Path, tmp_path: Path
) -> None:
    run = train_lifter(small(arm_swings, tmp_path / "run", epochs=1, fps=15)).run
    (tmp_path / "one").mkdir()
    shutil.copy(arm_swings / "bob_slow_1.npz", tmp_path / "one")
    metrics = evaluate_lifter_run(run.path, data=LiftConfig.of(data=tmp_path / "one")).metrics
    assert (metrics["clips"], metrics["frames"]) == (1, 3 * 12)  # of 24 at 30 frames/s


@pytest.fixture(scope="module")
def stopped_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of the same training, stopped in its last epoch."""
    draw_windows = lifter_data_module.draw_windows

    def stop_in_the_third(data: LifterData, epoch: int, *rest: object, **sizes: int) -> object:
        if epoch == 2:
            raise KeyboardInterrupt
        return draw_windows(data, epoch, *rest, **sizes)

    run = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifter_data_module, "draw_windows", stop_in_the_third)
        with pytest.raises(KeyboardInterrupt):
            train_lifter(small(arm_swings, run))
    return run


def test_a_stopped_training_goes_on_as_if_it_had_not_been(
    lifter_run: Path, stopped_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(stopped_run, tmp_path / "moved"))
    train_lifter(read_lifter_config(RunDirectory(path=run)).change(out=run), resume=True)
    whole, resumed = (
        torch.load(path / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for path in (lifter_run, run)
    )
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    for name in ("metrics.json", "log.csv"):
        assert (run / name).read_bytes() == (lifter_run / name).read_bytes()


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"learning_rate": 0.1}, "config"),
        ({"seed": 1}, "config and protocol"),
        ({"test_subjects": ("bob",)}, "config and protocol"),
    ],
)
def test_a_stopped_training_goes_on_with_its_own_settings_alone(
    stopped_run: Path, arm_swings: Path, changed: dict[str, object], what: str
) -> None:
    with pytest.raises(RunError, match="there is a run already"):
        train_lifter(small(arm_swings, stopped_run))
    with pytest.raises(RunError, match=f"the run began with another {what}; to go on"):
        train_lifter(small(arm_swings, stopped_run, **changed), resume=True)


def test_a_training_that_diverges_is_stopped(tiny_lifting: LiftConfig, tmp_path: Path) -> None:
    config = tiny_lifting.change(learning_rate=1e30, epochs=2, out=tmp_path / "run")
    with pytest.raises(RunError, match=r"diverged in epoch \d: its loss is no finite number"):
        train_lifter(config)


def test_a_device_that_is_not_there_is_said_before_the_training(
    tiny_lifting: LiftConfig, tmp_path: Path
) -> None:
    config = tiny_lifting.change(out=tmp_path / "run", device="cuda:99")
    with pytest.raises(RunError, match="device cuda:99: there is no such GPU"):
        train_lifter(config)
    assert not (tmp_path / "run").exists()
    run = train_lifter(config.change(device="cpu")).run
    with pytest.raises(RunError, match="device cuda:99: there is no such GPU"):
        evaluate_lifter_run(run.path, config)


def test_what_cannot_be_done_is_said(lifter_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    recognizer, stopped = tmp_path / "recognizer", tmp_path / "stopped"
    shutil.copytree(lifter_run, stopped)
    (stopped / "metrics.json").unlink()
    recognizer.mkdir()
    (recognizer / "config.json").write_text("{}")
    with pytest.raises(RunError, match="nowhere"):
        train_lifter(small(tmp_path / "nowhere", tmp_path / "new"))
    with pytest.raises(RunError, match="there is a run already"):
        train_lifter(small(arm_swings, lifter_run))
    with pytest.raises(RunError, match="the run has ended"):
        train_lifter(small(arm_swings, lifter_run), resume=True)
    with pytest.raises(RunError, match="nothing to resume"):
        train_lifter(small(arm_swings, tmp_path / "new"), resume=True)
    for path, message in (
        (recognizer, "recognizes and does not lift"),
        (tmp_path, "expected a run directory"),
        (stopped, "trained to its end, but it was stopped"),
    ):
        with pytest.raises(RunError, match=message):
            evaluate_lifter_run(path)


def test_a_lifter_recognizes_nothing(lifter_run: Path) -> None:
    from skelgraph.serving import load_run
    from skelgraph.training.fusion.stream_scores import read_stream
    from skelgraph.training.multimodal.encoders import read_encoders

    for load in (load_run, read_stream, lambda path: read_encoders([path])):
        with pytest.raises(RunError, match="the run of a network that recognizes"):
            load(lifter_run)


def test_a_lifter_has_no_report(lifter_run: Path, tmp_path: Path) -> None:
    from skelgraph.experiments import write_report

    with pytest.raises(RunError, match="the run of a network that recognizes"):
        write_report({"lifter": lifter_run}, tmp_path / "report")


def test_damaged_runs_are_said(lifter_run: Path, tmp_path: Path) -> None:
    config = json.loads((lifter_run / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(RunError, match="there is no such checkpoint"):
        load_lifter_run(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").write_bytes(b"no weights")
    with pytest.raises(RunError, match="damaged or something else"):
        load_lifter_run(tmp_path)
    wider = deepcopy(config)
    wider["config"]["network"]["channels"] = 9
    (tmp_path / "config.json").write_text(json.dumps(wider))
    (tmp_path / "checkpoints" / "last.ckpt").write_bytes(
        (lifter_run / "checkpoints" / "last.ckpt").read_bytes()
    )
    with pytest.raises(RunError, match="of another shape"):
        load_lifter_run(tmp_path)
    assert read_lifter_config(RunDirectory(path=tmp_path)).network.channels == 9
    (tmp_path / "config.json").write_text(json.dumps({**config, "config": {"channels": 8}}))
    with pytest.raises(RunError, match=r"config\.json: unknown settings .* of another version"):
        load_lifter_run(tmp_path)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"channels": 1_000_000}, "expected the weights of the model that config.json describes"),
        ({"channels": 10**12}, r"config\.json: its network is too large"),
        ({"filter_widths": [3, 1_000_001]}, "expected the weights of the model"),
    ],
)
def test_settings_that_ask_for_all_memory_are_refused_before_there_is_a_network(
    settings: dict[str, object], problem: str, lifter_run: Path, tmp_path: Path
) -> None:
    run = RunDirectory(path=Path(shutil.copytree(lifter_run, tmp_path / "run")))
    contents = run.read_config()
    contents["config"]["network"] |= settings
    run.config_file.write_text(json.dumps(contents))
    with pytest.raises(RunError, match=problem):
        load_lifter_run(run.path)


def test_without_a_test_part_it_is_tested_on_recordings_of_validation(
    arm_swings: Path, tmp_path: Path
) -> None:
    config = small(arm_swings, tmp_path / "all", test_subjects=(), split="none", epochs=1)
    result = train_lifter(config)
    assert result.protocol.endswith("tested on recordings of validation")
    parts = [row["part"] for row in result.run.read_split()]
    assert set(parts) == {"train", "val"}
    assert result.metrics["clips"] == parts.count("val")
    assert evaluate_lifter_run(result.run.path).metrics["true"] == result.metrics["true"]


def test_weights_are_not_chosen_on_the_clips_that_are_tested(
    arm_swings: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="--checkpoint last"):
        small(arm_swings, tmp_path, test_subjects=(), split="none", checkpoint="best")


def test_a_lifter_is_loaded_from_weights_in_place_of_its_checkpoints(
    lifter_run: Path, tmp_path: Path
) -> None:
    run, folder = RunDirectory(path=lifter_run), RunDirectory(path=tmp_path)
    save_file(read_weights(run, "last"), folder.weights_file)
    for file in (run.config_file, run.metrics_file):
        shutil.copy(file, tmp_path)
    network, other = (load_lifter_run(one).network.state_dict() for one in (lifter_run, tmp_path))
    assert network.keys() == other.keys()
    assert all(torch.equal(network[name], other[name]) for name in network)
    folder.weights_file.write_bytes(b"no weights")
    with pytest.raises(RunError, match=r"weights\.safetensors: expected weights, but .* damaged"):
        load_lifter_run(tmp_path)


def test_a_lifter_of_the_hub_is_loaded_and_has_no_test_part(
    hub: HubStandIn, arm_swings: Path, tmp_path: Path
) -> None:
    run = train_lifter(small(arm_swings, tmp_path / "run", epochs=1)).run
    push_model(run, HubReference.parse("ann/lifter"))
    lifter, own = load_lifter("hf://ann/lifter"), load_lifter(run.path)
    assert lifter.identify() == own.identify()
    with pytest.raises(RunError, match="does not tell which clips did not train it, so that it h"):
        evaluate_lifter_run(Path("hf://ann/lifter"))
    other = LiftConfig.of(data=arm_swings)
    errors, expected = (
        evaluate_lifter_run(path, other).metrics for path in (Path("hf://ann/lifter"), run.path)
    )
    assert errors == expected
