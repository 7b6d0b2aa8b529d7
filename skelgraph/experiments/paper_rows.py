"""The rows of the paper's comparisons, and the numbers that the paper has for them."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.config import (
    DEFAULT_CUTOFF_HZ,
    MODALITIES,
    FilterName,
    FusionSettings,
    FusionStrategy,
    Modality,
    ModelSettings,
    MultimodalSettings,
    TrainConfig,
)
from skelgraph.layouts import JointLayout

REFERENCE = "s-stgcn"
"""The row to which all others are compared."""

MODALITY_ROWS = {"Skeleton": "2s-c", "Audio": "are", "Text": "tre", "Multimodal": "sern-2s"}
"""The rows of Figure 10, the confusion matrices of each modality and of all, by their titles."""

CENTRAL_JOINT = "<central>"
"""Stands for the name of the skeleton's central joint, which depends on the layout."""

_REFERENCE_SETTINGS = {
    "stream": "joint",
    "model": ModelSettings(),
    "fusion": FusionSettings(),
    "multimodal": MultimodalSettings(),
}
"""Settings that belong to the rows, as the reference has them."""


@dataclass(frozen=True)
class PaperRow:
    """One row: a network that is trained, or trained rows whose scores are fused.

    Args:
        key: Short name, for ``--rows`` and folders.
        title: Name in the table.
        settings: Settings that it changes, by the names of the command's options.
        fusion: Fusion of the rows that ``fuses`` names; None for a network.
        fuses: Keys of the rows whose scores it fuses.
        encoders: Keys of the rows whose networks are its encoders.
        modalities: Modalities that its network takes; it is left out if no clip has one of them.
        lifted_after: Filter of the keypoints from which its recordings are lifted; None for the
            recordings themselves.
        paper: UAR and WAR in percent in the paper, on IEMOCAP; None if the paper has no such row.
    """

    key: str
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    _: KW_ONLY
    fusion: FusionStrategy | None = None
    fuses: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    modalities: tuple[Modality, ...] = ("skeleton",)
    lifted_after: FilterName | None = None
    paper: tuple[float, float] | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the rows that it needs."""
        return (*self.fuses, *self.encoders)

    @property
    def trains(self) -> bool:
        """Whether a network is trained for it."""
        return not self.fuses

    def configure(
        self,
        base: TrainConfig,
        layout: JointLayout,
        *,
        multimodal: MultimodalSettings | None = None,
        encoders: Sequence[Path] = (),
    ) -> TrainConfig:
        """Return the configuration of its training."""
        settings = dict(self.settings)
        if settings.get("center") == CENTRAL_JOINT:
            settings["center"] = find_central_joint(layout)
        if self.modalities != ("skeleton",):
            shared = multimodal or MultimodalSettings()
            settings["multimodal"] = shared.change(encoders=tuple(encoders))
        return base.change(**_REFERENCE_SETTINGS).change(**settings)


def find_central_joint(layout: JointLayout) -> str:
    """Return the joint, other than the center, with the smallest sum of distances to all joints.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> find_central_joint(UPPER10)
        'thorax'
    """
    others = [joint for joint in range(layout.num_joints) if joint != layout.center]
    return layout.joints[min(others, key=lambda joint: int(layout.distances_to(joint).sum()))]


_AS_LIFTED = {"filter": "none", "cutoff_hz": DEFAULT_CUTOFF_HZ}

_TWO_STREAMS = ("s-stgcn", "s-stgcn-bone")
_SPEECH = ("are", "tre")
_SPOKEN: tuple[Modality, ...] = ("audio", "text")

PAPER_ROWS: dict[str, PaperRow] = {
    row.key: row
    for row in (
        PaperRow("are", "ARE", {"model": "are"}, modalities=("audio",), paper=(59.7, 57.1)),
        PaperRow("tre", "TRE", {"model": "tre"}, modalities=("text",), paper=(65.9, 64.5)),
        PaperRow("resnet18", "ResNet18", {"model": "resnet18"}, paper=(55.3, 56.9)),
        PaperRow("st-gcn", "ST-GCN", {"model": "st-gcn"}, paper=(63.3, 63.7)),
        PaperRow("s-stgcn", "S-STGCN (joint)", paper=(68.4, 68.4)),
        PaperRow("s-stgcn-bone", "S-STGCN (bone)", {"stream": "bone"}, paper=(68.8, 68.9)),
        PaperRow("2s-a", "2s-S-STGCN-a", fusion="sum", fuses=_TWO_STREAMS, paper=(71.9, 72.3)),
        PaperRow("2s-c", "2s-S-STGCN-c", fusion="concat", fuses=_TWO_STREAMS, paper=(73.1, 72.5)),
        PaperRow("mdre", "MDRE", {"model": "mdre"}, modalities=_SPOKEN, paper=(72.0, 71.4)),
        PaperRow(
            "sern",
            "SERN",
            {"model": "sern"},
            encoders=(*_SPEECH, "s-stgcn"),
            modalities=MODALITIES,
            paper=(80.4, 80.0),
        ),
        PaperRow(
            "sern-2s",
            "SERN-2s",
            {"model": "sern-2s"},
            encoders=(*_SPEECH, *_TWO_STREAMS),
            modalities=MODALITIES,
            paper=(82.2, 82.3),
        ),
        PaperRow("no-gate", "S-STGCN without gate (eq. 10)", {"gate": False}, paper=(67.7, 67.3)),
        PaperRow("no-attention", "S-STGCN without attention", {"attention": False}),
        PaperRow("uniform", "S-STGCN, uniform partition", {"strategy": "uniform"}),
        PaperRow("distance", "S-STGCN, distance partition", {"strategy": "distance"}),
        PaperRow("center", "S-STGCN, partition from the central joint", {"center": CENTRAL_JOINT}),
        PaperRow("scrambled", "S-STGCN, scrambled axes", {"axes": "scrambled"}),
        PaperRow(
            "filtered",
            "S-STGCN, lifted from filtered keypoints",
            _AS_LIFTED,
            lifted_after="butterworth",
            paper=(68.4, 68.4),
        ),
        PaperRow(
            "unfiltered",
            "S-STGCN, lifted from unfiltered keypoints",
            _AS_LIFTED,
            lifted_after="none",
            paper=(66.5, 66.4),
        ),
    )
}
"""Tables 1 to 4 of Shi et al., Sensors 2021, 21, 205, and ablations.

``center`` counts the partition from the middle of the body, as the released code does, and
``scrambled`` reads the axes of a clip in the released code's wrong order. ``filtered`` and
``unfiltered`` are Table 2: the recordings are filmed by a virtual camera, found by a simulated pose
estimator and lifted to space, with and without a low-pass filter in between, and not filtered again
afterwards.
"""

ROW_GROUPS: dict[str, tuple[str, ...]] = {"filter": ("filtered", "unfiltered")}
"""Keys that stand for several rows."""

LIFTED_ROWS = tuple(row.key for row in PAPER_ROWS.values() if row.lifted_after is not None)
"""The rows that need a lifter."""
