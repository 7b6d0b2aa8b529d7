"""Training on unlike skeletons, each as it is, and prediction on one that was never seen."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph import CrossvalConfig, TrainConfig, crossval, load_run, train
from skelgraph.data import MixedSkeletons
from skelgraph.errors import RunError, SplitError
from skelgraph.io import read_sequence, write_csv, write_npz
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.models import SmallSSTGCN
from skelgraph.poses import PoseSequence, convert_layout
from skelgraph.runs import read_predictions


def shrink(sequence: PoseSequence) -> PoseSequence:
    """The same person without elbows."""
    names = sequence.layout.joints
    kept = [names[joint] for joint in range(10) if joint not in (5, 8)]
    return sequence.select_joints(kept, name="no-elbows")


@pytest.fixture(scope="module")
def mixture(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arm swings in three skeletons, two of which the catalogue does not have."""
    folder = tmp_path_factory.mktemp("mixture")
    rows = read_rows(arm_swings)
    assert len(rows) >= 12
    for number, row in enumerate(rows):
        sequence = read_sequence(arm_swings / row["file"])
        if number % 3 == 1:
            sequence = shrink(sequence)
        elif number % 3 == 2:
            sequence = renamed(sequence, "turned")
        row["file"] = f"{number}.npz"
        write_npz(folder / row["file"], sequence)
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def renamed(sequence: PoseSequence, name: str) -> PoseSequence:
    """The same skeleton under another name, its joints in another order."""
    order = np.arange(sequence.layout.num_joints)[::-1]
    place = {int(joint): number for number, joint in enumerate(order)}
    layout = sequence.layout
    return PoseSequence(
        positions=sequence.positions[:, order],
        layout=JointLayout(
            name=name,
            joints=tuple(layout.joints[joint] for joint in order),
            bones=tuple((place[a], place[b]) for a, b in layout.bones),
            center=place[layout.center],
            pairs=tuple((place[a], place[b]) for a, b in layout.pairs),
        ),
        fps=sequence.fps,
        unit=sequence.unit,
        label=sequence.label,
    )


@pytest.fixture(scope="module")
def settings(mixture: Path) -> dict[str, Any]:
    return {
        "data": mixture,
        "layout": "mixed",
        "model": "s-stgcn-small",
        "stream": "joint-motion",
        "epochs": 6,
        "batch_size": 4,
        "test_subjects": ("C",),
    }


@pytest.fixture(scope="module")
def run(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mixed") / "run"
    subjects = sorted({row["subject"] for row in read_rows(settings["data"])})
    config = TrainConfig.of(**{**settings, "test_subjects": (subjects[-1],), "out": out})
    lines: list[str] = []
    result = train(config, report=lines.append)
    assert result.metrics.uar > 0.5
    assert any("layouts upper10, 10 joints and " in line for line in lines)
    assert any("no weight of the network belongs to a joint" in line for line in lines)
    return out


def read_rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "labels.csv").read_text().splitlines()))


def test_the_run_predicts_its_test_part_again(run: Path) -> None:
    predictor = load_run(run)
    assert isinstance(predictor.model, SmallSSTGCN)
    assert not [name for name, _ in predictor.model.named_parameters() if "importance" in name]
    assert predictor.facts.is_mixed
    assert len(predictor.facts.layouts) == 3
    tested = read_predictions(run / "predictions.csv")
    assert tested
    data = predictor.config.data.folder
    assert data is not None
    for row in tested:
        (file,) = [one["file"] for one in read_rows(data) if Path(one["file"]).stem == row.name]
        again = predictor.predict(read_sequence(data / file))
        for name, probability in row.probabilities.items():
            assert again.probabilities[name] == pytest.approx(probability, abs=1e-4)


def test_it_predicts_a_skeleton_that_it_never_saw_and_says_so(run: Path, tmp_path: Path) -> None:
    data = load_run(run).config.data.folder
    assert data is not None
    sequence = read_sequence(data / "0.npz")
    headless = [name for name in sequence.layout.joints if name != "neck_nose"]
    write_npz(tmp_path / "headless.npz", sequence.select_joints(headless, name="headless"))
    write_npz(tmp_path / "seen.npz", sequence)
    result = CliRunner().invoke(
        skelgraph, ["predict", str(run), str(tmp_path / "headless.npz"), str(tmp_path / "seen.npz")]
    )
    assert result.exit_code == 0, result.output
    assert (
        "note: 1 clip of headless with 9 joints, a skeleton that the training never saw"
        in result.stderr.replace("\n", " ")
    )
    assert "converted" not in result.stderr


def test_the_order_of_joints_is_no_matter(run: Path) -> None:
    predictor = load_run(run)
    data = predictor.config.data.folder
    assert data is not None
    sequence = read_sequence(data / "0.npz")
    scores, others = (
        predictor.predict(one).probabilities for one in (sequence, renamed(sequence, "other"))
    )
    for name, probability in scores.items():
        assert others[name] == pytest.approx(probability, abs=1e-5)


@pytest.mark.parametrize("model", ["s-stgcn", "st-gcn-small"])
def test_all_networks_with_a_graph_take_a_mixture_and_identities(
    settings: dict[str, Any], model: str, tmp_path: Path
) -> None:
    subjects = sorted({row["subject"] for row in read_rows(settings["data"])})
    config = TrainConfig.of(
        **{
            **settings,
            "test_subjects": (subjects[-1],),
            "model": model,
            "stream": "bone",
            "epochs": 1,
            "joint_identity": True,
            "out": tmp_path / "run",
        }
    )
    train(config)
    facts = json.loads((tmp_path / "run" / "config.json").read_text())
    assert facts["in_channels"] == 3 + 8
    sequence = read_sequence(settings["data"] / "1.npz")
    assert load_run(tmp_path / "run").predict(sequence).prediction in facts["classes"]


def test_a_cross_validation_takes_a_mixture(settings: dict[str, Any], tmp_path: Path) -> None:
    kept = {key: value for key, value in settings.items() if key != "test_subjects"}
    config = CrossvalConfig.of(**{**kept, "epochs": 1, "out": tmp_path / "cv", "workers": 1})
    assert crossval(config).metrics.uar >= 0


def test_networks_of_one_skeleton_are_refused() -> None:
    with pytest.raises(RunError, match=r"layout mixed is for s-stgcn.* not for resnet18"):
        TrainConfig.of(layout="mixed", model="resnet18")
    with pytest.raises(RunError, match="scrambled axes need one skeleton"):
        TrainConfig.of(layout="mixed", axes="scrambled")
    with pytest.raises(RunError, match="a center is a joint of one layout"):
        TrainConfig.of(layout="mixed", center="spine")
    with pytest.raises(RunError, match="the identity of joints is told to networks of skeletons"):
        TrainConfig.of(model="sern", joint_identity=True)


def test_layouts_of_one_name_do_not_meet() -> None:
    """The arm and the leg of this batch are both called so."""
    arm = JointLayout.from_parents("mine", {"shoulder": None, "elbow": "shoulder"})
    leg = JointLayout.from_parents("mine", {"hip": None, "knee": "hip", "ankle": "knee"})
    other = JointLayout.from_parents("mine", {"knee": None, "hip": "knee", "ankle": "knee"})
    clips = [
        PoseSequence(
            positions=np.random.default_rng(0).normal(size=(20, one.num_joints, 3)),
            layout=one,
            fps=30.0,
        )
        for one in (arm, leg, other)
    ]
    torch.manual_seed(0)
    network, data = SmallSSTGCN(any_skeleton=True).eval(), MixedSkeletons(clips)
    together = network(data.collate([data[clip] for clip in range(3)]))
    alone = [network(data.collate([data[clip]])) for clip in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-6)
    assert not torch.allclose(together[1], together[2], atol=1e-5)


def test_a_recording_of_two_skeletons_is_a_leak(mixture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "leaky"
    shutil.copytree(mixture, folder)
    rows = read_rows(folder)
    rows += [{**rows[0], "file": "again.npz", "subject": "dan", "recording": "another"}]
    write_npz(folder / "again.npz", renamed(read_sequence(folder / rows[0]["file"]), "turned"))
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    config = TrainConfig.of(
        data=folder, layout="mixed", model="s-stgcn-small", epochs=1, test_subjects=("dan",)
    )
    with pytest.raises(SplitError, match="again"):
        train(config.change(out=tmp_path / "run"))


@pytest.mark.parametrize("model", ["s-stgcn-small", "features"])
def test_one_file_without_a_head_stops_no_other(
    settings: dict[str, Any], model: str, tmp_path: Path
) -> None:
    subjects = sorted({row["subject"] for row in read_rows(settings["data"])})
    how = {"stream": "posture", "epochs": 1} if model == "s-stgcn-small" else {}
    config = TrainConfig.of(
        data=settings["data"],
        layout="mixed",
        model=model,
        test_subjects=(subjects[-1],),
        out=tmp_path / "run",
        **how,
    )
    train(config)
    sequence = read_sequence(settings["data"] / "0.npz")
    write_npz(tmp_path / "good.npz", sequence)
    kept = ("spinebase", "spine", "thorax", "left_shoulder", "right_shoulder")
    write_npz(tmp_path / "trunk.npz", sequence.select_joints(kept, name="trunk"))
    files = [str(tmp_path / name) for name in ("good.npz", "trunk.npz")]
    result = CliRunner().invoke(skelgraph, ["predict", str(tmp_path / "run"), *files])
    assert result.exit_code == 1
    assert "good" in result.stdout
    assert "trunk.npz" in result.stderr
    assert "head" in result.stderr


@pytest.mark.realdata
def test_markers_of_two_studios_and_keypoints_train_together(
    shared_data: Path, tmp_path: Path
) -> None:
    """BVH of MPI (23 joints) and Bandai, and 3D CSV of coco17, as files of their own."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = []
    for emotion in ("Anger", "Sadness"):
        files = sorted((shared_data / "mpi-ebed" / emotion).glob("*.bvh"))[:6]
        for number, file in enumerate(files):
            name = f"{emotion}{number}.{'csv' if number % 2 else 'bvh'}"
            if number % 2:
                write_csv(folder / name, convert_layout(read_sequence(file), COCO17))
            else:
                (folder / name).symlink_to(file)
            rows.append((name, emotion))
    styles = {"Anger": "active", "Sadness": "exhausted"}
    for emotion, style in styles.items():
        found = sorted((shared_data / "bandai-styles").glob(f"*_{style}_*.bvh"))[:3]
        assert len(found) == 3
        for file in found:
            (folder / file.name).symlink_to(file)
            rows.append((file.name, emotion))
    with (folder / "labels.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("file", "label"), *rows])
    out = tmp_path / "run"
    options = ["--model", "s-stgcn-small", "--stream", "posture-motion", "--epochs", "1"]
    arguments = ["train", "--data", str(folder), "--layout", "mixed", *options, "--out", str(out)]
    result = CliRunner().invoke(skelgraph, arguments)
    assert result.exit_code == 0, result.output
    facts = json.loads((out / "config.json").read_text())
    assert sorted(len(one["joints"]) for one in facts["layouts"]) == [17, 21, 23]
    unseen = tmp_path / "upper.npz"
    (mpi,) = [row[0] for row in rows if row[0] == "Anger0.bvh"]
    write_npz(unseen, convert_layout(read_sequence(folder / mpi), UPPER10))
    result = CliRunner().invoke(skelgraph, ["predict", str(out), str(unseen)])
    assert result.exit_code == 0, result.output
    assert "upper10 with 10 joints, a skeleton that the training never saw" in result.stderr


def test_identity_is_the_same_whatever_the_order() -> None:
    from skelgraph.layouts import identify_joints

    layout = renamed(
        PoseSequence(positions=np.zeros((2, 10, 3)), layout=UPPER10, fps=30.0), "other"
    ).layout
    found = torch.from_numpy(identify_joints(layout)).flip(0)
    assert torch.equal(found, torch.from_numpy(identify_joints(UPPER10)))
