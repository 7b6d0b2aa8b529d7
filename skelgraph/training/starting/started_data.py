"""What the source of the weights means for a training's clips: people it knows, and a few notes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from skelgraph.config import FEATURES, Stream, TrainConfig
from skelgraph.data import ClipSet
from skelgraph.errors import SplitError
from skelgraph.runs import RunDirectory
from skelgraph.training.starting.adoption import adopt_recorded, adopt_settings
from skelgraph.training.starting.known_people import describe_known_people, find_known_people
from skelgraph.training.starting.source import StartingPoint, read_source
from skelgraph.training.starting.start_file import read_kept_start

if TYPE_CHECKING:
    from skelgraph.training.prepared_data import PreparedData


def resolve_start(
    config: TrainConfig, *, resumed: RunDirectory | None = None
) -> tuple[TrainConfig, StartingPoint | None]:
    """Return the settings of a training with those of its source, and what it starts from.

    A run that is resumed has both in its own files: the source may be gone.

    Raises:
        SkelgraphError: If the source cannot be read.
    """
    if config.start.init_from is None:
        return config, None
    if resumed is not None:
        return adopt_recorded(config, resumed), read_kept_start(resumed)
    start = read_source(config.start.init_from)
    return adopt_settings(config, start), start


def start_from(data: "PreparedData", start: StartingPoint, config: TrainConfig) -> "PreparedData":
    """Return clips whose networks start from a source, with what is to be said of it.

    Raises:
        SplitError: If the source was trained on people who are tested, and leaks are not allowed.
    """
    clips, test = data.clips, data.split.test.tolist()
    leaks = find_leaks_of_start(start, clips, test)
    if not config.split.allow_leaks:
        refuse_leaks_of_start(leaks)
    inspection = replace(data.inspection, leaks=(*data.inspection.leaks, *leaks))
    if leaks:
        inspection = replace(inspection, tests="known people and recordings")
    people = describe_known_people(
        start.trained_on,
        source=start.source,
        data=clips.name,
        tested=[clips.subjects[clip] for clip in test],
    )
    told = _describe_weights(start, data.classes, config)
    return replace(
        data,
        start=replace(start, leaks=leaks),
        inspection=inspection,
        notes=(*data.notes, *people, *told),
    )


def find_leaks_of_start(
    start: StartingPoint, clips: ClipSet, test: Sequence[int]
) -> tuple[str, ...]:
    """Return a sentence for each way in which a source knows the clips of a test part."""
    return find_known_people(
        start.trained_on,
        source=start.source,
        data=clips.name,
        fingerprint=clips.fingerprint,
        tested=[clips.subjects[clip] for clip in test],
    )


def refuse_leaks_of_start(leaks: Sequence[str]) -> None:
    """Stop if the source of the weights knows who is tested.

    Raises:
        SplitError: If there are such leaks.
    """
    if leaks:
        raise SplitError(
            f"{'; '.join(leaks)}; test other people, start from a source that was trained without "
            f"them, or pass --allow-leaks to go on and have the leaks in all results"
        )


def _describe_weights(
    start: StartingPoint, classes: Sequence[str], config: TrainConfig
) -> Iterator[str]:
    """Yield lines that tell what is taken from the source."""
    streams: list[Stream] = [one for one in config.stream.names if one != FEATURES]
    for stream in streams if start.networks else ():
        facts = start.find(stream).facts
        head = "but for the classifier, which is new"
        if facts is not None and set(facts.classes) == set(classes):
            head = "the classifier's, too, since the classes are the same"
        elif facts is not None:
            head += f": its classes were {', '.join(facts.classes)}"
        yield f"the network of {stream} starts from the weights of {start.source}, {head}"
    if streams != list(config.stream.names):
        yield f"{FEATURES} are solved anew: they have no weights to start from"
    if config.start.freeze:
        first = "block stays" if config.start.freeze == 1 else f"{config.start.freeze} blocks stay"
        yield f"the first {first} as in the source"
