"""Label and transcript files of a dialog, as IEMOCAP has them."""

from collections.abc import Sequence

import numpy as np

from skelgraph.synthetic.conversation import GENDERS, Turn

_HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n"
_WORDS = {
    "ang": "Anger",
    "hap": "Happiness",
    "exc": "Excited",
    "sad": "Sadness",
    "neu": "Neutral state",
    "fru": "Frustration",
    "sur": "Surprise",
    "xxx": "Other",
}
_VALENCE_ACTIVATION = {
    "ang": (1.9, 3.8),
    "hap": (4.1, 3.3),
    "exc": (4.0, 3.9),
    "sad": (2.1, 2.2),
    "neu": (3.0, 2.7),
}


def format_evaluation(dialog: str, turns: Sequence[Turn], generator: np.random.Generator) -> str:
    """The label file: a block for each turn, first those of one speaker, then the other's."""
    blocks = [_HEADER]
    for turn in sorted(turns, key=lambda turn: turn.name):
        valence, activation = _VALENCE_ACTIVATION.get(turn.code, (2.5, 3.0))
        dominance = 2.5 + generator.uniform(-1, 1)
        word = _WORDS[turn.code]
        blocks.append(
            f"[{turn.start_s:.4f} - {turn.end_s:.4f}]\t{dialog}_{turn.name}\t{turn.code}\t"
            f"[{valence:.4f}, {activation:.4f}, {dominance:.4f}]\n"
            f"C-E2:\t{word};\t()\nC-E3:\t{word};\t()\nC-E4:\tOther;\t(mixed)\n"
            f"C-{turn.speaker}1:\t{word};\t()\n"
            f"A-E3:\tval {round(valence)}; act {round(activation)}; dom  3;\t()\n"
            f"A-{turn.speaker}1:\tval {round(valence)}; act  3; dom  3;\t()\n"
        )
    return "\n".join(blocks)


def format_transcript(dialog: str, turns: Sequence[Turn], generator: np.random.Generator) -> str:
    """The transcript: a line a turn, not quite by time, and among them some that have no label."""
    order = sorted(turns, key=lambda turn: turn.start_s + generator.uniform(0, 3))
    lines = [
        f"{dialog}_{turn.name} [{turn.start_s:08.4f}-{turn.end_s:08.4f}]: {turn.text}"
        for turn in order
    ]
    for number, gender in enumerate(GENDERS):
        start = 0.2 + 0.3 * number
        lines.insert(
            number * 3, f"{dialog}_{gender}XX{number} [{start:08.4f}-{start + 0.2:08.4f}]: Mm-hmm."
        )
    lines.insert(2, f"{GENDERS[1]}: sorry")
    return "\n".join(lines) + "\n"
