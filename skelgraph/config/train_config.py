"""The settings of a training."""

from pathlib import Path
from typing import Annotated

import msgspec

from skelgraph.config.choices import Device, Index, Modality, Stream
from skelgraph.config.data_settings import (
    DataSettings,
    PreparationSettings,
    SplitSettings,
    StreamSettings,
)
from skelgraph.config.model_settings import (
    FEATURES,
    ModelSettings,
)
from skelgraph.config.multimodal_settings import FusionSettings, MultimodalSettings
from skelgraph.config.recipes import Recipe, RecipeSettings
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.config.start_settings import StartSettings
from skelgraph.errors import RunError


class TrainConfig(Settings, frozen=True, kw_only=True):
    """All settings of a training, in sections; :func:`skelgraph.train` takes it.

    ``TrainConfig.of(stream="bone", epochs=3)`` makes one from the names of the command's options.

    Example:
        >>> config = TrainConfig.of(stream="bone", epochs=3)
        >>> config.stream.names, config.recipe.epochs, config.change(seed=1).seed
        (('bone',), 3, 1)

    Args:
        data: Settings of their own.
        split: Settings of their own.
        preparation: Settings of their own.
        stream: Settings of their own.
        model: Settings of their own.
        fusion: Settings of their own.
        start: Settings of their own.
        recipe: Settings of their own.
        multimodal: Settings of their own.
        seed: Seed of weights, order, augmentation, dropout, split and generated motion.
        device: Where to compute: cpu, cuda, cuda:1, mps, or auto for a GPU if there is one.
        out: Run directory.
    """

    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    preparation: PreparationSettings = PreparationSettings()
    stream: StreamSettings = StreamSettings()
    model: ModelSettings = ModelSettings()
    fusion: FusionSettings = FusionSettings()
    start: StartSettings = StartSettings()
    recipe: RecipeSettings = RecipeSettings()
    multimodal: MultimodalSettings = MultimodalSettings()
    seed: Index = 0
    device: Annotated[Device, Option(metavar="auto|cpu|cuda|mps")] = "auto"
    out: Annotated[Path | None, Option(default="runs/ and a name made of the settings")] = None

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
        super().check_paths()
        if self.out is not None and self.out.is_file():
            raise RunError(f"{self.out}: expected a run directory to make, but it is a file")

    def check_together(self) -> None:
        """Check that fusion and multimodal settings go with the model and the streams.

        Raises:
            RunError: If they do not.
        """
        self._join_features()
        info = self.model.info
        self._check_mixed()
        if self.recipe.crop_frames is not None and self.stream.frames is not None:
            raise RunError(
                "clips that are resampled to one number of frames are not cut to another; leave "
                "out --crop or --frames"
            )
        if self.data.persons > 1 and (info.is_multimodal or FEATURES in self.stream.names):
            what = "features" if FEATURES in self.stream.names else info.name
            raise RunError(f"{what} takes one person of a clip; leave out --persons")
        if self.start.init_from is not None and (info.is_multimodal or info.is_ridge):
            own = "is solved in one step" if info.is_ridge else "starts from --encoders, if at all"
            raise RunError(f"init_from is of networks of skeletons; {info.name} {own}")
        if info.is_multimodal:
            self._check_multimodal()
        elif self.multimodal != MultimodalSettings():
            raise RunError(
                f"modalities, acoustic features, word vectors and encoders belong to are, tre, "
                f"mdre, sern, sern-2s, not to {info.name}"
            )
        if self.fusion.folds and self.fusion.strategy is None:
            msgspec.structs.force_setattr(self, "fusion", self.fusion.change(fusion="concat"))
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

    def _check_mixed(self) -> None:
        if not self.data.is_mixed:
            return
        info = self.model.info
        if not info.is_ridge and (not info.has_graph or info.is_own or info.is_multimodal):
            raise RunError(
                f"layout mixed is for s-stgcn, s-stgcn-small, st-gcn, st-gcn-small and features, "
                f"not for {info.name}, which needs one skeleton; choose a --layout"
            )
        if self.stream.axes == "scrambled":
            raise RunError("scrambled axes need one skeleton; choose a --layout")
        if self.model.center is not None:
            raise RunError("a center is a joint of one layout; choose it, or leave out --center")

    def _join_features(self) -> None:
        """Make the model and the stream of movement features one, whichever of them is named."""
        streams = self.stream.names
        if streams == (FEATURES,) and self.model == ModelSettings():
            msgspec.structs.force_setattr(self, "model", ModelSettings(name=FEATURES))
        if not self.model.info.is_ridge:
            if streams == (FEATURES,):
                raise RunError(f"the stream features has the model features, not {self.model.name}")
            return
        if streams not in (("joint",), (FEATURES,)):
            names = ",".join(dict.fromkeys((*streams, FEATURES)))
            raise RunError(
                f"the model features takes no stream, but got {self.stream.text!r}; to fuse it "
                f"with networks, name it among the streams of theirs: --stream {names}"
            )
        msgspec.structs.force_setattr(self, "stream", self.stream.change(stream=(FEATURES,)))
        given = (*self.recipe.list_changed(), *set(self.stream.list_changed()) - {"stream"})
        if given:
            raise RunError(
                f"{', '.join(given)}: of networks; the model features is solved in one step"
            )

    def _check_multimodal(self) -> None:
        info, chosen = self.model.info, self.modalities
        if self.stream.joint_identity:
            raise RunError(
                f"the identity of joints is told to networks of skeletons, not {info.name}"
            )
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
