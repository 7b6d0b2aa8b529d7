"""Measurements of a lifted video, and the tables of the lifting benchmark."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from skelgraph.config import LiftConfig
from skelgraph.data import derive_seed
from skelgraph.io import read_sequence
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    LIFTER_RESULTS,
    KeypointLifter,
    evaluate_lifter,
    fit_lifter,
    load_lifter_run,
    make_lifter_network,
    prepare_lifter_data,
)
from skelgraph.poses import PoseSequence, convert_layout, drop_doubtful, fill_gaps, low_pass
from skelgraph.runs import RunDirectory
from skelgraph.typing import FloatArray

_LEFT, _RIGHT = UPPER10.index("left_shoulder"), UPPER10.index("right_shoulder")
_SHORT = ("true", "noisy", "noisy_filtered", "constant_pose")
_SHORT_HEAD = " | ".join(LIFTER_RESULTS[name] for name in _SHORT)
"""The columns of tables that leave out what is hardly different: filtered true keypoints."""
_WRISTS = ("left_wrist", "right_wrist")


def measure_video(
    run: Path, keypoints: Path, *, fps: float, cutoff_hz: float = 6.0, fix_bones: bool = False
) -> dict[str, Any]:
    """Lift a detector's keypoints and measure bone lengths and wrist speeds.

    Speeds are those of a wrist relative to the thorax, in shoulder breadths per frame: the mean
    breadth in the image for the image, in space for space. For lifted wrists the speed within the
    image's plane is given as well, to which depth adds nothing.

    Args:
        run: Run directory of a lifter.
        keypoints: The keypoints, in any readable format.
        fps: Their frame rate.
        cutoff_hz: Cutoff of the low-pass filter before the lifter.
        fix_bones: Whether bones get their median lengths.

    Returns:
        Plain JSON types: for each bone its coefficient of variation, for each wrist its speeds.
    """
    raw = fill_gaps(drop_doubtful(read_sequence(keypoints, fps=fps), min_confidence=0.1))
    image = low_pass(raw, cutoff_hz=cutoff_hz)
    space = load_lifter_run(run).lift_sequence(image, fix_bones=fix_bones)
    flat = convert_layout(image, UPPER10)
    return {
        "frames": space.num_frames,
        "bone_cv": {
            joint: round(float(value), 4)
            for joint, value in zip(UPPER10.joints, _vary(space), strict=True)
            if joint != UPPER10.joints[UPPER10.center]
        },
        "wrists": {
            wrist: {
                "speed_2d": round(_speed(flat.positions, wrist), 4),
                "speed_3d": round(_speed(space.positions, wrist), 4),
                "speed_3d_across": round(_speed(space.positions[:, :, :2], wrist), 4),
            }
            for wrist in _WRISTS
        },
    }


def validate_settings(config: LiftConfig) -> float:
    """Train a lifter and return the MPJPE of its validation part for true keypoints, in mm.

    The test part is not used, and nothing is kept.

    Args:
        config: The settings; the last weights are validated.
    """
    data = prepare_lifter_data(config.data, config.split, fps=config.fps, seed=config.seed)
    torch.manual_seed(derive_seed(config.seed))
    network = make_lifter_network(config.network)
    with TemporaryDirectory() as folder:
        run = RunDirectory(path=Path(folder))
        fit_lifter(
            network,
            data,
            run,
            config.recipe.change(checkpoint="last"),
            config.filming,
            seed=config.seed,
            device=config.device,
        )
    lifter = KeypointLifter(network=network)
    clips = data.split.val.tolist()
    metrics = evaluate_lifter(
        lifter, data, clips, config.filming, seed=config.seed, conditions=("true",)
    )
    return float(metrics["true"]["mpjpe_mm"])


def format_settings(errors: Mapping[str, Mapping[str, float]], subjects: Sequence[str]) -> str:
    """Return a Markdown table of the errors in millimeters by setting and subject."""
    lines = [
        f"| MPJPE, mm, of a person left out | {' | '.join(subjects)} | mean |",
        f"|---|{'---|' * (len(subjects) + 1)}",
    ]
    for name, row in errors.items():
        cells = [*(row[subject] for subject in subjects), np.mean([row[s] for s in subjects])]
        lines.append(f"| {name} | {' | '.join(f'{value:.1f}' for value in cells)} |")
    return "\n".join(lines)


def format_held_out(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table of the errors of lifters, each tested on its held-out subject."""
    lines = [
        f"| MPJPE, mm, of who was held out | clips | {_SHORT_HEAD} |",
        f"|---|---|{'---|' * len(_SHORT)}",
    ]
    for subject, result in results.items():
        metrics = result["metrics"]
        cells = [f"{metrics[name]['mpjpe_mm']:.1f}" for name in _SHORT]
        lines.append(f"| {subject} | {metrics['clips']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def format_lifting(result: dict[str, Any]) -> str:
    """Return the results as Markdown tables."""
    metrics, video = result["metrics"], result["video"]
    lines = [
        f"{metrics['clips']} clips, {metrics['frames']} frames, {metrics['cameras']} cameras each; "
        f"{metrics['protocol']}; {result['parameters']} weights, "
        f"{result['settings']['epochs']} epochs.",
        "",
        "| lifted from | MPJPE, mm | PA-MPJPE, mm | error of velocity, mm/s |",
        "|---|---|---|---|",
        *(
            f"| {words} | {metrics[name]['mpjpe_mm']:.1f} | {metrics[name]['pa_mpjpe_mm']:.1f} | "
            f"{metrics[name]['velocity_error_mm_s']:.0f} |"
            for name, words in LIFTER_RESULTS.items()
        ),
        "",
        f"| joint: MPJPE, PA-MPJPE in mm | {_SHORT_HEAD} |",
        f"|---|{'---|' * len(_SHORT)}",
    ]
    for joint in UPPER10.joints:
        cells = [
            f"{metrics[name]['mpjpe_mm_per_joint'][joint]:.1f}, "
            f"{metrics[name]['pa_mpjpe_mm_per_joint'][joint]:.1f}"
            for name in _SHORT
        ]
        lines.append(f"| {joint} | {' | '.join(cells)} |")
    bones = ", ".join(f"{joint} {value:.1%}" for joint, value in video["bone_cv"].items())
    wrists = "; ".join(
        f"{wrist} {speeds['speed_3d'] / speeds['speed_2d']:.0%}, across the image "
        f"{speeds['speed_3d_across'] / speeds['speed_2d']:.0%}"
        for wrist, speeds in video["wrists"].items()
    )
    lines += [
        "",
        f"OpenPose's keypoints of a video of {video['frames']} frames, filtered and lifted: each "
        f"bone's length varies (standard deviation over mean, by the bone's far joint) by {bones}. "
        f"Speed in space, of that in the image: {wrists}.",
    ]
    return "\n".join(lines)


def _vary(space: PoseSequence) -> FloatArray:
    """Return the coefficient of variation (V,) of each bone's length; NaN at the center."""
    bones = space.positions - space.positions[:, UPPER10.parents]
    lengths = np.linalg.norm(bones.astype(np.float64), axis=2)
    mean = np.nanmean(lengths, axis=0)
    varies = np.full(len(mean), np.nan)
    np.divide(np.nanstd(lengths, axis=0), mean, out=varies, where=mean > 0)
    return varies


def _speed(positions: FloatArray, wrist: str) -> float:
    """Return the mean step of a wrist (T, V, C) relative to the thorax, in shoulder breadths."""
    breadth = np.nanmean(np.linalg.norm(positions[:, _LEFT] - positions[:, _RIGHT], axis=1))
    way = positions[:, UPPER10.index(wrist)] - positions[:, UPPER10.index("thorax")]
    return float(np.nanmean(np.linalg.norm(np.diff(way, axis=0), axis=1)) / breadth)
