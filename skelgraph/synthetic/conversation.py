"""Who says what, when, how and with which gestures in an invented dialog of two.

Each of voice, words and gestures tells a part of the emotion. In two of three utterances it shows
the emotion itself, and else mostly another one, which is not the same for all three: a voice mixes
up what is alike in arousal, words what is alike in valence, gestures the remaining pairs. So each
alone is right in no more than about two of three cases, and all together in many more.
"""

from dataclasses import dataclass

import numpy as np

from skelgraph.synthetic.emotion_style import EMOTIONS
from skelgraph.synthetic.sentences import write_sentence
from skelgraph.synthetic.voice import RATE_HZ, VOICES, Voice, speak
from skelgraph.typing import FloatArray

GENDERS = ("F", "M")

_CODES = {"angry": ("ang",), "happy": ("hap", "exc"), "sad": ("sad",), "neutral": ("neu",)}
_OTHER_CODES = ("fru", "xxx", "sur")
_OTHERS_SHARE = 0.08
_SHOWN, _CONFUSED = 0.66, 0.26
_SYLLABLES = 1.35  # of a word
_MISTAKEN = {
    "voice": {"angry": "happy", "happy": "angry", "sad": "neutral", "neutral": "sad"},
    "words": {"angry": "sad", "sad": "angry", "happy": "neutral", "neutral": "happy"},
    "gestures": {"angry": "neutral", "neutral": "angry", "happy": "sad", "sad": "happy"},
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Turn:
    """One utterance.

    Args:
        speaker: ``"F"`` or ``"M"``.
        number: Its number among those of the speaker, from 0 on.
        code: Label as IEMOCAP abbreviates it.
        gestures: Emotion that the body shows.
        text: What is said.
        start_s: When it begins.
        sound: Array (samples,) at 16 kHz.
    """

    speaker: str
    number: int
    code: str
    gestures: str
    text: str
    start_s: float
    sound: FloatArray

    @property
    def name(self) -> str:
        """What the utterance's id ends in, as ``F003``."""
        return f"{self.speaker}{self.number:03d}"

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.start_s + len(self.sound) / RATE_HZ


def draw_dialog(
    generator: np.random.Generator, voices: dict[str, Voice], num_turns: int
) -> list[Turn]:
    """Draws the turns of a dialog, by time. Turns of unlike speakers may overlap a little."""
    plan = _plan_emotions(generator, num_turns)
    turns: list[Turn] = []
    ends = dict.fromkeys(GENDERS, 1.0)
    speaker = GENDERS[generator.integers(2)]
    for emotion, code in plan:
        last = max(ends.values())
        start = max(last + generator.uniform(-0.4, 0.9), ends[speaker] + 0.2)
        words = int(generator.integers(4, 10))
        voice = VOICES[_show(generator, emotion, "voice")]
        sound = speak(generator, voices[speaker], voice, round(_SYLLABLES * words))
        turns.append(
            Turn(
                speaker=speaker,
                number=sum(turn.speaker == speaker for turn in turns),
                code=code,
                gestures=_show(generator, emotion, "gestures"),
                text=write_sentence(generator, _show(generator, emotion, "words"), words),
                start_s=round(float(start), 4),
                sound=sound,
            )
        )
        ends[speaker] = turns[-1].end_s
        if generator.uniform() < 0.8:
            speaker = GENDERS[1 - GENDERS.index(speaker)]
    return turns


def _plan_emotions(generator: np.random.Generator, num_turns: int) -> list[tuple[str, str]]:
    """Emotion and code of each turn; all four emotions come about equally often."""
    order = np.concatenate(
        [generator.permutation(len(EMOTIONS)) for _ in range(-(-num_turns // len(EMOTIONS)))]
    )
    emotions = [EMOTIONS[number] for number in order[:num_turns]]
    codes = [str(generator.choice(_CODES[emotion])) for emotion in emotions]
    others = generator.uniform(size=num_turns) < _OTHERS_SHARE
    return [
        (emotion, str(generator.choice(_OTHER_CODES)) if other else code)
        for emotion, code, other in zip(emotions, codes, others, strict=True)
    ]


def _show(generator: np.random.Generator, emotion: str, channel: str) -> str:
    """The emotion that voice, words or gestures show."""
    chance = generator.uniform()
    if chance < _SHOWN:
        return emotion
    if chance < _SHOWN + _CONFUSED:
        return _MISTAKEN[channel][emotion]
    return EMOTIONS[generator.integers(len(EMOTIONS))]
