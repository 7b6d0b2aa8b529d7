"""The scores of finished runs, and how those of several are joined: by the clips' names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import FEATURES, FitPart, TrainConfig
from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.runs import (
    Prediction,
    RunDirectory,
    read_predictions,
    read_temperature,
    score_predictions,
)
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True)
class StreamScores:
    """A finished run of one network, as a fusion needs it; :func:`read_stream` makes it.

    ``facts``, ``results`` and ``split`` are the contents of ``config.json``, ``metrics.json``
    and ``split.csv``; ``test`` are the predictions of the test part, or of the validation part of a
    run that has no test part.
    """

    run: RunDirectory
    facts: dict[str, Any]
    results: dict[str, Any]
    split: list[dict[str, str]]
    test: list[Prediction]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the scores."""
        return tuple(self.facts["classes"])

    @property
    def stream(self) -> str:
        """What its network sees."""
        return ",".join(self.facts["config"]["stream"]["names"])

    @property
    def checkpoint(self) -> str:
        """Rule that chose its weights; empty if it was solved and has no epochs."""
        is_ridge = self.facts["config"]["model"]["name"] == FEATURES
        return "" if is_ridge else str(self.facts["recipe"]["checkpoint"])

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip of the training part."""
        return [row["label"] for row in self.split if row["part"] == "train"]

    @property
    def metrics(self) -> ClassificationMetrics:
        """Metrics of the test part."""
        return score_predictions(
            self.test,
            self.classes,
            self.train_labels,
            recordings=self.recordings,
            temperature=read_temperature(self.run),
        )

    @property
    def recordings(self) -> dict[str, str | None]:
        """Recording of each clip by its name, where known."""
        return {row["name"]: row.get("recording") or None for row in self.split}

    @property
    def is_tested(self) -> bool:
        """Whether the run has a test part."""
        return self.results.get("n") != 0

    @property
    def scored_file(self) -> Path:
        """File of the predictions that are fused."""
        return self.run.predictions_file if self.is_tested else self.run.validation_file

    def fit_file(self, fit_on: FitPart) -> Path:
        """Return the file of scores to which a layer is fitted."""
        return self.run.validation_file if fit_on == "validation" else self.run.out_of_fold_file

    def read_fit_scores(self, fit_on: FitPart) -> list[Prediction]:
        """Its predictions of clips that the network was not trained on, but for the test part.

        Raises:
            RunError: If it has none, or they are damaged.
        """
        file = self.fit_file(fit_on)
        if not file.is_file():
            why = (
                "the run is of an older version; train it again, or fuse with --strategy sum"
                if fit_on == "validation"
                else "the run was trained without --fusion-folds; fit on the validation part"
            )
            raise RunError(f"{file}: expected scores to which the layer is fitted, but {why}")
        return read_predictions(file)


def read_stream(path: Path) -> StreamScores:
    """Return the scores of a finished run.

    Raises:
        RunError: If it is no run, has not ended, is a fusion itself, or its files are damaged.
    """
    run = RunDirectory(path=path)
    facts = run.read_recognizer_config()
    if "streams" in facts:
        raise RunError(
            f"{path}: expected the run of one network, but it is a fusion; name its runs"
        )
    wanted = {"classes": list, "data": dict, "config": dict, "recipe": dict}
    if any(not isinstance(facts.get(key), kind) for key, kind in wanted.items()):
        raise RunError(
            f"{run.config_file}: expected {', '.join(wanted)} of a run, but some are not"
        )
    if TrainConfig.from_dict(facts["config"]).model.info.is_multimodal:
        raise RunError(
            f"{path}: scores are fused of networks of skeletons, but this one takes audio or text; "
            f"`skelgraph train --model sern --encoders` fuses it with others"
        )
    stream = StreamScores(
        run=run, facts=facts, results=run.read_metrics(), split=run.read_split(), test=[]
    )
    return replace(stream, test=read_predictions(stream.scored_file))


def check_alike(streams: Sequence[StreamScores]) -> None:
    """Check that runs have the same classes and the same clips in the same parts.

    Raises:
        RunError: If not; it names what differs.
    """
    first = streams[0]
    for other in streams[1:]:
        if other.classes != first.classes:
            raise RunError(
                f"{other.run.path}: expected the classes {', '.join(first.classes)} of "
                f"{first.run.path}, but got {', '.join(other.classes)}"
            )
        _check_same_parts(first, other)


def _check_same_parts(first: StreamScores, other: StreamScores) -> None:
    ours, theirs = (
        {row["name"]: (row["part"], row["label"]) for row in stream.split}
        for stream in (first, other)
    )
    for name in [*ours, *theirs]:
        for one, has, place in ((first, ours, other), (other, theirs, first)):
            if name not in has:
                raise RunError(
                    f"{one.run.split_file}: clip {name!r} of {place.run.path} is missing; only "
                    f"runs on the same clips can be fused"
                )
        for what, mine, its in zip(("part", "label"), ours[name], theirs[name], strict=True):
            if mine != its:
                raise RunError(
                    f"{other.run.split_file}: clip {name!r} has the {what} {its!r}, but {mine!r} "
                    f"in {first.run.path}; only runs with the same split can be fused"
                )


def join_scores(
    predictions: Sequence[Sequence[Prediction]], files: Sequence[Path], classes: Sequence[str]
) -> tuple[list[Prediction], FloatArray]:
    """Brings the predictions of several runs into one order, by the names of their clips.

    Return the first run's predictions, and the scores (S, N, K) of all runs in their order. The
    files are those of the predictions, for the errors.

    Raises:
        RunError: If a clip is missing from one of them, or has another label or other classes.
    """
    first = predictions[0]
    tables = [{one.name: one for one in rows} for rows in predictions]
    for file, table in zip(files, tables, strict=True):
        for name in [*(one.name for one in first), *table]:
            if name not in table or name not in tables[0]:
                where, other = (file, files[0]) if name not in table else (files[0], file)
                raise RunError(f"{where}: clip {name!r} is missing, which {other} has")
        for one in first:
            _check_row(table[one.name], one, file, files[0], classes)
    scores = [
        [[table[one.name].probabilities[k] for k in classes] for one in first] for table in tables
    ]
    return list(first), np.array(scores, dtype=np.float64)


def _check_row(
    one: Prediction, other: Prediction, file: Path, other_file: Path, classes: Sequence[str]
) -> None:
    if one.label is None or one.label != other.label:
        raise RunError(
            f"{file}: clip {one.name!r} has the label {one.label!r}, but {other.label!r} in "
            f"{other_file}"
        )
    if set(one.probabilities) != set(classes) or one.label not in classes:
        raise RunError(
            f"{file}: expected scores of the classes {', '.join(classes)}, but got "
            f"{', '.join(one.probabilities)}, and clip {one.name!r} is {one.label!r}"
        )
