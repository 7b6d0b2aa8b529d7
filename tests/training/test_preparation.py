"""From files to preprocessed parts."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.config import TrainConfig
from skelgraph.data import check_dimensions
from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.io import read_sequence, write_csv
from skelgraph.layouts import COCO17, H36M17, UPPER10
from skelgraph.poses import PoseSequence, Preprocessing, convert_layout
from skelgraph.training import prepare_clips
from skelgraph.training.clip_cleaning import preprocess


def make_sequence(num_frames: int = 30, **fields) -> PoseSequence:
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(num_frames, 10, 3)) * 0.01 + rng.normal(size=(1, 10, 3))
    return PoseSequence(
        **{"positions": positions, "layout": UPPER10, "fps": 30.0, "name": "clip", **fields}
    )


def test_bone_lengths_come_from_the_training_part(arm_swings: Path) -> None:
    data = prepare_clips(TrainConfig.of(data=arm_swings, test_subjects=("cid",)))
    train = [data.clips.sequences[clip] for clip in data.split.train]
    expected = replace(data.preprocessing, bone_lengths=None).fit(train)
    everyone = replace(data.preprocessing, bone_lengths=None).fit(data.clips.sequences)
    assert data.preprocessing.bone_lengths == expected.bone_lengths
    assert data.preprocessing.bone_lengths != everyone.bone_lengths


def test_a_few_clips_without_a_subject_are_told(arm_swings: Path, tmp_path: Path) -> None:
    shutil.copytree(arm_swings, tmp_path / "data")
    labels = tmp_path / "data" / "labels.csv"
    labels.write_text(labels.read_text().replace(",ann,take1_slow", ",,take1_slow"))
    data = prepare_clips(TrainConfig.of(data=tmp_path / "data"))
    assert data.split.kind == "group"
    assert "2 of 24 clips have no subject; a split by it needs all" in data.notes


def test_a_clip_that_is_too_short_is_named() -> None:
    with pytest.raises(DatasetError, match=r"clip: expected at least 8 frames .* but got 2"):
        preprocess(make_sequence(2), Preprocessing())


def test_a_clip_without_joints_is_named() -> None:
    nothing = make_sequence(positions=np.full((20, 10, 3), np.nan))
    with pytest.raises(DatasetError, match="clip: expected joint positions, but all of them"):
        preprocess(nothing, Preprocessing())


def test_errors_of_a_step_name_the_clip() -> None:
    with pytest.raises(SkelgraphError, match="clip"):
        preprocess(make_sequence(), Preprocessing(layout=COCO17))


def test_2d_and_3d_do_not_mix() -> None:
    flat = make_sequence(positions=np.zeros((9, 10, 2)), name="flat")
    with pytest.raises(DatasetError, match=r"1 are in 2D \(flat\) and 1 in 3D \(clip\); keep one"):
        check_dimensions([flat, make_sequence()])


def test_unlike_formats_and_layouts_become_one_and_it_says_so(
    arm_swings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(arm_swings, folder)
    labels = folder / "labels.csv"
    for file in folder.glob("bob_*.npz"):
        write_csv(file.with_suffix(".csv"), convert_layout(read_sequence(file), H36M17))
        file.unlink()
    labels.write_text(re.sub(r"^(bob_\w+)\.npz", r"\1.csv", labels.read_text(), flags=re.MULTILINE))
    data = prepare_clips(TrainConfig.of(data=folder, test_subjects=("cid",)))
    assert data.layout == UPPER10
    assert {sequence.layout for sequence in data.sequences} == {UPPER10}
    assert "8 clips converted from layout h36m17 to upper10" in data.notes
