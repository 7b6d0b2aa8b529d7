"""Settings declared once: default, range, choices and help, the check, and the JSON form.

Decoding and checks are msgspec's, whose import costs a few milliseconds and which checks
annotations that a type checker reads too; the sentence around its error is ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from inspect import cleandoc
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from skelgraph.errors import RunError


def about(
    description: str,
    *,
    key: str | None = None,
    flag: str | None = None,
    metavar: str | None = None,
    default: str | None = None,
    repeated: bool = False,
    short: Mapping[str, str] | None = None,
    flag_value: str | None = None,
    in_command: bool = True,
) -> Meta:
    """Describe a setting, to be put beside its type in ``Annotated``.

    Args:
        description: Help of the option and line of the docstring.
        key: Name of the setting outside of its section; the field's own if not given.
        flag: Names of the option, such as ``"--fine-tune/--freeze"``; made of the key if not given.
        metavar: Placeholder of its value in the help.
        default: Description of the default in the help, if it is decided later.
        repeated: Whether each value of a tuple has an option of its own and no commas.
        short: Values that stand for others.
        flag_value: Value if the option is given without one.
        in_command: Whether the command has an option for it.
    """
    extra = {
        **{"key": key, "flag": flag, "metavar": metavar, "default": default},
        **{"repeated": repeated, "short": dict(short or {}), "in_command": in_command},
        "flag_value": flag_value,
    }
    return Meta(description=description, extra=extra)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The declaration of one setting; :func:`list_settings` reads it from its section.

    Args:
        name: Name of the field.
        key: Name outside of its section.
        annotation: Type with constraints, as msgspec checks it.
        kind: The bare type of the value, or of a tuple's elements.
        is_optional: Whether it may be None.
        is_tuple: Whether it holds several values.
        choices: All values of a ``Literal``; empty if there is no such list.
        limits: Constraints of a number: some of ``ge``, ``gt``, ``le`` and ``lt``.
        default: Value if none is given.
        section: Settings nested in it.
        description: Help of the option and line of the docstring.
        extra: The other arguments of :func:`about`.
    """

    name: str
    key: str
    annotation: Any
    kind: Any
    is_optional: bool
    is_tuple: bool
    choices: tuple[Any, ...]
    limits: Mapping[str, float]
    default: Any
    section: "type[Settings] | None"
    description: str
    extra: Mapping[str, Any]

    def check(self, value: Any) -> Any:
        """Return a value in the setting's type.

        Raises:
            RunError: If it is of another type, none of the choices, or out of range.
        """
        prepared = self._split(value) if self.is_tuple else value
        if self.kind is str and isinstance(value, Path):
            prepared = str(value)
        elif self.kind is int and self.choices and isinstance(value, str) and value.isdigit():
            prepared = int(value)
        is_text = self.is_tuple and isinstance(value, str)
        try:
            checked = msgspec.convert(
                prepared, self.annotation, dec_hook=_decode_path, strict=not is_text
            )
        except (msgspec.ValidationError, NotImplementedError) as error:
            raise self._refuse(value) from error
        if self.is_tuple and self.choices and len(set(checked)) < len(checked):
            raise self._refuse(value)
        return checked

    def expect(self) -> str:
        """Describe the values that it takes, to follow "expected NAME"."""
        if self.choices and self.kind is int:
            return f"to be one of {self.choices} or a number from 1 on"
        if self.choices:
            several = ", or several of them with commas between, each once" if self.is_tuple else ""
            return f"to be one of {self.choices}{several}"
        if self.is_tuple and self.kind in (int, float):
            limits = f" {describe_limits(self.limits)}" if self.limits else ""
            return f"to be numbers{limits} such as {self.extra['metavar']}"
        if self.limits:
            return describe_limits(self.limits)
        words = {bool: "to be true or false", int: "to be a whole number", float: "to be a number"}
        words |= {str: "to be text", Path: "to be a path"}
        return words.get(self.kind, "to be settings")

    def _refuse(self, value: Any) -> RunError:
        return RunError(f"expected {self.key} {self.expect()}, but got {value!r}")

    def _split(self, value: Any) -> Any:
        if not isinstance(value, str):
            return tuple(value) if isinstance(value, list) else value
        short = self.extra["short"]
        if not self.choices:
            text = value.lower().replace("x", ",") if self.kind in (int, float) else value
            return tuple(name.strip() for name in text.split(",") if name.strip())
        names = short.get(value, value).replace("+", ",").lower().split(",")
        return tuple(short.get(name.strip(), name.strip()) for name in names)


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
        known = {setting.name: setting for setting in list_settings(cls)}
        if unknown := sorted(values.keys() - known):
            raise RunError(
                f"unknown settings {unknown}: they are of another version of skelgraph; make the "
                f"run again with this one"
            )
        sections = {name: setting.section for name, setting in known.items()}
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


SomeSettings = TypeVar("SomeSettings", bound=type[Settings])


def documented(section: SomeSettings) -> SomeSettings:
    """Complete a section's docstring with the table of its settings."""
    rows = [
        f"    {one.name}: {one.description or f'See :class:`{one.kind.__name__}`.'}"
        for one in list_settings(section)
    ]
    section.__doc__ = "\n".join([cleandoc(section.__doc__ or ""), "", "Args:", *rows, ""])
    return section


@cache
def list_settings(section: type[Settings]) -> tuple[Setting, ...]:
    """Return the settings of a section, in their order."""
    return tuple(_read_setting(field) for field in msgspec.structs.fields(section))


def iterate_settings(section: type[Settings]) -> Iterator[Setting]:
    """Yield the settings of a section and of all sections nested in it."""
    for setting in list_settings(section):
        if setting.section is None:
            yield setting
        else:
            yield from iterate_settings(setting.section)


def describe_limits(limits: Mapping[str, float]) -> str:
    """Describe the range of a number.

    Example:
        >>> describe_limits({"ge": 0, "lt": 1})
        'from 0 to less than 1'
    """
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if high is None:
        return f"above {low:g}" if "gt" in limits else f"of {low:g} or more"
    upper = f"{high:g}" if "le" in limits else f"less than {high:g}"
    return f"above {low:g} and up to {upper}" if "gt" in limits else f"from {low:g} to {upper}"


def _read_setting(field: msgspec.structs.FieldInfo) -> Setting:
    metas = [one for one in getattr(field.type, "__metadata__", ()) if isinstance(one, Meta)]
    described = next((one for one in reversed(metas) if one.description), None)
    kinds = [kind for kind in _unfold(field.type) if kind is not type(None)]
    is_tuple = get_origin(_strip(kinds[0])) is tuple
    if is_tuple:
        kinds = list(_unfold(get_args(_strip(kinds[0]))[0]))
    bare = [_strip(kind) for kind in kinds]
    extra = dict(described.extra or {}) if described else {}
    numbers = [kind for kind in bare if get_origin(kind) is not Literal]
    kind: Any = numbers[0] if numbers else str
    section = kind if isinstance(kind, type) and issubclass(kind, Settings) else None
    return Setting(
        name=field.name,
        key=extra.get("key") or field.name,
        annotation=field.type,
        kind=kind,
        is_optional=type(None) in _unfold(field.type),
        is_tuple=is_tuple,
        choices=tuple(x for one in bare if get_origin(one) is Literal for x in get_args(one)),
        limits=_find_limits(kinds),
        default=field.default,
        section=section,
        description=(described.description or "") if described else "",
        extra={"short": {}, "in_command": True, "repeated": False, **extra},
    )


def _unfold(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, with what is annotated of each."""
    inner = annotation
    while get_origin(inner) is Annotated and get_origin(_strip(inner)) in (Union, UnionType):
        inner = _strip(inner)
    if get_origin(inner) in (Union, UnionType):
        return tuple(one for member in get_args(inner) for one in _unfold(member))
    return (inner,)


def _strip(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _find_limits(kinds: list[Any]) -> dict[str, float]:
    metas = [one for kind in kinds for one in getattr(kind, "__metadata__", ())]
    return {
        name: value
        for name in ("ge", "gt", "le", "lt")
        for meta in metas
        if isinstance(meta, Meta) and (value := getattr(meta, name)) is not None
    }


def _decode_path(kind: Any, value: Any) -> Any:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise NotImplementedError


def _encode_path(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value.resolve())
    raise NotImplementedError
