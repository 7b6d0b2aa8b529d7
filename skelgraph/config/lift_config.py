"""Settings of the training of a lifter."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from skelgraph.config.choices import (
    Checkpoint,
    Count,
    Device,
    Index,
    NonNegative,
    Positive,
    Probability,
    Share,
)
from skelgraph.config.data_settings import DataSettings, SplitSettings
from skelgraph.config.settings import Settings, about, documented
from skelgraph.errors import RunError


@documented
class LifterNetworkSettings(Settings, frozen=True, kw_only=True):
    """Settings of a lifter's network."""

    filter_widths: Annotated[
        tuple[Count, ...],
        about(
            "Widths of the filters in frames, odd; their product is its receptive field.",
            flag="--widths",
            metavar="3,3,3",
        ),
    ] = (3, 3, 3)
    channels: Annotated[Count, about("Channels inside.")] = 256
    dropout: Annotated[Probability, about("Dropout.", in_command=False)] = 0.05
    causal: Annotated[
        bool, about("Use no frames after the one that is lifted.", flag="--causal/--centered")
    ] = False

    def check_together(self) -> None:
        """Check the widths.

        Raises:
            RunError: If there are none, or one is even.
        """
        widths = self.filter_widths
        if not widths or any(width % 2 == 0 for width in widths):
            raise RunError(f"expected one or more odd filter widths, but got {widths}")


@documented
class LifterRecipe(Settings, frozen=True, kw_only=True):
    """Settings of a lifter's training."""

    epochs: Annotated[Count, about("Epochs; each shows every clip by another camera.")] = 140
    batch_size: Annotated[Count, about("Windows per step.")] = 32
    window_frames: Annotated[
        Annotated[int, Meta(ge=2)],
        about(
            "Frames of a window that are lifted; those around them come in addition.",
            in_command=False,
        ),
    ] = 32
    learning_rate: Annotated[
        Positive, about("Highest learning rate; it falls to zero along a cosine.")
    ] = 1e-3
    weight_decay: Annotated[NonNegative, about("Weight decay of AdamW.", in_command=False)] = 1e-2
    norm_momentum: Annotated[
        Annotated[float, Meta(gt=0, le=1)],
        about(
            "Momentum of the batch norms' running statistics in the last epoch, to which it falls "
            "exponentially from PyTorch's 0.1, as in Pavllo et al.",
            in_command=False,
        ),
    ] = 0.01
    bone_loss: Annotated[
        NonNegative,
        about(
            "Weight of the mean error of bone lengths, beside the mean error of joints.",
            in_command=False,
        ),
    ] = 0.5
    velocity_loss: Annotated[
        NonNegative,
        about(
            "Weight of the mean error of the joints' step from frame to frame.", in_command=False
        ),
    ] = 1.0
    checkpoint: Annotated[
        Checkpoint,
        about("Weights to test: best on validation, or last. Fixed before the training."),
    ] = "last"


@documented
class FilmingSettings(Settings, frozen=True, kw_only=True):
    """Settings of the virtual cameras, of a pose estimator's errors, and of varied bodies."""

    noise: Annotated[bool, about("Train with a pose estimator's errors and gaps.")] = True
    offsets: Annotated[
        bool, about("Vary where a pose estimator finds nose, shoulders and hips.")
    ] = True
    proportions: Annotated[
        NonNegative,
        about(
            "Standard deviation of the logarithm of the change of each bone's length.",
            in_command=False,
        ),
    ] = 0.04
    exchange: Annotated[
        Share,
        about("Share of the clips whose arms move as in another clip.", in_command=False),
    ] = 0.8
    lean_deg: Annotated[
        NonNegative,
        about(
            "Standard deviation of the change of the trunk's lean, in degrees.", in_command=False
        ),
    ] = 16.0
    arms_deg: Annotated[
        NonNegative,
        about("Standard deviation of the change of the arms, in degrees.", in_command=False),
    ] = 10.0
    cameras: Annotated[
        Count, about("Cameras per clip of the validation and the test part.", in_command=False)
    ] = 3
    cutoff_hz: Annotated[
        Positive,
        about(
            "Cutoff in Hz of the low-pass filter that half of the training and the test use.",
            flag="--cutoff",
        ),
    ] = 6.0


@documented
class LiftConfig(Settings, frozen=True, kw_only=True):
    """All settings of the training of a lifter; :func:`skelgraph.lifting.train_lifter` takes it.

    Example:
        >>> LiftConfig.of(dataset="mpi-ebed", epochs=3).recipe.epochs
        3
    """

    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    fps: Annotated[Positive, about("Frames per second of all recordings.")] = 30.0
    network: LifterNetworkSettings = LifterNetworkSettings()
    recipe: LifterRecipe = LifterRecipe()
    filming: FilmingSettings = FilmingSettings()
    seed: Annotated[Index, about("Seed of weights, cameras, noise and order.")] = 0
    device: Annotated[
        Device,
        about(
            "Where to compute: cpu, cuda, cuda:1, mps, or auto for a GPU if there is one.",
            metavar="auto|cpu|cuda|mps",
        ),
    ] = "auto"
    out: Annotated[
        Path | None, about("Run directory.", default="runs/ and a name made of the settings")
    ] = None

    def check_data(self) -> None:
        """Check that the recordings are named.

        Raises:
            RunError: If they are not, or are not there.
        """
        if self.data.is_generated:
            raise RunError("expected a folder of recordings in space, or a known dataset's name")
        self.data.check_paths()
