"""The records of a run without local paths and without names of clips and people, to be given away.

Only entries that are known are taken. People of a dataset that skelgraph knows by name keep the
names that the dataset published; those of other data get numbers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from skelgraph.config import LAYOUT_SUFFIXES, LiftConfig, Settings, TrainConfig, iterate_settings
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.runs.run_directory import LIFTER_KIND

SomeSettings = TypeVar("SomeSettings", bound=Settings)

_FACTS = (
    *("kind", "recipe", "classes", "channels", "longest", "preprocessing", "layouts", "protocol"),
    *("versions", "fusion", "in_channels", "parameters"),
)
_PEOPLE = ("subjects", "test_subjects", "val_subjects", "test_recordings")
_OF_START = ("freeze", "layer_decay")
"""Settings that are nothing without the file from which a training starts."""

_TEXTS = ("protocol", "tests", "leaks", "data_note", "note", "fitted_on")
_RESULTS = (
    *(field.name for field in msgspec.structs.fields(ClassificationMetrics)),
    *(*_TEXTS, "fusion", "seeds", "validation", "checkpoint"),
)


@dataclass(frozen=True, kw_only=True)
class Pseudonyms:
    """Numbers in place of the names in a run's ``split.csv``."""

    numbers: Mapping[str, str]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], *, keep_people: bool) -> Self:
        """Return numbers for clips, recordings and, unless they are kept, subjects."""
        numbers: dict[str, str] = {}
        kinds = {"name": "clip", "recording": "recording", "subject": "person"}
        for column, kind in kinds.items():
            names = sorted({row.get(column) or "" for row in rows} - {""})
            if column != "subject" or not keep_people:
                numbers |= {name: f"{kind} {number}" for number, name in enumerate(names, start=1)}
            else:
                numbers |= {name: name for name in names}
        return cls(numbers=numbers)

    def replace(self, text: Any) -> Any:
        """Return a text, or a list of texts, with numbers for the names in it."""
        if not isinstance(text, str):
            return [self.replace(line) for line in text]
        if text in self.numbers:
            return self.numbers[text]
        found = sorted((name for name in self.numbers if name in text), key=len, reverse=True)
        if not found:
            return text
        pattern = rf"(?<!\w)({'|'.join(map(re.escape, found))})(?!\w)"
        return re.sub(pattern, lambda match: self.numbers[match[1]], text)


def publish_config(contents: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Return the contents of a run's ``config.json`` for a model folder.

    Raises:
        RunError: If its settings are damaged or of another version.
    """
    published = {key: contents[key] for key in _FACTS if key in contents}
    if "protocol" in published:
        published["protocol"] = names.replace(published["protocol"])
    data = contents.get("data", {})
    published["data"] = {key: data[key] for key in ("name", "fingerprint") if key in data}
    if "start" in contents:  # whose weights it started from, without names
        before = contents["start"].get("trained_on", ())
        published["start"] = {"trained_on": [{**one, "subjects": []} for one in before]}
    if "config" in contents:
        is_lifter = contents.get("kind") == LIFTER_KIND
        settings = (LiftConfig if is_lifter else TrainConfig).from_dict(contents["config"])
        published["config"] = leave_out_places(settings).to_dict()
    return published


def publish_results(
    results: Mapping[str, Any], names: Pseudonyms, *, is_lifter: bool = False
) -> dict[str, Any]:
    """Return the contents of a run's ``metrics.json`` for a model folder."""
    published: dict[str, Any] = {}
    for key, value in results.items():
        if key in _TEXTS:
            published[key] = names.replace(value)
        elif key == "validation":
            published[key] = publish_results(value, names)
        elif key == "per_subject":
            published[key] = {names.replace(name): scores for name, scores in value.items()}
        elif key == "fusion":
            compared = {Path(name).name: scores for name, scores in value["compared"].items()}
            published[key] = {**value, "compared": compared}
        elif is_lifter or key in _RESULTS:
            published[key] = value
    return published


def leave_out_places(settings: SomeSettings) -> SomeSettings:
    """Return settings with the defaults of those that name files, devices or people."""
    values = settings.flatten()
    usual = {setting.key: setting.default for setting in iterate_settings(type(settings))}
    personal = [key for key, value in values.items() if key in _PEOPLE or _is_place(value)]
    with_them = _OF_START if "init_from" in personal else ()
    return settings.change(**{key: usual[key] for key in (*personal, *with_them, "device")})


def _is_place(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_is_place, value))
    if isinstance(value, str):
        return value.endswith(LAYOUT_SUFFIXES) or Path(value).is_absolute()
    return isinstance(value, Path)
