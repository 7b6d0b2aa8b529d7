"""A small folder dataset, for benchmarks whose numbers do not depend on the data."""

from pathlib import Path

from skelgraph.data import write_folder
from skelgraph.synthetic import generate_emotive_motion


def write_small_dataset(folder: Path, *, quick: bool = False) -> Path:
    """Write generated clips of a second each as a folder dataset.

    Args:
        folder: The folder.
        quick: Whether there are as few clips as can be split.

    Returns:
        The folder.
    """
    clips_per_emotion = 1 if quick else 4
    clips = generate_emotive_motion(
        num_actors=4, clips_per_emotion=clips_per_emotion, duration_s=(0.9, 1.1)
    )
    write_folder(folder, clips)
    return folder


def find_recording(folder: Path) -> Path:
    """Return the first recording of a folder dataset."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return next(file for file in files if file.name != "labels.csv")
