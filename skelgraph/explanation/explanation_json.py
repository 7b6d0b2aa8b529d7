"""An explanation as plain JSON types."""

from dataclasses import asdict
from typing import Any

import numpy as np

from skelgraph.explanation.clip_explanation import Attribution, ClipExplanation, NetworkInsight
from skelgraph.typing import FloatArray


def explanation_to_dict(explanation: ClipExplanation) -> dict[str, Any]:
    """Return an explanation as plain JSON types; arrays are nested lists of four digits."""
    sequence = explanation.sequence
    return {
        "name": sequence.name,
        "model": explanation.model,
        "label": explanation.label,
        "answer": explanation.answer,
        "target": explanation.target,
        "probabilities": dict(
            zip(explanation.classes, _list(explanation.probabilities), strict=True)
        ),
        "fps": sequence.fps,
        "start_s": sequence.start_s,
        "frames": sequence.num_frames,
        "joints": list(sequence.layout.joints),
        "attributions": [_describe_attribution(one) for one in explanation.attributions],
        "networks": [_describe_network(one) for one in explanation.insights],
        "moments": [asdict(one) for one in explanation.moments],
        "over_time": {
            "times_s": _list(explanation.times_s),
            "probabilities": _list(explanation.timeline),
        },
        "words": [asdict(one) for one in explanation.words],
        "notes": list(explanation.notes),
    }


def _describe_attribution(attribution: Attribution) -> dict[str, Any]:
    faithfulness = attribution.faithfulness
    return {
        "method": attribution.method,
        "network": attribution.network,
        "target": attribution.target,
        "faithfulness": {**asdict(faithfulness), "holds": faithfulness.holds},
        "values": _list(attribution.values),
    }


def _describe_network(insight: NetworkInsight) -> dict[str, Any]:
    return {
        "network": insight.network,
        "probabilities": _list(insight.probabilities),
        "gates": {str(block): gate for block, gate in insight.gates.items()},
        "attention": [
            {"block": one.block, "coefficients": _list(one.coefficients)}
            for one in insight.attention
        ],
        "edge_importance": [
            {"block": one.block, "importance": _list(one.importance)}
            for one in insight.edge_importance
        ],
    }


def _list(values: FloatArray) -> Any:
    """Return an array as nested lists of numbers of four digits."""
    rounded = [float(f"{value:.4g}") for value in values.ravel().tolist()]
    return np.array(rounded).reshape(values.shape).tolist()
