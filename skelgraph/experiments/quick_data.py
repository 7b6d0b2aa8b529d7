"""A few generated clips and a tiny lifter, to see that the paper benchmark runs."""

from pathlib import Path

from skelgraph.config import LiftConfig, TrainConfig
from skelgraph.data import write_folder
from skelgraph.lifting import train_lifter
from skelgraph.synthetic import generate_emotive_motion
from skelgraph.training import prepare_clips

QUICK_NOTE = (
    "a smoke run of one epoch on a handful of generated clips: the numbers say nothing at all"
)


def write_quick_data(folder: Path) -> Path:
    """Write 48 clips of four invented actors as a folder dataset, if it is not there.

    Args:
        folder: The folder.

    Returns:
        The folder.
    """
    if not folder.exists():
        clips = generate_emotive_motion(num_actors=4, clips_per_emotion=3, duration_s=(0.8, 1.0))
        write_folder(folder, clips)
    return folder


def train_quick_lifter(base: TrainConfig, out: Path) -> Path:
    """Train a tiny lifter for an epoch on the data of a quick benchmark, if it is not there.

    Args:
        base: Settings that all rows share; the subjects of their test part are held out here too.
        out: The run directory.

    Returns:
        The run directory.
    """
    if not (out / "metrics.json").is_file():
        data = prepare_clips(base)
        tested = {data.clips.subjects[clip] or "" for clip in data.split.test}
        config = LiftConfig.of(
            data=base.data,
            test_subjects=tuple(sorted(tested)),
            filter_widths=(3,),
            channels=8,
            epochs=1,
            cameras=1,
            out=out,
        )
        train_lifter(config)
    return out
