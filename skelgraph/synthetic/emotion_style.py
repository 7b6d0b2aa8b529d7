"""How an emotion changes the way of moving, as published studies describe it.

The directions are taken from the literature, the sizes are ours. What is modeled:

- *Speed.* Angry and happy arm movements are shorter in time, faster and more strongly accelerated
  than neutral ones, sad ones slower: Pollick, Paterson, Bruderlin and Sanford, "Perceiving affect
  from arm movement", Cognition 82, 2001 (knocking and drinking); Amaya, Bruderlin and Calvert,
  "Emotion from motion", Graphics Interface 1996 (anger faster, sadness slower than neutral);
  Sawada, Suda and Ishii, "Expression of emotions in dance", Perceptual and Motor Skills 97, 2003.
- *Amplitude.* Larger for anger and happiness, smaller for sadness: Amaya et al. 1996; Roether,
  Omlor, Christensen and Giese, "Critical features for the perception of emotion from gait",
  J. Vision 9(6), 2009 (joint-angle amplitudes in gait); Castellano, Villalba and Camurri,
  "Recognising human emotions from body movement and gesture dynamics", ACII 2007 (quantity of
  motion and contraction).
- *Smoothness.* Anger jerky, with abrupt stops and frequent changes of tempo; sadness smooth, with
  few changes: Montepare, Koff, Zaitchik and Albert, "The use of body movements and gestures as cues
  to emotions in younger and older adults", J. Nonverbal Behavior 23, 1999; Camurri, Lagerloef and
  Volpe, "Recognizing emotion from dance movement", Int. J. Human-Computer Studies 59, 2003.
- *Rhythm and expansion.* Happiness expansive and bouncing, arms opened: Wallbott, "Bodily
  expression of emotion", European J. Social Psychology 28, 1998; Halovic and Kroos, "Not all is
  noticed: kinematic cues of emotion-specific gait", Human Movement Science 57, 2018.
- *Posture.* Anger leans forward, sadness collapses with the head down, joy lifts the head:
  Wallbott 1998; Dael, Mortillaro and Scherer, "Emotion expression in body action and posture",
  Emotion 12, 2012. Kept small here, since actors differ in their habits of posture at least as much
  (Wallbott 1998, on differences between encoders).
"""

from dataclasses import dataclass, fields

import numpy as np

_RATIOS = {"stroke_s", "amplitude"}
_LEAST = {"irregularity": 0.02, "rebound": 0.0, "bounce_deg": 0.0, "lateral": 0.1}


@dataclass(frozen=True, kw_only=True)
class EmotionStyle:
    """The way of moving in one emotion, for a person without habits.

    Args:
        stroke_s: Median duration of a stroke in seconds.
        amplitude: Size of gestures; 1 is a typical one.
        pause: Rest between strokes as a share of the stroke; negative where they flow together.
        irregularity: Spread of the strokes' durations (standard deviation of the logarithm).
        rebound: Share of a stroke by which it overshoots and swings back.
        bounce_deg: Amplitude of the rhythmic bounce of trunk, shoulders and head.
        lateral: Weight of the movement to the sides against that to the front; 1 is typical.
        lean_deg: Offset of the trunk's pitch.
        slump_deg: Offset of the chest's pitch.
        head_down_deg: Offset of the head's pitch.
    """

    stroke_s: float
    amplitude: float
    pause: float
    irregularity: float
    rebound: float
    bounce_deg: float
    lateral: float
    lean_deg: float
    slump_deg: float
    head_down_deg: float

    def toward(self, other: "EmotionStyle", share: float) -> "EmotionStyle":
        """The style that lies the given share of the way to another one; more than 1 goes beyond.

        Durations and amplitudes are blended as ratios, all else as differences.
        """
        values = {}
        for field in fields(self):
            start, end = getattr(self, field.name), getattr(other, field.name)
            if field.name in _RATIOS:
                start, end = np.log(start), np.log(end)
            blend = start + share * (end - start)
            if field.name in _RATIOS:
                blend = float(np.exp(blend))
            values[field.name] = max(blend, _LEAST.get(field.name, -np.inf))
        return EmotionStyle(**values)


_STRENGTHS = {
    "angry": (0.35, 1.15, 0.35, 0.2, 0.25, 0.4, 0.6, 1.0, 0.0, 0.0),
    "happy": (0.54, 1.25, -0.2, 0.06, 0.0, 3.5, 1.7, -0.5, -0.5, -1.2),
    "sad": (1.15, 0.5, 0.4, 0.1, 0.0, 0.1, 0.8, 0.5, 1.0, 1.5),
    "neutral": (0.56, 0.95, 0.3, 0.12, 0.0, 0.4, 1.0, 0.0, 0.0, 0.0),
}
"""The fields of each emotion's style, in their order."""

STYLES: dict[str, EmotionStyle] = {
    emotion: EmotionStyle(
        **{field.name: value for field, value in zip(fields(EmotionStyle), row, strict=True)}
    )
    for emotion, row in _STRENGTHS.items()
}
"""The style of each emotion at its full strength."""

EMOTIONS = tuple(STYLES)
"""The labels of the generated clips."""
