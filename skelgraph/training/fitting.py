"""The training loop: Lightning with the recipe's settings."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor

from skelgraph.data import SkeletonDataset
from skelgraph.models import SpatialTemporalNetwork
from skelgraph.training.callbacks import EpochLog, EpochProgress
from skelgraph.training.classifier_module import ClassifierModule
from skelgraph.training.config import TrainConfig
from skelgraph.training.data_module import ClipDataModule
from skelgraph.training.preparation import PreparedData
from skelgraph.training.recipes import Recipe
from skelgraph.training.run_directory import RunDirectory
from skelgraph.training.streams import make_augmentation, make_stream

_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def fit(
    model: SpatialTemporalNetwork,
    data: PreparedData,
    config: TrainConfig,
    run: RunDirectory,
    *,
    resume: bool,
    show_progress: bool,
) -> None:
    """Trains a model and leaves ``best.ckpt`` and ``last.ckpt`` in the run directory.

    The test part is not looked at.

    Args:
        model: The network; it is left with the last weights, on the CPU.
        data: The clips and their parts.
        config: The settings.
        run: Where checkpoints and the log go.
        resume: Whether to go on from ``last.ckpt``.
        show_progress: Whether to show a progress bar on stderr.
    """
    recipe = config.resolve_recipe()
    train_set = SkeletonDataset(
        data.part("train"),
        classes=data.classes,
        transform=make_augmentation(recipe, data.layout, config.stream),
        seed=config.seed,
    )
    val_set = SkeletonDataset(
        data.part("val"), classes=data.classes, transform=make_stream(config.stream, data.layout)
    )
    labels = [clip.label or "" for clip in data.part("train")]
    module = ClassifierModule(
        model,
        recipe,
        len(data.classes),
        class_weights=weigh_classes(labels, data.classes) if config.class_weights else None,
        seed=config.seed,
    )
    batches = ClipDataModule(train_set, val_set, batch_size=recipe.batch_size, seed=config.seed)
    with _quiet_lightning():
        trainer = Trainer(
            accelerator="auto",
            devices=config.devices,
            precision=_PRECISIONS[config.precision],  # type: ignore[arg-type]
            max_epochs=recipe.epochs,
            callbacks=_make_callbacks(recipe, run, show_progress),
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=run.path,
        )
        trainer.fit(
            module,
            datamodule=batches,
            ckpt_path=run.checkpoint("last") if resume else None,
            weights_only=True,
        )
    model.cpu()


def weigh_classes(labels: list[str], classes: tuple[str, ...]) -> Tensor:
    """Weight of each class, the inverse of its frequency with a mean of 1 over the clips.

    Example:
        >>> weigh_classes(["a", "a", "a", "b"], ("a", "b"))
        tensor([0.6667, 2.0000])
    """
    counts = torch.tensor([labels.count(name) for name in classes])
    return len(labels) / (len(classes) * counts)


def _make_callbacks(recipe: Recipe, run: RunDirectory, show_progress: bool) -> list[Callback]:
    # Lightning's save_last writes only when the best improves, so the last has a callback of its
    # own; it comes second, to hold the other's state. Both save when the epoch ends and not when
    # its validation does, so that a resumed run starts with the next epoch.
    best, last = (
        ModelCheckpoint(
            dirpath=run.checkpoints,
            filename=name,
            monitor=monitor,
            mode="max",
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        )
        for name, monitor in (("best", "val_score"), ("last", None))
    )
    callbacks: list[Callback] = [EpochLog(run.log_file), best, last]
    if recipe.patience is not None:
        callbacks.append(EarlyStopping("val_score", mode="max", patience=recipe.patience))
    if show_progress:
        callbacks.append(EpochProgress())
    return callbacks


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Keeps Lightning from announcing devices, tips and what is meant to be so here."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # The clips are in memory: worker processes would only copy them.
            warnings.filterwarnings("ignore", ".*does not have many workers.*")
            warnings.filterwarnings("ignore", ".*Checkpoint directory .* exists and is not empty.*")
            # Lightning 2.6 asks torch's pytree in a way that torch 2.13 calls outdated.
            warnings.filterwarnings("ignore", ".*LeafSpec.*is deprecated.*")
            yield
    finally:
        logger.setLevel(level)
