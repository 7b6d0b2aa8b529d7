"""Settings declared once: a field with its type and default, and a line of the docstring.

From it come the check, the command's option with its choices, range, default and help, and the JSON
form. Decoding and checks are msgspec's, which imports in a few milliseconds and checks annotations
that a type checker reads too; the sentence around its error is ours.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, Self, cast

import msgspec

from skelgraph.config.setting import Setting, read_setting
from skelgraph.errors import RunError


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all settings: frozen values that are checked when they are made."""

    def __post_init__(self) -> None:
        """Check each setting, and which go together."""
        for setting in list_settings(type(self)):
            value = getattr(self, setting.name)
            checked = setting.check(value)
            if checked is not value:
                msgspec.structs.force_setattr(self, setting.name, checked)
        self.check_together()

    def check_together(self) -> None:
        """Check which settings go with which others; for subclasses to override."""

    def check_paths(self) -> None:
        """Check that the files and folders that must exist do, before anything is read.

        Raises:
            RunError: If one is missing.
        """
        for setting in list_settings(type(self)):
            value = getattr(self, setting.name)
            if setting.section is None:
                setting.check_path(value)
            else:
                value.check_paths()

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Return settings from values by their keys, whatever section they are in.

        Args:
            values: Values by the names of the command's options, such as ``batch_size=8``; paths
                may be text, and a tuple may be text with commas.

        Raises:
            RunError: If a key is unknown, or a value is wrong.
        """
        return cls().change(**values)

    def change(self, **values: Any) -> Self:
        """Return a copy with other values; see :meth:`of`."""
        left = dict(values)
        changed = self._take(left)
        if left:
            known = [setting.key for setting in iterate_settings(type(self))]
            near = [match for name in left for match in get_close_matches(name, known, n=1)]
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise RunError(f"unknown settings {sorted(left)}{hint}")
        return changed

    def flatten(self) -> dict[str, Any]:
        """Return all values by their keys."""
        flat: dict[str, Any] = {}
        for setting in list_settings(type(self)):
            value = getattr(self, setting.name)
            flat |= value.flatten() if setting.section else {setting.key: value}
        return flat

    def list_changed(self) -> tuple[str, ...]:
        """Return the keys of the settings that do not have their defaults."""
        defaults = {setting.key: setting.default for setting in iterate_settings(type(self))}
        return tuple(key for key, value in self.flatten().items() if value != defaults[key])

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; paths are absolute, to hold in another folder too."""
        text = msgspec.json.encode(self, enc_hook=_encode_path)
        return cast("dict[str, Any]", msgspec.json.decode(text))

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Return the settings that :meth:`to_dict` wrote.

        Raises:
            RunError: If a setting is unknown, of another type or out of range.
        """
        if not isinstance(values, Mapping):
            raise RunError(f"expected settings, but got {values!r}")
        sections = {setting.name: setting.section for setting in list_settings(cls)}
        if unknown := sorted(values.keys() - sections):
            raise RunError(
                f"unknown settings {unknown}: they are of another version of skelgraph; make the "
                f"run again with this one"
            )
        return cls(
            **{
                name: value if (section := sections[name]) is None else section.from_dict(value)
                for name, value in values.items()
            }
        )

    def _take(self, values: dict[str, Any]) -> Self:
        """Return a copy with those values that are its own, which are taken out of the others."""
        own: dict[str, Any] = {}
        for setting in list_settings(type(self)):
            old = getattr(self, setting.name)
            if setting.section is None:
                if setting.key in values:
                    own[setting.name] = values.pop(setting.key)
            elif isinstance(values.get(setting.key), setting.section):
                own[setting.name] = values.pop(setting.key)
            elif (new := old._take(values)) is not old:
                own[setting.name] = new
        return msgspec.structs.replace(self, **own) if own else self


@cache
def list_settings(section: type[Settings]) -> tuple[Setting, ...]:
    """Return the settings of a section, in their order."""
    described = {
        name: " ".join(text.split())
        for name, text in re.findall(
            r"^    (\w+): (.*(?:\n {8}.*)*)", cleandoc(section.__doc__ or ""), flags=re.MULTILINE
        )
    }
    return tuple(
        read_setting(field, described.get(field.name, ""))
        for field in msgspec.structs.fields(section)
    )


def iterate_settings(section: type[Settings]) -> Iterator[Setting]:
    """Yield the settings of a section and of all sections nested in it."""
    for setting in list_settings(section):
        if setting.section is None:
            yield setting
        else:
            yield from iterate_settings(setting.section)


def _encode_path(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value.resolve())
    raise NotImplementedError
