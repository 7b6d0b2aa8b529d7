"""What a run of a trained network says of itself in its ``config.json``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from skelgraph.config import Channels, TrainConfig
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.layouts import JointLayout
from skelgraph.poses import Preprocessing
from skelgraph.runs.run_directory import RunDirectory


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What prediction needs of a run, beside its weights.

    ``longest`` are the frames of the longest clip of its data. ``layouts`` are those of its clips,
    the most frequent one first; there is one unless each clip kept its own. ``transform`` is what a
    user's own transform is called, if there was one, and ``in_channels`` are those of its network.
    """

    config: TrainConfig
    preprocessing: Preprocessing
    layouts: tuple[JointLayout, ...]
    classes: tuple[str, ...]
    channels: Channels
    data_fingerprint: str
    data_name: str
    longest: int
    transform: str | None = None
    in_channels: int | None = None

    @property
    def is_mixed(self) -> bool:
        """Whether each clip keeps its own skeleton."""
        return self.preprocessing.layout is None

    @property
    def layout(self) -> JointLayout:
        """The layout of all clips; of mixed ones, the most frequent."""
        return self.layouts[0]

    @property
    def num_dimensions(self) -> int:
        """Coordinates of a joint of the recordings that it takes."""
        return 3 if self.channels == "xyz" else 2


def parse_facts(run: RunDirectory, contents: Mapping[str, Any]) -> RunFacts:
    """Return the facts in the contents of a run's ``config.json``.

    Raises:
        RunError: If they are incomplete, damaged or of another version.
    """
    with blame_config(run):
        preprocessing = Preprocessing.from_dict(contents["preprocessing"])
        classes = tuple(str(name) for name in contents["classes"])
        layouts = tuple(map(JointLayout.from_dict, contents.get("layouts", ())))
        if preprocessing.layout is not None:
            layouts = (preprocessing.layout,)
        if len(classes) < 2 or not layouts:
            raise RunError("there are no classes, or there is no layout")
        channels: dict[str, Channels] = {"xy": "xy", "xyc": "xyc", "xyz": "xyz"}
        return RunFacts(
            config=TrainConfig.from_dict(contents["config"]),
            preprocessing=preprocessing,
            layouts=layouts,
            classes=classes,
            channels=channels[contents["channels"]],
            data_fingerprint=str(contents["data"]["fingerprint"]),
            data_name=str(contents["data"]["name"]),
            longest=int(contents["longest"]),
            transform=contents.get("transform"),
            in_channels=contents.get("in_channels"),
        )


@contextmanager
def blame_config(run: RunDirectory) -> Iterator[None]:
    """Report whatever goes wrong inside as damage of the run's ``config.json``."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, SkelgraphError) as error:
        raise RunError(
            f"{run.config_file}: expected the settings of a run, but they are incomplete or "
            f"damaged ({error})"
        ) from error
