from dataclasses import replace

import numpy as np
import pytest
import torch

from skelgraph.errors import PoseError
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.lifting import LIFTER_KEYPOINTS, KeypointLifter, TemporalLifter, normalize_keypoints
from skelgraph.poses import PoseSequence


@pytest.fixture
def lifter() -> KeypointLifter:
    torch.manual_seed(0)
    network = TemporalLifter(3, LIFTER_KEYPOINTS, UPPER10, filter_widths=(3, 3), channels=8)
    return KeypointLifter(network=network.eval())


def film(num_frames: int = 7) -> PoseSequence:
    positions = np.random.default_rng(0).uniform(100, 300, (num_frames, 17, 2))
    return PoseSequence(
        positions=positions, layout=COCO17, fps=25.0, unit="px", up="-y", name="talk", label="joy"
    )


def test_it_is_the_network_s_result_with_y_up_and_the_root_at_the_origin(
    lifter: KeypointLifter,
) -> None:
    person = film()
    space = lifter.lift_sequence(person)
    keypoints = torch.from_numpy(normalize_keypoints(person))[None]
    camera = lifter.network.lift(keypoints)[0].numpy()
    camera = camera - camera[:, :1]
    np.testing.assert_allclose(space.positions, camera * [1, -1, -1], atol=1e-6)
    assert (space.layout, space.unit, space.up) == (UPPER10, "m", "+y")
    assert (space.name, space.label, space.fps, space.num_frames) == ("talk", "joy", 25.0, 7)


def test_the_mirrored_recording_gives_the_mirrored_result(lifter: KeypointLifter) -> None:
    person = film()
    mirrored = replace(person, positions=person.positions[:, COCO17.mirror] * [-1, 1])
    expected = lifter.lift_sequence(person).positions[:, UPPER10.mirror] * [-1, 1, 1]
    np.testing.assert_allclose(lifter.lift_sequence(mirrored).positions, expected, atol=1e-5)


def test_fixed_bones_have_one_length_each_and_keep_their_directions(
    lifter: KeypointLifter,
) -> None:
    loose, fixed = (lifter.lift_sequence(film(), fix_bones=fix) for fix in (False, True))
    bones, kept = (
        np.delete(one.positions - one.positions[:, UPPER10.parents], 0, axis=1)
        for one in (loose, fixed)
    )
    lengths = np.linalg.norm(kept, axis=2)
    np.testing.assert_allclose(lengths.std(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(
        lengths[0], np.median(np.linalg.norm(bones, axis=2), axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(
        kept / lengths[..., None], bones / np.linalg.norm(bones, axis=2, keepdims=True), atol=1e-4
    )


def test_confidence_is_that_of_the_keypoints(lifter: KeypointLifter) -> None:
    assert lifter.lift_sequence(film()).confidence is None
    confidence = np.full((7, 17), 0.9)
    confidence[:, COCO17.index("left_wrist")] = 0.4
    lifted = lifter.lift_sequence(replace(film(), confidence=confidence)).confidence
    assert lifted is not None
    np.testing.assert_allclose(lifted[:, UPPER10.index("left_wrist")], 0.4)
    np.testing.assert_allclose(lifted[:, UPPER10.index("spine")], 0.9)


def test_a_lost_wrist_is_made_up_and_an_empty_frame_stays_empty(lifter: KeypointLifter) -> None:
    positions = film().positions.copy()
    positions[2:4, COCO17.index("left_wrist")] = np.nan
    positions[5] = np.nan
    lifted = lifter.lift_sequence(replace(film(), positions=positions))
    assert lifted.present.all(axis=1).tolist() == [True] * 5 + [False, True]


def test_keypoints_go_to_the_networks_device_and_joints_come_back(
    lifter: KeypointLifter, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = []

    def lift(x: torch.Tensor) -> torch.Tensor:
        met.append(x.device.type)
        return torch.zeros(1, 7, 10, 3)

    lifter.network.to("meta")
    monkeypatch.setattr(lifter.network, "lift", lift)
    assert lifter.lift_sequence(film()).num_frames == 7
    assert met == ["meta"]


def test_what_cannot_be_lifted_is_said(lifter: KeypointLifter) -> None:
    with pytest.raises(PoseError, match="'talk': expected keypoints of 2 dimensions"):
        lifter.lift_sequence(replace(film(), positions=np.zeros((7, 17, 3))))
