"""The settings of an extraction."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.data import remembered_fingerprint
from skelgraph.extraction.estimator_options import EstimatorName, EstimatorOptions
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.lifting import Space
from skelgraph.poses import FilterName, Person


@dataclass(frozen=True, kw_only=True)
class ExtractConfig:
    """The settings of all stages; each can be left out.

    Args:
        estimator: Name of the 2D estimator; see :func:`choose_estimator` for the choice without it.
        options: How the estimators of videos are run.
        layout: Layout of keypoint files that do not tell it.
        fps: Frames per second of keypoint files that do not tell them.
        size_px: Width and height of the image of keypoint files, where no video tells them. Lifting
            needs them.
        person: Which persons are taken.
        min_confidence: Keypoints of less confidence are missing; None takes all.
        max_gap_s: Longest gap of a keypoint that is interpolated, in seconds; None fills none.
        filter: Filter over time, of :func:`skelgraph.poses.smooth`.
        cutoff_hz: Cutoff of the Butterworth filter.
        lifter: What :func:`load_lifter` loads; None leaves the keypoints in the image.
        lifter_layout: Layout of the keypoints of a lifter that does not tell it.
        space: Whose axes lifted joints have.
        average_flip: Whether the mirror image is lifted too.
        fix_bones: Whether each bone of a lifted recording gets its median length.
        to: Layout of the result; None keeps that of the stage before.
        use_cache: Whether what was estimated and lifted before is taken from the cache.
    """

    estimator: EstimatorName | None = None
    options: EstimatorOptions = field(default_factory=EstimatorOptions)
    layout: JointLayout | None = None
    fps: float | None = None
    size_px: tuple[float, float] | None = None
    person: Person = "main"
    min_confidence: float | None = 0.1
    max_gap_s: float | None = 0.5
    filter: FilterName = "butterworth"
    cutoff_hz: float = 6.0
    lifter: Path | None = None
    lifter_layout: JointLayout = COCO17
    space: Space = "world"
    average_flip: bool = True
    fix_bones: bool = False
    to: JointLayout | None = UPPER10
    use_cache: bool = True

    def settings(self) -> dict[str, Any]:
        """Return all that the result depends on except the source, as plain values."""
        lifter = self.lifter
        return {
            "estimator": self.estimator,
            "options": {name: str(value) for name, value in asdict(self.options).items()},
            "layout": None if self.layout is None else self.layout.to_dict(),
            "fps": self.fps,
            "size_px": None if self.size_px is None else list(self.size_px),
            "person": self.person,
            "min_confidence": self.min_confidence,
            "max_gap_s": self.max_gap_s,
            "filter": self.filter,
            "cutoff_hz": self.cutoff_hz,
            "lifter": None if lifter is None else _fingerprint_lifter(lifter),
            "lifter_layout": self.lifter_layout.name,
            "space": self.space,
            "average_flip": self.average_flip,
            "fix_bones": self.fix_bones,
            "to": None if self.to is None else self.to.to_dict(),
        }


def _fingerprint_lifter(lifter: Path) -> str:
    """Return a digest of a checkpoint, or of the lifter in a run directory."""
    run = [lifter / "config.json", *sorted(lifter.glob("checkpoints/*.ckpt"))]
    return remembered_fingerprint(lifter, run if lifter.is_dir() else [lifter])
