"""Options of known datasets, beside their folder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from skelgraph.errors import DatasetError

DialogKind = Literal["all", "improvised", "scripted"]


@dataclass(frozen=True, kw_only=True)
class DatasetOptions:
    """Options of known datasets; each dataset supports some of them.

    Args:
        skeletons: Folder of the skeletons that were extracted from the dataset's videos.
        panes: Table of the dialogs whose actors are not in the usual halves of the picture.
        dialogs: ``"all"``, or only the ``"improvised"`` or ``"scripted"`` ones.
        cut_at_colon: Whether to cut a transcript at the first colon in it.

    Raises:
        DatasetError: If ``dialogs`` is none of these.
    """

    skeletons: Path | None = None
    panes: Path | None = None
    dialogs: DialogKind = "all"
    cut_at_colon: bool = False

    def __post_init__(self) -> None:
        for name in ("skeletons", "panes"):
            if getattr(self, name) is not None:  # may be a string
                object.__setattr__(self, name, Path(getattr(self, name)))
        if self.dialogs not in get_args(DialogKind):
            raise DatasetError(
                f"expected dialogs of {', '.join(get_args(DialogKind))}, but got {self.dialogs!r}"
            )

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that differ from their defaults."""
        return tuple(
            field.name for field in fields(self) if getattr(self, field.name) != field.default
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain JSON types; paths are absolute."""
        return {
            name: str(value.resolve()) if isinstance(value, Path) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, options: Any) -> "DatasetOptions":
        """Restore the options from the result of :meth:`to_dict`.

        Raises:
            DatasetError: If an option is unknown or wrong.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(options, Mapping) or not set(options) <= known:
            raise DatasetError(
                f"expected options of a dataset, {sorted(known)}, but got {options!r}"
            )
        return cls(**options)
