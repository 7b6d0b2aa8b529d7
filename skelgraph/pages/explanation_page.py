"""The page that explains a model's answer for one clip."""

from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.explanation import (
    Attribution,
    BlockAttention,
    ClipExplanation,
    EdgeImportance,
    NetworkInsight,
)
from skelgraph.pages.clip_encoding import PageClips
from skelgraph.pages.page_file import write_page
from skelgraph.pages.recording_page import find_video, locate
from skelgraph.typing import FloatArray

_SUBSETS = {1: ("all edges",), 2: ("own", "neighbors"), 3: ("root", "closer", "farther")}
_DIGITS = 4

_Values = tuple[str, bool, FloatArray]


def write_explanation_page(
    file: Path, explanation: ClipExplanation, *, source: Path | None = None
) -> Path:
    """Write the page of an explanation.

    It has the player with the attributions as colors, the probabilities over time with the moments
    that counted, the check of faithfulness, the movement in words, and for each network its
    attention, edge importance and gates.

    Args:
        file: The page; its folder is made.
        explanation: What :func:`skelgraph.explanation.explain_clip` found.
        source: The recording; a video of its name beside it is shown beside the skeleton.

    Returns:
        The page's path.

    Raises:
        OSError: If it cannot be written.
    """
    sequence = explanation.sequence
    page = PageClips(1)
    video = None if source is None else find_video(source)
    page.add(
        [sequence, *sequence.partners],
        values=[*_list_attributions(explanation), *_list_attention(explanation)],
        video=None if video is None else locate(video, file),
    )
    insights = explanation.insights
    return write_page(
        file,
        "explanation.html",
        title=_name_clip(sequence.name, source),
        data={
            **page.data,
            "series": _describe_series(explanation),
            "networks": [
                _describe_weights(insight, sequence.layout.num_joints) for insight in insights
            ],
        },
        scripts=("timeline.js", "explanation.js"),
        model=Path(explanation.model).name,
        notes=explanation.notes,
        answer=explanation.answer,
        label=explanation.label,
        target=explanation.target,
        sequence_label=sequence.label,
        probabilities=_pair(explanation.classes, explanation.probabilities),
        moments=_list_moments(explanation),
        checks=[_describe_check(one, explanation) for one in explanation.attributions],
        words=explanation.words,
        typical_classes=_list_typical(explanation),
        networks=[_describe_network(insight, explanation) for insight in insights],
    )


def _name_clip(name: str, source: Path | None) -> str:
    """Return the name of a clip, without the folders of the recording that it is of."""
    if source is not None and name.startswith(str(source)):
        return source.name + name.removeprefix(str(source))
    return name or "clip"


def _pair(classes: tuple[str, ...], shares: FloatArray) -> list[tuple[str, float]]:
    return list(zip(classes, np.asarray(shares).tolist(), strict=True))


def _list_typical(explanation: ClipExplanation) -> list[str]:
    named = {name for remark in explanation.words for name in remark.typical}
    return [name for name in explanation.classes if name in named]


def _name_attribution(attribution: Attribution, explanation: ClipExplanation) -> str:
    """Return the method, and the network if there are several."""
    several = len({one.network for one in explanation.attributions}) > 1
    return attribution.method + (f" of {attribution.network}" if several else "")


def _list_attributions(explanation: ClipExplanation) -> list[_Values]:
    return [
        (
            _name_attribution(one, explanation)
            + ("" if one.faithfulness.holds else " (does not hold)"),
            one.is_signed,
            one.values,
        )
        for one in explanation.attributions
    ]


def _list_attention(explanation: ClipExplanation) -> list[_Values]:
    """Return the attention that joints receive in each block, the mean of its heads."""
    several = len(explanation.insights) > 1
    shape = explanation.sequence.positions.shape[:2]
    return [
        (
            f"attention of block {one.block}" + (f" of {insight.network}" if several else ""),
            False,
            one.received.mean(axis=0),
        )
        for insight in explanation.insights
        for one in insight.attention
        if one.received.shape[1:] == shape
    ]


def _describe_series(explanation: ClipExplanation) -> dict[str, Any]:
    return {
        "classes": list(explanation.classes),
        "times": _round(explanation.times_s - explanation.sequence.start_s),
        "probabilities": _round(explanation.timeline),
        "moments": [
            {"start": one["start"], "end": one["end"]} for one in _list_moments(explanation)
        ],
    }


def _list_moments(explanation: ClipExplanation) -> list[dict[str, Any]]:
    """Return the moments by the clock of the player, which begins with the clip."""
    start_s = explanation.sequence.start_s
    return [
        {
            "start": round(max(moment.start_s - start_s, 0.0), _DIGITS),
            "end": round(moment.end_s - start_s, _DIGITS),
            "why": moment.why,
            "share": moment.share,
        }
        for moment in explanation.moments
    ]


def _describe_check(attribution: Attribution, explanation: ClipExplanation) -> dict[str, Any]:
    check = attribution.faithfulness
    random = f"{_points(check.random_mean)} ({_points(check.random_low)} to "
    return {
        "name": _name_attribution(attribution, explanation),
        "deleted": f"{check.deleted_share:.0%}",
        "before": check.probability,
        "top": _points(check.top_change),
        "random": f"{random}{_points(check.random_high)})",
        "moved": f"{_points(check.moved_mean)} (up to {_points(check.moved_high)})",
        "holds": check.holds,
    }


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


def _describe_network(insight: NetworkInsight, explanation: ClipExplanation) -> dict[str, Any]:
    num_joints = explanation.sequence.layout.num_joints
    return {
        "name": insight.network,
        "probabilities": _pair(explanation.classes, insight.probabilities),
        "has_attention": any(_fits(one, num_joints) for one in insight.attention),
        "has_edges": any(_fits(one, num_joints) for one in insight.edge_importance),
        "gates": insight.gates,
    }


def _fits(part: BlockAttention | EdgeImportance, num_joints: int) -> bool:
    """Whether the nodes of a block are the joints that the player shows."""
    array = part.coefficients if isinstance(part, BlockAttention) else part.adjacency
    return int(array.shape[-1]) == num_joints


def _describe_weights(insight: NetworkInsight, num_joints: int) -> dict[str, Any]:
    """Return the weights between joints, from the row's to the column's."""
    return {
        "attention": [
            {
                "name": one.block,
                "parts": [
                    {"name": "mean of all", "weights": _round(one.coefficients.mean(axis=0))},
                    *(
                        {"name": number, "weights": _round(head)}
                        for number, head in enumerate(one.coefficients, start=1)
                    ),
                ],
            }
            for one in insight.attention
            if _fits(one, num_joints)
        ],
        "edges": [
            {
                "name": one.block,
                "parts": [
                    {"name": name, "weights": _round(np.abs(weights))}
                    for name, weights in zip(
                        _name_subsets(len(one.adjacency)),
                        one.adjacency * one.importance,
                        strict=True,
                    )
                ],
            }
            for one in insight.edge_importance
            if _fits(one, num_joints)
        ],
    }


def _name_subsets(count: int) -> tuple[str, ...]:
    return _SUBSETS.get(count) or tuple(str(number + 1) for number in range(count))


def _round(array: FloatArray) -> list[Any]:
    rounded: list[Any] = np.round(np.asarray(array, dtype=np.float64), _DIGITS).tolist()
    return rounded
