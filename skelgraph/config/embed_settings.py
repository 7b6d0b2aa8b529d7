"""Settings of ``skelgraph embed``."""

from typing import Annotated, Literal

from skelgraph.config.choices import Index
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings

Projection = Literal["tsne", "umap"]
MapColor = Literal["label", "prediction"]


class MapSettings(Settings, frozen=True, kw_only=True):
    """Settings of the map of embeddings.

    Args:
        projection: How vectors get a place on the map: t-SNE, or UMAP with the extra maps.
        color: What colors tell.
        seed: Seed of the map.
    """

    projection: Projection = "tsne"
    color: Annotated[MapColor | None, Option(default="label if any is known, else prediction")] = (
        None
    )
    seed: Index = 0
