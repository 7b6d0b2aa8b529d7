"""The training loop of all networks: Lightning with a run directory."""

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import nn

from skelgraph.config import Precision
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.models import resolve_device
from skelgraph.runs import RunDirectory
from skelgraph.training.callbacks import (
    DivergenceStop,
    EpochLog,
    EpochProgress,
    Shown,
    WeightAverage,
)

_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


class FittedModule(Protocol):
    """What :func:`fit` needs of a Lightning module, beside its being one.

    In each epoch it logs ``train_loss``, and ``val_score``, by which the best checkpoint is chosen:
    more is better.
    """

    model: nn.Module
    log_metrics: ClassVar[tuple[str, ...]]
    """Logged metrics that become columns of ``log.csv``."""
    shown_scores: ClassVar[Mapping[str, str]]
    """Metrics that are shown while it trains, with the format of each."""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Settings of the training loop.

    Args:
        epochs: Most epochs.
        epoch_steps: Most steps of an epoch; None takes all.
        precision: Type of the arithmetic.
        clip_value: Largest size of a gradient's entry; None cuts none.
        patience: Epochs without a better score after which training stops; None never stops.
        weight_average: Decay per step of the moving average of weights that is validated and kept.
        device: Where it computes, as in ``--device``.
        resume: Whether to go on from ``last.ckpt``.
        show: What is shown on stderr.
        title: Text before the progress.
    """

    epochs: int
    epoch_steps: int | None = None
    precision: Precision = "32"
    clip_value: float | None = None
    patience: int | None = None
    weight_average: float | None = None
    device: str = "auto"
    resume: bool = False
    show: Shown = "nothing"
    title: str = "training"


def fit(module: FittedModule, batches: LightningDataModule, run: RunDirectory, loop: Loop) -> None:
    """Train a network and leave ``best.ckpt`` and ``last.ckpt`` in the run directory.

    The network is left with its last weights, on the device where it was trained. The test part is
    not touched.

    Raises:
        RunError: If device or precision are not available, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    device = resolve_device(loop.device)
    if loop.precision == "16" and device.type != "cuda":
        raise RunError("precision 16 needs a GPU, and there is none; pass --precision bf16 or 32")
    assert isinstance(module, LightningModule)
    with _quiet_lightning():
        trainer = Trainer(
            accelerator="gpu" if device.type == "cuda" else device.type,
            devices=[device.index or 0] if device.type == "cuda" else 1,
            precision=_PRECISIONS[loop.precision],  # type: ignore[arg-type]
            max_epochs=loop.epochs,
            limit_train_batches=loop.epoch_steps,
            gradient_clip_val=loop.clip_value,
            gradient_clip_algorithm=None if loop.clip_value is None else "value",
            callbacks=_make_callbacks(module, run, loop),
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=run.path,
        )
        with _interruptible(trainer), _without_denormals(module.model), _plain_worker_errors():
            trainer.fit(
                module,
                datamodule=batches,
                ckpt_path=run.checkpoint("last") if loop.resume else None,
                weights_only=True,
            )
    module.model.to(device)


def _make_callbacks(module: FittedModule, run: RunDirectory, loop: Loop) -> list[Callback]:
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
    callbacks: list[Callback] = [EpochLog(run.log_file, module.log_metrics), best, last]
    if loop.patience is not None:
        callbacks.append(EarlyStopping("val_score", mode="max", patience=loop.patience))
    if loop.weight_average is not None:
        callbacks.append(WeightAverage(loop.weight_average))
    if loop.show != "nothing":
        details = loop.show == "details"
        callbacks.append(EpochProgress(loop.title, module.shown_scores, details=details))
    return [*callbacks, DivergenceStop()]


class RunCheckpoint(ModelCheckpoint):
    """A checkpoint callback that knows its best score even if the run has been moved."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the state of the checkpoint, with the paths of files in this run's folder."""
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
    """Raise KeyboardInterrupt on Ctrl-C, where Lightning ends the process without a word."""
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
def _plain_worker_errors() -> Iterator[None]:
    """Raise an error of a loader's worker process as it was, without the worker's traceback."""
    try:
        yield
    except SkelgraphError as error:
        text = str(error)
        if "DataLoader worker" not in text:
            raise
        last = text.rstrip().splitlines()[-1]
        raise type(error)(last.partition(": ")[2] or last) from None


@contextmanager
def _without_denormals(model: nn.Module) -> Iterator[None]:
    """Treat the smallest numbers as zero if there is a recurrent network.

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
    """Keep Lightning from announcing devices, tips and what is meant to be so here."""
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
