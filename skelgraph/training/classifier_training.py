"""The Lightning side of training a classifier of clips: its module and its batches."""

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassConfusionMatrix

from skelgraph.config import Recipe
from skelgraph.data import SkeletonDataset, derive_seed
from skelgraph.training.clip_batches import LengthBatches
from skelgraph.training.clip_dataset import ClipDataset


class ClipDataModule(LightningDataModule):
    """The training and the validation batches of a run.

    For ``longest`` and ``balance`` see :class:`LengthBatches`.
    """

    def __init__(
        self,
        train: ClipDataset,
        val: ClipDataset,
        *,
        batch_size: int,
        seed: int,
        longest: int | None = None,
        balance: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.train = train
        self.val = val
        self.batch_size = batch_size
        self.seed = seed
        self.longest = longest
        self.balance = balance

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of clips of like length; a clip that would be alone in one is left out.

        Batch normalization needs more than one value, and one clip says little of a population.
        """
        order = LengthBatches(
            self.train, self.batch_size, self.seed, longest=self.longest, balance=self.balance
        )
        return _load(self.train, order)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of clips of like length, the shortest first."""
        lengths = torch.tensor(self.val.lengths)
        batches = [
            one.tolist() for one in torch.split(lengths.argsort(stable=True), self.batch_size)
        ]
        return _load(self.val, batches)


def _load(dataset: ClipDataset, batches: Iterable[list[int]]) -> DataLoader[Any]:
    """Return the batches of a dataset; clips that are read when they are used are read beforehand.

    Worker processes would only copy clips that are in memory.
    """
    is_lazy = isinstance(dataset, SkeletonDataset) and dataset.is_lazy
    workers = max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) - 1)) if is_lazy else 0
    return DataLoader(
        cast("Dataset[Any]", dataset),
        batch_sampler=batches,
        collate_fn=dataset.collate,
        num_workers=workers,
        persistent_workers=is_lazy,
    )


_MOST_WORKERS = 8


class ClassifierModule(LightningModule):
    """Train a model to classify clips.

    It logs ``train_loss``, ``val_loss``, ``val_uar``, ``val_war`` and ``val_score``, the one by
    which the recipe picks a checkpoint. Dropout draws from a seed made of seed, epoch and batch,
    so that a resumed run equals one that was never stopped.

    Args:
        model: The network; returns logits (N, num_classes), and in training those of members
            (N, members, num_classes) if it has any.
        recipe: How it is trained.
        num_classes: Number of classes.
        class_weights: Weight of each class in the loss, (num_classes,), or None.
        seed: Seed of the run.
        to_inputs: Returns the inputs of the model for a batch; by default those of a
            :class:`skelgraph.data.DenseBatch`.
        rates: Learning rate of parameters by their names, as a share of the recipe's; 1 for others.
    """

    log_metrics: ClassVar[tuple[str, ...]] = ("train_loss", "val_loss", "val_uar", "val_war")
    shown_scores: ClassVar[Mapping[str, str]] = {
        "train_loss": "loss {:.3f}",
        "val_uar": "val UAR {:.3f}",
    }

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        num_classes: int,
        class_weights: Tensor | None = None,
        seed: int = 0,
        to_inputs: Callable[[Any], tuple[Any, ...]] = SkeletonDataset.to_inputs,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.recipe = recipe
        self.seed = seed
        self.to_inputs = to_inputs
        self.rates = rates or {}
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.confusion = MulticlassConfusionMatrix(num_classes)
        self.loss = MeanMetric(nan_strategy=math.inf)  # no number is the worst

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Seed dropout for this batch.

        Lightning leaves out the hook at an epoch's start in the first epoch of a resumed run.
        """
        torch.manual_seed(derive_seed(self.seed, self.current_epoch, batch_idx, self.global_rank))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the cross-entropy of a batch; of an ensemble, its members' mean."""
        weights, labels = self.class_weights, batch.y
        logits = self.model(*self.to_inputs(batch))
        if logits.dim() == 3:  # (clips, members, classes)
            labels = labels.repeat_interleave(logits.size(1))
            logits = logits.flatten(0, 1)
        loss = F.cross_entropy(
            logits,
            labels,
            weight=weights if isinstance(weights, Tensor) else None,
            label_smoothing=self.recipe.label_smoothing,
        )
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=len(batch.y))
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Count a batch's predictions."""
        logits = self.model(*self.to_inputs(batch))
        self.confusion.update(logits, batch.y)
        loss = F.cross_entropy(logits, batch.y)
        self.loss.update(loss, weight=len(batch.y))
        self.log("val_loss", loss, batch_size=len(batch.y), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        """Log recalls over the classes that the validation part has."""
        confusion = self.confusion.compute().double()
        self.confusion.reset()
        counts = confusion.sum(dim=1)
        recall = confusion.diagonal()[counts > 0] / counts[counts > 0]
        scores = {"uar": recall.mean(), "war": confusion.diagonal().sum() / counts.sum()}
        scores = {name: score.float() for name, score in scores.items()}
        if self.recipe.score == "loss":
            scores["loss"] = -self.loss.compute()
        self.loss.reset()
        self.log("val_uar", scores["uar"])
        self.log("val_war", scores["war"])
        self.log("val_score", scores[self.recipe.score])

    def configure_optimizers(self) -> Any:
        """Return the recipe's optimizer and schedule."""
        optimizer = self._make_optimizer()
        if self.recipe.schedule == "steps":
            schedule = LambdaLR(optimizer, self._step_factor)
            return {"optimizer": optimizer, "lr_scheduler": schedule}
        schedule = LambdaLR(optimizer, self._cosine_factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _make_optimizer(self) -> Optimizer:
        recipe, is_adam = self.recipe, self.recipe.optimizer == "adam"
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                is_product = parameter.dim() >= 2 and not name.endswith("edge_importance")
                decay = recipe.weight_decay if is_adam or is_product else 0.0
                groups.setdefault((self.rates.get(name, 1.0), decay), []).append(parameter)
        ordered = sorted(groups.items(), reverse=True, key=lambda one: one[0])  # highest rate first
        options = [
            {"params": ones, "lr": rate * recipe.learning_rate, "weight_decay": decay}
            for (rate, decay), ones in ordered
        ]
        return torch.optim.Adam(options) if is_adam else torch.optim.AdamW(options)

    def _step_factor(self, epoch: int) -> float:
        return float(0.1 ** sum(epoch >= milestone for milestone in self.recipe.milestones))

    def _cosine_factor(self, step: int) -> float:
        steps = int(self.trainer.estimated_stepping_batches)
        warmup = min(steps * self.recipe.warmup_epochs // self.recipe.epochs, steps // 2)
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def weigh_classes(labels: Sequence[str], classes: Sequence[str]) -> Tensor:
    """Return the weight of each class: the inverse of its frequency, with a mean of 1 over clips.

    Example:
        >>> weigh_classes(["a", "a", "a", "b"], ("a", "b"))
        tensor([0.6667, 2.0000])
    """
    counts = torch.tensor([labels.count(name) for name in classes])
    return len(labels) / (len(classes) * counts)
