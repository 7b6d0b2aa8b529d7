"""A picture or a short animation of an extraction, from the image to the skeleton."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.errors import ExtractionError
from skelgraph.extraction.preview_panels import Panel, make_panels
from skelgraph.extraction.video import probe_video, read_frames
from skelgraph.io import shorten
from skelgraph.layouts import BLUE, DARK, VERMILION
from skelgraph.poses import PoseSequence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PREVIEW_SUFFIXES = (".png", ".gif")

_COLUMNS = 5
_COLUMN_IN, _HEIGHT_IN, _GAP_IN, _TITLE_IN = 1.75, 3.4, 0.06, 0.42
_GIF_HZ, _GIF_FRAMES, _GIF_COLORS = 10.0, 80, 128
_DPI = {".png": 200, ".gif": 110}
_IMAGE_PX = {".png": 1280, ".gif": 720}
"""Longest side of the images, all of which are in memory."""
_NAME_PER_IN = 11.0
"""Letters of the title that fit into an inch, beside the rest of it."""


def check_preview(file: Path) -> None:
    """Check that a preview can be written to a file.

    Raises:
        ExtractionError: If its suffix is another.
    """
    if file.suffix.lower() not in PREVIEW_SUFFIXES:
        raise ExtractionError(
            f"{file}: expected a preview that ends in {' or '.join(PREVIEW_SUFFIXES)}"
        )


def draw_preview(
    keypoints: PoseSequence,
    skeleton: PoseSequence,
    file: Path,
    *,
    video: Path | None = None,
    size_px: tuple[float, float] | None = None,
) -> None:
    """Draw keypoints on the image, and the skeleton from the front and the side beside it.

    A PNG shows five frames from the first to the last in which somebody is there; a GIF the first
    eight seconds at up to ten frames per second. Without a video the keypoints are drawn on paper.
    The file's folder is made.

    Raises:
        ExtractionError: If the file is of another kind, nobody is there, or the video cannot be
            decoded.
    """
    check_preview(file)
    suffix = file.suffix.lower()
    seen = np.flatnonzero(skeleton.present.any(axis=1))
    if not len(seen):
        raise ExtractionError(f"{file}: there is nobody to draw in {skeleton.name!r}")
    step = math.ceil(skeleton.fps / _GIF_HZ)
    if suffix == ".gif":
        picks = list(range(int(seen[0]), int(seen[-1]) + 1, step))[:_GIF_FRAMES]
    else:
        evenly = np.linspace(0, len(seen) - 1, _COLUMNS).round().astype(int)
        picks = np.unique(seen[evenly]).tolist()
    images = {}
    if video is not None:
        opened = probe_video(video)
        size_px = (opened.width_px, opened.height_px)
        filmed = {frame for frame in picks if frame < opened.num_frames}
        found = read_frames(opened, picks=filmed, max_side_px=_IMAGE_PX[suffix])
        images = {image.number: image.pixels for image in found}
    panels = make_panels(keypoints, skeleton, size_px, images, picks)
    file.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".gif":
        _write_animation(panels, skeleton, picks, file, 1000 * step / skeleton.fps)
    else:
        _write_picture(panels, skeleton, picks, file)


def _write_picture(
    panels: list[Panel], skeleton: PoseSequence, picks: list[int], file: Path
) -> None:
    """Draw a column for each frame and a row for each panel."""
    heights = [_COLUMN_IN / panel.aspect for panel in panels]
    size = (_COLUMN_IN * len(picks) + 0.3, sum(heights) + _TITLE_IN + 0.25)
    figure = _make_figure(size, file)
    grid = figure.subplots(len(panels), len(picks), squeeze=False, height_ratios=heights)
    for row, panel in enumerate(panels):
        for column, frame in enumerate(picks):
            axes: Axes = grid[row, column]
            panel.draw(axes, frame)
            if column == 0:
                axes.set_ylabel(panel.title, fontsize=6, color=DARK)
            if row == 0:
                axes.set_title(f"{frame / skeleton.fps:.2f} s", fontsize=6, color=DARK, pad=3)
    _add_title(figure, skeleton)
    figure.savefig(file)


def _write_animation(
    panels: list[Panel], skeleton: PoseSequence, picks: list[int], file: Path, duration_ms: float
) -> None:
    """Draw a row of panels for each frame."""
    from PIL import Image

    widths = [_HEIGHT_IN * panel.aspect for panel in panels]
    figure = _make_figure((sum(widths) + 0.3, _HEIGHT_IN + _TITLE_IN + 0.2), file)
    row = figure.subplots(1, len(panels), squeeze=False, width_ratios=widths)[0]
    _add_title(figure, skeleton)
    clock = figure.text(0.99, 0.99, "", ha="right", va="top", fontsize=7, color=DARK)
    images = []
    for frame in picks:
        for axes, panel in zip(row, panels, strict=True):
            axes.clear()
            panel.draw(axes, frame)
            axes.set_title(panel.title, fontsize=6, color=DARK, pad=3)
        clock.set_text(f"{frame / skeleton.fps:.2f} s")
        figure.canvas.draw()
        figure.set_layout_engine("none")  # it has placed the panels, and is slow
        drawn = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")  # type: ignore[attr-defined]
        images.append(drawn.quantize(_GIF_COLORS, dither=Image.Dither.NONE))
    images[0].save(
        file, save_all=True, append_images=images[1:], duration=round(duration_ms), loop=0
    )


def _make_figure(size_in: tuple[float, float], file: Path) -> "Figure":
    # Imported here, since few who extract a skeleton draw it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size_in, dpi=_DPI[file.suffix.lower()], layout="constrained")
    FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        room = _TITLE_IN / size_in[1]
        engine.set(  # type: ignore[call-arg]
            w_pad=_GAP_IN / 2, h_pad=_GAP_IN / 2, wspace=0, hspace=0, rect=(0, 0, 1, 1 - room / 2)
        )
    return figure


def _add_title(figure: "Figure", skeleton: PoseSequence) -> None:
    """Write name and numbers at the left, and a legend of the colors at the right."""
    kind = "in space" if skeleton.num_dimensions == 3 else "in the image"
    facts = f"{skeleton.layout.name} {kind}, {skeleton.fps:g} frames/s"
    room = round(figure.get_figwidth() * _NAME_PER_IN) - len(facts)
    name = shorten(skeleton.name, max(room, 8))
    figure.text(0.01, 0.99, f"{name}: {facts}", color=DARK, fontsize=7, va="top")
    inch = 1 / figure.get_figwidth()
    for text, color, place in (("left", VERMILION, 1.25), ("right", BLUE, 0.9)):
        figure.text(1 - place * inch, 0.99, text, color=color, fontsize=7, va="top")
