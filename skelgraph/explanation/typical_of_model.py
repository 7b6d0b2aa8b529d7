"""What is typical of the classes of a model: kept beside it, or measured on its training clips."""

from functools import lru_cache

from skelgraph.data import ClipMedia
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.movement import TypicalMovement, choose_evenly, measure_typical
from skelgraph.poses import PoseSequence
from skelgraph.runs import read_typical, write_typical
from skelgraph.serving import Predictor, read_run_data


@lru_cache(maxsize=1)  # the persons and clips of a command are explained by one model
def find_typical(predictor: Predictor) -> tuple[TypicalMovement | None, tuple[str, ...]]:
    """Return what is typical of each class, and what a reader should know of it.

    A model folder keeps it in ``typical.json``; of a run it is measured on the clips that trained
    it, if these are still there.

    Raises:
        RunError: If the file is damaged.
    """
    runs = [predictor.run, *(network.run for network in predictor.networks)]
    for run in runs:
        typical = read_typical(run)
        if typical is not None:
            return typical, ()
    if predictor.names_clips:
        try:
            return learn_typical(predictor), ()
        except SkelgraphError as error:
            reason = str(error)
    else:
        reason = "the model keeps no typical.json"
    return None, (f"what is typical of each class is not known: {reason}",)


def learn_typical(predictor: Predictor) -> TypicalMovement:
    """Measure what is typical of each class on the clips that trained a run.

    Raises:
        DatasetError: If the data cannot be read, or have changed since the training.
        RunError: If nothing can be measured on its skeletons.
    """
    clips, split = read_run_data(predictor)
    by_label: dict[str, list[PoseSequence]] = {}
    for number in split.train.tolist():
        sequence = clips.sequences[number]
        if sequence.has_joints:
            by_label.setdefault(sequence.label or "", []).append(sequence)
    chosen = [one for own in by_label.values() for one in choose_evenly(own)]
    network = predictor.networks[0]
    typical = measure_typical([network.prepare(one.load(), ClipMedia()) for one in chosen])
    if typical is None:
        raise RunError(
            f"{predictor.run.path}: its skeletons have no trunk, head or hands, at which movement "
            f"is measured"
        )
    return typical


def keep_typical(predictor: Predictor) -> None:
    """Write what is typical of each class into a run, so that its model folder has it.

    Raises:
        SkelgraphError: As :func:`learn_typical`.
    """
    write_typical(predictor.networks[0].run, learn_typical(predictor))
