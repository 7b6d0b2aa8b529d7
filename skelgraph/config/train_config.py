"""The settings of a training run, as the command and ``config.json`` hold them."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from skelgraph.config.config_checks import DEFAULT_CUTOFF_HZ, TWO_STREAMS, check_config
from skelgraph.config.modalities import OWN_MODALITIES, Modality
from skelgraph.config.multimodal_settings import MultimodalSettings
from skelgraph.config.recipes import Checkpoint, Recipe, RecipeName, choose_recipe
from skelgraph.config.settings import check_names, to_plain
from skelgraph.data import DatasetOptions
from skelgraph.errors import RunError
from skelgraph.evaluation import FusionStrategy, SplitKind
from skelgraph.layouts import HopDistance, Strategy, is_layout_file
from skelgraph.poses import FilterName, Person, parse_person

Stream = Literal["joint", "bone", "joint-motion", "bone-motion", "speed"]
ModelName = Literal[
    "s-stgcn", "st-gcn", "st-gcn-small", "resnet18", "are", "tre", "mdre", "sern", "sern-2s"
]
Axes = Literal["correct", "scrambled"]
Precision = Literal["32", "bf16", "16"]
Channels = Literal["xy", "xyc", "xyz"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "axes": get_args(Axes),
    "model": get_args(ModelName),
    "recipe": get_args(RecipeName),
    "split": get_args(SplitKind),
    "strategy": get_args(Strategy),
    "hop_distance": get_args(HopDistance),
    "checkpoint": get_args(Checkpoint),
    "precision": get_args(Precision),
    "channels": get_args(Channels),
    "fusion": get_args(FusionStrategy),
    "filter": get_args(FilterName),
}


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides how a run comes out; :func:`skelgraph.train` takes it.

    Args:
        data: Folder dataset; with neither this nor ``dataset``, the built-in generator.
        dataset: Name of a known dataset.
        root: Where the known dataset lies.
        dataset_options: What else is to be said of it.
        layout: Layout to convert all recordings to, and of those that do not name their joints: a
            name of the catalogue or a layout file; None keeps their own.
        person: Which persons of a file with several: ``"main"``, ``"all"``, each as a clip of its
            own, or the number of one, from 1 on.
        channels: What a network sees of a joint: ``"xy"``, ``"xyz"``, or ``"xyc"`` for x, y and
            the confidence of a pose estimator; None for the coordinates that there are.
        stream: ``"joint"`` for positions, ``"bone"`` for vectors from parent to child joint,
            ``"joint-motion"`` and ``"bone-motion"`` for the velocities of these, ``"speed"`` for
            the magnitudes of each joint's velocity and acceleration. Several, such as
            ``"joint,bone"`` (in short ``"2s"``), are a network each, and a fusion.
        fusion: How the scores of several streams are fused: ``"sum"``, or ``"concat"`` for a layer
            that is fitted on the validation part; None for ``"concat"`` where there are several.
        fusion_folds: Folds of the training part, for each of which every stream is trained once
            more, so that the layer is fitted on out-of-fold scores; 0 for the validation part.
        model: ``"s-stgcn"``, ``"st-gcn"`` (64 to 256 channels), ``"st-gcn-small"`` (32 to 128), or
            ``"resnet18"``, which sees clips as images and no graph; ``"are"`` of audio, ``"tre"``
            of text, ``"mdre"`` of both; ``"sern"`` of these and S-STGCN on the stream,
            ``"sern-2s"`` on joints and bones.
        multimodal: Settings of the last five.
        strategy: Partition strategy of the graph.
        center: Name of the joint from which the partition counts; None for the layout's center.
        hop_distance: How the partition counts.
        num_heads: Attention heads of S-STGCN.
        attention: Whether S-STGCN has its attention part.
        gate: Whether its gate is learned.
        recipe: Name of the recipe; the next four override it where given.
        epochs: Most epochs.
        batch_size: Clips of a step.
        learning_rate: Highest learning rate.
        checkpoint: Which weights are tested.
        class_weights: Whether the loss weighs classes by the inverse of their frequency.
        require: Modalities without one of which a clip is left out of everything.
        split: How clips are divided; None for by subject, else recording, else at random.
        test_subjects: Subjects to be tested under ``split="subject"``.
        val_subjects: Subjects for the validation.
        fold: The fold to be tested under ``split="mdre"``, from 1 to 5; None for the first.
        fps: Frame rate that all clips are brought to.
        min_confidence: Joints of less confidence are missing; None takes all.
        max_gap_s: Longest gap of a joint that is filled, in seconds; None fills none. Longer gaps
            are masked.
        frames: Frames that the stream of every clip is resampled to; None for its own number.
        axes: ``"correct"``, or ``"scrambled"`` as the released code of S-STGCN has them
            (:class:`skelgraph.transforms.ScrambleAxes`), to compare with it.
        filter: Filter over time: ``"butterworth"``, ``"savgol"``, ``"one-euro"`` or ``"none"``; see
            :func:`skelgraph.poses.smooth`.
        cutoff_hz: Cutoff of the filter ``"butterworth"``; None for no filter.
        align_heading: Whether each person is turned to face the same way.
        normalize_bones: Whether all get the median bone lengths of the training part.
        seed: Seed of weights, order, augmentation, dropout, split and generated motion.
        precision: ``"32"``, ``"bf16"`` or ``"16"`` (mixed).
        out: Run directory; None for ``runs/`` and a name made of the settings.
    """

    data: Path | None = None
    dataset: str | None = None
    root: Path | None = None
    dataset_options: DatasetOptions = field(default_factory=DatasetOptions)
    layout: str | None = None
    person: Person = "main"
    channels: Channels | None = None
    stream: str = "joint"
    fusion: FusionStrategy | None = None
    fusion_folds: int = 0
    model: ModelName = "s-stgcn"
    multimodal: MultimodalSettings = field(default_factory=MultimodalSettings)
    strategy: Strategy = "spatial"
    center: str | None = None
    hop_distance: HopDistance = "bfs"
    num_heads: int = 4
    attention: bool = True
    gate: bool = True
    recipe: RecipeName = "strong"
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    checkpoint: Checkpoint | None = None
    class_weights: bool = False
    require: tuple[Modality, ...] = ()
    split: SplitKind | None = None
    test_subjects: tuple[str, ...] = ()
    val_subjects: tuple[str, ...] = ()
    fold: int | None = None
    fps: float = 30.0
    min_confidence: float | None = 0.1
    max_gap_s: float | None = 0.5
    frames: int | None = None
    axes: Axes = "correct"
    filter: FilterName = "butterworth"
    cutoff_hz: float | None = DEFAULT_CUTOFF_HZ
    align_heading: bool = True
    normalize_bones: bool = True
    seed: int = 0
    precision: Precision = "32"
    out: Path | None = None

    def __post_init__(self) -> None:
        for name in ("data", "root", "out"):
            if getattr(self, name) is not None:  # a string does as well
                object.__setattr__(self, name, Path(getattr(self, name)))
        if self.layout is not None:
            object.__setattr__(self, "layout", str(self.layout))  # a path does as well
        object.__setattr__(self, "person", parse_person(self.person))  # a text does as well
        check_config(self, _CHOICES)
        if self.test_subjects or self.val_subjects:
            object.__setattr__(self, "split", "subject")

    @property
    def is_multimodal(self) -> bool:
        """Whether the network hears or reads: it is none of skeletons alone."""
        return self.model in OWN_MODALITIES

    @property
    def fuses_modalities(self) -> bool:
        """Whether it has several encoders."""
        return self.model in ("mdre", "sern", "sern-2s")

    @property
    def uses_vectors(self) -> bool:
        """Whether it is made in two phases, the second of which fuses the encoders' vectors."""
        return self.model in ("sern", "sern-2s")

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the network perceives."""
        return self.multimodal.modalities or OWN_MODALITIES.get(self.model, ("skeleton",))

    @property
    def skeleton_streams(self) -> tuple[Stream, ...]:
        """The streams of all its skeleton networks; none where it sees no skeleton."""
        if "skeleton" not in self.modalities:
            return ()
        return ("joint", "bone") if self.model == "sern-2s" else self.streams

    @property
    def has_one_length(self) -> bool:
        """Whether the network sees all clips at one number of frames."""
        return self.frames is not None or self.axes == "scrambled"

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams, of which each has a network of its own.

        Raises:
            RunError: If one is unknown, or is named twice.
        """
        named = "joint,bone" if self.stream == TWO_STREAMS else str(self.stream)
        streams = tuple(name.strip() for name in named.split(","))
        known = get_args(Stream)
        if not set(streams) <= set(known) or len(set(streams)) < len(streams):
            raise RunError(
                f"expected stream to be one of {known}, {TWO_STREAMS!r}, or several of them with "
                f"commas between, each once, but got {self.stream!r}"
            )
        return cast("tuple[Stream, ...]", streams)

    @property
    def single_stream(self) -> Stream:
        """The stream of a configuration of one network.

        Raises:
            RunError: If there are several.
        """
        if len(self.streams) > 1:
            raise RunError(f"expected the stream of one network, but got {self.stream!r}")
        return self.streams[0]

    def resolve_recipe(self) -> Recipe:
        """The recipe with this configuration's own settings in it."""
        recipe = choose_recipe(self.recipe, self.model, fine_tune=self.multimodal.fine_tune)
        return replace(
            recipe,
            epochs=recipe.epochs if self.epochs is None else self.epochs,
            batch_size=recipe.batch_size if self.batch_size is None else self.batch_size,
            learning_rate=(
                recipe.learning_rate if self.learning_rate is None else self.learning_rate
            ),
            checkpoint=recipe.checkpoint if self.checkpoint is None else self.checkpoint,
        )

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON types; paths are absolute, to hold in another folder too."""
        settings = {key: to_plain(value) for key, value in asdict(self).items()}
        del settings["multimodal"]
        if self.is_multimodal:
            settings["multimodal"] = self.multimodal.to_dict()
        if not self.require:
            del settings["require"]
        del settings["dataset_options"]
        if self.dataset_options.given:
            settings["dataset_options"] = self.dataset_options.to_dict()
        if self.layout is not None and is_layout_file(self.layout):
            settings["layout"] = str(Path(self.layout).resolve())
        return settings

    @classmethod
    def from_dict(cls, settings: Any) -> "TrainConfig":
        """The configuration that :meth:`to_dict` wrote.

        Raises:
            RunError: If a setting is unknown, of another type or out of range.
        """
        check_names(cls, settings, what="the settings of a run")
        values = dict(settings)
        for key in ("require", "test_subjects", "val_subjects"):
            values[key] = tuple(values.get(key, ()))
        if "multimodal" in values:
            values["multimodal"] = MultimodalSettings.from_dict(values["multimodal"])
        if "dataset_options" in values:
            values["dataset_options"] = DatasetOptions.from_dict(values["dataset_options"])
        try:
            return cls(**values)
        except TypeError as error:
            raise RunError(f"expected the settings of a run, but one is wrong ({error})") from error
