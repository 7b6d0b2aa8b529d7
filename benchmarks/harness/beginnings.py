"""What models say of the first seconds of clips, of people who were left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.filmed_clips import CAPTURED, is_filmed
from harness.model_rows import FILMED, describe, keep, pool_run, predict_others, spell
from skelgraph import load_run
from skelgraph.data import read_folder
from skelgraph.experiments import PooledFolds
from skelgraph.models import SpatialTemporalNetwork
from skelgraph.movement import find_motion_step
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory

SECONDS = ("0.5", "1", "2", "4", "all")
"""How much of a clip is seen."""

_TITLES = [key if key == "all" else f"{key} s" for key in SECONDS]
SECONDS_HEAD = (f"| UAR after | {' | '.join(_TITLES)} |", "|---|" + "---|" * len(SECONDS))
"""First lines of a table with :func:`spell_beginnings`."""


def see_beginnings(
    pooled: PooledFolds, clips: Sequence[PoseSequence]
) -> dict[str, PooledFolds | None]:
    """Return the folds with predictions of the first seconds of the clips that they left out.

    None if the network answers later.
    """
    first_answer_s = measure_waiting(pooled)["first_answer_s"]
    seen: dict[str, PooledFolds | None] = {}
    for key in SECONDS:
        if key == "all":
            seen[key] = pooled
        elif float(key) < first_answer_s:
            seen[key] = None
        else:
            seen[key] = predict_others(pooled, [cut(one, float(key)) for one in clips])
    return seen


def cut(clip: PoseSequence, seconds: float) -> PoseSequence:
    """Return the first seconds of a recording, or all of it if it is shorter."""
    return clip[: round(seconds * clip.fps)]


def measure_waiting(pooled: PooledFolds) -> dict[str, float]:
    """Return how late a network answers for a frame, and when it answers first, in seconds.

    The stream's own delay is not in it.
    """
    predictor = load_run(pooled.folds[0].run.path, for_inference=False)
    network = predictor.model
    assert isinstance(network, SpatialTemporalNetwork)
    fps = predictor.config.preparation.fps
    stream_fps = fps / find_motion_step(fps)
    geometry = network.temporal_geometry
    return {
        "delay_s": round(geometry.delay_frames / stream_fps, 3),
        "first_answer_s": round(geometry.fewest_frames / stream_fps, 3),
    }


def spell_beginnings(rows: Mapping[str, Any]) -> str:
    """Return cells of UAR with its interval by the seconds that were seen."""
    return " | ".join("-" if rows[key] is None else spell(rows[key]) for key in SECONDS)


def describe_seconds(seen: Mapping[str, PooledFolds | None]) -> dict[str, Any]:
    """Return the scores by the seconds that were seen; None where there is no answer yet."""
    return {key: None if one is None else describe(one) for key, one in seen.items()}


def describe_live(study: RunDirectory, clips: Path) -> dict[str, Any]:
    """Return what emotion4-live reaches on captured and filmed clips of people never seen."""
    pooled = pool_run(study)
    captured = keep(pooled, filmed=False)
    own = [one for one in read_folder(clips).sequences if not is_filmed(one.name)]
    seen = describe_seconds(see_beginnings(captured, own))
    return {
        "rows": {
            "posture-motion": {
                CAPTURED: {**describe(captured), "seconds": seen},
                FILMED: describe(keep(pooled, filmed=True)),
            }
        },
        "seeds": list(pooled.by_seed),
    }


def tell_of_beginnings(rows: Mapping[str, Any]) -> dict[str, str]:
    """Return the section of the card that tells how much of a clip an answer needs."""
    (row,) = rows.values()
    table = [*SECONDS_HEAD, f"| as captured | {spell_beginnings(row[CAPTURED]['seconds'])} |"]
    return {
        "While a person moves": "```bash\nskelgraph stream openpose_folder --fps 25\n```\n\n"
        "The network takes each frame when it comes, and an answer is about the frames so far, of "
        "the last four seconds unless told otherwise. UAR on the same actors, each left out, if "
        "only the first seconds of each clip are known to cleaning and network; a clip that is "
        "shorter is taken whole.\n\n" + "\n".join(table)
    }
