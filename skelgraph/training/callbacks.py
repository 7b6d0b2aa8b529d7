"""What happens at the end of an epoch: a row in the log, a line or a step of the progress bar."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import WeightAveraging
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from torch import Tensor

from skelgraph.errors import RunError
from skelgraph.runs import write_rows

Shown = Literal["nothing", "progress", "details"]
"""What a training shows on stderr: nothing, a bar or lines, or lines with all metrics."""


class EpochLog(Callback):
    """Keep a row for each epoch and write all of them to a CSV file after each.

    The rows are part of the checkpoint, so that a resumed run continues the log where its weights
    are from.
    """

    def __init__(self, file: Path, metrics: tuple[str, ...]) -> None:
        self.file = file
        self.metrics = metrics
        self.rows: list[list[float]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row."""
        logged = trainer.callback_metrics
        learning_rate = float(trainer.optimizers[0].param_groups[0]["lr"])
        values = [float(logged[name]) for name in self.metrics]
        self.rows.append([trainer.current_epoch, learning_rate, *values])
        if trainer.is_global_zero:
            write_rows(self.file, ("epoch", "learning_rate", *self.metrics), self.rows)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the rows of the checkpoint."""
        self.rows = [list(row) for row in state_dict["rows"]]


class DivergenceStop(Callback):
    """Stop a training whose loss is no number any more.

    It looks once an epoch: a look at each step would make the host wait for the device.
    """

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check the epoch's loss.

        Raises:
            RunError: If it is no finite number.
        """
        if not torch.isfinite(trainer.callback_metrics["train_loss"]):
            raise RunError(
                f"the training diverged in epoch {trainer.current_epoch}: its loss is no finite "
                f"number; lower --learning-rate"
            )


class WeightAverage(WeightAveraging):
    """Keep a moving average of the weights and the statistics of batch norms.

    The average is what is validated, saved and left in the network. Its decay grows from 0.1 to the
    given one, so that the first steps are soon forgotten.

    Args:
        decay: Share of the average that a step keeps.
    """

    def __init__(self, decay: float) -> None:
        def average(averaged: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
            kept = min(decay, (1 + int(steps)) / (10 + int(steps)))
            return averaged + (1 - kept) * (current - averaged)

        super().__init__(use_buffers=True, avg_fn=average)


class EpochProgress(Callback):
    """Show epochs on stderr: a bar on a terminal, a line per epoch elsewhere."""

    def __init__(self, title: str, scores: Mapping[str, str], *, details: bool = False) -> None:
        self.title = title
        self.scores = scores
        self.details = details
        self.task: TaskID | None = None
        self.started = (0.0, 0)
        console = Console(stderr=True)
        self.bar = (
            Progress(
                TextColumn(title, markup=False),
                BarColumn(bar_width=24),
                TextColumn("epoch {task.completed:.0f}/{task.total}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[scores]}"),
                console=console,
            )
            if console.is_terminal and not details
            else None
        )

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the bar, if this process is the first of several."""
        self.started = (time.monotonic(), trainer.current_epoch)
        if self.bar is not None and trainer.is_global_zero:
            self.bar.start()
            self.task = self.bar.add_task(
                "training", total=trainer.max_epochs, completed=trainer.current_epoch, scores=""
            )

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar by a batch's share of an epoch."""
        if self.bar is not None and self.task is not None:
            share = (batch_idx + 1) / max(1, int(trainer.num_training_batches))
            self.bar.update(self.task, completed=trainer.current_epoch + share)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the epoch's scores."""
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        done = trainer.current_epoch + 1
        scores = "  ".join(
            form.format(logged[name]) for name, form in self.scores.items() if name in logged
        )
        if self.bar is not None:
            if self.task is not None:
                self.bar.update(self.task, completed=done, scores=scores)
        elif trainer.is_global_zero:
            if self.details:
                rest = logged.keys() - self.scores.keys()
                scores += "".join(f"  {name} {logged[name]:.4g}" for name in sorted(rest))
            left = f"{self._estimate_left(done, int(trainer.max_epochs or done))} left"
            line = f"{self.title}: epoch {done}/{trainer.max_epochs}  {scores}  {left}"
            print(line, file=sys.stderr, flush=True)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Leave the bar as it is, after the end and after an error."""
        if self.bar is not None and self.task is not None:
            self.bar.stop()
            self.task = None

    def _estimate_left(self, done: int, total: int) -> str:
        """Return the time that the remaining epochs will take, as h:mm:ss."""
        start, first = self.started
        seconds = round((time.monotonic() - start) / (done - first) * (total - done))
        minutes, seconds = divmod(seconds, 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
