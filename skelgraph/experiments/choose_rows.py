"""The rows of the paper's comparisons that a benchmark runs."""

from collections.abc import Collection, Iterable

from skelgraph.config import MODALITIES, Modality, ModelSettings
from skelgraph.errors import RunError
from skelgraph.experiments.paper_rows import (
    LIFTED_ROWS,
    PAPER_ROWS,
    REFERENCE,
    ROW_GROUPS,
    PaperRow,
)


def choose_rows(
    keys: Iterable[str] = (), models: Iterable[str] = (), *, with_lifter: bool = True
) -> list[PaperRow]:
    """Return the rows with these keys, in the order of the table; all if none is given.

    Rows that others need are added: the reference, and what is fused.

    Args:
        keys: Keys of rows or of groups of rows, or networks of one's own.
        models: Networks of one's own, ``"file.py:Network"``: a row each, after the others.
        with_lifter: Whether there is a lifter; without one, all rows are those that need none.

    Raises:
        RunError: If there is no row of that key, it needs a lifter and there is none, or a network
            of one's own cannot be a row.

    Example:
        >>> [row.key for row in choose_rows(["2s-a"])]
        ['s-stgcn', 's-stgcn-bone', '2s-a']
        >>> [row.key for row in choose_rows(["filter"])]
        ['s-stgcn', 'filtered', 'unfiltered']
        >>> [row.key for row in choose_rows(["my_package.networks:TinyNet"])]
        ['s-stgcn', 'tinynet']
    """
    keys = list(keys)
    own = make_own_rows([*models, *(key for key in keys if ":" in key)])
    if keys:
        keys = [key for key in keys if ":" not in key] or [REFERENCE]
    wanted = {row for key in keys for row in ROW_GROUPS.get(key, (key,))}
    unknown = sorted(wanted - set(PAPER_ROWS))
    if unknown:
        known = ", ".join([*PAPER_ROWS, *ROW_GROUPS])
        raise RunError(
            f"there is no row {', '.join(unknown)}; known are {known}, and FILE.py:NETWORK for a "
            f"network of your own"
        )
    lifted = [key for key in LIFTED_ROWS if key in wanted]
    if lifted and not with_lifter:
        raise RunError(
            f"the rows {', '.join(lifted)} need a lifter: train one that holds out who is tested "
            f"here (`skelgraph lift train --test-subjects ...`), and name its run with --lifter"
        )
    if not wanted:
        wanted = set(PAPER_ROWS) - set(() if with_lifter else LIFTED_ROWS)
    needed = {one for key in wanted for one in PAPER_ROWS[key].needs}
    rows = [row for row in PAPER_ROWS.values() if row.key in wanted | needed | {REFERENCE}]
    return [*rows, *own]


def make_own_rows(models: Iterable[str]) -> list[PaperRow]:
    """Return a row for each network of one's own.

    Raises:
        RunError: If one is no such network, its file is missing, or two rows would have one key.
    """
    rows: dict[str, PaperRow] = {}
    for model in dict.fromkeys(models):
        settings = ModelSettings(name=model)
        if not settings.info.is_own:
            raise RunError(f"expected a network of your own, file.py:Network, but got {model!r}")
        settings.check_paths()
        title = model.rpartition(":")[2]
        key = title.lower()
        if key in {*PAPER_ROWS, *ROW_GROUPS, *rows}:
            raise RunError(f"{model}: there is a row {key} already; rename the network")
        rows[key] = PaperRow(key=key, title=title, settings={"model": settings.name})
    return list(rows.values())


def leave_out(
    rows: Iterable[PaperRow], there: Collection[Modality]
) -> tuple[list[PaperRow], list[str]]:
    """Return the rows that a dataset allows, and a line that names the others.

    Args:
        rows: Rows.
        there: Modalities that clips of the dataset have.
    """
    rows = list(rows)
    kept = [row for row in rows if set(row.modalities) <= set(there)]
    left = [row for row in rows if row not in kept]
    if not left:
        return kept, []
    missing = [one for one in MODALITIES if any(one in row.modalities for row in left)]
    absent = " or ".join(one for one in missing if one not in there)
    titles = "; ".join(row.title for row in left)
    return kept, [f"left out, since no clip has {absent}: {titles}"]
