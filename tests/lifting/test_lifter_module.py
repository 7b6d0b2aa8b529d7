from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph.config import LiftConfig, LifterRecipe
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    KeypointLifter,
    LifterData,
    evaluate_lifter,
    fit_lifter,
    make_lifter_network,
)
from skelgraph.lifting.lifter_module import LifterModule, measure_loss
from skelgraph.runs import RunDirectory
from tests.lifting.conftest import prepare


def test_the_loss_by_hand() -> None:
    # Two frames of two joints, the second of which is off by 3 and then by 4 to the side.
    targets = torch.zeros(1, 2, 2, 3)
    targets[:, :, 1, 1] = 4.0
    lifted = targets.clone()
    lifted[0, 0, 1, 0], lifted[0, 1, 1, 0] = 3.0, 4.0
    parents = np.array([0, 0])
    distance = (3 + 4) / 4
    bone = ((5 - 4) + (32**0.5 - 4)) / 4
    step = 1 / 2
    for weights, expected in (
        ((0, 0), distance),
        ((2, 0), distance + 2 * bone),
        ((0, 3), distance + 3 * step),
    ):
        recipe = LifterRecipe(bone_loss=weights[0], velocity_loss=weights[1])
        assert float(measure_loss(lifted, targets, parents, recipe)) == pytest.approx(expected)


def test_missing_joints_are_not_in_the_loss() -> None:
    torch.manual_seed(0)
    lifted, targets = torch.randn(2, 5, 10, 3), torch.randn(2, 5, 10, 3)
    targets[0, 2, 4] = torch.nan
    loss = measure_loss(lifted, targets, UPPER10.parents, LifterRecipe())
    lifted[0, 2, 4] += 100
    assert float(measure_loss(lifted, targets, UPPER10.parents, LifterRecipe())) == float(loss)


def test_the_momentum_of_its_batch_norms_falls_to_the_setting(
    tiny_lifting: LiftConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_lifting.change(epochs=3, norm_momentum=0.001)
    data, network = prepare(config), make_lifter_network(config.network)
    met: list[float | None] = []
    end_of_epoch = LifterModule.on_validation_epoch_end

    def keep_momentum(module: LifterModule) -> None:
        met.append(network.expand_bn.momentum)
        end_of_epoch(module)

    monkeypatch.setattr(LifterModule, "on_validation_epoch_end", keep_momentum)
    fit_lifter(network, data, RunDirectory(path=tmp_path), config.recipe, config.filming, seed=0)
    assert met == pytest.approx([0.1, 0.01, 0.001])
    with pytest.raises(RunError, match="norm_momentum above 0 and up to 1"):
        tiny_lifting.change(norm_momentum=0)


def test_the_learning_rate_follows_a_cosine_over_the_windows(config: LiftConfig) -> None:
    # Two epochs of ten windows in batches of 4, 4 and 2.
    recipe = LifterRecipe(epochs=2, batch_size=4, learning_rate=0.5)
    module = LifterModule(make_lifter_network(config.network), recipe, num_windows=10)
    made = module.configure_optimizers()
    schedule = made["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(7):
        rates += schedule.get_last_lr()
        made["optimizer"].step()
        schedule.step()
    done = np.array([0, 4, 8, 10, 14, 18, 20]) / 20
    np.testing.assert_allclose(rates, 0.5 * (1 + np.cos(np.pi * done)) / 2, atol=1e-12)


def test_the_validation_score_is_the_error_with_one_camera(
    data: LifterData, config: LiftConfig, tmp_path: Path
) -> None:
    recipe = config.recipe.change(epochs=2, checkpoint="last")
    run, network = RunDirectory(path=tmp_path), make_lifter_network(config.network)
    fit_lifter(network, data, run, recipe, config.filming, seed=0, device="cpu")
    assert not network.training
    expected = evaluate_lifter(
        KeypointLifter(network=network),
        data,
        data.split.val.tolist(),
        config.filming.change(cameras=1),
        seed=0,
        conditions=("true",),
    )
    header, *rows = run.log_file.read_text().splitlines()
    assert header == "epoch,learning_rate,train_loss,val_mpjpe_mm"
    errors = [float(row.split(",")[-1]) for row in rows]
    assert errors[-1] == pytest.approx(expected["true"]["mpjpe_mm"], abs=0.01)
    best = torch.load(run.checkpoint("best"), weights_only=True)
    assert best["epoch"] == int(np.argmin(errors))
