"""How a network is trained: optimizer, schedule, augmentation, and the weights that are kept."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

from skelgraph.config.choices import Checkpoint, Count, Positive, Precision, Probability, RecipeName
from skelgraph.config.model_settings import ModelInfo
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings, list_settings


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
        score: Validation score: ``"war"``, ``"uar"``, or ``"loss"`` for the lowest loss, which
            changes with every clip's probability and is steadier where there are few.
        label_smoothing: Label smoothing of the cross-entropy.
        clip_value: Largest size of a gradient's entry; larger ones are cut to it. None cuts none.
        crop_frames: Longest clip in training; a longer one is cut at random. None cuts nothing.
        crop_share: Smallest share of a training clip that is kept where clips are resampled to one
            number of frames: a window of fixed length would teach another tempo than that of the
            whole clips to be recognized. None cuts nothing.
        mirror: Whether half of the clips are mirrored.
        rotation_degrees: Largest random turn about the vertical.
        scale: Largest random change of size, as a share.
        class_weights: Whether the loss weighs classes by the inverse of their frequency.
        balanced_sampling: Whether each class is drawn as often as the others; an epoch has as many
            draws as there are clips.
        weight_average: Decay per step of the moving average of weights that is validated, kept and
            tested; None keeps the weights themselves.
        average_mirrored: Whether a prediction is the mean of those of a clip and its mirror image.
        epoch_steps: Most steps of an epoch; the batches are other ones in each. None takes all.
        precision: ``"32"``, ``"bf16"`` or ``"16"`` (mixed).
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
    score: Literal["uar", "war", "loss"]
    label_smoothing: float = 0.0
    clip_value: float | None = None
    crop_frames: int | None = None
    crop_share: float | None = None
    mirror: bool = False
    rotation_degrees: float = 0.0
    scale: float = 0.0
    class_weights: bool = False
    balanced_sampling: bool = False
    weight_average: float | None = None
    average_mirrored: bool = False
    epoch_steps: int | None = None
    precision: Precision = "32"

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON types."""
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
    class_weights=True,
)
"""For few clips: augmentation, label smoothing and a cosine schedule, after CTR-GCN and PYSKL.

Classes weigh alike in the loss, as in the unweighted average recall that picks the checkpoint:
otherwise a class of an eighth of the clips is never predicted.

Noise on single coordinates is left out: at 30 frames/s a few millimeters of it are faster than the
movements that tell a mood. The stream is no part of a recipe. Where moods are acted by few people,
how fast joints move (``stream="speed"``) may say more of a stranger than where they are; where
classes differ in posture it says less.
"""

MDRE = Recipe(
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    batch_size=128,
    epochs=285,
    schedule="steps",
    patience=7,
    checkpoint="best",
    score="loss",
    clip_value=10.0,
)
"""The released training of the MDRE: model/ of github.com/david-yoon/multimodal-speech-emotion.

At most 10,000 steps, which are 285 epochs of its 4,400 clips; it looks at the validation loss
about three times an epoch, and here after each. It draws batches with replacement, and here every
clip comes once an epoch.
"""

RECURRENT = Recipe(
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    batch_size=16,
    epochs=40,
    schedule="steps",
    patience=8,
    checkpoint="best",
    score="loss",
    clip_value=10.0,
)
"""The same for few clips: smaller batches, so that an epoch has more than a step or two."""

FUSING = Recipe(
    optimizer="adamw",
    learning_rate=1e-3,
    weight_decay=0.5,
    batch_size=16,
    epochs=60,
    schedule="steps",
    patience=10,
    checkpoint="best",
    score="loss",
    label_smoothing=0.1,
    clip_value=10.0,
)
"""Of the layers that fuse the vectors of encoders which stay as they are, for few clips.

On the clips that trained them, encoders are surer than they are of others, and the layers must not
come to trust the surest one: hence the decay and the smoothing, chosen on the invented miniature of
IEMOCAP.
"""

SMALL = Recipe(
    optimizer="adamw",
    learning_rate=2e-3,
    weight_decay=0.05,
    batch_size=16,
    epochs=10,
    schedule="cosine",
    warmup_epochs=3,
    checkpoint="last",
    score="uar",
    label_smoothing=0.2,
    crop_frames=128,
    mirror=True,
    balanced_sampling=True,
    weight_average=0.99,
    average_mirrored=True,
)
"""Of networks of one block, for few clips: short, with classes that weigh alike."""

SOLVED = Recipe(
    optimizer="adam",
    learning_rate=0.0,
    weight_decay=0.0,
    batch_size=1,
    epochs=1,
    schedule="steps",
    checkpoint="last",
    score="uar",
    class_weights=True,
)
"""Of movement features: a ridge is solved and has no epochs; it weighs classes evenly."""

_RECIPES: dict[str, dict[RecipeName, Recipe]] = {
    "skeleton": {"paper": PAPER, "strong": STRONG},
    "small": {"paper": PAPER, "strong": SMALL},
    "features": {"paper": SOLVED, "strong": SOLVED},
    "recurrent": {"paper": MDRE, "strong": RECURRENT},
    "fusing": {"paper": MDRE, "strong": FUSING},
}
"""The recipes of each family of models; see :class:`skelgraph.config.ModelInfo`."""

FINE_TUNE_RATE = 0.1
"""Learning rate where encoders are trained on, as a share of that of new layers alone."""


class RecipeSettings(Settings, frozen=True, kw_only=True):
    """Settings of the training: a recipe by name, and what overrides it.

    Args:
        name: 'paper' is the released training of S-STGCN, and of MDRE if there is audio or text;
            'strong' is for few clips.
        epochs: Most epochs.
        batch_size: Clips per step.
        learning_rate: Highest learning rate.
        checkpoint: Weights to test: best on validation, or last. Fixed before the training.
        class_weights: Weigh rare classes more in the loss, so that all count alike.
        balanced_sampling: Draw each class as often as the others.
        label_smoothing: Share of the label that goes to all classes in the loss.
        crop_frames: Longest clip in training, in frames; longer ones are cut at random. Shorter
            ones than the recipe's suit a network that answers before it has seen much.
        weight_average: Decay of the moving average of weights that is tested; 0 for the weights
            themselves.
        average_mirrored: Test the mean scores of a clip and its mirror image.
        epoch_steps: Most steps of an epoch, for very many clips; other clips come in each.
        precision: Type of the arithmetic; 16 needs a GPU, and bf16 is very slow on a processor
            without instructions for it.
    """

    name: Annotated[RecipeName, Option(key="recipe")] = "strong"
    epochs: Annotated[Count | None, Option(default="the recipe's")] = None
    batch_size: Annotated[Count | None, Option(default="the recipe's")] = None
    learning_rate: Annotated[Positive | None, Option(default="the recipe's")] = None
    checkpoint: Annotated[Checkpoint | None, Option(default="the recipe's")] = None
    class_weights: Annotated[bool | None, Option(default="the recipe's")] = None
    balanced_sampling: Annotated[bool | None, Option(default="the recipe's")] = None
    label_smoothing: Annotated[Probability | None, Option(default="the recipe's")] = None
    crop_frames: Annotated[Count | None, Option(flag="--crop", default="the recipe's")] = None
    weight_average: Annotated[Probability | None, Option(default="the recipe's")] = None
    average_mirrored: Annotated[bool | None, Option(default="the recipe's")] = None
    epoch_steps: Annotated[Count | None, Option(default="as many as the clips make")] = None
    precision: Precision = "32"

    def resolve(self, model: ModelInfo, *, fine_tune: bool = False) -> Recipe:
        """Return the recipe for a model, with these settings in it."""
        recipe = _RECIPES[model.recipes][self.name]
        if fine_tune and model.has_two_phases:
            recipe = replace(recipe, learning_rate=recipe.learning_rate * FINE_TUNE_RATE)
        given = {one.name: getattr(self, one.name) for one in list_settings(type(self))}
        del given["name"]
        chosen = {name: value for name, value in given.items() if value is not None}
        if chosen.get("weight_average") == 0:
            chosen["weight_average"] = None
        return replace(recipe, **chosen)
