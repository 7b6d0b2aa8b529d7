"""The map of embeddings."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from skelgraph.config import MapSettings
from skelgraph.errors import RunError
from skelgraph.prediction import FileEmbeddings, plot_map, project
from skelgraph.runs import Prediction


def make(count: int = 12, labels: tuple[str | None, ...] = ("a", "b")) -> FileEmbeddings:
    """Two heaps of vectors, with the labels in turn."""
    rng = np.random.default_rng(0)
    numbers = np.arange(count) % 2
    return FileEmbeddings(
        clips=tuple(
            Prediction(
                name=f"clip {n}",
                label=labels[n % len(labels)],
                prediction="a",
                probabilities={"a": 1.0, "b": 0.0},
                subject=("ann", "bob", None)[n % 3],
            )
            for n in range(count)
        ),
        vectors=rng.normal(size=(count, 6)) + 9 * numbers[:, None],
        columns=tuple(f"bone.{n}" for n in range(6)),
        problems=(),
        notes=(),
    )


def test_like_vectors_are_near_each_other_and_a_seed_decides() -> None:
    vectors = make(24).vectors
    places = project(vectors, MapSettings())
    assert places.shape == (24, 2)
    first, second = places[::2], places[1::2]
    between = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    assert between > 1.5 * max(first.std(axis=0).max(), second.std(axis=0).max())
    np.testing.assert_array_equal(places, project(vectors, MapSettings()))
    np.testing.assert_allclose(project(vectors * 1000, MapSettings()), places, rtol=1e-3, atol=1e-2)


def test_colors_and_markers_have_legends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *args: object, **more: object) -> None:
        drawn.append(figure)
        save(figure, *args, **more)

    monkeypatch.setattr(Figure, "savefig", keep)
    plot_map(tmp_path / "maps" / "map.png", make(labels=("a", "b", None)))
    assert (tmp_path / "maps" / "map.png").read_bytes().startswith(b"\x89PNG")
    (axes,) = drawn[0].axes
    colors, markers = (
        [text.get_text() for text in legend.get_texts()]
        for legend in (*axes.artists, axes.get_legend())
    )
    assert colors == ["a", "b", "unknown"]
    assert markers == ["ann", "bob"]
    assert sum(len(line.get_xdata()) for line in axes.lines) == 12
    plot_map(tmp_path / "map.pdf", make(), MapSettings(color="prediction"))
    legend = drawn[1].axes[0].artists[0]
    assert [text.get_text() for text in legend.get_texts()] == ["a"]


def test_many_classes_have_colors_of_their_own(tmp_path: Path) -> None:
    labels = tuple(f"class {n:02}" for n in range(30))
    plot_map(tmp_path / "map.svg", make(30, labels))
    assert "class 29" in (tmp_path / "map.svg").read_text()


def test_what_makes_no_map_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match="expected 5 clips or more for a map, but got 4"):
        plot_map(tmp_path / "map.png", make(4))
    with pytest.raises(RunError, match=r"no label is known .* pass --color prediction"):
        plot_map(tmp_path / "map.png", make(labels=(None,)), MapSettings(color="label"))
    with pytest.raises(RunError, match=r"map.txt: expected a name that ends in .png, .pdf, .svg"):
        plot_map(tmp_path / "map.txt", make())
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(RunError, match=r"not installed: pip install 'skelgraph\[maps\]'"):
        plot_map(tmp_path / "map.png", make(), MapSettings(projection="umap"))


def test_umap_has_a_seed_and_no_more_neighbors_than_clips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    class Reducer:  # the real one compiles for a quarter of a minute
        def __init__(self, **settings: object) -> None:
            asked.append(settings)

        def fit_transform(self, vectors: np.ndarray) -> np.ndarray:
            return vectors[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Reducer))
    vectors = make(12).vectors
    places = project(vectors, MapSettings(projection="umap", seed=3))
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=1e-9)  # standardized
    np.testing.assert_allclose(places.std(axis=0), 1)
    project(make(40).vectors, MapSettings(projection="umap"))
    assert [(one["n_neighbors"], one["init"], one["random_state"]) for one in asked] == [
        (11, "random", 3),
        (15, "spectral", 0),
    ]
