"""What may be said of a known dataset beside the folder in which it lies."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_args

from skelgraph.data.iemocap import DialogKind
from skelgraph.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class DatasetOptions:
    """Options of known datasets; each dataset says which it has.

    Args:
        skeletons: Folder of skeletons that were found in the dataset's videos.
        panes: Table of who is in which half of the picture, where it is not as usual.
        dialogs: ``"all"``, or the ``"improvised"`` or ``"scripted"`` ones alone.
        cut_at_colon: Whether a transcript ends before a colon in it.

    Raises:
        DatasetError: If the dialogs are none of these.
    """

    skeletons: Path | None = None
    panes: Path | None = None
    dialogs: DialogKind = "all"
    cut_at_colon: bool = False

    def __post_init__(self) -> None:
        for name in ("skeletons", "panes"):
            if getattr(self, name) is not None:  # a string does as well
                object.__setattr__(self, name, Path(getattr(self, name)))
        if self.dialogs not in get_args(DialogKind):
            raise DatasetError(
                f"expected dialogs of {', '.join(get_args(DialogKind))}, but got {self.dialogs!r}"
            )

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that are not as they are by default."""
        return tuple(
            field.name for field in fields(self) if getattr(self, field.name) != field.default
        )

    def to_dict(self) -> dict[str, Any]:
        """The options as plain JSON types; paths are absolute."""
        return {
            name: str(value.resolve()) if isinstance(value, Path) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, options: Any) -> "DatasetOptions":
        """The options that :meth:`to_dict` wrote.

        Raises:
            DatasetError: If one is unknown or wrong.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(options, Mapping) or not set(options) <= known:
            raise DatasetError(
                f"expected options of a dataset, {sorted(known)}, but got {options!r}"
            )
        return cls(**options)
