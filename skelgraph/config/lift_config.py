"""The settings of the training of a lifter."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skelgraph.config.recipes import Checkpoint
from skelgraph.config.settings import check_names, to_plain
from skelgraph.config.train_config import TrainConfig
from skelgraph.errors import RunError


@dataclass(frozen=True, kw_only=True)
class LiftConfig:
    """All that decides how a lifter comes out; :func:`skelgraph.training.train_lifter` takes it.

    Args:
        data: Folder dataset of recordings in space.
        dataset: Name of a known dataset instead.
        root: Where the known dataset lies.
        layout: Layout of recordings that do not name their joints.
        test_subjects: Subjects to be tested; none for some that are drawn.
        val_subjects: Subjects for the validation; none for recordings of the others.
        fps: Frame rate that all recordings are brought to.
        filter_widths: Widths of the network's filters in frames; their product is what it sees.
        channels: Channels inside the network.
        dropout: Its dropout.
        causal: Whether it sees no frames after the one that is lifted.
        epochs: Epochs; in each, every clip is seen by a camera of its own.
        batch_size: Windows of a step.
        window_frames: Frames of a window that are lifted; those around them come in addition.
        learning_rate: Highest learning rate; it falls to zero along a cosine.
        weight_decay: Weight decay of AdamW.
        norm_momentum: Momentum of the batch norms' running statistics in the last epoch, to which
            it falls exponentially from PyTorch's 0.1, as Pavllo et al. let it.
        bone_loss: Weight of the mean error of bone lengths, beside the mean error of joints.
        velocity_loss: Weight of the mean error of the joints' step from frame to frame.
        noise: Whether it is trained with a pose estimator's errors.
        offsets: Whether the places of nose, hips and shoulders, about which estimators and motion
            capture differ, are varied.
        proportions: Standard deviation of the logarithm of the change of each bone's length.
        exchange: Share of the clips whose arms move as in another clip.
        lean_deg: Standard deviation of how else than recorded the trunk leans, in degrees.
        arms_deg: Standard deviation of how else the arms are held, in degrees.
        checkpoint: Weights that are tested: ``"last"``, or ``"best"`` on validation.
        cameras: Cameras that see each clip of the validation and the test part.
        cutoff_hz: Cutoff of the low-pass filter that is tested, and met in half of the noisy clips.
        seed: Seed of weights, cameras, noise and order.
        out: Run directory; None for ``runs/`` and a name made of the settings.
    """

    data: Path | None = None
    dataset: str | None = None
    root: Path | None = None
    layout: str | None = None
    test_subjects: tuple[str, ...] = ()
    val_subjects: tuple[str, ...] = ()
    fps: float = 30.0
    filter_widths: tuple[int, ...] = (3, 3, 3)
    channels: int = 256
    dropout: float = 0.05
    causal: bool = False
    epochs: int = 140
    batch_size: int = 32
    window_frames: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    norm_momentum: float = 0.01
    bone_loss: float = 0.5
    velocity_loss: float = 1.0
    noise: bool = True
    offsets: bool = True
    proportions: float = 0.04
    exchange: float = 0.8
    lean_deg: float = 16.0
    arms_deg: float = 10.0
    checkpoint: Checkpoint = "last"
    cameras: int = 3
    cutoff_hz: float = 6.0
    seed: int = 0
    out: Path | None = None

    def __post_init__(self) -> None:
        for field in ("data", "root", "out"):
            if getattr(self, field) is not None:  # a string does as well
                object.__setattr__(self, field, Path(getattr(self, field)))
        for field in ("filter_widths", "test_subjects", "val_subjects"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if self.data is None and self.dataset is None:
            raise RunError("expected a folder of recordings in space, or a known dataset's name")
        widths = self.filter_widths
        if not widths or any(width < 1 or width % 2 == 0 for width in widths):
            raise RunError(f"expected one or more odd filter widths, but got {widths}")
        for field in ("channels", "epochs", "batch_size", "cameras"):
            if getattr(self, field) < 1:
                raise RunError(f"expected {field} of 1 or more, but got {getattr(self, field)}")
        if self.window_frames < 2:
            raise RunError(f"expected windows of 2 frames or more, but got {self.window_frames}")
        if not 0 <= self.dropout < 1:
            raise RunError(f"expected a dropout from 0 to below 1, but got {self.dropout}")
        for field in ("fps", "learning_rate", "cutoff_hz"):
            if not getattr(self, field) > 0:
                raise RunError(f"expected {field} above 0, but got {getattr(self, field)}")
        for field in ("weight_decay", "bone_loss", "velocity_loss", "seed"):
            if not getattr(self, field) >= 0:
                raise RunError(f"expected {field} of 0 or more, but got {getattr(self, field)}")
        if not 0 < self.norm_momentum <= 1:
            raise RunError(
                f"expected norm_momentum above 0 and up to 1, but got {self.norm_momentum}"
            )
        if not 0 <= self.exchange <= 1:
            raise RunError(f"expected exchange from 0 to 1, but got {self.exchange}")
        for field in ("proportions", "lean_deg", "arms_deg"):
            if not 0 <= getattr(self, field) < math.inf:
                raise RunError(f"expected {field} of 0 or more, but got {getattr(self, field)}")
        if self.checkpoint not in ("best", "last"):
            raise RunError(f"expected the checkpoint best or last, but got {self.checkpoint!r}")
        self.to_train_config()

    def to_train_config(self) -> TrainConfig:
        """The same data and parts, as the training of a recognizer names them."""
        return TrainConfig(
            data=self.data,
            dataset=self.dataset,
            root=self.root,
            layout=self.layout,
            test_subjects=self.test_subjects,
            val_subjects=self.val_subjects,
            fps=self.fps,
            seed=self.seed,
        )

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON types; paths are absolute."""
        settings = {**asdict(self), "layout": self.to_train_config().to_dict()["layout"]}
        return {key: to_plain(value) for key, value in settings.items()}

    @classmethod
    def from_dict(cls, settings: Any) -> "LiftConfig":
        """The configuration that :meth:`to_dict` wrote.

        Raises:
            RunError: If a setting is unknown, of another type or out of range.
        """
        doubt = "is it the run of a lifter, and of this version?"
        check_names(cls, settings, what="the settings of a lifter", doubt=doubt)
        try:
            return cls(**settings)
        except TypeError as error:
            raise RunError(f"expected the settings of a lifter; one is wrong ({error})") from error
