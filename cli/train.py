"""``skelgraph train``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import choices
from .dataset_options import data_options, dataset_options, take_dataset_options
from .multimodal_options import multimodal_options, parse, take_multimodal
from .output import print_result, reading_progress
from .stopping import advise_to_resume, refuse_options_beside_resume

if TYPE_CHECKING:
    from skelgraph.config import TrainConfig


def split_names(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """The names of an option that may be given more than once, or with commas."""
    return tuple(name.strip() for part in value for name in part.split(",") if name.strip())


def _check_streams(ctx: click.Context, param: click.Parameter, value: str) -> str:
    names = [name.strip() for name in value.split(",")]
    if value != "2s" and (set(names) - set(choices.STREAMS) or len(set(names)) < len(names)):
        raise click.BadParameter(
            f"{value!r} is not one of {', '.join(choices.STREAMS)}, 2s, or several of them with "
            f"commas between"
        )
    return value


@click.command("train")
@data_options(
    "Folder with recordings and a labels.csv (file,label[,subject][,recording][,split]), or with "
    "one sub-folder for each label."
)
@dataset_options
@click.option(
    "--layout", help="Joint layout to convert to, or a layout file; see `skelgraph layouts`."
)
@click.option(
    "--person",
    metavar="main|all|N",
    default="main",
    help="Of a file with several persons: the main one, all (a clip each), or a number.",
)
@click.option(
    "--channels",
    type=click.Choice(choices.CHANNELS),
    help="What the network sees of a joint; c is a pose estimator's confidence.  "
    "[default: xy in 2D, xyz in 3D]",
)
@click.option(
    "--stream",
    callback=_check_streams,
    default="joint",
    metavar="STREAM[,STREAM...]",
    help="Joint positions; bones: vectors from each joint's parent to it; the motion of either; or "
    f"speed: how fast each joint moves, which no turn of the body changes. One of "
    f"{', '.join(choices.STREAMS)}; several with commas between are a network each, and a fusion. "
    "2s is joint,bone.",
)
@click.option(
    "--fusion",
    type=click.Choice(choices.FUSIONS),
    help="How several streams are fused: a fully connected layer over their scores, fitted on the "
    "validation part, or the sum of the scores.  [default: concat]",
)
@click.option(
    "--fusion-folds",
    type=click.IntRange(0),
    default=0,
    help="Fit that layer on the training part instead, scored by networks that are trained once "
    "more for each of so many folds.",
)
@click.option(
    "--model",
    type=click.Choice(choices.MODELS),
    default="s-stgcn",
    help="Of skeletons the first four; are hears, tre reads, mdre does both; sern fuses these with "
    "s-stgcn, sern-2s with one on joints and one on bones.",
)
@multimodal_options
@click.option(
    "--strategy",
    type=click.Choice(choices.STRATEGIES),
    default="spatial",
    help="Partition of the skeleton's edges into subsets.",
)
@click.option("--center", help="Joint from which the partition counts distances.")
@click.option(
    "--hop-distance",
    type=click.Choice(choices.HOP_DISTANCES),
    default="bfs",
    help="How it counts: by breadth-first search, or truncated as in the released codes.",
)
@click.option("--heads", "num_heads", type=click.IntRange(1), default=4, help="Attention heads.")
@click.option("--attention/--no-attention", default=True, help="S-STGCN's self-attention part.")
@click.option("--gate/--no-gate", default=True, help="S-STGCN's learned gate (equation 9).")
@click.option(
    "--recipe",
    type=click.Choice(choices.RECIPES),
    default="strong",
    help="How to train: 'paper' is the released training of S-STGCN, and of MDRE where there is "
    "audio or text; 'strong' is for few clips.",
)
@click.option("--epochs", type=click.IntRange(1), help="Most epochs, instead of the recipe's.")
@click.option("--batch-size", type=click.IntRange(1), help="Clips of a step.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True))
@click.option(
    "--checkpoint",
    type=click.Choice(choices.CHECKPOINTS),
    help="Weights to test: best on validation, or last. Fixed before the training.",
)
@click.option("--class-weights", is_flag=True, help="Weigh rare classes more in the loss.")
@click.option(
    "--require",
    metavar="a,t,s",
    help="Leave out clips that lack one of these: audio, text, skeleton.",
)
@click.option(
    "--split",
    type=click.Choice(choices.SPLITS),
    help="Divide by subject, recording (group), at random, as labels.csv says (file), or as MDRE. "
    "[default: file, subject, group or random, the first that the labels allow]",
)
@click.option(
    "--test-subjects",
    multiple=True,
    callback=split_names,
    help="Subjects to test on: A,B; a * stands for any letters: 'Ses05*'.",
)
@click.option(
    "--val-subjects", multiple=True, callback=split_names, help="Subjects to validate on."
)
@click.option("--fold", type=click.IntRange(1, 5), help="Fold to test on with --split mdre.")
@click.option(
    "--fps",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    help="Frames per second of all clips, and of files that do not tell theirs.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0),
    default=0.1,
    help="Joints of less confidence are missing; 0 takes all.",
)
@click.option(
    "--max-gap",
    "max_gap_s",
    type=click.FloatRange(0),
    default=0.5,
    help="Longest gap of a joint that is filled, in seconds; longer ones are masked.",
)
@click.option(
    "--frames",
    type=click.IntRange(1),
    help="Resample every clip to this many frames.  [default: as long as it is]",
)
@click.option(
    "--axes",
    type=click.Choice(choices.AXES),
    default="correct",
    help="'scrambled' mixes frames, joints and coordinates as the released code of S-STGCN does, "
    "only to compare with it.",
)
@click.option(
    "--filter",
    type=click.Choice(choices.FILTERS),
    default="butterworth",
    help="Low-pass filter over time: Butterworth without lag, Savitzky-Golay, 1 Euro (for streams: "
    "it sees no later frame, and lags), or none.",
)
@click.option(
    "--cutoff",
    "cutoff_hz",
    type=click.FloatRange(0),
    default=6.0,
    help="Cutoff of the Butterworth filter in Hz; 0 for no filter.",
)
@click.option(
    "--align-heading/--no-align-heading", default=True, help="Turn each person to face one way."
)
@click.option(
    "--normalize-bones/--no-normalize-bones",
    default=True,
    help="Give all the training part's median bone lengths.",
)
@click.option("--seed", type=click.IntRange(0), default=0)
@click.option("--precision", type=click.Choice(choices.PRECISIONS), default="32")
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/...]")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with a run that was stopped, with its own settings.",
)
@click.pass_context
def command(ctx: click.Context, /, resume: Path | None, cutoff_hz: float, **settings: Any) -> None:
    """Train a network and test it once.

    \b
    skelgraph train --stream bone                          on generated motion
    skelgraph train --data my_folder --stream bone
    skelgraph train --data my_folder --stream 2s           two networks, fused
    skelgraph train --dataset mpi-ebed --root DIR --test-subjects NoVo
    skelgraph train --data my_folder --model sern          audio, text, skeletons
    skelgraph train --data my_folder --model sern --encoders RUN --encoders RUN

    Audio and text are the columns audio and text of labels.csv. A model that fuses
    trains its encoders first, each in a run directory below encoders/. What a clip
    lacks is masked, and the results tell what each subset of the modalities reaches.

    The run directory gets config.json, metrics.json, predictions.csv, log.csv,
    split.csv, checkpoints and figures. The test part holds subjects (or recordings)
    that the network has never seen.
    """
    from skelgraph.config import TrainConfig
    from skelgraph.training import default_run_path, train

    if resume is None:
        settings["dataset_options"] = take_dataset_options(settings)
        settings |= {"multimodal": take_multimodal(settings), "cutoff_hz": cutoff_hz or None}
        settings["require"] = parse(settings["require"])
        config = TrainConfig(**settings)
    else:
        config = _read_settings(ctx, resume)
    place = resume or config.out or default_run_path(config)
    with reading_progress() as progress, advise_to_resume("skelgraph train", place):
        result = train(
            config,
            resume=resume is not None,
            show_progress=True,
            report=click.echo,
            read_progress=progress,
        )
    print_result(result)
    click.echo(f"run: {result.run.path}")


def _read_settings(ctx: click.Context, run: Path) -> "TrainConfig":
    """The settings of the run to be resumed."""
    from skelgraph.config import TrainConfig
    from skelgraph.runs import RunDirectory

    refuse_options_beside_resume(ctx)
    facts = RunDirectory(path=run).read_config()
    return replace(TrainConfig.from_dict(facts.get("config")), out=run)
