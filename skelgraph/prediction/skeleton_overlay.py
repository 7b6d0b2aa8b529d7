"""Skeletons and labels, drawn on the pixels of a video's image.

Left is vermilion and right blue, as in all figures of skeletons. Lines and letters grow with the
image. Pillow draws at twice the size, which is reduced for smooth edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from skelgraph.layouts import MANY_JOINTS, JointLayout, color_sides
from skelgraph.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""

_SMOOTH = 2
_LINE, _TEXT = 0.004, 0.04
"""Width of a bone and height of a letter, in parts of the image's shorter side."""
_THINNEST_PX, _SMALLEST_PX = 1.5, 12.0
_LIGHT, _DARK = "#ffffff", "#000000"
_HEAD = 0.16
"""How far the top of a head is above its highest keypoint, in heights of the person."""
_MARGIN = 0.35
"""Room around the letters of a label, in their height."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What is written beside a person.

    Args:
        text: One line.
        color: Color of the plate behind it, as ``"#0072B2"``.
    """

    text: str
    color: str


class SkeletonOverlay:
    """Draw persons on images of one size.

    Args:
        size_px: Width and height of the images.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self.size_px = size_px
        shorter = min(size_px)
        self.line_px = max(_LINE * shorter, _THINNEST_PX)
        self.text_px = max(_TEXT * shorter, _SMALLEST_PX)

    def draw(
        self, pixels: Pixels, persons: Sequence[tuple[JointLayout, FloatArray, Label | None]]
    ) -> Pixels:
        """Return an image (height, width, 3) with skeletons, and labels above all of them.

        The persons are their layout, the places (V, 2) of their joints in pixels, NaN where one is
        missing, and their label. One of whom no joint is there is left out.
        """
        from PIL import Image  # few predictions draw

        image = Image.fromarray(pixels)
        plates: list[Box] = []
        shown = [one for one in persons if np.isfinite(one[1]).all(axis=1).any()]
        for layout, places, _ in shown:
            self._draw_skeleton(image, layout, places)
        for _, places, label in shown:
            if label is not None and label.text:
                plates.append(self._draw_label(image, label, places, plates))
        return np.asarray(image)

    def _draw_skeleton(self, image: "Image", layout: JointLayout, places: FloatArray) -> None:
        """Draw bones and joints with a white rim, which stands out from any ground."""
        from PIL import Image, ImageDraw

        there: BoolArray = np.asarray(np.isfinite(places).all(axis=1))
        width_px = self.line_px * (0.5 if layout.num_joints > MANY_JOINTS else 1.0)
        low = np.floor(places[there].min(axis=0) - 4 * width_px).clip(0, self.size_px)
        high = np.ceil(places[there].max(axis=0) + 4 * width_px).clip(0, self.size_px)
        size = (high - low).astype(int)
        if not size.all():  # all outside of the image
            return
        layer = Image.new("RGBA", tuple((_SMOOTH * size).tolist()), (255, 255, 255, 0))
        pen = ImageDraw.Draw(layer)
        points = [tuple(point) for point in (_SMOOTH * (places - low)).tolist()]
        colors = color_sides(layout)
        lines = [pair for pair in (*layout.bones, *layout.extra_edges) if there[list(pair)].all()]
        rim, bone = (round(_SMOOTH * times * width_px) for times in (2.0, 1.2))
        for color, width in ((_LIGHT, rim), (None, bone)):
            for child, parent in lines:
                ends = [points[child], points[parent]]
                pen.line(ends, fill=color or colors[child], width=max(width, 1))
            radius = 0.75 * width
            for joint in np.flatnonzero(there):
                pen.circle(points[joint], radius, fill=color or colors[joint])
        reduced = layer.reduce(_SMOOTH)
        image.paste(reduced, tuple(low.astype(int).tolist()), reduced)

    def _draw_label(
        self, image: "Image", label: Label, places: FloatArray, taken: Sequence[Box]
    ) -> Box:
        """Draw a label above a person, beside those that are taken; return where it is."""
        from PIL import ImageDraw

        font, pen = load_font(round(self.text_px)), ImageDraw.Draw(image)
        margin = _MARGIN * self.text_px
        width = pen.textlength(label.text, font=font) + 2 * margin
        height = self.text_px + 2 * margin
        box = self._place(places, width, height, taken)
        pen.rounded_rectangle(box, radius=margin, fill=label.color)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        pen.text(middle, label.text, font=font, fill=_contrast(label.color), anchor="mm")
        return box

    def _place(self, places: FloatArray, width: float, height: float, taken: Sequence[Box]) -> Box:
        """Return the box of a label: above the person, inside the image, on no other."""
        there = places[np.isfinite(places).all(axis=1)]
        low, high = there.min(axis=0), there.max(axis=0)
        left = float(np.clip((low[0] + high[0] - width) / 2, 0, max(self.size_px[0] - width, 0)))
        room = max(self.size_px[1] - height, 0)
        above_hair = low[1] - _HEAD * (high[1] - low[1])
        top = float(np.clip(above_hair - height, 0, room))
        for other in sorted(taken, key=lambda box: box[1]):
            beside = left + width <= other[0] or other[2] <= left
            apart = top + height <= other[1] or other[3] <= top
            if not (beside or apart):
                top = min(other[3] + self.line_px, room)
        return left, top, left + width, top + height


@cache
def load_font(size_px: int) -> "FreeTypeFont":
    """Return the bold font that matplotlib brings, which has letters of most alphabets."""
    import matplotlib
    from PIL import ImageFont

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return ImageFont.truetype(str(file), size_px)


def _contrast(color: str) -> str:
    """Return black or white, whichever is easier to read on a color (W3C's relative luminance)."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear: Any = np.array([red, green, blue]) ** 2.2
    return _DARK if float(linear @ [0.2126, 0.7152, 0.0722]) > 0.18 else _LIGHT
