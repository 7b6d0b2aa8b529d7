"""The training loop of a lifter."""

import math
from collections.abc import Callable
from typing import Any

import torch

from skelgraph.config import LiftConfig
from skelgraph.data import seeded_draws
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_data import LifterData
from skelgraph.lifting.lifter_run import save_checkpoint
from skelgraph.lifting.lifter_windows import draw_windows, measure_loss
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.runs import RunDirectory, read_checkpoint, write_rows

_FIRST_MOMENTUM = 0.1
LIFTER_LOG_COLUMNS = ("epoch", "learning_rate", "train_loss", "val_mpjpe_mm")


class LifterFit:
    """The state of a training, which each epoch moves on and saves.

    All draws depend on the seed and the epoch, so that a resumed training equals one that was not
    stopped.

    Args:
        network: The network, with new weights.
        data: The recordings.
        config: The settings.
        run: Where checkpoints and the log go.
        validate: MPJPE of the validation part in millimeters.
    """

    def __init__(
        self,
        network: TemporalLifter,
        data: LifterData,
        config: LiftConfig,
        run: RunDirectory,
        validate: Callable[[KeypointLifter], float],
    ) -> None:
        self.network, self.data, self.config, self.run = network, data, config, run
        self.validate = validate
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=config.recipe.learning_rate,
            weight_decay=config.recipe.weight_decay,
        )
        self.rows: list[list[float]] = []

    @property
    def epoch(self) -> int:
        """Number of epochs that are done."""
        return len(self.rows)

    def resume(self) -> None:
        """Takes up what the last checkpoint holds.

        Raises:
            RunError: If there is none, or it is damaged.
        """
        file = self.run.checkpoint("last")
        contents = read_checkpoint(file)
        try:
            self.network.load_state_dict(
                {k.removeprefix("model."): v for k, v in contents["state_dict"].items()}
            )
            self.optimizer.load_state_dict(contents["optimizer"])
            self.rows = [list(row) for row in contents["log"]]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise RunError(f"{file}: expected a checkpoint of this lifter ({error})") from error

    def run_epoch(self) -> list[float]:
        """Trains for an epoch, validates, saves; returns the log's row.

        Raises:
            RunError: If the loss is no number any more.
        """
        epoch = self.epoch
        windows = draw_windows(
            self.data,
            epoch,
            self.network,
            self.config.filming,
            window_frames=self.config.recipe.window_frames,
            seed=self.config.seed,
        )
        with seeded_draws(self.config.seed, epoch):  # dropout
            loss = self._train(windows.keypoints, windows.targets, epoch)
        if not math.isfinite(loss):
            raise RunError(
                f"{self.run.path}: the training diverged in epoch {epoch} (the loss is {loss}); "
                f"lower the learning rate"
            )
        error_mm = self.validate(KeypointLifter(network=self.network.eval()))
        is_best = all(error_mm < row[-1] for row in self.rows)
        self.rows.append([epoch, self._rate(epoch), loss, error_mm])
        write_rows(self.run.log_file, LIFTER_LOG_COLUMNS, self.rows)
        if is_best:
            save_checkpoint(self.run.checkpoint("best"), self._contents())
        save_checkpoint(
            self.run.checkpoint("last"),
            {**self._contents(), "optimizer": self.optimizer.state_dict(), "log": self.rows},
        )
        return self.rows[-1]

    def _train(self, keypoints: torch.Tensor, targets: torch.Tensor, epoch: int) -> float:
        """Mean loss over an epoch's batches."""
        self.network.train()
        self._set_norm_momentum(epoch)
        losses = []
        batches = range(0, len(keypoints), self.config.recipe.batch_size)
        for start in batches:
            chosen = slice(start, start + self.config.recipe.batch_size)
            for group in self.optimizer.param_groups:
                group["lr"] = self._rate(epoch + start / len(keypoints))
            lifted = self.network(keypoints[chosen])
            lifted = lifted - lifted[:, :, :1]
            loss = measure_loss(lifted, targets[chosen], UPPER10.parents, self.config.recipe)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            losses.append(float(loss.detach()))
        return sum(losses) / len(losses)

    def _set_norm_momentum(self, epoch: int) -> None:
        """The statistics that the network is tested with become means over more and more steps."""
        done = epoch / max(1, self.config.recipe.epochs - 1)
        momentum = _FIRST_MOMENTUM * (self.config.recipe.norm_momentum / _FIRST_MOMENTUM) ** done
        for module in self.network.modules():
            if isinstance(module, torch.nn.BatchNorm1d):
                module.momentum = momentum

    def _rate(self, epochs: float) -> float:
        """Learning rate after so many epochs."""
        return (
            self.config.recipe.learning_rate
            * (1 + math.cos(math.pi * epochs / self.config.recipe.epochs))
            / 2
        )

    def _contents(self) -> dict[str, Any]:
        state = {f"model.{name}": value for name, value in self.network.state_dict().items()}
        return {"state_dict": state, "epoch": self.epoch}
