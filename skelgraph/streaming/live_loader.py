"""A live model for the frames of a source, with the lifter that it may need."""

from pathlib import Path

from skelgraph.config import LiveModelSettings
from skelgraph.errors import PoseError
from skelgraph.io import PoseFormat
from skelgraph.serving import load_run
from skelgraph.streaming.live_model import LiveModel
from skelgraph.streaming.online_lifter import OnlineLifter
from skelgraph.streaming.sources import Notices

_NO_LIFTER = "none"


def load_live_model(
    reference: str | Path,
    source: PoseFormat,
    settings: LiveModelSettings,
    *,
    lifter: str,
    lift_delay: int = 0,
    notices: Notices,
) -> tuple[LiveModel, OnlineLifter | None]:
    """Load a model for the frames of a source, and a lifter if they are of an image and it is not.

    Args:
        reference: The run, or the name of a model.
        source: Format of the frames.
        settings: How it answers.
        lifter: Name or run of a lifter, or ``none``.
        lift_delay: Number of frames that the lifter waits for.
        notices: Where persons who cannot be lifted are told of.

    Raises:
        SkelgraphError: If it cannot be loaded, or does not take such frames.
    """
    own_lifter = None
    predictor = load_run(reference, device=settings.device, for_inference=False)
    if source.num_dimensions == 2 and predictor.facts.num_dimensions == 3:
        if lifter == _NO_LIFTER:
            raise PoseError(
                f"{reference} takes positions in 3D as in its training, but the frames are those "
                f"of an image; leave out --lifter none"
            )
        own_lifter = OnlineLifter.load(
            lifter, source, notices, delay_frames=lift_delay, device=settings.device
        )
        source = own_lifter.format
    model = LiveModel.load(
        predictor,
        source_layout=source.layout,
        unit=source.unit,
        up=source.up,
        source_fps=source.fps,
        pooling=settings.pooling,
        memory_s=settings.memory_s,
        hop_s=settings.hop_s,
    )
    if model.num_dimensions != source.num_dimensions:
        raise PoseError(
            f"{reference} takes positions in {model.num_dimensions}D as in its training, but the "
            f"frames are in {source.num_dimensions}D"
        )
    return model, own_lifter
