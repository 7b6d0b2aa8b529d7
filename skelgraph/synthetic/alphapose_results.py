"""Results of AlphaPose for keypoints that are known, in its default form.

Format: MVIG-SJTU/AlphaPose, docs/output.md. ``skelgraph.io.alphapose`` reads them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FilmedPerson:
    """One person of a video.

    Args:
        keypoints: Array (T, V, 2) in pixels; NaN in frames in which the person is not found.
        confidence: Array (T, V).
        ids: The tracker's number of the person in each frame.
    """

    keypoints: FloatArray
    confidence: FloatArray
    ids: Sequence[int]


def write_alphapose(path: Path, persons: Sequence[FilmedPerson]) -> None:
    """Writes the persons of a video, frame by frame; frames without anybody have no entry."""
    entries = [entry for person in persons for entry in _list_entries(person)]
    entries.sort(key=lambda entry: entry[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([entry for _, entry in entries], separators=(",", ":")))


def _list_entries(person: FilmedPerson) -> list[tuple[int, dict[str, object]]]:
    """The entry of each frame in which the person is found, and the frame's number."""
    frames = np.flatnonzero(~np.isnan(person.keypoints[:, 0, 0]))
    triples = np.concatenate([person.keypoints, person.confidence[:, :, None]], axis=2)[frames]
    rows = triples.round(3).reshape(len(frames), -1).tolist()
    low, high = triples[:, :, :2].min(axis=1), triples[:, :, :2].max(axis=1)
    boxes = np.concatenate([low, high - low], axis=1).round(2).tolist()
    sure = person.confidence[frames]
    scores = (sure.mean(axis=1) + 1.0 + 1.25 * sure.max(axis=1)).round(3).tolist()
    return [
        (
            int(frame),
            {
                "image_id": f"{frame}.jpg",
                "category_id": 1,
                "keypoints": row,
                "score": score,
                "box": box,
                "idx": int(person.ids[int(frame)]),
            },
        )
        for frame, row, box, score in zip(frames, rows, boxes, scores, strict=True)
    ]
