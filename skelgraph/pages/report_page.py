"""The page that reports on finished runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.config import TrainConfig, spell_command
from skelgraph.data import Progress, describe_left_out
from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics, format_score
from skelgraph.experiments import Comparison, compare_runs, compare_settings
from skelgraph.pages.clip_encoding import PageClips, count_fitting
from skelgraph.pages.contact_sheet import choose_clips
from skelgraph.pages.page_charts import draw_curves, draw_reliability
from skelgraph.pages.page_file import write_page
from skelgraph.pages.run_clips import RunClips, read_run_clips
from skelgraph.runs import Prediction, RunDirectory, read_predictions, read_results, stack_scores

_FPS = 30.0
_MOST_ANSWERS = 5000
"""Most clips of a run that are listed without being on the page."""


def write_report_page(
    file: Path,
    runs: Mapping[str, Path],
    *,
    model: str | None = None,
    most_clips: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the page of some runs.

    It has the metrics with intervals, the recalls of each subject, confusion matrices whose cells
    open the clips behind them, the map of embeddings, calibration, training curves, the paired
    comparison of runs that were tested on the same clips, protocol, settings and how to repeat
    each. What a run has none of is named.

    Args:
        file: The page; its folder is made.
        runs: Run directories by the names that the page gives them.
        model: The network of those runs whose network is one of your own, as in ``--model``.
        most_clips: Most clips that the page holds, by default as many as fit; of more, they are
            taken evenly from the cells.
        progress: Called with the numbers of files read and to read.

    Returns:
        The page's path.

    Raises:
        RunError: If there is no run, or one is not finished or damaged.
        OSError: If the page cannot be written.
    """
    if not runs:
        raise RunError("expected at least one run to report on, but got none")
    places = {name: RunDirectory(path=path) for name, path in runs.items()}
    results = {name: read_results(place) for name, place in places.items()}
    predictions = {
        name: read_predictions(place.predictions_file)
        for name, place in places.items()
        if place.predictions_file.is_file()
    }
    names = {name: [one.name for one in predictions.get(name, ())] for name in runs}
    clips = read_run_clips(runs, names, model=model, progress=progress)
    page, numbers = _hold_clips(predictions, clips, most_clips)
    comparison, why_none = _compare(runs)
    return write_page(
        file,
        "report.html",
        title=next(iter(runs)) if len(runs) == 1 else f"{len(runs)} runs",
        data={
            **page.data,
            "runs": [
                _list_answers(name, results[name], predictions.get(name, ()), numbers, clips)
                for name in runs
            ],
            "maps": _list_maps(list(runs), clips),
        },
        scripts=("sheet.js", "cells.js", "map.js"),
        leaks=_list_leaks(places),
        notes=_list_notes(places),
        results=results,
        tables={name: _tabulate(name, places[name], results[name]) for name in runs},
        missing=list(clips.missing),
        held=(len(numbers), len({name for ones in names.values() for name in ones})),
        maps=list(clips.maps),
        reliability=_draw_reliability(results, predictions),
        curves=_draw_curves(places),
        comparison=comparison,
        why_no_comparison=why_none,
        settings=compare_settings(places),
        commands={name: command for name in runs if (command := _spell_command(places[name]))},
        format_score=format_score,
    )


def _hold_clips(
    predictions: Mapping[str, Sequence[Prediction]], clips: RunClips, most_clips: int | None
) -> tuple[PageClips, dict[str, int]]:
    """Return the clips that the page holds, and the number of each by its name."""
    cells = {
        one.name: f"{one.label} as {one.prediction}"
        for ones in reversed(list(predictions.values()))
        for one in ones
        if one.name in clips.sequences and clips.sequences[one.name].load().has_joints
    }
    names = list(cells)
    if most_clips is None:
        most_clips = count_fitting([clips.sequences[name] for name in names])
    chosen = [names[number] for number in choose_clips(list(cells.values()), most_clips)]
    page = PageClips(len(chosen), most_fps=_FPS)
    numbers = {}
    for name in chosen:
        clip = clips.sequences[name].load()
        numbers[name] = page.add([clip, *clip.partners])
    return page, numbers


def _list_answers(
    name: str,
    results: ClassificationMetrics,
    predictions: Sequence[Prediction],
    numbers: Mapping[str, int],
    clips: RunClips,
) -> dict[str, Any]:
    """Return a row for each clip: name, true and predicted class, its probability, subject, the
    clip's number on the page, and what is said in it.
    """
    classes = results.classes
    listed = {one.name for one in predictions[:_MOST_ANSWERS]} | numbers.keys()
    return {
        "name": name,
        "classes": list(classes),
        "answers": [
            [
                one.name,
                classes.index(one.label or ""),
                classes.index(one.prediction),
                round(one.probabilities[one.prediction], 3),
                one.subject,
                numbers.get(one.name),
                clips.texts.get(one.name),
            ]
            for one in predictions
            if one.name in listed and one.label in classes and one.prediction in classes
        ],
    }


def _list_maps(runs: list[str], clips: RunClips) -> list[dict[str, Any]]:
    return [
        {
            "run": runs.index(name),
            "names": names,
            "places": [[round(float(x), 2), round(float(y), 2)] for x, y in places],
        }
        for name, (names, places) in clips.maps.items()
    ]


def _list_leaks(places: Mapping[str, RunDirectory]) -> list[str]:
    leaks = {name: place.read_metrics().get("leaks", ()) for name, place in places.items()}
    return [f"LEAK in {name}: {leak}." for name, ones in leaks.items() for leak in ones]


def _list_notes(places: Mapping[str, RunDirectory]) -> list[str]:
    """Return what must be read with the numbers, once for all runs that share it."""
    notes: dict[str, list[str]] = {}
    for name, place in places.items():
        metrics = place.read_metrics()
        texts = (metrics.get("data_note"), describe_left_out(metrics.get("left_out", {})))
        for text in (*texts, metrics.get("note")):
            if text:
                notes.setdefault(str(text), []).append(name)
    return [f"{', '.join(names)}: {note}." for note, names in notes.items()]


def _tabulate(
    name: str, place: RunDirectory, results: ClassificationMetrics
) -> list[tuple[str, str]]:
    """Return the facts of a run beside its scores: what they are worth, and their floor."""
    metrics = place.read_metrics()
    rows = [("tested on", str(metrics.get("tests", "unknown"))), ("clips", str(results.n))]
    rows.append(("protocol", str(metrics.get("protocol", "unknown"))))
    if resampled := results.resampled:
        things = f"{resampled.unit}{'' if resampled.groups == 1 else 's'}"
        rows.append(("intervals", f"95 %, resampled over {resampled.groups} {things}"))
    if floor := results.permutation_floor:
        text = f"{floor.mean:.1%} UAR, 95 % of them below {floor.p95:.1%}; p = {floor.p:.3f}"
        rows.append((f"labels permuted within the {floor.within}", text))
    if calibration := results.calibration:
        text = f"{calibration.ece:.1%} at temperature {calibration.temperature:.2f}"
        rows.append(("expected calibration error", text))
    if (seeds := len(metrics.get("seeds", {}).get("uar", {}))) > 1:
        rows.append(("scores of clips", f"means of {seeds} seeds"))
    for part, scores in (metrics.get("fusion") or {}).get("compared", {}).items():
        rows.append((f"{part} alone" if part not in ("sum", "concat") else part, _score(scores)))
    for part, scores in metrics.get("modalities", {}).items():
        rows.append((f"with {part}", _score(scores)))
    return rows


def _score(scores: Mapping[str, Any]) -> str:
    interval = scores.get("uar_interval")
    return f"UAR {format_score(scores['uar'], tuple(interval) if interval else None)}"


def _draw_reliability(
    results: Mapping[str, ClassificationMetrics], predictions: Mapping[str, Sequence[Prediction]]
) -> Any:
    scores = {
        name: (
            stack_scores(ones, results[name].classes),
            [results[name].classes.index(one.label or "") for one in ones],
        )
        for name, ones in predictions.items()
    }
    return draw_reliability(scores, "reliability") if scores else None


def _draw_curves(places: Mapping[str, RunDirectory]) -> Any:
    """Return the curves of all networks that have epochs, those of streams and encoders too."""
    logs = {
        " ".join([name, *log.parent.relative_to(place.path).parts[1:]]): RunDirectory(
            path=log.parent
        ).read_log()
        for name, place in places.items()
        for pattern in ("log.csv", "streams/*/log.csv", "encoders/*/log.csv")
        for log in sorted(place.path.glob(pattern))
    }
    logs = {name: log for name, log in logs.items() if log}
    return draw_curves(logs, "curves") if logs else None


def _compare(runs: Mapping[str, Path]) -> tuple[Comparison | None, str]:
    """Return the paired comparison of several runs, or the reason why there is none."""
    if len(runs) < 2:
        return None, ""
    try:
        return compare_runs(runs), ""
    except RunError as error:
        return None, str(error)


def _spell_command(place: RunDirectory) -> str:
    """Return the command that repeats a training; nothing of other results."""
    contents = place.read_config() if place.config_file.is_file() else {}
    if "config" not in contents or contents.get("kind") not in (None, "crossval"):
        return ""
    command = "skelgraph crossval" if place.is_crossval else "skelgraph train"
    return spell_command(command, TrainConfig.from_dict(contents["config"]))
