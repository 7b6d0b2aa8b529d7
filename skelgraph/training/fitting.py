"""The training loop: Lightning with the recipe's settings."""

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor, nn

from skelgraph.config import Recipe, TrainConfig
from skelgraph.errors import RunError
from skelgraph.runs import RunDirectory
from skelgraph.training.callbacks import EpochLog, EpochProgress
from skelgraph.training.classifier_module import ClassifierModule
from skelgraph.training.clip_dataset import FittingData
from skelgraph.training.data_module import ClipDataModule

_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def fit(
    model: nn.Module,
    data: FittingData,
    config: TrainConfig,
    run: RunDirectory,
    *,
    resume: bool,
    show_progress: bool,
    title: str = "training",
) -> None:
    """Trains a model and leaves ``best.ckpt`` and ``last.ckpt`` in the run directory.

    The test part is not looked at.

    Args:
        model: The network; it is left with the last weights, on the CPU.
        data: What it is fitted to.
        config: The settings.
        run: Where checkpoints and the log go.
        resume: Whether to go on from ``last.ckpt``.
        show_progress: Whether to show a progress bar on stderr.
        title: What stands before the bar.

    Raises:
        RunError: If the precision is not to be had here, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    if config.precision == "16" and not torch.cuda.is_available():
        raise RunError("precision 16 needs a GPU, and there is none; pass --precision bf16 or 32")
    recipe = config.resolve_recipe()
    module = ClassifierModule(
        model,
        recipe,
        len(data.classes),
        class_weights=weigh_classes(data.labels, data.classes) if config.class_weights else None,
        seed=config.seed,
        to_inputs=data.train.to_inputs,
    )
    batches = ClipDataModule(
        data.train,
        data.val,
        batch_size=recipe.batch_size,
        seed=config.seed,
        longest=data.longest,
    )
    with _quiet_lightning():
        trainer = Trainer(
            accelerator="auto",
            devices=1,
            precision=_PRECISIONS[config.precision],  # type: ignore[arg-type]
            max_epochs=recipe.epochs,
            gradient_clip_val=recipe.clip_value,
            gradient_clip_algorithm=None if recipe.clip_value is None else "value",
            callbacks=_make_callbacks(recipe, run, title if show_progress else None),
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=run.path,
        )
        with _interruptible(trainer), _without_denormals(model):
            trainer.fit(
                module,
                datamodule=batches,
                ckpt_path=run.checkpoint("last") if resume else None,
                weights_only=True,
            )
    model.cpu()


def weigh_classes(labels: Sequence[str], classes: tuple[str, ...]) -> Tensor:
    """Weight of each class, the inverse of its frequency with a mean of 1 over the clips.

    Example:
        >>> weigh_classes(["a", "a", "a", "b"], ("a", "b"))
        tensor([0.6667, 2.0000])
    """
    counts = torch.tensor([labels.count(name) for name in classes])
    return len(labels) / (len(classes) * counts)


def _make_callbacks(recipe: Recipe, run: RunDirectory, title: str | None) -> list[Callback]:
    # Lightning's save_last writes only when the best improves, so the last has a callback of its
    # own; it comes second, to hold the other's state. Both save when the epoch ends and not when
    # its validation does, so that a resumed run starts with the next epoch.
    best, last = (
        RunCheckpoint(
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
    if title is not None:
        callbacks.append(EpochProgress(title))
    return callbacks


class RunCheckpoint(ModelCheckpoint):
    """A checkpoint callback that knows its best score also where the run has been moved."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the state of the checkpoint, with the places of files in this run's folder."""
        folder = Path(str(self.dirpath))

        def move(path: str) -> str:
            return str(folder / Path(path).name) if path else path

        places = {
            key: move(state_dict[key])
            for key in ("best_model_path", "kth_best_model_path", "last_model_path")
        }
        scores = {move(path): score for path, score in state_dict["best_k_models"].items()}
        moved = {**places, "dirpath": self.dirpath, "best_k_models": scores}
        super().load_state_dict({**state_dict, **moved})


@contextmanager
def _interruptible(trainer: Trainer) -> Iterator[None]:
    """Lets Ctrl-C out as KeyboardInterrupt, where Lightning ends the process without a word."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as end:
        if not trainer.interrupted:
            raise
        raise KeyboardInterrupt from end
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def _without_denormals(model: nn.Module) -> Iterator[None]:
    """Takes numbers near the smallest for zero where there is a recurrent network.

    The gradient of a state fades over hundreds of steps until its numbers have no normal form any
    more, and with such numbers a CPU calculates ten times slower.
    """
    recurrent = any(isinstance(module, nn.RNNBase) for module in model.modules())
    if recurrent:
        torch.set_flush_denormal(True)
    try:
        yield
    finally:
        if recurrent:
            torch.set_flush_denormal(False)


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
            # Frozen encoders are meant to be in evaluation mode.
            warnings.filterwarnings("ignore", ".*in eval mode at the start of training.*")
            # Lightning 2.6 asks torch's pytree in a way that torch 2.13 calls outdated.
            warnings.filterwarnings("ignore", ".*LeafSpec.*is deprecated.*")
            yield
    finally:
        logger.setLevel(level)
