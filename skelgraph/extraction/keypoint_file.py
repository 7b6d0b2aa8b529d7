"""Keypoints that exist already, in a file of any readable format."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from skelgraph.data import Progress
from skelgraph.errors import ExtractionError
from skelgraph.extraction.estimator import Estimate
from skelgraph.extraction.video import Video
from skelgraph.io import open_recording
from skelgraph.layouts import JointLayout


@dataclass(frozen=True, kw_only=True)
class KeypointFileEstimator:
    """Read keypoints that another program has estimated.

    Args:
        layout: Layout of files that do not tell it.
        fps: Frames per second of files that do not tell it.
        size_px: Width and height of the image, which the files do not tell.
        video: The video whose keypoints they are; it tells frame rate and size.
    """

    layout: JointLayout | None = None
    fps: float | None = None
    size_px: tuple[float, float] | None = None
    video: Video | None = None

    name: ClassVar[str] = "file"

    def settings(self) -> Mapping[str, object]:
        """Return layout, frame rate and size."""
        layout = None if self.layout is None else self.layout.to_dict()
        return {"layout": layout, "fps": self.fps, "size_px": self.size_px}

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Read the persons of a file.

        Raises:
            FormatError: If it cannot be read.
            ExtractionError: If nobody is in it.
        """
        video = self.video
        fps = self.fps or (None if video is None else video.fps)
        recording = open_recording(source)
        persons, _ = recording.read_with_hints(layout=self.layout, fps=fps)
        if not persons:
            raise ExtractionError(f"{source}: expected a person, but nobody is there")
        size_px, notes = self.size_px, [f"format {recording.format}"]
        if video is not None:
            size_px = size_px or (video.width_px, video.height_px)
            if persons[0].num_frames != video.num_frames:
                notes.append(
                    f"it has {persons[0].num_frames} frames, and {video.path} has "
                    f"{video.num_frames}"
                )
        name = source.name if source.is_dir() else source.stem
        named = [replace(person, name=name) for person in persons]
        return Estimate(persons=tuple(named), size_px=size_px, notes=tuple(notes))
