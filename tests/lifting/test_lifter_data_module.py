import torch

from skelgraph.config import LiftConfig
from skelgraph.layouts import UPPER10
from skelgraph.lifting import LifterData, make_lifter_network
from skelgraph.lifting.lifter_data_module import LifterDataModule, WindowBatches, draw_windows


def draw(data: LifterData, epoch: int, config: LiftConfig) -> tuple[torch.Tensor, torch.Tensor]:
    network, frames = make_lifter_network(config.network), config.recipe.window_frames
    return draw_windows(
        data, epoch, network, config.filming, window_frames=frames, seed=config.seed
    )


def test_windows_have_what_the_network_needs_around_them(
    data: LifterData, config: LiftConfig
) -> None:
    keypoints, targets = draw(data, 0, config)
    assert keypoints.shape == (len(data.split.train) * 3, 8 + 8, 9, 3)
    assert targets.shape == (len(data.split.train) * 3, 8, 10, 3)
    again, other = (draw(data, epoch, config)[0] for epoch in (0, 1))
    assert torch.equal(keypoints, again)
    assert not torch.equal(keypoints, other)
    left, right = UPPER10.index("left_shoulder"), UPPER10.index("right_shoulder")
    is_mirrored = targets[:, 0, left, 0] < targets[:, 0, right, 0]
    assert not is_mirrored.all()


def test_clips_shorter_than_a_window_are_held(data: LifterData, config: LiftConfig) -> None:
    _, targets = draw(data, 0, config.change(window_frames=40))
    assert targets.shape == (len(data.split.train), 40, 10, 3)
    assert torch.equal(targets[:, 23], targets[:, 39])


def test_batches_are_those_of_the_epoch(data: LifterData, config: LiftConfig) -> None:
    network = make_lifter_network(config.network)
    batches = WindowBatches(data, network, config.filming, config.recipe, seed=config.seed)
    assert batches.num_windows == len(data.split.train) * 3
    for epoch in (1, 0, 1):
        batches.set_epoch(epoch)
        sizes = [len(keypoints) for keypoints, _ in batches]
        assert len(sizes) == len(batches)
        assert (max(sizes), sum(sizes)) == (32, batches.num_windows)
        keypoints, targets = draw(data, epoch, config)
        assert torch.equal(torch.cat([x for x, _ in batches]), keypoints)
        assert torch.equal(torch.cat([y for _, y in batches]), targets)


def test_validation_clips_are_whole_and_always_the_same(
    data: LifterData, config: LiftConfig
) -> None:
    network = make_lifter_network(config.network)
    batches = WindowBatches(data, network, config.filming, config.recipe, seed=config.seed)
    first, again = (
        list(LifterDataModule(data, batches, seed=config.seed).val_dataloader()) for _ in range(2)
    )
    assert len(first) == len(data.split.val)
    for (keypoints, target), (keypoints_again, target_again) in zip(first, again, strict=True):
        assert (keypoints.shape, target.shape) == ((24, 9, 3), (24, 10, 3))
        assert torch.equal(keypoints, keypoints_again)
        assert torch.equal(target, target_again)
