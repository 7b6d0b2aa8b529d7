"""The settings of a training, as the command and ``config.json`` hold them."""

from pathlib import Path
from typing import Annotated

from skelgraph.config.choices import Device, FusionStrategy, Index, Modality, Stream
from skelgraph.config.data_settings import (
    DataSettings,
    PreparationSettings,
    SplitSettings,
    StreamSettings,
)
from skelgraph.config.model_settings import ModelSettings
from skelgraph.config.multimodal_settings import MultimodalSettings
from skelgraph.config.recipes import Recipe, RecipeSettings
from skelgraph.config.settings import Settings, about, documented
from skelgraph.errors import RunError


@documented
class FusionSettings(Settings, frozen=True, kw_only=True):
    """Settings of the fusion of several streams."""

    strategy: Annotated[
        FusionStrategy | None,
        about(
            "Fusion of several streams: a fully connected layer over their scores, fitted on the "
            "validation part, or the sum of the scores.",
            key="fusion",
            default="concat",
        ),
    ] = None
    folds: Annotated[
        Index,
        about(
            "Fit that layer on the training part instead, scored by networks that are trained once "
            "more for each of so many folds.",
            key="fusion_folds",
        ),
    ] = 0


@documented
class TrainConfig(Settings, frozen=True, kw_only=True):
    """All settings of a training, in sections; :func:`skelgraph.train` takes it.

    ``TrainConfig.of(stream="bone", epochs=3)`` makes one from the names of the command's options.

    Example:
        >>> config = TrainConfig.of(stream="bone", epochs=3)
        >>> config.stream.names, config.recipe.epochs, config.change(seed=1).seed
        (('bone',), 3, 1)
    """

    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    preparation: PreparationSettings = PreparationSettings()
    stream: StreamSettings = StreamSettings()
    model: ModelSettings = ModelSettings()
    fusion: FusionSettings = FusionSettings()
    recipe: RecipeSettings = RecipeSettings()
    multimodal: MultimodalSettings = MultimodalSettings()
    seed: Annotated[
        Index, about("Seed of weights, order, augmentation, dropout, split and generated motion.")
    ] = 0
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

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that the network takes."""
        return self.multimodal.modalities or self.model.info.modalities

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Streams of all its skeleton networks; empty if it takes no skeletons."""
        if "skeleton" not in self.modalities:
            return ()
        return self.model.info.streams or self.stream.names

    def resolve_recipe(self) -> Recipe:
        """Return the recipe with this configuration's own settings in it."""
        return self.recipe.resolve(self.model.info, fine_tune=self.multimodal.fine_tune)

    def check_paths(self) -> None:
        """Check that all files and folders that it names are there, before anything is read.

        Raises:
            RunError: If one is missing.
        """
        self.data.check_paths()
        self.model.check_paths()
        self.multimodal.check_paths()
        if self.out is not None and self.out.is_file():
            raise RunError(f"{self.out}: expected a run directory to make, but it is a file")

    def check_together(self) -> None:
        """Check that fusion and multimodal settings go with the model and the streams.

        Raises:
            RunError: If they do not.
        """
        info = self.model.info
        if info.is_multimodal:
            self._check_multimodal()
        elif self.multimodal != MultimodalSettings():
            raise RunError(
                f"modalities, acoustic features, word vectors and encoders belong to are, tre, "
                f"mdre, sern, sern-2s, not to {info.name}"
            )
        fusion = self.fusion
        if len(self.stream.names) == 1 and fusion != FusionSettings():
            raise RunError(
                f"a fusion needs several streams, but there is only {self.stream.text!r}"
            )
        if fusion.folds and (fusion.folds < 2 or fusion.strategy == "sum"):
            raise RunError(
                f"expected two or more folds for the layer of a fusion by 'concat', or 0, but got "
                f"{fusion.folds} and {fusion.strategy!r}"
            )

    def _check_multimodal(self) -> None:
        info, chosen = self.model.info, self.modalities
        if self.fusion != FusionSettings():
            raise RunError(
                f"fusion and its folds are of scores; {info.name} fuses vectors, or nothing"
            )
        if info.has_two_phases and len(chosen) < 2:
            raise RunError(
                f"model {info.name} fuses two modalities or more, but got {', '.join(chosen)}; "
                f"alone, audio has the model are, text tre, and skeletons s-stgcn"
            )
        if not info.has_two_phases and chosen != info.modalities:
            raise RunError(
                f"model {info.name} takes {' and '.join(info.modalities)}, but the modalities are "
                f"{', '.join(chosen)}; sern takes any of them"
            )
        if info.streams and self.stream.names not in (("joint",), info.streams):
            raise RunError(
                f"{info.name} has the streams {' and '.join(info.streams)}, but got "
                f"{self.stream.text!r}; sern takes any"
            )
        if self.multimodal.encoders and not info.has_encoders:
            raise RunError(f"encoders are those of mdre and sern; {info.name} is one itself")
