"""A report on some runs: their metrics, protocol and settings, and the figures with captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data import Progress, describe_left_out
from skelgraph.evaluation import ClassificationMetrics, format_score
from skelgraph.experiments.figures import FigureSet, draw_figures
from skelgraph.experiments.run_settings import compare_settings
from skelgraph.runs import CROSSVAL_KIND, RunDirectory, read_results, write_text


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that was written, as a page in Markdown, and its figures."""

    file: Path
    figures: FigureSet


def write_report(
    runs: Mapping[str, Path],
    out: Path,
    *,
    layers: Sequence[int] | None = None,
    model: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Write ``report.md`` and its ``figures``.

    Args:
        runs: Run directories by the names that the report gives them.
        out: Folder for the report; it is made, and an older report there is replaced.
        layers: Layers whose attention and edge importance is drawn, counted from 1; by default the
            first, the middle and the last.
        model: The network of those runs whose network is one of your own, as in ``--model``.
        progress: Called with the numbers of files read and to read.

    Raises:
        RunError: If there is no run, one is not finished or damaged, has no such layer, is that of
            a lifter, or has a network of your own that is not given.
    """
    places = {name: RunDirectory(path=path) for name, path in runs.items()}
    for place in places.values():
        if place.config_file.is_file() and place.read_config().get("kind") != CROSSVAL_KIND:
            place.read_recognizer_config()
    figures = draw_figures(runs, out / "figures", layers=layers, model=model, progress=progress)
    sections = [
        "# Report",
        *_data_notes(places),
        *_list_leaks(places),
        _metrics_table(
            {name: read_results(place) for name, place in places.items()}, _name_tests(places)
        ),
        *_protocols(places),
        *_settings(places),
        *(
            f"![figure {number}]({figure.file.relative_to(out).as_posix()})\n\n"
            f"Figure {number}. {figure.caption}"
            for number, figure in enumerate(figures.drawn, start=1)
        ),
    ]
    if figures.left_out:
        sections += ["## Left out", "\n".join(f"- {line}" for line in figures.left_out)]
    file = out / "report.md"
    write_text(file, "\n\n".join(sections) + "\n")
    return Report(file=file, figures=figures)


def name_runs(paths: Sequence[Path]) -> dict[str, Path]:
    """Name runs after their folders, or by their whole paths if folders share a name.

    Example:
        >>> list(name_runs([Path("runs/a"), Path("runs/b")]))
        ['a', 'b']
        >>> list(name_runs([Path("x/a"), Path("y/a")]))
        ['x/a', 'y/a']
    """
    names = [path.resolve().name for path in paths]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in paths]
    return dict(zip(names, paths, strict=True))


def _data_notes(places: Mapping[str, RunDirectory]) -> list[str]:
    notes: dict[str, list[str]] = {}
    for name, place in places.items():
        metrics = place.read_metrics()
        left_out = describe_left_out(metrics.get("left_out", {}))
        for note in (metrics.get("data_note"), left_out):
            if note:
                notes.setdefault(str(note), []).append(name)
    return [f"**Data of {', '.join(names)}: {note}.**" for note, names in notes.items()]


def _list_leaks(places: Mapping[str, RunDirectory]) -> list[str]:
    leaks = {name: place.read_metrics().get("leaks", ()) for name, place in places.items()}
    return [f"**LEAK in {name}: {leak}.**" for name, ones in leaks.items() for leak in ones]


def _name_tests(places: Mapping[str, RunDirectory]) -> str:
    """Return what the results may be called, for all runs or each."""
    tests = {name: place.read_metrics().get("tests", "unknown") for name, place in places.items()}
    if len(set(tests.values())) == 1:
        return f"Tested on {next(iter(tests.values()))}."
    return "\n".join(f"- {name} is tested on {text}." for name, text in tests.items())


def _metrics_table(results: Mapping[str, ClassificationMetrics], tests: str) -> str:
    rows = [
        (
            name,
            str(one.n),
            format_score(one.uar, one.uar_interval),
            format_score(one.war, one.war_interval),
            f"{one.chance:.1%}",
            f"{one.majority_class}: {one.majority_uar:.1%}, {one.majority_war:.1%}",
            "; ".join(
                f"{label} {'-' if recall is None else format(recall, '.1%')}"
                for label, recall in one.per_class_recall.items()
            ),
        )
        for name, one in results.items()
    ]
    header = ("run", "clips", "UAR", "WAR", "chance", "majority class: UAR, WAR", "recalls")
    notes = [f"{name}: {one.note}." for name, one in results.items() if one.note]
    notes += _uncertainty_notes(results)
    return "\n\n".join(["## Results", tests, _table(header, rows), *notes])


def _uncertainty_notes(results: Mapping[str, ClassificationMetrics]) -> list[str]:
    """Tell what the intervals are over, what permuted labels reach, and the calibration."""
    units: dict[str, list[str]] = {}
    for name, one in results.items():
        if one.resampled:
            groups, unit = one.resampled.groups, one.resampled.unit
            units.setdefault(f"{groups} {unit}{'' if groups == 1 else 's'}", []).append(name)
    notes = [
        f"In brackets: 95 % interval, resampled over {groups} ({', '.join(names)})."
        for groups, names in units.items()
    ]
    for name, one in results.items():
        if one.permutation_floor and one.calibration:
            floor, calibration = one.permutation_floor, one.calibration
            notes.append(
                f"{name}: labels permuted within the {floor.within} reach {floor.mean:.1%} UAR "
                f"(95 % of them below {floor.p95:.1%}; p = {floor.p:.3f}). Expected calibration "
                f"error {calibration.ece:.1%} at temperature {calibration.temperature:.2f}."
            )
    return notes


def _protocols(places: Mapping[str, RunDirectory]) -> list[str]:
    protocols = {
        name: str(place.read_metrics().get("protocol", "")) for name, place in places.items()
    }
    if len(set(protocols.values())) == 1:
        return [f"Protocol: {next(iter(protocols.values()))}."]
    return ["\n".join(f"- Protocol of {name}: {text}." for name, text in protocols.items())]


def _settings(places: Mapping[str, RunDirectory]) -> list[str]:
    """Describe the settings that the runs share in a sentence, and the others in a table."""
    settings = compare_settings(places)
    who = "All runs" if len(places) > 1 else "The run"
    sections = ["## Settings"]
    if settings.shared:
        shared = ", ".join(f"{key} {text}" for key, text in settings.shared.items())
        usual_rest = "What is not named is as `skelgraph train` has it."
        sections.append(f"{who}: {shared}. {usual_rest}")
    if settings.unlike:
        rows = list(zip(places, *settings.unlike.values(), strict=True))
        sections.append(_table(("run", *settings.unlike), rows))
    return sections


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
