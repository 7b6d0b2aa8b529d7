"""Fitting and testing one network on clips that are ready for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from skelgraph.config import NetworkPlan
from skelgraph.data import derive_seed
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.models import fold_for_inference, make_network
from skelgraph.runs import (
    Prediction,
    RunDirectory,
    TrainResult,
    begin_run,
    calibrate_run,
    finish_untested,
    load_weights,
    score_predictions,
    temper_predictions,
    write_predictions,
    write_results,
)
from skelgraph.training.callbacks import Shown
from skelgraph.training.classifier_training import ClassifierModule, ClipDataModule, weigh_classes
from skelgraph.training.clip_dataset import ClipDataset, FittingData
from skelgraph.training.fitting import Loop, fit
from skelgraph.training.inference import predict_clips
from skelgraph.training.prepared_data import PreparedData
from skelgraph.training.starting import (
    StartingPoint,
    freeze_stages,
    initialize_network,
    rate_parameters,
)
from skelgraph.training.streams import (
    count_channels,
    encode_for_fitting,
    encode_part,
    list_views,
)


def train_network(
    plan: NetworkPlan,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show: Shown,
    title: str = "training",
) -> TrainResult:
    """Train the network of one stream, test it once, and fill its run directory.

    Beside the test part's predictions it leaves those of the validation part, to which a fusion is
    fitted: the network was not trained on them.

    Raises:
        RunError: If the run to be resumed had other settings, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    torch.manual_seed(derive_seed(plan.seed))
    fitting = encode_for_fitting(data, plan.stream, plan.encoding, plan.recipe, seed=plan.seed)
    in_channels = count_channels(
        plan.stream, data.channels, joint_identity=plan.encoding.joint_identity
    )
    if data.transform is not None:
        in_channels = fitting.train[0].positions.shape[2]
    model = make_network(
        plan.model,
        data.layout,
        in_channels=in_channels,
        num_classes=len(data.classes),
        any_skeleton=data.is_mixed,
    )
    begun = {} if resume else _start_from(data.start, model, plan, data)
    freeze_stages(model, plan.start.freeze, name=plan.model.name)
    facts = describe_run(
        plan, data, in_channels=in_channels, parameters=count_parameters(model), **begun
    )
    begin_run(run, facts, data.list_split(), resume=resume)
    fit_classifier(model, fitting, plan, run, resume=resume, show=show, title=title)
    val, test = (
        [
            encode_part(
                data, data.part(part), plan.stream, plan.encoding, seed=plan.seed, mirrored=mirrored
            )
            for mirrored in list_views(plan.recipe, data.layouts)
            if data.part(part)
        ]
        for part in ("val", "test")
    )
    return test_and_finish(fold_for_inference(model), val, test, plan, data, run)


def _start_from(
    start: StartingPoint | None, model: nn.Module, plan: NetworkPlan, data: PreparedData
) -> dict[str, Any]:
    """Load the weights that a new network starts from, and return the facts about them."""
    if start is None:
        return {}
    taken = initialize_network(
        model,
        start.find(plan.stream),
        plan.model,
        classes=data.classes,
        layout=None if data.is_mixed else data.layout,
        channels=data.channels,
    )
    return {"start": {**start.to_dict(), "taken": taken}}


def fit_classifier(
    model: nn.Module,
    fitting: FittingData,
    plan: NetworkPlan,
    run: RunDirectory,
    *,
    resume: bool,
    show: Shown,
    title: str,
) -> None:
    """Train a classifier by its recipe, and leave it with the weights that are to be tested.

    Raises:
        RunError: As :func:`train_network`.
    """
    recipe = plan.recipe
    classes = fitting.classes
    weights = weigh_classes(fitting.labels, classes) if recipe.class_weights else None
    module = ClassifierModule(
        model,
        recipe,
        len(classes),
        weights,
        seed=plan.seed,
        to_inputs=fitting.train.to_inputs,
        rates=rate_parameters(model, plan.start.layer_decay, name=plan.model.name),
    )
    batches = ClipDataModule(
        fitting.train,
        fitting.val,
        batch_size=recipe.batch_size,
        seed=plan.seed,
        longest=fitting.longest,
        balance=fitting.labels if recipe.balanced_sampling else None,
    )
    loop = Loop(
        epochs=recipe.epochs,
        epoch_steps=recipe.epoch_steps,
        precision=recipe.precision,
        clip_value=recipe.clip_value,
        patience=recipe.patience,
        weight_average=recipe.weight_average,
        device=plan.device,
        resume=resume,
        show=show,
        title=title,
    )
    fit(module, batches, run, loop)
    load_weights(model, run, recipe.checkpoint)


def describe_run(plan: NetworkPlan, data: PreparedData, **facts: Any) -> dict[str, Any]:
    """Return what ``config.json`` holds of a network: settings, data, and further facts."""
    return {**plan.describe(), **data.describe(), **facts}


def count_parameters(model: nn.Module) -> int:
    """Return the number of weights that are trained."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_and_finish(
    network: nn.Module,
    val: Sequence[ClipDataset],
    test: Sequence[ClipDataset],
    plan: NetworkPlan,
    data: PreparedData,
    run: RunDirectory,
) -> TrainResult:
    """Predict the validation and the test part, if there is one, and write the results.

    Each part is given by its views, whose probabilities are averaged; no views, no part.
    """
    validated, predictions = (
        predict_clips(network, views, data.part(part), data.classes) if views else []
        for part, views in (("val", val), ("test", test))
    )
    return finish_run(data, run, validated, predictions, checkpoint=plan.recipe.checkpoint)


def finish_run(
    data: PreparedData,
    run: RunDirectory,
    validated: Sequence[Prediction],
    predictions: Sequence[Prediction],
    *,
    checkpoint: str,
    subsets: Mapping[str, Sequence[Prediction]] | None = None,
    temperature: float | None = None,
) -> TrainResult:
    """Fit the temperature to the validation part, score the test part and write the results.

    The predictions come as the network gives them; those that are written have the temperature,
    which is fitted unless it is given. Clips of known people may show that a network is too sure of
    strangers, never that it is not sure enough: then it stays at 1 or above.
    ``subsets`` are predictions of the test part with fewer modalities, by the name of what was
    left. Without a test part, the metrics are those of the validation part, kept apart.
    """
    if temperature is None:
        lowest = 1.0 if data.is_validated_on_known_people else 0.0
        temperature = calibrate_run(run, validated, lowest=lowest)
    write_predictions(run.validation_file, temper_predictions(validated, temperature))
    parts = (*data.part("test"), *data.part("val"))

    def score(ones: Sequence[Prediction]) -> ClassificationMetrics:
        return score_predictions(
            ones,
            data.classes,
            data.train_labels,
            recordings={clip.name: clip.recording for clip in parts},
            temperature=temperature,
        )

    if not predictions:
        return finish_untested(
            run,
            score(temper_predictions(validated, temperature)),
            protocol=data.split.protocol,
            data_note=data.note,
            left_out=data.left_out,
            checkpoint=checkpoint,
        )
    tested = temper_predictions(predictions, temperature)
    metrics = score(tested)
    compared = {
        name: score(temper_predictions(ones, temperature)) for name, ones in (subsets or {}).items()
    }
    write_results(
        run,
        tested,
        metrics,
        protocol=data.split.protocol,
        tests=data.inspection.tests,
        leaks=data.inspection.leaks,
        data_note=data.note,
        left_out=data.left_out,
        modalities=compared,
    )
    return TrainResult(
        run=run,
        metrics=metrics,
        protocol=data.split.protocol,
        checkpoint=checkpoint,
        tests=data.inspection.tests,
        leaks=data.inspection.leaks,
        compared=compared,
    )
