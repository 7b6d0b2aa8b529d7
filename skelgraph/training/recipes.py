"""How a network is trained: optimizer, schedule, augmentation, and the weights that are kept."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

RecipeName = Literal["paper", "strong"]
Checkpoint = Literal["best", "last"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings of a training that do not depend on the data.

    Args:
        optimizer: ``"adam"`` or ``"adamw"``.
        learning_rate: Its learning rate, the highest of the schedule.
        weight_decay: Its weight decay; ``"adamw"`` spares biases, norms, gates and importances.
        batch_size: Clips of a step.
        epochs: Most epochs.
        schedule: ``"steps"`` divides the learning rate by 10 at the milestones; ``"cosine"`` takes
            it to zero after a linear warm-up.
        milestones: Epochs at which ``"steps"`` divides.
        warmup_epochs: Epochs of ``"cosine"``'s warm-up.
        patience: Epochs without a better validation score after which training stops; None never
            stops.
        checkpoint: Weights that are tested: those of the epoch with the best validation score, or
            the last. The rule is fixed before the training.
        score: Validation score: ``"war"`` or ``"uar"``.
        label_smoothing: Label smoothing of the cross-entropy.
        crop_frames: Longest clip in training; a longer one is cut at random. None cuts nothing.
        crop_share: Smallest share of a training clip that is kept where clips are resampled to one
            number of frames: a window of fixed length would teach another tempo than that of the
            whole clips to be recognized. None cuts nothing.
        mirror: Whether half of the clips are mirrored.
        rotation_degrees: Largest random turn about the vertical.
        scale: Largest random change of size, as a share.
    """

    optimizer: Literal["adam", "adamw"]
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    schedule: Literal["steps", "cosine"]
    milestones: tuple[int, ...] = ()
    warmup_epochs: int = 0
    patience: int | None = None
    checkpoint: Checkpoint
    score: Literal["uar", "war"]
    label_smoothing: float = 0.0
    crop_frames: int | None = None
    crop_share: float | None = None
    mirror: bool = False
    rotation_degrees: float = 0.0
    scale: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON types."""
        return {**asdict(self), "milestones": list(self.milestones)}


PAPER = Recipe(
    optimizer="adam",
    learning_rate=1e-4,
    weight_decay=0.0,
    batch_size=8,
    epochs=500,
    schedule="steps",
    milestones=(60,),
    patience=50,
    checkpoint="best",
    score="war",
)
"""The released training of S-STGCN: train_motion.py of github.com/JiaqiShi/S-STGCN."""

STRONG = Recipe(
    optimizer="adamw",
    learning_rate=2e-3,
    weight_decay=0.02,
    batch_size=16,
    epochs=16,
    schedule="cosine",
    warmup_epochs=2,
    checkpoint="last",
    score="uar",
    label_smoothing=0.1,
    crop_frames=64,
    crop_share=0.5,
    mirror=True,
    rotation_degrees=15.0,
    scale=0.1,
)
"""For few clips: augmentation, label smoothing and a cosine schedule, after CTR-GCN and PYSKL.

Noise on single coordinates is left out: at 30 frames/s a few millimeters of it are faster than the
movements that tell a mood. The stream is no part of a recipe. Where moods are acted by few people,
how fast joints move (``stream="speed"``) may say more of a stranger than where they are; where
classes differ in posture it says less.
"""

RECIPES: dict[str, Recipe] = {"paper": PAPER, "strong": STRONG}
