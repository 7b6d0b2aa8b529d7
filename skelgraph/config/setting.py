"""The declaration of one setting: what its field, its option and its check have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from skelgraph.errors import RunError

if TYPE_CHECKING:
    from skelgraph.config.settings import Settings

_UNIONS = (Union, UnionType)


@dataclass(frozen=True, kw_only=True)
class Option:
    """What a setting's type, default and description do not tell, beside its type in ``Annotated``.

    Args:
        key: Name of the setting outside of its section; the field's own if not given.
        flag: Names of the command's option, such as ``"--skip-bad"``.
        metavar: Placeholder of its value in the help.
        default: Description of the default in the help, if it is decided later.
        short: Values that stand for others.
        flag_value: Value if the option is given without one.
        repeated: Whether each value of a tuple has an option of its own and no commas.
        distinct: Whether the values of a tuple must differ.
        ordered: Whether a tuple is brought into the order of its choices.
        exists: Whether a path must be there.
        in_command: Whether the command has an option for it.
    """

    key: str | None = None
    flag: str | None = None
    metavar: str | None = None
    default: str | None = None
    short: Mapping[str, str] = field(default_factory=dict)
    flag_value: str | None = None
    repeated: bool = False
    distinct: bool = False
    ordered: bool = False
    exists: bool = False
    in_command: bool = True


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The declaration of one setting; :func:`list_settings` reads it from its section.

    Args:
        name: Name of the field.
        key: Name outside of its section.
        annotation: Type with constraints, as msgspec checks it.
        kind: The bare type of the value, or of a tuple's elements.
        is_tuple: Whether it holds several values.
        choices: All values of a ``Literal``; empty if there is no such list.
        limits: Constraints of a number: some of ``ge``, ``gt``, ``le`` and ``lt``.
        default: Value if none is given.
        section: Settings nested in it.
        description: Its line in the docstring of the section.
        option: What else the command needs to know.
    """

    name: str
    key: str
    annotation: Any
    kind: Any
    is_tuple: bool
    choices: tuple[Any, ...]
    limits: Mapping[str, float]
    default: Any
    section: "type[Settings] | None"
    description: str
    option: Option

    def check(self, value: Any) -> Any:
        """Return a value in the setting's type.

        Raises:
            RunError: If it is of another type, none of the choices, or out of range.
        """
        is_text = isinstance(value, str)
        prepared = value
        if self.is_tuple:
            prepared = self._split(value) if is_text else value
        elif self.kind is str and isinstance(value, Path):
            prepared = str(value)
        elif self.kind is int and self.choices and is_text and value.isdigit():
            prepared = int(value)
        try:
            checked = msgspec.convert(
                prepared,
                self.annotation,
                dec_hook=_decode_path,
                strict=not (is_text and self.is_tuple),
            )
        except (msgspec.ValidationError, NotImplementedError) as error:
            raise self._refuse(value) from error
        distinct = self.option.distinct or (self.is_tuple and self.choices)
        if distinct and len(set(checked)) < len(checked):
            raise self._refuse(value)
        if self.option.ordered:
            checked = tuple(one for one in self.choices if one in checked)
        return checked

    def expect(self) -> str:
        """Describe the values that it takes, to follow "expected NAME"."""
        if self.choices and self.kind is int:
            return f"to be one of {self.choices} or a number from 1 on"
        if self.choices:
            several = ", or several of them with commas between, each once" if self.is_tuple else ""
            return f"to be one of {self.choices}{several}"
        limits = describe_limits(self.limits) if self.limits else ""
        if self.is_tuple and self.kind in (int, float):
            limits = f"{limits} that differ" if self.option.distinct else limits
            return f"to be numbers {limits} such as {self.option.metavar}".replace("  ", " ")
        if limits:
            return limits
        words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
        words[str] = self.option.metavar or "text"
        return f"to be {words.get(self.kind, 'settings')}"

    def check_path(self, value: Any) -> None:
        """Check that a path that must exist does, or those of a tuple.

        Raises:
            RunError: If one does not.
        """
        if not self.option.exists:
            return
        for path in value if isinstance(value, tuple) else (value,):
            if path is not None and not path.exists():
                raise RunError(f"{path}: there is no such file or folder")

    def _refuse(self, value: Any) -> RunError:
        return RunError(f"expected {self.key} {self.expect()}, but got {value!r}")

    def _split(self, text: str) -> tuple[str, ...]:
        if not self.choices:
            text = text.lower().replace("x", ",") if self.kind in (int, float) else text
            return tuple(name.strip() for name in text.split(",") if name.strip())
        short = self.option.short
        names = short.get(text, text).replace("+", ",").lower().split(",")
        return tuple(short.get(name.strip(), name.strip()) for name in names)


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


def read_setting(field: msgspec.structs.FieldInfo, description: str) -> Setting:
    """Return the declaration of a field, with its line of the docstring."""
    metas = getattr(field.type, "__metadata__", ())
    own = next((one for one in metas if isinstance(one, Option)), Option())
    kinds = [kind for kind in _unfold(field.type) if kind is not NoneType]
    is_tuple = get_origin(_strip(kinds[0])) is tuple
    if is_tuple:
        kinds = list(_unfold(get_args(_strip(kinds[0]))[0]))
    bare = [_strip(kind) for kind in kinds]
    kind: Any = next((one for one in bare if get_origin(one) is not Literal), str)
    is_section = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return Setting(
        name=field.name,
        key=own.key or field.name,
        annotation=field.type,
        kind=kind,
        is_tuple=is_tuple,
        choices=tuple(x for one in bare if get_origin(one) is Literal for x in get_args(one)),
        limits=_find_limits(kinds),
        default=field.default,
        section=cast("type[Settings]", kind) if is_section else None,
        description=description,
        option=own,
    )


def _unfold(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, each with what is annotated of it."""
    if get_origin(annotation) is Annotated and get_origin(_strip(annotation)) in _UNIONS:
        annotation = _strip(annotation)
    if get_origin(annotation) in _UNIONS:
        return tuple(one for member in get_args(annotation) for one in _unfold(member))
    return (annotation,)


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
