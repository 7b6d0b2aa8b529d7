"""The settings of an extraction."""

import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.config import EstimatorName, ExtractSettings, FilterName, Person, Space
from skelgraph.data import remembered_fingerprint
from skelgraph.errors import ExtractionError
from skelgraph.extraction.estimator_options import EstimatorOptions
from skelgraph.layouts import COCO17, UPPER10, JointLayout, get_layout
from skelgraph.runs import find_run

_USUAL = ExtractSettings()


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
        device: Where a lifter computes.
    """

    estimator: EstimatorName | None = None
    options: EstimatorOptions = field(default_factory=EstimatorOptions)
    layout: JointLayout | None = None
    fps: float | None = None
    size_px: tuple[float, float] | None = None
    person: Person = _USUAL.person
    min_confidence: float | None = _USUAL.min_confidence
    max_gap_s: float | None = _USUAL.max_gap_s
    filter: FilterName = _USUAL.filter
    cutoff_hz: float = _USUAL.cutoff_hz
    lifter: Path | None = None
    lifter_layout: JointLayout = COCO17
    space: Space = _USUAL.space
    average_flip: bool = _USUAL.flip
    fix_bones: bool = _USUAL.fix_bones
    to: JointLayout | None = UPPER10
    use_cache: bool = _USUAL.cache
    device: str = _USUAL.device

    def settings(self) -> dict[str, Any]:
        """Return all that the result depends on except the source, as plain values."""
        lifter, layout, to = self.lifter, self.layout, self.to
        stages = ("person", "min_confidence", "max_gap_s", "filter", "cutoff_hz")
        return {
            "estimator": self.estimator,
            "options": {name: str(value) for name, value in asdict(self.options).items()},
            "layout": None if layout is None else layout.to_dict(),
            "fps": self.fps,
            "size_px": None if self.size_px is None else list(self.size_px),
            **{name: getattr(self, name) for name in stages},
            "lifter": None if lifter is None else _fingerprint_lifter(lifter),
            "lifter_layout": self.lifter_layout.name,
            "space": self.space,
            "average_flip": self.average_flip,
            "fix_bones": self.fix_bones,
            "to": None if to is None else to.to_dict(),
        }


def configure_extraction(settings: ExtractSettings) -> ExtractConfig:
    """Return the configuration that the settings of the command ask for.

    Raises:
        LayoutError: If a layout is unknown.
        ExtractionError: If the arguments of AlphaPose cannot be split, or the size is none.
    """
    usual, own = EstimatorOptions(), settings.estimators
    if len(settings.size_px) not in (0, 2):
        raise ExtractionError(
            f"--size: expected a width and a height like 1920x1080, but got {settings.size_px}"
        )
    try:
        arguments = tuple(shlex.split(own.alphapose_args))
    except ValueError as error:
        raise ExtractionError(f"--alphapose-args: {error}") from error
    width_height = settings.size_px
    return ExtractConfig(
        estimator=settings.estimator,
        options=EstimatorOptions(
            alphapose_root=own.alphapose_root,
            alphapose_config=own.alphapose_config or usual.alphapose_config,
            alphapose_checkpoint=own.alphapose_checkpoint or usual.alphapose_checkpoint,
            alphapose_python=own.alphapose_python or usual.alphapose_python,
            alphapose_arguments=arguments,
            pose_model=own.pose_model,
            detector=own.detector,
            max_persons=own.max_persons,
        ),
        layout=None if settings.layout is None else get_layout(settings.layout),
        fps=settings.fps,
        size_px=(width_height[0], width_height[1]) if width_height else None,
        person=settings.person,
        min_confidence=settings.min_confidence,
        max_gap_s=settings.max_gap_s,
        filter=settings.filter,
        cutoff_hz=settings.cutoff_hz,
        lifter=None if settings.lifter in (None, Path("none")) else settings.lifter,
        lifter_layout=get_layout(settings.lifter_layout),
        space=settings.space,
        average_flip=settings.flip,
        fix_bones=settings.fix_bones,
        to=None if settings.to == "same" else get_layout(settings.to),
        use_cache=settings.cache,
        device=settings.device,
    )


def _fingerprint_lifter(lifter: Path) -> str:
    """Return a digest of a checkpoint, or of the lifter in a run directory or model folder."""
    if not lifter.is_file():
        lifter = find_run(lifter).path
    run = [lifter / "config.json"]
    run += [*sorted(lifter.glob("checkpoints/*.ckpt")), *lifter.glob("weights.safetensors")]
    return remembered_fingerprint(lifter, run if lifter.is_dir() else [lifter])
