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
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError


class LifterNetworkSettings(Settings, frozen=True, kw_only=True):
    """Settings of a lifter's network.

    Args:
        filter_widths: Widths of the filters in frames, odd; their product is its receptive field.
        channels: Channels inside.
        dropout: Dropout.
        causal: Use no frames after the one that is lifted.
    """

    filter_widths: Annotated[tuple[Count, ...], Option(flag="--widths", metavar="3,3,3")] = (
        3,
        3,
        3,
    )
    channels: Count = 256
    dropout: Annotated[Probability, Option(in_command=False)] = 0.05
    causal: Annotated[bool, Option(flag="--causal/--centered")] = False

    def check_together(self) -> None:
        """Check the widths.

        Raises:
            RunError: If there are none, or one is even.
        """
        widths = self.filter_widths
        if not widths or any(width % 2 == 0 for width in widths):
            raise RunError(f"expected one or more odd filter widths, but got {widths}")


class LifterRecipe(Settings, frozen=True, kw_only=True):
    """Settings of a lifter's training.

    Args:
        epochs: Epochs; each shows every clip by another camera.
        batch_size: Windows per step.
        window_frames: Frames of a window that are lifted; those around them come in addition.
        learning_rate: Highest learning rate; it falls to zero along a cosine.
        weight_decay: Weight decay of AdamW.
        norm_momentum: Momentum of the batch norms' running statistics in the last epoch, to which
            it falls exponentially from PyTorch's 0.1, as in Pavllo et al.
        bone_loss: Weight of the mean error of bone lengths, beside the mean error of joints.
        velocity_loss: Weight of the mean error of the joints' step from frame to frame.
        checkpoint: Weights to test: best on validation, or last. Fixed before the training.
    """

    epochs: Count = 140
    batch_size: Count = 32
    window_frames: Annotated[Annotated[int, Meta(ge=2)], Option(in_command=False)] = 32
    learning_rate: Positive = 0.001
    weight_decay: Annotated[NonNegative, Option(in_command=False)] = 0.01
    norm_momentum: Annotated[Annotated[float, Meta(gt=0, le=1)], Option(in_command=False)] = 0.01
    bone_loss: Annotated[NonNegative, Option(in_command=False)] = 0.5
    velocity_loss: Annotated[NonNegative, Option(in_command=False)] = 1.0
    checkpoint: Checkpoint = "last"


class FilmingSettings(Settings, frozen=True, kw_only=True):
    """Settings of the virtual cameras, of a pose estimator's errors, and of varied bodies.

    Args:
        noise: Train with a pose estimator's errors and gaps.
        offsets: Vary where a pose estimator finds nose, shoulders and hips.
        proportions: Standard deviation of the logarithm of the change of each bone's length.
        exchange: Share of the clips whose arms move as in another clip.
        lean_deg: Standard deviation of the change of the trunk's lean, in degrees.
        arms_deg: Standard deviation of the change of the arms, in degrees.
        cameras: Cameras per clip of the validation and the test part.
        cutoff_hz: Cutoff in Hz of the low-pass filter that half of the training and the test use.
    """

    noise: bool = True
    offsets: bool = True
    proportions: Annotated[NonNegative, Option(in_command=False)] = 0.04
    exchange: Annotated[Share, Option(in_command=False)] = 0.8
    lean_deg: Annotated[NonNegative, Option(in_command=False)] = 16.0
    arms_deg: Annotated[NonNegative, Option(in_command=False)] = 10.0
    cameras: Annotated[Count, Option(in_command=False)] = 3
    cutoff_hz: Annotated[Positive, Option(flag="--cutoff")] = 6.0


class LiftConfig(Settings, frozen=True, kw_only=True):
    """All settings of the training of a lifter; :func:`skelgraph.lifting.train_lifter` takes it.

    Example:
        >>> LiftConfig.of(dataset="mpi-ebed", epochs=3).recipe.epochs
        3

    Args:
        data: Settings of their own.
        split: Settings of their own.
        fps: Frames per second of all recordings.
        network: Settings of their own.
        recipe: Settings of their own.
        filming: Settings of their own.
        seed: Seed of weights, cameras, noise and order.
        device: Where to compute: cpu, cuda, cuda:1, mps, or auto for a GPU if there is one.
        out: Run directory.
    """

    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    fps: Positive = 30.0
    network: LifterNetworkSettings = LifterNetworkSettings()
    recipe: LifterRecipe = LifterRecipe()
    filming: FilmingSettings = FilmingSettings()
    seed: Index = 0
    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "auto"
    out: Annotated[Path | None, Option(default="runs/ and a name made of the settings")] = None

    def check_together(self) -> None:
        """Check that weights are not chosen on the clips that are tested.

        Raises:
            RunError: If they are: without a test part, those of validation are tested.
        """
        if self.split.kind == "none" and self.recipe.checkpoint != "last":
            raise RunError(
                "--split none tests a lifter on the recordings of validation, so that these cannot "
                "choose its weights too; take --checkpoint last"
            )

    def check_data(self) -> None:
        """Check that the recordings are named.

        Raises:
            RunError: If they are not, or are not there.
        """
        if self.data.is_generated:
            raise RunError("expected a folder of recordings in space, or a known dataset's name")
        self.data.check_paths()
