import shutil
from pathlib import Path

import numpy as np
import pytest

from skelgraph.config import LiftConfig
from skelgraph.errors import DatasetError, RunError
from skelgraph.layouts import UPPER10
from skelgraph.lifting import LifterData, normalize_keypoints
from skelgraph.lifting.lifter_data import film_clip, film_for_training
from skelgraph.poses import bone_lengths
from tests.lifting.conftest import prepare


def test_what_is_seen_and_what_is_asked_for_are_one_pose(data: LifterData) -> None:
    view = film_clip(data, 3, np.random.default_rng(0))
    assert view.target.shape == (24, 10, 3)
    np.testing.assert_array_equal(view.target[:, 0], 0)
    # Shoulders are seen where they are, but for the distance: the camera looks at the person.
    left, right = (UPPER10.index(f"{side}_shoulder") for side in ("left", "right"))
    seen = view.image.positions[:, 1] - view.image.positions[:, 2]
    asked = (view.target[:, left] - view.target[:, right])[:, :2]
    cosine = (seen * asked).sum(axis=1)
    cosine /= np.linalg.norm(seen, axis=1) * np.linalg.norm(asked, axis=1)
    assert cosine.min() > 0.98
    lengths = np.linalg.norm(view.target[:, 5] - view.target[:, 4], axis=1)
    np.testing.assert_allclose(lengths, bone_lengths(data.bodies[3])[5], rtol=0.05)


def test_each_epoch_has_a_camera_of_its_own_and_the_seed_decides(
    data: LifterData, config: LiftConfig
) -> None:
    first, again, next_epoch, other_seed = (
        film_for_training(data, 0, epoch, config.filming, seed=seed).target
        for epoch, seed in ((0, 0), (0, 0), (1, 0), (0, 1))
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - next_epoch).max() > 0.01
    assert np.abs(first - other_seed).max() > 0.01


def test_arms_are_lent_by_training_clips_alone(data: LifterData, config: LiftConfig) -> None:
    still = config.filming.change(offsets=False, noise=False, proportions=0, lean_deg=0, arms_deg=0)
    bones = [(4, 5), (5, 6), (7, 8), (8, 9)]  # of upper10: both upper arms, both forearms

    def angles(positions: np.ndarray) -> np.ndarray:
        """What no camera changes: the elbows' angles."""
        units = [
            (b := positions[:, child] - positions[:, parent])
            / np.linalg.norm(b, axis=1, keepdims=True)
            for parent, child in bones
        ]
        return np.stack(
            [(units[0] * units[1]).sum(axis=1), (units[2] * units[3]).sum(axis=1)], axis=1
        )

    own = angles(data.bodies[0].positions)
    known = np.concatenate([angles(data.bodies[clip].positions) for clip in data.split.train])
    lent = 0
    for epoch in range(10):
        kept, lending = (
            film_for_training(data, 0, epoch, still.change(exchange=share), seed=0).target
            for share in (0, 1)
        )
        np.testing.assert_allclose(angles(kept), own, atol=1e-4)
        found = angles(lending)
        distances = np.abs(found[:, None] - known[None]).max(axis=2).min(axis=1)
        assert distances.max() < 1e-4
        lent += int(np.abs(found - own).max() > 1e-3)
    assert lent >= 8


def test_without_noise_all_keypoints_are_there(data: LifterData, config: LiftConfig) -> None:
    quiet = config.filming.change(noise=False)
    seen, hidden = (
        np.array(
            [
                normalize_keypoints(view.image)[..., 2].min()
                for clip in range(8)
                for epoch in range(5)
                for view in [film_for_training(data, clip, epoch, settings, seed=0)]
            ]
        )
        for settings in (quiet, config.filming)
    )
    assert seen.min() == 1
    assert 0 < hidden.mean() < 1


def test_flat_recordings_are_said(keypoint_run_data: Path) -> None:
    config = LiftConfig.of(data=keypoint_run_data)
    with pytest.raises(DatasetError, match="recordings in space, but 4 of 4 clips are in 2D"):
        prepare(config)


@pytest.fixture
def keypoint_run_data(tmp_path: Path) -> Path:
    from skelgraph.io import write_npz
    from skelgraph.poses import PoseSequence

    for number in range(4):
        folder = tmp_path / ("a" if number < 2 else "b")
        folder.mkdir(exist_ok=True)
        positions = np.random.default_rng(number).uniform(0, 100, (12, 10, 2))
        write_npz(
            folder / f"{number}.npz",
            PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="px", up="-y"),
        )
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filter_widths": (3, 2)}, "odd filter widths"),
        ({"channels": 0}, "channels of 1 or more"),
        ({"dropout": 1.0}, "dropout from 0 to less than 1"),
        ({"learning_rate": 0}, "learning_rate above 0"),
        ({"seed": -1}, "seed of 0 or more"),
        ({"window_frames": 1}, "window_frames of 2 or more"),
        ({"checkpoint": "first"}, r"checkpoint to be one of \('best', 'last'\)"),
        ({"device": "gpu"}, "device"),
    ],
)
def test_wrong_settings_are_said(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RunError, match=message):
        LiftConfig.of(**settings)


def test_recordings_have_to_be_named() -> None:
    with pytest.raises(RunError, match="a folder of recordings in space"):
        LiftConfig.of().check_data()


def test_settings_survive_being_written(config: LiftConfig) -> None:
    assert LiftConfig.from_dict(config.to_dict()) == config
    with pytest.raises(RunError, match="unknown settings"):
        LiftConfig.from_dict({**config.to_dict(), "stream": "bone"})


def test_recordings_need_no_labels_and_no_two_of_a_label(arm_swings: Path, tmp_path: Path) -> None:
    files = sorted(arm_swings.glob("*.npz"))[:5]
    for number, file in enumerate(files):
        place = tmp_path / "deep" if number == 4 else tmp_path
        place.mkdir(exist_ok=True)
        shutil.copy(file, place)
    data = prepare(LiftConfig.of(data=tmp_path))
    assert len(data.bodies) == 5
    assert sorted(np.concatenate([data.split.train, data.split.val, data.split.test])) == [
        *range(5)
    ]
    assert sorted(data.clips.labels) == ["deep", *["recording"] * 4]


def test_fewer_than_three_recordings_are_too_few(arm_swings: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected recordings, but there are no readable files"):
        prepare(LiftConfig.of(data=tmp_path))
    for file in sorted(arm_swings.glob("*.npz"))[:2]:
        shutil.copy(file, tmp_path)
    with pytest.raises(DatasetError, match="a lifter needs 3 recordings or more"):
        prepare(LiftConfig.of(data=tmp_path))


def test_a_label_may_be_one_subjects_alone(arm_swings: Path, tmp_path: Path) -> None:
    shutil.copytree(arm_swings, tmp_path / "swings")
    labels = tmp_path / "swings" / "labels.csv"
    lines = labels.read_text().splitlines()
    rows = [line.replace(",fast,cid", ",furious,cid") for line in lines]
    assert rows != lines
    labels.write_text("\n".join(rows) + "\n")
    config = LiftConfig.of(data=labels.parent, test_subjects=("cid",))
    assert len(prepare(config).split.test) == 8
