"""What is done to recordings, as a transform of clips."""

from collections.abc import Callable
from functools import partial
from typing import Any

from skelgraph.data import ClipT, ClipTransform
from skelgraph.poses import PoseSequence, Preprocessing


class OnSequence(ClipTransform):
    """Apply a function of pose sequences to clips.

    So units, heading, filters, frame rates and layouts are transforms as well: the functions of
    :mod:`skelgraph.poses`, or one's own. They come before streams, whose numbers are no positions.

    Args:
        function: Takes a :class:`~skelgraph.poses.PoseSequence` and returns another one.
        options: Keyword arguments of the function.

    Raises:
        SkelgraphError: If the function cannot be applied to a clip.

    Example:
        >>> from skelgraph.poses import resample, smooth, to_meters
        >>> steps = [OnSequence(to_meters), OnSequence(smooth, cutoff_hz=6.0)]
        >>> steps
        [OnSequence(to_meters), OnSequence(smooth, cutoff_hz=6.0)]
    """

    def __init__(self, function: Callable[..., PoseSequence], **options: Any) -> None:
        self.function = partial(function, **options)

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip after the function."""
        return data.with_sequence(self.function(data.to_sequence()))

    def __repr__(self) -> str:
        function = self.function.func
        name = getattr(function, "__name__", type(function).__name__)
        options = [f"{key}={value!r}" for key, value in self.function.keywords.items()]
        return f"{type(self).__name__}({', '.join([name, *options])})"


class Preprocess(OnSequence):
    """Clean clips as a training does: all steps of :class:`skelgraph.poses.Preprocessing`.

    Args:
        preprocessing: The settings, perhaps with bone lengths that were fitted; by default those of
            ``skelgraph train``, but the clip's own layout.

    Example:
        >>> Preprocess(Preprocessing(layout="upper10", fps=30.0))
        Preprocess(layout=upper10, fps=30)
    """

    def __init__(self, preprocessing: Preprocessing | None = None) -> None:
        self.preprocessing = preprocessing or Preprocessing(fps=30.0)
        super().__init__(self.preprocessing.apply)

    def __repr__(self) -> str:
        layout, fps = self.preprocessing.layout, self.preprocessing.fps
        name = "own" if layout is None else layout.name
        return f"{type(self).__name__}(layout={name}, fps={'own' if fps is None else f'{fps:g}'})"
