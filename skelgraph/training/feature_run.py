"""Fitting and testing a ridge on movement features."""

from skelgraph.config import NetworkPlan
from skelgraph.evaluation import choose_groups
from skelgraph.movement import fit_feature_model, measure_motion
from skelgraph.runs import RunDirectory, TrainResult, begin_run, keep_scores, write_predictions
from skelgraph.training.feature_model_file import save_feature_model
from skelgraph.training.inference import name_scores
from skelgraph.training.network_run import describe_run, finish_run
from skelgraph.training.prepared_data import PreparedData


def train_features(
    plan: NetworkPlan, data: PreparedData, run: RunDirectory, *, resume: bool
) -> TrainResult:
    """Fit a ridge to movement features, test it once, and fill its run directory.

    Nothing is chosen on the validation part, so that its clips train as well. Their predictions,
    and those of the training clips, are out of fold: by models that were fitted without the person
    (or the recording, if there is one person).

    Raises:
        PoseError: If the layout has no trunk, head or hands.
        RunError: If the run to be resumed had other settings.
    """
    train, val, test = (data.part(part) for part in ("train", "val", "test"))
    known = (*train, *val)
    motions = [measure_motion(clip) for clip in known]
    begin_run(run, describe_run(plan, data), data.list_split(), resume=resume)
    number = {name: index for index, name in enumerate(data.classes)}
    _, groups = choose_groups(
        len(known), [clip.subject for clip in known], [clip.recording for clip in known]
    )
    model, held_out = fit_feature_model(
        motions,
        [number[clip.label or ""] for clip in known],
        num_classes=len(data.classes),
        groups=[str(group) for group in groups],
        seed=plan.seed,
    )
    save_feature_model(model, run)
    out_of_fold = name_scores(known, data.classes, held_out)
    write_predictions(run.out_of_fold_file, out_of_fold[: len(train)])
    probabilities = model.predict_proba([measure_motion(clip) for clip in test])
    return finish_run(
        data,
        run,
        out_of_fold[len(train) :],
        name_scores(test, data.classes, probabilities),
        checkpoint="",
        temperature=keep_scores(run, len(motions)),
    )
