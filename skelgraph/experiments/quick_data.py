"""A handful of generated clips, to see that the paper benchmark runs."""

from pathlib import Path

from skelgraph.data import write_folder
from skelgraph.synthetic import generate_emotive_motion

QUICK_NOTE = (
    "a smoke run of one epoch on a handful of generated clips: the numbers say nothing at all"
)


def write_quick_data(folder: Path) -> Path:
    """Writes 48 clips of four invented actors as a folder dataset, if it is not there.

    Args:
        folder: The folder.

    Returns:
        The folder.
    """
    if not folder.exists():
        clips = generate_emotive_motion(num_actors=4, clips_per_emotion=3, duration_s=(0.8, 1.0))
        write_folder(folder, clips)
    return folder
