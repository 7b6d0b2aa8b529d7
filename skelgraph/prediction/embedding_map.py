"""A map of embeddings: each clip a point, near those whose vectors are alike."""

import warnings
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.config import MapSettings
from skelgraph.errors import RunError
from skelgraph.layouts import BLUE, FIGURE_SUFFIXES, GREEN, ORANGE, VERMILION, YELLOW
from skelgraph.prediction.file_embeddings import FileEmbeddings
from skelgraph.runs import Prediction
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST_POINTS = 5
"""Fewest clips of a map."""

_COLORS = (BLUE, ORANGE, GREEN, VERMILION, "#CC79A7", "#56B4E9", YELLOW, "#000000")
_UNKNOWN_COLOR = "#aaaaaa"
_MARKERS = "os^DvPX*<>hp"
_NEIGHBORS = 15


def plot_map(file: Path, embeddings: FileEmbeddings, settings: MapSettings | None = None) -> None:
    """Draw a map of embeddings: colors tell labels or predictions, markers tell subjects.

    Args:
        file: Figure to write: ``.png``, ``.pdf`` or ``.svg``.
        embeddings: The vectors and what is known of their clips.
        settings: How the map is made and colored.

    Raises:
        RunError: If the suffix is another one, there are fewer than five clips, no label is known
            but labels are to be shown, or UMAP is not installed.
    """
    from matplotlib.figure import Figure

    settings = settings or MapSettings()
    check_map_file(file)
    clips = embeddings.clips
    has_labels = any(one.label is not None for one in clips)
    if settings.color == "label" and not has_labels:
        raise RunError(f"{file}: no label is known to color the map by; pass --color prediction")
    by_label = has_labels if settings.color is None else settings.color == "label"
    places = project(embeddings.vectors, settings)
    figure = Figure(figsize=(7.2, 5.2), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    _draw_points(axes, places, clips, by_label=by_label)
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.set_anchor("W")
    name = {"tsne": "t-SNE", "umap": "UMAP"}[settings.projection]
    axes.set_title(f"{name} of {len(clips)} clips, distances without unit", fontsize=9, loc="left")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, bbox_inches="tight")


def project(vectors: FloatArray, settings: MapSettings) -> FloatArray:
    """Return a place (clips, 2) for each of some vectors (clips, D), near those that are alike.

    Numbers are standardized first, so that none counts more for its unit.

    Raises:
        RunError: If there are fewer than five vectors, or UMAP is not installed.
    """
    count = len(vectors)
    if count < FEWEST_POINTS:
        raise RunError(f"expected {FEWEST_POINTS} clips or more for a map, but got {count}")
    spread = vectors.std(axis=0)
    standard = (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1)
    if settings.projection == "umap":
        return _project_by_umap(standard, settings.seed)
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (count - 1) / 3)
    reducer = TSNE(perplexity=perplexity, init="pca", random_state=settings.seed)
    return np.asarray(reducer.fit_transform(standard), dtype=np.float64)


def check_map_file(file: Path) -> None:
    """Check that a figure can be written to a file, by its suffix.

    Raises:
        RunError: If it cannot.
    """
    if file.suffix.lower() not in FIGURE_SUFFIXES:
        raise RunError(f"{file}: expected a name that ends in {', '.join(FIGURE_SUFFIXES)}")


def _project_by_umap(vectors: FloatArray, seed: int) -> FloatArray:
    with warnings.catch_warnings():
        # That TensorFlow is missing matters to a form of UMAP that is not used here.
        warnings.filterwarnings("ignore", ".*Tensorflow not installed.*")
        # Few clips have no more eigenvectors than the dimensions of the map.
        warnings.filterwarnings("ignore", ".*k >= N.*")
        try:
            from umap import UMAP
        except ImportError as error:
            raise RunError(
                "a map by UMAP needs umap-learn, which is not installed: pip install "
                "'skelgraph[maps]'"
            ) from error
        neighbors = min(_NEIGHBORS, len(vectors) - 1)
        start = "spectral" if len(vectors) > _NEIGHBORS else "random"
        # A seed asks for one job.
        reducer = UMAP(n_neighbors=neighbors, random_state=seed, n_jobs=1, init=start)
        return np.asarray(reducer.fit_transform(vectors), dtype=np.float64)


def _draw_points(
    axes: "Axes", places: FloatArray, clips: Sequence[Prediction], *, by_label: bool
) -> None:
    """Draw the points, with a legend of colors and one of markers."""
    words = [one.label if by_label else one.prediction for one in clips]
    subjects = [one.subject for one in clips]
    colors = _assign_colors(words)
    markers = dict(zip(sorted({one for one in subjects if one}), cycle(_MARKERS), strict=False))
    for place, word, subject in zip(places, words, subjects, strict=True):
        axes.plot(
            *place,
            marker=markers.get(subject or "", "."),
            color=colors.get(word or "", _UNKNOWN_COLOR),
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.4,
            linestyle="none",
        )
    known = [*colors, *(["unknown"] if None in words else [])]
    handles = [
        axes.plot([], [], marker="o", linestyle="none", color=colors.get(word, _UNKNOWN_COLOR))[0]
        for word in known
    ]
    title = "label" if by_label else "prediction"
    columns = 1 + len(known) // 24
    first = axes.legend(
        handles,
        known,
        title=title,
        ncols=columns,
        fontsize=8,
        title_fontsize=8,
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        frameon=False,
    )
    if len(markers) < 2:
        return
    axes.add_artist(first)
    handles = [
        axes.plot([], [], marker=mark, linestyle="none", color=_UNKNOWN_COLOR)[0]
        for mark in markers.values()
    ]
    axes.legend(
        handles,
        list(markers),
        title="subject",
        fontsize=8,
        title_fontsize=8,
        loc="lower left",
        bbox_to_anchor=(1.01, 0),
        frameon=False,
    )


def _assign_colors(words: Sequence[str | None]) -> dict[str, str | tuple[float, ...]]:
    """Return a color for each word; from the ninth on they come from a circle of hues."""
    names = sorted({word for word in words if word is not None})
    if len(names) <= len(_COLORS):
        return dict(zip(names, _COLORS, strict=False))
    from matplotlib import colormaps

    return {
        name: tuple(colormaps["turbo"](number / (len(names) - 1)))
        for number, name in enumerate(names)
    }
