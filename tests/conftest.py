"""Fixtures that all tests share."""

import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from harness import keypoint_files as keypoint_writers
from harness.hub_stand_in import TOKEN, HubStandIn
from scipy.io import wavfile

from skelgraph import TrainConfig, load_run, train
from skelgraph.config import LiftConfig, MultimodalSettings
from skelgraph.evaluation import score_answered
from skelgraph.io import write_npz
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.lifting import TemporalLifter, make_lifter_network
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory
from skelgraph.runs.run_directory import LIFTER_KIND
from skelgraph.serving import (
    Decision,
    DecisionRule,
    HeldOutAnswers,
    Quantiles,
    TrainedInputs,
    write_decision,
)


def find_shared_data() -> Path | None:
    """Folder of the real recordings: SKELGRAPH_DATA, or shared/data beside the checkout."""
    named = os.environ.get("SKELGRAPH_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture
def seated_body() -> np.ndarray:
    """The joints of upper10 (V, 3) in real proportions, in meters, y up, facing about +z."""
    return np.array(
        [
            [0.0, 0.0, 0.0],
            [0.0, 0.2, 0.02],
            [0.0, 0.42, 0.0],
            [0.0, 0.62, 0.06],
            [0.18, 0.4, 0.0],
            [0.24, 0.12, 0.03],
            [0.2, 0.02, 0.25],
            [-0.18, 0.4, 0.0],
            [-0.24, 0.12, 0.03],
            [-0.2, 0.02, 0.25],
        ]
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; skips the test where it is absent."""
    folder = find_shared_data()
    if folder is None:
        pytest.skip("no real recordings: set SKELGRAPH_DATA to their folder")
    return folder


def write_clip(
    file: Path, *, speed_hz: float, seed: int, num_frames: int = 24, dimensions: int = 3
) -> None:
    """Writes a recording of a person who swings the arms, with a phase and size of its own."""
    rng = np.random.default_rng(seed)
    rest = np.array(
        [
            [0, 0, 0],
            [0, 0.25, 0],
            [0, 0.5, 0],
            [0, 0.62, 0.08],
            [0.18, 0.5, 0],
            [0.2, 0.22, 0],
            [0.2, 0, 0.05],
            [-0.18, 0.5, 0],
            [-0.2, 0.22, 0],
            [-0.2, 0, 0.05],
        ]
    )
    time = np.arange(num_frames) / 30
    swing = 0.15 * np.sin(2 * np.pi * (speed_hz * time + rng.random()))
    positions = np.repeat(rest[None], num_frames, axis=0) * rng.uniform(0.9, 1.1)
    positions[:, (6, 9), 2] += swing[:, None]
    positions += rng.normal(0, 0.002, positions.shape)
    write_npz(
        file,
        PoseSequence(
            positions=positions[:, :, :dimensions],
            layout=UPPER10,
            fps=30.0,
            unit="m" if dimensions == 3 else "px",
        ),
    )


@pytest.fixture(scope="session")
def arm_swings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder dataset: three subjects who swing their arms slow or fast, four clips of each."""
    folder = tmp_path_factory.mktemp("arm_swings")
    lines = ["file,label,subject,recording"]
    for subject in ("ann", "bob", "cid"):
        for label, speed_hz in (("slow", 0.5), ("fast", 3.0)):
            for take in range(4):
                name = f"{subject}_{label}_{take}.npz"
                write_clip(folder / name, speed_hz=speed_hz, seed=len(lines))
                lines.append(f"{name},{label},{subject},take{take // 2}_{label}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def tiny_lifting(arm_swings: Path) -> LiftConfig:
    """Settings of a lifter that is trained and tested in a moment."""
    return LiftConfig.of(
        data=arm_swings,
        test_subjects=("cid",),
        filter_widths=(3,),
        channels=4,
        epochs=1,
        cameras=1,
    )


def write_wav(file: Path, *, pitch_hz: float, seed: int, duration_s: float = 0.4) -> None:
    """Writes a buzz of a pitch, at 16 kHz, with some noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(16_000 * duration_s)) / 16_000
    buzz = sum(np.sin(2 * np.pi * pitch_hz * k * time + rng.random()) / k for k in range(1, 9))
    sound = 0.2 * buzz + 0.005 * rng.normal(size=len(time))
    wavfile.write(file, 16_000, (20_000 * np.clip(sound, -1, 1)).astype(np.int16))


@pytest.fixture(scope="session")
def spoken_swings(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arm swings with sound, low and slow or high and fast, and with words that tell it."""
    folder = tmp_path_factory.mktemp("spoken_swings")
    shutil.copytree(arm_swings, folder, dirs_exist_ok=True)
    header, *lines = (arm_swings / "labels.csv").read_text().splitlines()
    rows = [f"{header},audio,text"]
    for seed, line in enumerate(lines):
        name, label = line.split(",")[:2]
        audio = name.replace(".npz", ".wav")
        pitch_hz = {"slow": 110, "fast": 240}[label] + 5 * (seed % 3)
        write_wav(folder / audio, pitch_hz=pitch_hz, seed=seed)
        said = {"slow": ("I am tired", "so sleepy"), "fast": ("hurry up", "run now")}[label]
        rows.append(f"{line},{audio},{said[seed % 2]}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


TINY = MultimodalSettings(hidden_channels=8, embedding_size=6, audio_dropout=0.0, text_dropout=0.0)
"""Encoders of a test's size."""


@pytest.fixture(scope="session")
def make_spoken(spoken_swings: Path) -> Callable[..., TrainConfig]:
    """Makes the configuration of a short training on the spoken swings."""

    def make(model: str, out: Path, **settings) -> TrainConfig:
        own = {name: settings.pop(name) for name in list(settings) if name in TINY.flatten()}
        usual = {"data": spoken_swings, "test_subjects": ("cid",), "epochs": 2, **settings}
        return TrainConfig.of(model=model, out=out, multimodal=TINY.change(**own), **usual)

    return make


@pytest.fixture(scope="session")
def sern_run(
    make_spoken: Callable[..., TrainConfig], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The run directory of a short training of SERN with its encoders."""
    config = make_spoken("sern", tmp_path_factory.mktemp("runs") / "sern", epochs=4)
    return train(config).run.path


@pytest.fixture(scope="session", autouse=True)
def single_thread() -> None:
    """Tensors of a test's size are slower on many threads, far slower on shared cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the suite away from the user's cache of parsed recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKELGRAPH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def trained_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a short training on the arm swings."""
    config = TrainConfig.of(
        data=arm_swings,
        stream="bone",
        test_subjects=("cid",),
        epochs=2,
        out=tmp_path_factory.mktemp("runs") / "short",
    )
    return train(config).run.path


def make_rule(classes: tuple[str, ...], **changes: Any) -> DecisionRule:
    """When a model answers: above 0.6, at temperature 2, as on clips of 0.8 s at 30 frames/s."""
    scores = score_answered([0, 1], [0, 1], np.array([True, False]), classes)
    usual = {
        "classes": classes,
        "temperature": 2.0,
        "threshold": 0.6,
        "target": 0.7,
        "least_share": 0.5,
        "held_out": HeldOutAnswers(
            protocol="each of 3 left out",
            folds=3,
            clips=2,
            thresholds=(0.6, 0.6),
            scores=scores,
            calibration_error=0.1,
        ),
        "inputs": TrainedInputs(
            clips=16,
            fps=Quantiles(low=30, median=30, high=30),
            duration_s=Quantiles(low=0.8, median=0.8, high=0.8),
            missing=Quantiles(low=0, median=0, high=0),
        ),
    }
    return DecisionRule(**{**usual, **changes})


@pytest.fixture(scope="session")
def decided_run(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The short training with a decision: nothing is sure enough, and the clips are usual."""
    folder = tmp_path_factory.mktemp("runs") / "decided"
    shutil.copytree(trained_run, folder)
    write_decision(
        RunDirectory(path=folder),
        Decision(rule=make_rule(load_run(trained_run).classes, threshold=0.999)),
    )
    return folder


@pytest.fixture(scope="session")
def fused_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a short training of a network and a ridge whose scores are added."""
    config = TrainConfig.of(
        data=arm_swings,
        stream="posture-motion,features",
        model="s-stgcn-small",
        fusion="sum",
        test_subjects=("cid",),
        epochs=1,
        out=tmp_path_factory.mktemp("runs") / "fused",
    )
    return train(config).run.path


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubStandIn]:
    """A stand-in for the Hub, to which the Hub's own client talks as the one user it knows."""
    pytest.importorskip("huggingface_hub", reason="the Hub's client is not installed")
    from huggingface_hub import constants

    stand_in = HubStandIn()
    template = f"{stand_in.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    for name, value in {
        "ENDPOINT": stand_in.address,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_OFFLINE": False,
    }.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    with stand_in.running():
        yield stand_in


def load_script(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load_benchmark() -> Callable[[str], ModuleType]:
    """Imports a script of ``benchmarks/`` by its name."""
    folder = Path(__file__).parents[1] / "benchmarks"
    return lambda name: load_script(folder / f"{name}.py")


@pytest.fixture(scope="session")
def keypoint_files() -> ModuleType:
    """Writers of files as pose estimators leave them."""
    return keypoint_writers


@pytest.fixture
def keypoints() -> PoseSequence:
    return PoseSequence(
        positions=keypoint_writers.draw_person(40),
        layout=COCO17,
        fps=25.0,
        unit="px",
        up="-y",
        confidence=np.full((40, 17), 0.9),
        name="clip",
    )


def make_lifter(in_channels: int = 2, *, seed: int = 0) -> TemporalLifter:
    torch.manual_seed(seed)
    return TemporalLifter(in_channels, filter_widths=(3, 3), channels=8).eval()


@pytest.fixture
def lifter() -> TemporalLifter:
    return make_lifter()


@pytest.fixture
def lifter_file(tmp_path: Path, lifter: TemporalLifter) -> Path:
    """A checkpoint in the form of the official ones."""
    file = tmp_path / "lifter.bin"
    torch.save({"model_pos": lifter.state_dict()}, file)
    return file


@pytest.fixture
def lifter_run(tmp_path: Path) -> Path:
    """A run directory as `skelgraph lift train` leaves it, with weights that nobody trained."""
    config = LiftConfig.of(dataset="mpi-ebed", root=tmp_path, filter_widths=(3, 3), channels=8)
    run = RunDirectory(path=tmp_path / "lifter_run")
    torch.manual_seed(0)
    weights = make_lifter_network(config.network).state_dict()
    run.checkpoints.mkdir(parents=True)
    state = {f"model.{name}": value for name, value in weights.items()}
    torch.save({"state_dict": state, "epoch": 1}, run.checkpoint(config.recipe.checkpoint))
    run.metrics_file.write_text("{}")  # that it was tested is all that is asked
    facts = {"kind": LIFTER_KIND, "config": config.to_dict()}
    run.config_file.write_text(json.dumps(facts))
    return run.path
