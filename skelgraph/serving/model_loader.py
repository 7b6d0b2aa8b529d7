"""Loading trained models by their names: of skelgraph itself, of the Hub, or a folder."""

from pathlib import Path

from skelgraph.errors import RunError
from skelgraph.hub import is_hub_reference
from skelgraph.runs import find_run
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.run_loader import load_run


def load_model(
    name: str | Path,
    *,
    revision: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    for_inference: bool = True,
) -> Predictor:
    """Load a trained model: one that comes with skelgraph, one of the Hub, a model folder or a run.

    Args:
        name: The name of a model that comes with skelgraph, a path, or ``user/name`` on the Hub; a
            path that is there goes first, and ``hf://user/name`` is always the Hub's.
        revision: Branch, tag or commit of a model on the Hub; the newest if not given.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ``"mps"``, or ``"auto"`` for a GPU if
            there is one.
        threads: Threads that take clips each, on a CPU; as many as PyTorch has if not given.
        for_inference: Whether networks get their faster form.

    Raises:
        HubError: If it is on the Hub and cannot be downloaded.
        RunError: If there is no such model, or its files are damaged.

    Example:
        >>> model = load_model("ann/calm2", revision="v1")  # doctest: +SKIP
        >>> model.predict(sequence).probabilities  # doctest: +SKIP
        {'calm': 0.81, 'excited': 0.19}
    """
    text = Path(name).as_posix()
    if not is_hub_reference(name) and not Path(name).exists() and _is_repository(text):
        name = f"hf://{text}"
    if revision is not None and not is_hub_reference(name):
        raise RunError(f"{name}: it is not on the Hub, where models have revisions; name none")
    run = find_run(name, revision=revision)
    return load_run(run.path, device=device, threads=threads, for_inference=for_inference)


def _is_repository(text: str) -> bool:
    user, slash, model = text.partition("@")[0].partition("/")
    return bool(user and slash and model) and "/" not in model
