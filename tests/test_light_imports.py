"""Heavy packages are imported only where they are used: PyG where graphs are made."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("torch_geometric", "lightning", "torchmetrics", "sklearn", "scipy.signal", "matplotlib")

TABLE = """
from skelgraph.data import DATASETS

assert DATASETS["mpi-ebed"].layout == "upper10"
"""

BATCH = """
import numpy as np
import torch

from skelgraph.data import DenseBatch, SkeletonDataset
from skelgraph.layouts import UPPER10
from skelgraph.models import SSTGCN
from skelgraph.poses import PoseSequence
from skelgraph.transforms import Compose, JointToBone, RandomCrop

clips = [
    PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0, label="sad")
    for T in (4, 7)
]
transform = Compose([RandomCrop(6), JointToBone(UPPER10)])
dataset = SkeletonDataset(clips, classes=["joy", "sad"], transform=transform)
batch = dataset.collate([dataset[0], dataset[1]])
network = SSTGCN(3, 2, channels=(4, 4)).eval()
assert network(*dataset.to_inputs(batch)).shape == (2, 2)
"""

FOLDER = """
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from skelgraph.data import read_folder
from skelgraph.io import write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence

with TemporaryDirectory() as folder:
    clip = PoseSequence(positions=np.ones((4, 10, 3)), layout=UPPER10, fps=30.0)
    (Path(folder) / "joy").mkdir()
    write_npz(Path(folder) / "joy" / "a.npz", clip)
    read_folder(folder, min_files_per_label=1, use_cache=False)
"""

FILTER = """
import numpy as np

from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, low_pass

low_pass(PoseSequence(positions=np.ones((9, 10, 3)), layout=UPPER10, fps=30.0))
"""


def modules_loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_table_of_datasets_loads_nothing_heavy() -> None:
    loaded = modules_loaded_by(TABLE)
    assert "skelgraph.data.catalogue" in loaded
    assert not loaded & {*HEAVY, "torch", "scipy", "numpy", "networkx"}


def test_a_batch_runs_through_a_network_without_pyg() -> None:
    loaded = modules_loaded_by(BATCH)
    assert "torch" in loaded
    assert not loaded & set(HEAVY)


def test_a_folder_is_read_without_torch() -> None:
    loaded = modules_loaded_by(FOLDER)
    assert "skelgraph.data.folder" in loaded
    assert not loaded & {*HEAVY, "torch", "scipy", "networkx"}


def test_a_prediction_loads_nothing_that_it_does_not_use(
    trained_run: Path, arm_swings: Path
) -> None:
    clip = next(arm_swings.rglob("*.npz"))
    code = f"""
from skelgraph_cli.command import skelgraph
skelgraph(["predict", {str(trained_run)!r}, {str(clip)!r}], standalone_mode=False)
"""
    loaded = modules_loaded_by(code)
    assert {"skelgraph.serving.predictor", "torch"} <= loaded
    unused = {*HEAVY, "torch._dynamo", "scipy.optimize", "scipy.stats", "networkx", "pandas"}
    assert not loaded & unused


def test_a_ridge_on_movement_features_is_loaded_without_its_training() -> None:
    loaded = modules_loaded_by("import skelgraph.serving.feature_network")
    assert "skelgraph.training.feature_model_file" in loaded
    assert not loaded & {*HEAVY, "networkx", "pandas"}


def test_the_filter_of_a_clip_loads_linear_algebra_alone() -> None:
    loaded = modules_loaded_by(FILTER)
    assert "scipy.linalg" in loaded
    assert not loaded & {*HEAVY, "scipy.optimize", "scipy.stats", "networkx"}
