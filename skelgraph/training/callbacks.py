"""What happens at the end of an epoch: a row in the log, a step of the progress bar."""

import math
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from skelgraph.runs import write_rows

LOG_COLUMNS = ("epoch", "learning_rate", "train_loss", "val_loss", "val_uar", "val_war")


class EpochLog(Callback):
    """Keeps a row for each epoch and writes all of them to a CSV file after each.

    The rows are part of the checkpoint, so that a resumed run continues the log where its weights
    are from.

    Args:
        file: The CSV file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: list[list[float]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Adds the epoch's row."""
        metrics = trainer.callback_metrics
        learning_rate = float(trainer.optimizers[0].param_groups[0]["lr"])
        values = [float(metrics[name]) for name in LOG_COLUMNS[2:]]
        self.rows.append([trainer.current_epoch, learning_rate, *values])
        if trainer.is_global_zero:
            write_rows(self.file, LOG_COLUMNS, self.rows)

    def state_dict(self) -> dict[str, Any]:
        """The rows so far."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the rows of the checkpoint."""
        self.rows = [list(row) for row in state_dict["rows"]]


class EpochProgress(Callback):
    """A progress bar over epochs on stderr, with the latest loss and validation scores.

    Args:
        title: What stands before the bar.
    """

    def __init__(self, title: str) -> None:
        self.bar = Progress(
            TextColumn(title, markup=False),
            BarColumn(bar_width=24),
            TextColumn("epoch {task.completed:.0f}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[scores]}"),
            console=Console(stderr=True),
        )
        self.task: TaskID | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the bar, where this process is the first of several."""
        if trainer.is_global_zero:
            self.bar.start()
            self.task = self.bar.add_task(
                "training", total=trainer.max_epochs, completed=trainer.current_epoch, scores=""
            )

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Moves the bar by a batch's share of an epoch."""
        if self.task is not None:
            share = (batch_idx + 1) / max(1, int(trainer.num_training_batches))
            self.bar.update(self.task, completed=trainer.current_epoch + share)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Shows the epoch's scores."""
        if self.task is not None:
            metrics = trainer.callback_metrics
            scores = (
                f"loss {float(metrics.get('train_loss', math.nan)):.3f}  "
                f"val UAR {float(metrics.get('val_uar', math.nan)):.3f}"
            )
            self.bar.update(self.task, completed=trainer.current_epoch + 1, scores=scores)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Leaves the bar as it stands, after the end and after an error."""
        if self.task is not None:
            self.bar.stop()
            self.task = None
