"""Speech-like sound of an invented person: voiced syllables with formants, accents and pauses.

Nothing in it can be understood. The emotion is in pitch, loudness, rate and brightness, with the
directions of Banse and Scherer, "Acoustic profiles in vocal emotion expression", J. Personality and
Social Psychology 70, 1996 (anger and joy higher, louder, faster and brighter, sadness the reverse);
the sizes are ours. The source is the pulse of Rosenberg, "Effect of glottal pulse shape on the
quality of natural vowels", J. Acoustical Society of America 49, 1971.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter, sosfilt

from skelgraph.synthetic.draws import bounded_normal
from skelgraph.typing import FloatArray

RATE_HZ = 16_000

_VOWELS_HZ = np.array(
    [[730.0, 1090, 2440], [530, 1840, 2480], [270, 2290, 3010], [570, 840, 2410], [300, 870, 2240]]
)
"""First three formants of a man's vowels: Peterson and Barney 1952."""
_BANDWIDTHS_HZ = np.array([80.0, 110.0, 160.0])
_OPEN, _CLOSED = 0.55, 0.75
"""Shares of a period at which the glottis begins to close, and is closed."""
_REFERENCE = 0.05
"""Root mean square of a neutral utterance's syllables; 1 is full scale."""
_NOISE = 0.0004


@dataclass(frozen=True, kw_only=True)
class VoiceStyle:
    """The way of speaking in one emotion, against a neutral one.

    Args:
        pitch: Factor of the fundamental frequency.
        accent: Standard deviation of the logarithm of the syllables' pitch.
        level_db: Loudness.
        rate_hz: Syllables a second.
        pause: Chance of a pause after a syllable.
        tilt: Pole of the low-pass that dulls the voice, 0 for none.
    """

    pitch: float
    accent: float
    level_db: float
    rate_hz: float
    pause: float
    tilt: float


VOICES: dict[str, VoiceStyle] = {
    "angry": VoiceStyle(pitch=1.25, accent=0.14, level_db=7.0, rate_hz=5.6, pause=0.03, tilt=0.2),
    "happy": VoiceStyle(pitch=1.4, accent=0.26, level_db=4.0, rate_hz=5.2, pause=0.05, tilt=0.45),
    "sad": VoiceStyle(pitch=0.92, accent=0.04, level_db=-7.0, rate_hz=3.4, pause=0.16, tilt=0.85),
    "neutral": VoiceStyle(pitch=1.0, accent=0.09, level_db=-1.0, rate_hz=4.4, pause=0.08, tilt=0.7),
}
"""The style of each emotion."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One person's voice, which stays the same in all emotions.

    Args:
        pitch_hz: Habitual fundamental frequency.
        tract: Factor of the formants.
        tempo: Factor of the rate.
        level_db: Loudness against others.
        tilt: Added to the style's.
    """

    pitch_hz: float
    tract: float
    tempo: float
    level_db: float
    tilt: float


def draw_voice(generator: np.random.Generator, gender: str) -> Voice:
    """Draws the voice of a woman (``"F"``) or a man (``"M"``)."""
    pitch, tract, tempo, level, tilt = bounded_normal(generator, 5, bound=1.5)
    is_female = gender == "F"
    return Voice(
        pitch_hz=(205.0 if is_female else 115.0) * float(np.exp(0.1 * pitch)),
        tract=(1.16 if is_female else 1.0) * float(np.exp(0.03 * tract)),
        tempo=float(np.exp(0.08 * tempo)),
        level_db=1.5 * float(level),
        tilt=0.04 * float(tilt),
    )


def speak(
    generator: np.random.Generator, voice: Voice, style: VoiceStyle, num_syllables: int
) -> FloatArray:
    """Return the sound (samples,) of an utterance, from -1 to 1 at 16 kHz, between two silences."""
    lengths_s = np.exp(0.18 * bounded_normal(generator, num_syllables))
    lengths_s = lengths_s / (style.rate_hz * voice.tempo)
    pauses_s = 0.02 + 0.28 * (generator.uniform(size=num_syllables) < style.pause)
    strength = bounded_normal(generator, 2)
    pitch_hz = voice.pitch_hz * style.pitch * np.exp(0.05 * strength[0])
    accents = np.exp(style.accent * bounded_normal(generator, num_syllables))
    fall = np.linspace(1.06, 0.94, num_syllables)
    contour = np.append(pitch_hz * accents * fall, pitch_hz * 0.9)
    vowels = generator.integers(len(_VOWELS_HZ), size=num_syllables)
    silence = np.zeros(round(0.08 * RATE_HZ))
    pieces = [silence]
    for number in range(num_syllables):
        T = round(float(lengths_s[number]) * RATE_HZ)
        glide = np.linspace(contour[number], contour[number + 1], T)
        stress = np.exp(0.15 * np.log(accents[number]) / max(style.accent, 0.01))
        formants = voice.tract * _VOWELS_HZ[vowels[number]]
        pieces += [
            stress * _voice_syllable(generator, glide, formants),
            np.zeros(round(float(pauses_s[number]) * RATE_HZ)),
        ]
    sound = np.concatenate([*pieces, silence])
    pole = min(max(style.tilt + voice.tilt, 0.0), 0.95)
    sound = lfilter([1.0], [1.0, -pole], sound)
    loud = np.sqrt(np.mean(sound[sound != 0.0] ** 2))
    level_db = style.level_db + voice.level_db + 1.5 * strength[1]
    sound = sound * (_REFERENCE * 10 ** (level_db / 20) / loud)
    noisy: FloatArray = sound + _NOISE * generator.standard_normal(len(sound))
    return np.clip(noisy, -1.0, 1.0)


def _voice_syllable(
    generator: np.random.Generator, pitch_hz: FloatArray, formants_hz: FloatArray
) -> FloatArray:
    """A vowel (T,) that rises and fades, with a breath of noise at its beginning."""
    T = len(pitch_hz)
    phase = np.cumsum(pitch_hz) / RATE_HZ % 1.0
    opening = 0.5 - 0.5 * np.cos(np.pi * phase / _OPEN)
    closing = np.cos(0.5 * np.pi * (phase - _OPEN) / (_CLOSED - _OPEN))
    flow = np.where(phase < _OPEN, opening, np.where(phase < _CLOSED, closing, 0.0))
    breath = 0.02 * generator.standard_normal(T)
    breath[: T // 6] *= 6.0
    source = np.diff(flow, prepend=flow[0]) + breath
    envelope = np.minimum(1.0, np.minimum(np.arange(T), np.arange(T)[::-1]) / (0.025 * RATE_HZ))
    sound: FloatArray = sosfilt(_resonators(formants_hz), source) * envelope
    return sound


def _resonators(formants_hz: FloatArray) -> FloatArray:
    """Second-order sections (3, 6), one for each formant, with gain 1 at 0 Hz."""
    radius = np.exp(-np.pi * _BANDWIDTHS_HZ / RATE_HZ)
    first = -2.0 * radius * np.cos(2.0 * np.pi * formants_hz / RATE_HZ)
    gain = 1.0 + first + radius**2
    zero = np.zeros(3)
    return np.stack([gain, zero, zero, np.ones(3), first, radius**2], axis=1)
