"""Loading finished runs: of one network, of several streams, or of several modalities."""

from pathlib import Path
from typing import Any

from skelgraph.data import Transform
from skelgraph.errors import RunError
from skelgraph.runs import RunDirectory, RunFacts, find_run, parse_facts
from skelgraph.serving.decision import read_decision
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.served_networks import ServedNetwork, load_skeleton_network


def load_run(
    path: Path | str,
    *,
    model: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    for_inference: bool = True,
    transform: Transform | None = None,
) -> Predictor:
    """Load a finished run: of one network, of several streams, or of several modalities.

    Args:
        path: The run directory or model folder, or the name of a model that comes with skelgraph
            (:func:`skelgraph.runs.list_box`); of a cross-validation, its final model is loaded.
            The folder of an exported model is computed by its own runtime, on the CPU.
        model: The network, if it is one of your own, as in ``--model``: a run never loads code by
            itself.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ``"mps"``, or ``"auto"`` for a GPU if
            there is one.
        threads: Threads that take clips each, on a CPU; as many as PyTorch has if not given.
        for_inference: Whether networks get their faster form; otherwise they have the layers that
            were trained, to be looked into.
        transform: The transform of your own that the training had.

    Raises:
        RunError: If it is no run, its training did not end, or its files are damaged.

    Example:
        >>> predictor = load_run("runs/mpi")  # doctest: +SKIP
        >>> predictor.predict(sequence).prediction  # doctest: +SKIP
        'joy'
    """
    run = find_run(path).find_model()
    if run.is_exported:
        return _load_exported(run, threads)
    contents = run.read_recognizer_config()
    if "fusion" in contents:
        run.check_has_ended()
        return _load_fusion(run, contents, model, device, threads, for_inference, transform)
    facts = parse_facts(run, contents)
    run.check_has_ended()
    if facts.config.model.info.is_multimodal:
        from skelgraph.serving.multimodal_network import load_multimodal_network

        network: ServedNetwork = load_multimodal_network(
            run, contents, facts, device=device, for_inference=for_inference
        )
    else:
        network = _load_network(run, facts, model, device, threads, for_inference, transform)
    return Predictor(run=run, networks=(network,), decision=read_decision(run))


def _load_exported(run: RunDirectory, threads: int | None) -> Predictor:
    from skelgraph.serving.exported import load_parts

    networks, fusion = load_parts(run, threads=threads)
    return Predictor(run=run, networks=networks, fusion=fusion, decision=read_decision(run))


def _load_network(
    run: RunDirectory,
    facts: RunFacts,
    model: str | None,
    device: str,
    threads: int | None,
    for_inference: bool,
    transform: Transform | None,
) -> ServedNetwork:
    if facts.config.model.info.is_ridge:
        from skelgraph.serving.feature_network import load_feature_network

        return load_feature_network(run, facts)
    return load_skeleton_network(
        run,
        facts,
        own_model=model,
        device=device,
        threads=threads,
        for_inference=for_inference,
        transform=transform,
    )


def _load_fusion(
    run: RunDirectory,
    contents: dict[str, Any],
    model: str | None,
    device: str,
    threads: int | None,
    for_inference: bool,
    transform: Transform | None,
) -> Predictor:
    from skelgraph.evaluation import fusion_from_dict

    try:
        fusion = fusion_from_dict(contents["fusion"])
        places = [run.path / str(stream["run"]) for stream in contents["streams"]]
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
    runs = [RunDirectory(path=place) for place in places]
    networks = tuple(
        _load_network(
            one,
            parse_facts(one, one.read_recognizer_config()),
            model,
            device,
            threads,
            for_inference,
            transform,
        )
        for one in runs
    )
    return Predictor(run=run, networks=networks, fusion=fusion, decision=read_decision(run))
