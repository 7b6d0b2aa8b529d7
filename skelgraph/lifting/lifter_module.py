"""The Lightning module that trains a lifter, and its loss."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MeanMetric

from skelgraph.config import LifterRecipe
from skelgraph.data import derive_seed
from skelgraph.layouts import UPPER10
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.typing import IntArray

_FIRST_MOMENTUM = 0.1
_MM = 1000.0


class LifterModule(LightningModule):
    """Train a network to lift windows of keypoints.

    It logs ``train_loss``, ``val_mpjpe_mm`` and ``val_score``, the negative of the latter. All that
    is drawn or changes while it trains depends on seed, epoch and batch alone, so that a resumed
    run equals one that was never stopped.

    Args:
        model: The network.
        recipe: How it is trained.
        num_windows: Windows of an epoch.
        seed: Seed of the run.
    """

    log_metrics: ClassVar[tuple[str, ...]] = ("train_loss", "val_mpjpe_mm")
    shown_scores: ClassVar[Mapping[str, str]] = {
        "train_loss": "loss {:.4f}",
        "val_mpjpe_mm": "val MPJPE {:.1f} mm",
    }

    def __init__(
        self, model: TemporalLifter, recipe: LifterRecipe, *, num_windows: int, seed: int = 0
    ) -> None:
        super().__init__()
        self.model: nn.Module = model
        self.recipe = recipe
        self.num_windows = num_windows
        self.seed = seed
        self.error_mm = MeanMetric(nan_strategy=math.inf)  # no number is the worst

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Seed dropout and set the momentum of the batch norms at the start of an epoch.

        Lightning leaves out the hook at an epoch's start in the first epoch of a resumed run.
        """
        if batch_idx > 0:
            return
        torch.manual_seed(derive_seed(self.seed, self.current_epoch))
        momentum = self._norm_momentum(self.current_epoch)
        for module in self.model.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.momentum = momentum

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the loss of a batch of windows."""
        keypoints, targets = batch
        lifted = self.model(keypoints)
        loss = measure_loss(lifted - lifted[:, :, :1], targets, UPPER10.parents, self.recipe)
        # Each batch has the same weight, whatever its size.
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=1)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Measure the errors of all joints of one clip."""
        keypoints, target = batch  # (T, 9, 3), (T, 10, 3)
        lifted = cast("TemporalLifter", self.model).lift(keypoints[None])[0]
        errors = (lifted - lifted[:, :1] - target).norm(dim=-1)
        self.error_mm.update(_MM * errors[~target.isnan().any(dim=-1)])

    def on_validation_epoch_end(self) -> None:
        """Log the mean error over all frames and joints."""
        error_mm = self.error_mm.compute()
        self.error_mm.reset()
        self.log("val_mpjpe_mm", error_mm)
        self.log("val_score", -error_mm)

    def configure_optimizers(self) -> Any:
        """Return AdamW with a learning rate that falls to zero along a cosine."""
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
        )
        schedule = LambdaLR(optimizer, self._cosine_factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _norm_momentum(self, epoch: int) -> float:
        """Return the momentum of the running statistics, averages over more and more steps."""
        done = epoch / max(1, self.recipe.epochs - 1)
        return float(_FIRST_MOMENTUM * (self.recipe.norm_momentum / _FIRST_MOMENTUM) ** done)

    def _cosine_factor(self, step: int) -> float:
        # A step counts by its windows, of which the last one of an epoch may have fewer.
        batches = self.num_windows / self.recipe.batch_size
        epoch, batch = divmod(step, math.ceil(batches))
        return 0.5 * (1 + math.cos(math.pi * (epoch + batch / batches) / self.recipe.epochs))


def measure_loss(
    lifted: Tensor, targets: Tensor, parents: IntArray, recipe: LifterRecipe
) -> Tensor:
    """Return the mean error of joints, plus the weighted errors of bone lengths and of steps.

    Args:
        lifted: Joints (N, L, V, 3) relative to the root joint.
        targets: True joints of the same shape; NaN if one is missing.
        parents: Parent of each joint (V,).
        recipe: Weights of the losses.
    """
    present = ~targets.isnan().any(dim=-1)
    targets = targets.nan_to_num()
    loss = _mean((lifted - targets).norm(dim=-1), present)
    if recipe.bone_loss:
        lengths, wanted = ((x - x[:, :, parents]).norm(dim=-1) for x in (lifted, targets))
        both = present & present[:, :, parents]
        loss = loss + recipe.bone_loss * _mean((lengths - wanted).abs(), both)
    if recipe.velocity_loss:
        steps = (lifted - targets).diff(dim=1).norm(dim=-1)
        loss = loss + recipe.velocity_loss * _mean(steps, present[:, 1:] & present[:, :-1])
    return loss


def _mean(values: Tensor, present: Tensor) -> Tensor:
    return (values * present).sum() / present.sum().clamp(min=1)
