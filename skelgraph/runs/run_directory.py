"""The folder that a training leaves: settings, metrics, predictions, weights, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import RunError
from skelgraph.runs.run_files import check_run_file, read_json_file, read_rows
from skelgraph.typing import FloatArray

LIFTER_KIND = "lifter"
"""What the ``config.json`` of a lifter says of its kind."""

DECISION_FILES = ("decision.json", "decision.safetensors")
"""Files of a model folder or run that hold its decision: when it answers."""

EXPORT_FILE = "exported.json"
"""File by which the folder of an exported model is known."""

CROSSVAL_KIND = "crossval"
"""What the ``config.json`` of a cross-validation says of its kind."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a model says of one clip.

    Label and subject are None if they are unknown.
    """

    name: str
    label: str | None
    prediction: str
    probabilities: Mapping[str, float]
    subject: str | None = None

    def with_scores(self, classes: Sequence[str], scores: FloatArray) -> "Prediction":
        """Return the same clip with other scores, an array (classes,)."""
        return replace(
            self,
            prediction=classes[int(scores.argmax())],
            probabilities={name: float(p) for name, p in zip(classes, scores, strict=True)},
        )


def stack_scores(predictions: Sequence[Prediction], classes: Sequence[str]) -> FloatArray:
    """Return the probabilities of predictions as an array (clips, classes)."""
    return np.array([[one.probabilities[name] for name in classes] for one in predictions])


@dataclass(frozen=True, kw_only=True)
class RunDirectory:
    """The places of a run's files."""

    path: Path

    @property
    def config_file(self) -> Path:
        """All settings, versions and the data's fingerprint."""
        return self.path / "config.json"

    @property
    def metrics_file(self) -> Path:
        """The test part's metrics."""
        return self.path / "metrics.json"

    @property
    def predictions_file(self) -> Path:
        """A row for each clip of the test part."""
        return self.path / "predictions.csv"

    @property
    def validation_file(self) -> Path:
        """A row for each clip of the validation part, with the tested weights."""
        return self.path / "validation.csv"

    @property
    def out_of_fold_file(self) -> Path:
        """A row for each clip of the training part, by a network not trained on it."""
        return self.path / "out_of_fold.csv"

    @property
    def split_file(self) -> Path:
        """The part of each clip."""
        return self.path / "split.csv"

    @property
    def speech_file(self) -> Path:
        """Vocabulary and acoustic statistics of a network that takes text or audio."""
        return self.path / "speech.json"

    @property
    def calibration_file(self) -> Path:
        """The temperature that its scores have."""
        return self.path / "calibration.json"

    @property
    def start_file(self) -> Path:
        """The first weights of its networks, until all of them have begun."""
        return self.path / "start.safetensors"

    @property
    def log_file(self) -> Path:
        """A row for each epoch."""
        return self.path / "log.csv"

    @property
    def checkpoints(self) -> Path:
        """Folder of ``best.ckpt`` and ``last.ckpt``."""
        return self.path / "checkpoints"

    @property
    def figures(self) -> Path:
        """Folder of figures."""
        return self.path / "figures"

    @property
    def weights_file(self) -> Path:
        """The weights that were tested, of a model folder, which has no checkpoints."""
        return self.path / "weights.safetensors"

    @property
    def features_file(self) -> Path:
        """The ridge on movement features of a run; of a model folder, beside its settings."""
        own = self.path / "features.safetensors"
        return own if own.is_file() else self.checkpoints / own.name

    @property
    def is_exported(self) -> bool:
        """Whether it is the folder of an exported model, which has graphs in place of weights."""
        return (self.path / EXPORT_FILE).is_file()

    def check_has_weights(self) -> None:
        """Check that it is not the folder of an exported model.

        Raises:
            RunError: If it is.
        """
        if self.is_exported:
            raise RunError(
                f"{self.path}: expected a run or a model folder, but it is an exported model, "
                f"which has graphs in place of weights; name what was exported"
            )

    def stream(self, name: str) -> "RunDirectory":
        """Return the run directory of one of several streams."""
        return RunDirectory(path=self.path / "streams" / name)

    def encoder(self, name: str) -> "RunDirectory":
        """Return the run directory of an encoder of a multimodal network."""
        return RunDirectory(path=self.path / "encoders" / name)

    @property
    def final(self) -> "RunDirectory":
        """The run directory of a cross-validation's model that was trained on everybody."""
        return RunDirectory(path=self.path / "final")

    def checkpoint(self, rule: str) -> Path:
        """Return the checkpoint of a rule, ``"best"`` or ``"last"``."""
        return self.checkpoints / f"{rule}.ckpt"

    def read_config(self) -> dict[str, Any]:
        """Return the contents of ``config.json``.

        Raises:
            RunError: If the folder is no run directory.
        """
        return read_json_file(self.path, self.config_file)

    def read_recognizer_config(self) -> dict[str, Any]:
        """Return the contents of the ``config.json`` of a run that recognizes.

        Raises:
            RunError: If it is no run directory, or that of a lifter or a cross-validation.
        """
        facts = self.read_config()
        if facts.get("kind") == LIFTER_KIND:
            raise RunError(
                f"{self.path}: expected the run of a network that recognizes, but it is one of "
                f"`skelgraph lift train`; it goes to `skelgraph extract --lifter {self.path}`"
            )
        if facts.get("kind") == CROSSVAL_KIND:
            raise RunError(
                f"{self.path}: expected the run of a network, but it is a cross-validation; its "
                f"networks are in the run directories below {self.path / 'folds'}, and the one "
                f"trained on everybody in {self.final.path}"
            )
        return facts

    @property
    def is_crossval(self) -> bool:
        """Whether it is a cross-validation; an evaluation has no ``config.json`` to tell."""
        return self.config_file.is_file() and self.read_config().get("kind") == CROSSVAL_KIND

    def find_model(self) -> "RunDirectory":
        """Return the run whose model predicts: its own, or the final one of a cross-validation.

        Raises:
            RunError: If it is no run directory, or a cross-validation without a final model.
        """
        if self.read_config().get("kind") != CROSSVAL_KIND:
            return self
        if not self.final.metrics_file.is_file():
            raise RunError(
                f"{self.path}: this cross-validation has no model trained on everybody; `skelgraph "
                f"crossval --resume {self.path} --final` trains it"
            )
        return self.final

    def check_is_run(self) -> None:
        """Check that the folder is a run directory, without reading anything.

        Raises:
            RunError: If it is none.
        """
        check_run_file(self.path, self.config_file)

    def check_is_free(self) -> None:
        """Check that results written to the folder would overwrite none.

        Raises:
            RunError: If it holds a run or an evaluation.
        """
        if self.config_file.exists() or self.metrics_file.exists():
            raise RunError(f"{self.path}: there are results already; write to another folder")

    def check_is_new(self, parts: Sequence["RunDirectory"] = ()) -> None:
        """Check that a training would overwrite no run, nor one of its streams or encoders.

        Raises:
            RunError: If it would.
        """
        ended = self.metrics_file.exists()
        if ended or any(one.checkpoint("last").is_file() for one in (self, *parts)):
            advice = "" if ended else f", --resume {self.path} to go on with it"
            raise RunError(
                f"{self.path}: there is a run already; pass --out with another folder{advice}, or "
                f"delete it"
            )

    def check_has_begun(
        self, parts: Sequence["RunDirectory"] = (), missing: str = "checkpoints/last.ckpt"
    ) -> None:
        """Check that there is a checkpoint to go on from, its own or that of a part.

        Raises:
            RunError: If there is none; it says what is ``missing``.
        """
        if not any(one.checkpoint("last").is_file() for one in (self, *parts)):
            raise RunError(f"{self.path}: nothing to resume, there is no {missing}")

    def check_has_ended(self) -> None:
        """Check that a training was not stopped before its end: its weights are not to be used.

        Raises:
            RunError: If it was.
        """
        if self.config_file.is_file() and not self.metrics_file.is_file():
            is_lifter = self.read_config().get("kind") == LIFTER_KIND
            command = "skelgraph lift train" if is_lifter else "skelgraph train"
            raise RunError(
                f"{self.path}: expected a run that was trained to its end, but it was stopped "
                f"before; go on with: {command} --resume {self.path}"
            )

    def read_metrics(self) -> dict[str, Any]:
        """Return the contents of ``metrics.json``.

        Raises:
            RunError: If the run has none: it was not finished.
        """
        self.check_has_ended()
        return read_json_file(self.path, self.metrics_file)

    def read_split(self) -> list[dict[str, str]]:
        """Return the rows of ``split.csv``: name, part, label, subject and recording of each clip.

        Raises:
            RunError: If there is none, or it is damaged.
        """
        return read_rows(self.split_file, ("name", "part", "label"))

    def read_log(self) -> list[dict[str, float]]:
        """Return the rows of ``log.csv``: losses and validation scores per epoch, counted from 0.

        Raises:
            RunError: If there is none, or it is damaged.
        """
        rows = read_rows(self.log_file, ("epoch", "train_loss", "val_loss", "val_uar"))
        try:
            return [{name: float(value) for name, value in row.items()} for row in rows]
        except (TypeError, ValueError) as error:
            raise RunError(f"{self.log_file}: expected numbers ({error})") from error
