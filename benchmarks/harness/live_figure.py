"""The figure of what is recognized by how much of a clip was seen."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

_APART = 0.06
"""Distance of the rows at one place, so that intervals do not cover each other."""

CHANCE = 0.25


def draw_seconds(rows: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw UAR with its interval by the seconds that were seen of each clip, a line for each row.

    Args:
        rows: By the row's title, its scores by seconds; None where it does not answer yet.
    """
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    places = {key: place for place, key in enumerate(next(iter(rows.values())))}
    for number, (title, seconds) in enumerate(rows.items()):
        shift = _APART * (number - (len(rows) - 1) / 2)
        known = {key: one for key, one in seconds.items() if one is not None}
        at = [places[key] + shift for key in known]
        uars = [100 * one["uar"] for one in known.values()]
        ends = [[100 * end for end in one["uar_interval"]] for one in known.values()]
        arms = [
            [uar - low for uar, (low, _) in zip(uars, ends, strict=True)],
            [high - uar for uar, (_, high) in zip(uars, ends, strict=True)],
        ]
        axes.errorbar(at, uars, yerr=arms, marker="o", markersize=4, capsize=3, label=title)
    axes.axhline(100 * CHANCE, color="0.6", linestyle=":", label="chance")
    axes.set_xticks(list(places.values()), [_name_seconds(key) for key in places])
    axes.set_xlabel("seen of each clip")
    axes.set_ylabel("UAR of people never seen, %")
    axes.legend(frameon=False, fontsize="small", loc="upper left")
    axes.set_ylim(10, 75)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _name_seconds(key: str) -> str:
    return key if key == "all" else f"{key} s"
