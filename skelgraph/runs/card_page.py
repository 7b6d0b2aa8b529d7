"""A model's card as a page of the Hub: Markdown, with facts for its search in front.

Form: https://huggingface.co/docs/hub/model-cards and, of the results in front,
https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from skelgraph.evaluation import ClassificationMetrics, format_score
from skelgraph.runs.model_card import ModelCard

_TAGS = ("skelgraph", "skeleton", "human-motion", "pose")
_PAPER = (
    "Shi, J.; Liu, C.; Ishi, C. T.; Ishiguro, H. Skeleton-Based Emotion Recognition Based on "
    "Two-Stream Self-Attention Enhanced Spatial-Temporal Graph Convolutional Network. Sensors "
    "2021, 21, 205. https://doi.org/10.3390/s21010205"
)


def write_card_page(card: ModelCard) -> str:
    """Return the text of a model's ``README.md``; all numbers are those of the card."""
    parts = [f"---\n{_write_front(card)}---", f"# {card.text.title or card.name}"]
    parts += [part for title, part in _list_sections(card) if part and not title]
    parts += [f"## {title}\n\n{part}" for title, part in _list_sections(card) if part and title]
    return "\n\n".join(parts) + "\n"


def _write_front(card: ModelCard) -> str:
    """Return the facts in front as YAML."""
    import yaml

    text = card.text
    facts: dict[str, Any] = {"license": text.license or "unknown", "library_name": "skelgraph"}
    if text.license == "other":
        facts["license_name"] = "see-this-card"
    facts["pipeline_tag"] = "keypoint-detection" if card.is_lifter else "graph-ml"
    facts["tags"] = list(dict.fromkeys((*_TAGS, *text.tags)))
    if text.datasets:
        facts["datasets"] = list(text.datasets)
    if results := _list_results(card):
        facts["model-index"] = [{"name": card.name, "results": results}]
    written: str = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=1000)
    return written


def _list_results(card: ModelCard) -> list[dict[str, Any]]:
    """Return the results as the Hub's index of models takes them."""
    dataset = {"type": re.sub(r"[^\w.-]+", "-", card.data) or "unknown", "name": card.data}
    metrics: list[dict[str, Any]] = []
    if card.metrics is not None:
        numbers = card.metrics
        metrics = [
            {"type": "recall", "value": numbers.uar, "name": f"UAR, {card.tests}"},
            {"type": "accuracy", "value": numbers.war, "name": f"WAR, {card.tests}"},
        ]
    for condition, errors in card.errors_mm.items():
        if "mpjpe_mm" in errors:
            name = f"MPJPE in millimeters, {_spell(condition)}"
            metrics.append({"type": "mpjpe", "value": errors["mpjpe_mm"], "name": name})
    tag = "keypoint-detection" if card.is_lifter else "graph-ml"
    return [{"task": {"type": tag}, "dataset": dataset, "metrics": metrics}] if metrics else []


def _list_sections(card: ModelCard) -> list[tuple[str, str]]:
    """Return title and text of each section; those without a title stand first."""
    text = card.text
    return [
        ("", _describe(card)),
        ("How to use", _show_use(card)),
        ("Training data and license", _describe_data(card)),
        ("How it was tested", _describe_protocol(card)),
        ("Results", "\n\n".join(_list_result_tables(card))),
        *text.sections.items(),
        ("Who is not in it", _list_lines(text.missing) or "Nobody wrote down who is not in it."),
        ("What it must not be used for", _list_lines(text.list_misuses(card.classes))),
        ("Citation", "\n\n".join(part for part in (text.citation, _PAPER) if part)),
    ]


def _describe(card: ModelCard) -> str:
    answers = (
        "joints in space, in meters"
        if card.is_lifter
        else f"{', '.join(card.classes)}: a probability for each"
    )
    facts = [
        ("question", card.question),
        ("answers", answers),
        ("takes", card.takes),
        ("model", f"{card.model}; {card.size_mb:.2f} MB"),
        ("made with", f"skelgraph {card.version}"),
    ]
    return _draw_table(("", ""), facts)


def _show_use(card: ModelCard) -> str:
    name, on_hub = card.reference, card.reference.startswith("hf://")
    install = "pip install 'skelgraph[hub]'" if on_hub else "pip install skelgraph"
    if card.is_lifter:
        command = f"skelgraph extract keypoints.json --lifter {name} --out clip.npz"
        return f"```bash\n{install}\n{command}\n```"
    python = (
        "import skelgraph\n\n"
        f'model = skelgraph.load_model("{name.removeprefix("hf://")}")\n'
        'print(model.predict(skelgraph.read_sequence("clip.bvh")))'
    )
    command = f"skelgraph predict {name} clip.bvh"
    return f"```bash\n{install}\n{command}\n```\n\n```python\n{python}\n```"


def _describe_data(card: ModelCard) -> str:
    text = card.text
    license_name = text.license or "not told; ask whoever made it"
    lines = [
        text.data or f"{card.data}{card.data_description and ': '}{card.data_description}.",
        f"Trained on {card.training.describe()}.",
        f"The data: {card.data_note}." if card.data_note else "",
        f"License of the data: {card.data_license}." if card.data_license else "",
        f"License of the model: {license_name}. {text.terms}".strip(),
    ]
    return "\n\n".join(line for line in lines if line)


def _describe_protocol(card: ModelCard) -> str:
    lines = [f"Protocol: {card.protocol}."]
    if card.metrics is None and not card.errors_mm:
        return f"{lines[0]}\n\nIt was not tested: no number is known of it."
    if card.tests:
        lines.append(f"Tested on: {card.tests}.")
    if card.is_pooled:
        lines.append(
            "The results are those of models with the same settings, each tested on what it was "
            "not trained on. The model here was trained in the same way, with nothing left out for "
            "a test."
        )
    lines += [f"LEAK: {leak}" for leak in card.leaks]
    return "\n\n".join(lines)


def _list_result_tables(card: ModelCard) -> Iterator[str]:
    if card.errors_mm:
        rows = [
            (_spell(condition), *(f"{value:.1f}" for value in errors.values()))
            for condition, errors in card.errors_mm.items()
        ]
        titles = [_spell(title) for title in next(iter(card.errors_mm.values()))]
        yield _draw_table(("keypoints", *titles), rows)
    numbers = card.metrics
    if numbers is None:
        return
    yield _draw_scores(numbers, "such models" if card.is_pooled else "this model")
    if resampled := numbers.resampled:
        things = resampled.unit if resampled.groups == 1 else f"{resampled.unit}s"
        yield f"In brackets: 95 % interval, resampled over {resampled.groups} {things}."
    if numbers.note:
        yield f"Note: {numbers.note}."
    if card.compared:
        yield "Each part, and each way to fuse them:"
        rows = [(name, _show(one, "uar"), _show(one, "war")) for name, one in card.compared.items()]
        yield _draw_table(("", "UAR", "WAR"), rows)
    yield from _list_class_tables(card, numbers)


def _show(scores: Any, name: str) -> str:
    interval = scores.get(f"{name}_interval")
    return format_score(scores[name], None if interval is None else tuple(interval))


def _draw_scores(numbers: ClassificationMetrics, tested: str) -> str:
    uar = format_score(numbers.uar, numbers.uar_interval)
    war = format_score(numbers.war, numbers.war_interval)
    rows = [(f"{tested}, {numbers.n} clips", uar, war)]
    always = f"always {numbers.majority_class}"
    rows.append((always, f"{numbers.majority_uar:.1%}", f"{numbers.majority_war:.1%}"))
    rows.append(("chance", f"{numbers.chance:.1%}", f"{numbers.chance:.1%}"))
    if floor := numbers.permutation_floor:
        rows.append(("labels permuted", f"{floor.mean:.1%}, 95 % below {floor.p95:.1%}", ""))
    return _draw_table(("", "UAR", "WAR"), rows)


def _list_class_tables(card: ModelCard, numbers: ClassificationMetrics) -> Iterator[str]:
    if numbers.per_subject:
        yield "By person:"
        people = [
            (name, str(one.n), f"{one.uar:.1%}", f"{one.war:.1%}")
            for name, one in numbers.per_subject.items()
        ]
        yield _draw_table(("person", "clips", "UAR", "WAR"), people)
    yield "Confusion: clips of each true class (row) by the answer (column), and recall:"
    recalls = numbers.per_class_recall
    rows = [
        (name, *map(str, row), "-" if (recall := recalls[name]) is None else f"{recall:.1%}")
        for name, row in zip(numbers.classes, numbers.confusion, strict=True)
    ]
    yield _draw_table(("true", *numbers.classes, "recall"), rows)
    if calibration := numbers.calibration:
        yield (
            f"Scores as probabilities: calibration error {calibration.ece:.1%}, negative "
            f"log-likelihood {calibration.nll:.2f}, Brier score {calibration.brier:.2f}; "
            f"temperature of the softmax {card.temperature:.2f}."
        )
    if rule := card.answers:
        held_out = rule.held_out.scores
        right = "" if held_out.accuracy is None else f", {held_out.accuracy:.1%} of them rightly"
        when = "it always answers, since enough of its answers are right"
        if rule.threshold > 1 / len(card.classes):  # no highest probability is lower
            when = f"below a probability of {rule.threshold:.2f} it gives no answer"
        yield (
            f"Not sure: {when}. Of the clips that were held out, {held_out.answered:.1%} are "
            f"answered{right}; with a temperature of {rule.temperature:.2f}, the calibration error "
            f"is {rule.held_out.calibration_error:.1%}."
        )


def _draw_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _list_lines(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _spell(key: str) -> str:
    """Return the key of a result in words.

    Example:
        >>> _spell("pa_mpjpe_mm"), _spell("true_filtered")
        ('PA-MPJPE (mm)', 'true, filtered')
    """
    words = key.replace("_mm_s", " (mm/s)").replace("_mm", " (mm)")
    words = words.replace("pa_mpjpe", "PA-MPJPE").replace("mpjpe", "MPJPE")
    return words.replace("_filtered", ", filtered").replace("_", " ")
