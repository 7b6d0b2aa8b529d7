"""Loading a run directory: of one network, of several streams, or of several modalities."""

from pathlib import Path
from typing import Any

from skelgraph.errors import RunError
from skelgraph.evaluation import fusion_from_dict
from skelgraph.runs import RunDirectory
from skelgraph.serving.fused_predictor import FusedPredictor
from skelgraph.serving.multimodal_predictor import MultimodalPredictor, load_multimodal
from skelgraph.serving.predictor import Predictor, load_network


def load_run(
    path: Path | str, *, for_inference: bool = True
) -> Predictor | FusedPredictor | MultimodalPredictor:
    """Loads a finished run.

    Args:
        path: The run directory.
        for_inference: As :func:`load_network`.

    Returns:
        A :class:`FusedPredictor` where the run is a fusion of several streams, and a
        :class:`MultimodalPredictor` where its network hears or reads.

    Raises:
        RunError: If it is none, its training did not end, or its files are damaged.

    Example:
        >>> predictor = load_run("runs/mpi")  # doctest: +SKIP
        >>> predictor.predict(sequence).prediction  # doctest: +SKIP
        'joy'
    """
    run = RunDirectory(path=Path(path))
    facts = run.read_config()
    if "fusion" in facts:
        return _load_fused(run, facts, for_inference)
    if "multimodal" in facts.get("config", {}):
        return load_multimodal(run, facts, for_inference=for_inference)
    return load_network(path, for_inference=for_inference)


def _load_fused(run: RunDirectory, facts: dict[str, Any], for_inference: bool) -> FusedPredictor:
    try:
        fusion = fusion_from_dict(facts["fusion"])
        places = [run.path / str(stream["run"]) for stream in facts["streams"]]
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{run.config_file}: expected a fusion and its streams, but they are incomplete or "
            f"damaged ({error})"
        ) from error
    missing = [place for place in places if not place.is_dir()]
    if missing or not places:
        raise RunError(
            f"{run.config_file}: expected the runs that are fused, but there is no "
            f"{missing[0] if missing else 'run'}; was it moved?"
        )
    return FusedPredictor(
        run=run,
        streams=tuple(load_network(place, for_inference=for_inference) for place in places),
        fusion=fusion,
    )
