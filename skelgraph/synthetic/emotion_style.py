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
- *Rhythm and expansion.* Happiness expansive and bouncing, arms opened:
  Wallbott, "Bodily expression
  of emotion", European J. Social Psychology 28, 1998; Halovic and Kroos, "Not all is noticed:
  kinematic cues of emotion-specific gait", Human Movement Science 57, 2018.
- *Posture.* Anger leans forward, sadness collapses with the head down, joy lifts the head:
  Wallbott 1998; Dael, Mortillaro and Scherer, "Emotion expression in body action and posture",
  Emotion 12, 2012. Kept small here, since actors differ in their habits of posture at least as much
  (Wallbott 1998, on differences between encoders).
"""

from dataclasses import dataclass

import numpy as np


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

        def blend(start: float, end: float) -> float:
            return start + share * (end - start)

        return EmotionStyle(
            stroke_s=float(np.exp(blend(np.log(self.stroke_s), np.log(other.stroke_s)))),
            amplitude=float(np.exp(blend(np.log(self.amplitude), np.log(other.amplitude)))),
            pause=blend(self.pause, other.pause),
            irregularity=max(blend(self.irregularity, other.irregularity), 0.02),
            rebound=max(blend(self.rebound, other.rebound), 0.0),
            bounce_deg=max(blend(self.bounce_deg, other.bounce_deg), 0.0),
            lateral=max(blend(self.lateral, other.lateral), 0.1),
            lean_deg=blend(self.lean_deg, other.lean_deg),
            slump_deg=blend(self.slump_deg, other.slump_deg),
            head_down_deg=blend(self.head_down_deg, other.head_down_deg),
        )


STYLES: dict[str, EmotionStyle] = {
    "angry": EmotionStyle(
        stroke_s=0.35,
        amplitude=1.15,
        pause=0.35,
        irregularity=0.2,
        rebound=0.25,
        bounce_deg=0.4,
        lateral=0.6,
        lean_deg=1.0,
        slump_deg=0.0,
        head_down_deg=0.0,
    ),
    "happy": EmotionStyle(
        stroke_s=0.54,
        amplitude=1.25,
        pause=-0.2,
        irregularity=0.06,
        rebound=0.0,
        bounce_deg=3.5,
        lateral=1.7,
        lean_deg=-0.5,
        slump_deg=-0.5,
        head_down_deg=-1.2,
    ),
    "sad": EmotionStyle(
        stroke_s=1.15,
        amplitude=0.5,
        pause=0.4,
        irregularity=0.1,
        rebound=0.0,
        bounce_deg=0.1,
        lateral=0.8,
        lean_deg=0.5,
        slump_deg=1.0,
        head_down_deg=1.5,
    ),
    "neutral": EmotionStyle(
        stroke_s=0.56,
        amplitude=0.95,
        pause=0.3,
        irregularity=0.12,
        rebound=0.0,
        bounce_deg=0.4,
        lateral=1.0,
        lean_deg=0.0,
        slump_deg=0.0,
        head_down_deg=0.0,
    ),
}
"""The style of each emotion at its full strength."""

EMOTIONS = tuple(STYLES)
"""The labels of the generated clips."""
