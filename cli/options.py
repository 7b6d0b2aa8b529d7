"""Options made of settings: type, choices, range, default and help come from their declaration."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from skelgraph.config import DataSettings, Setting, Settings, TrainConfig, iterate_settings
from skelgraph.errors import SkelgraphError

Command = TypeVar("Command", bound=Callable[..., Any])
SomeSettings = TypeVar("SomeSettings", bound=Settings)

PATH = click.Path(path_type=Path)


@contextmanager
def naming_input_rate() -> Iterator[None]:
    """Name ``--in-fps`` in errors that advise ``--fps``: here that is the rate of the result."""
    try:
        yield
    except SkelgraphError as error:
        text = str(error)
        if "--fps" not in text:
            raise
        raise SkelgraphError(text.replace("--fps", "--in-fps")) from error


class SettingOption(click.Option):
    """An option of a setting."""

    def __init__(self, setting: Setting, description: str | None = None) -> None:
        self.setting = setting
        decided_later = setting.option.default
        shown = _spell(setting.default) if setting.is_tuple and setting.default else decided_later
        help_text = description or setting.description
        options: dict[str, Any] = {}
        if setting.is_tuple:
            options = {"multiple": True, "callback": self._join}
        elif setting.kind is bool:
            options = {"is_flag": True, "default": setting.default}
        else:
            options = {"default": setting.default}
        if setting.option.flag_value is not None:
            options |= {"is_flag": False, "flag_value": setting.option.flag_value}
        super().__init__(
            [_name_flag(setting), setting.key],
            help=help_text if shown is None else f"{help_text}  [default: {shown}]",
            type=None if setting.kind is bool else _choose_type(setting),
            metavar=setting.option.metavar,
            show_default=not setting.is_tuple and setting.default not in (None, ""),
            **options,
        )

    def _join(self, ctx: click.Context, param: click.Parameter, values: tuple[Any, ...]) -> Any:
        """Return the values of an option that may be repeated, or has commas."""
        if not values:
            return self.setting.default
        whole = values if self.setting.option.repeated else ",".join(values)
        return _check(self.setting, whole, ctx, param)


class _SettingType(click.ParamType[Any]):
    """Text that the setting itself checks."""

    name = "text"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _check(self.setting, value, ctx, param)


def settings_options(
    section: type[Settings],
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    descriptions: Mapping[str, str] | None = None,
) -> Callable[[Command], Command]:
    """Add an option for each setting of a section, and of those nested in it.

    ``only`` and ``without`` are keys; the descriptions are the help of some instead of their
    own.
    """
    chosen = [
        setting
        for setting in iterate_settings(section)
        if setting.option.in_command
        and (only is None or setting.key in only)
        and setting.key not in without
    ]

    def add(command: Command) -> Command:
        for setting in reversed(chosen):
            description = (descriptions or {}).get(setting.key)
            option = SettingOption(setting, description)
            if isinstance(command, click.Command):
                command.params.append(option)
            else:
                known = getattr(command, "__click_params__", [])
                command.__click_params__ = [*known, option]  # type: ignore[attr-defined]
        return command

    return add


def take(section: type[SomeSettings], values: dict[str, Any]) -> SomeSettings:
    """Take the values of a section's options out of those of a command."""
    keys = {setting.key for setting in iterate_settings(section)}
    return section.of(**{key: values.pop(key) for key in list(values) if key in keys})


def refuse_foreign_data(data: DataSettings) -> None:
    """Say what a file is that is named as data but is surely no recording, such as a video."""
    if data.folder is None or not data.folder.is_file():
        return
    from skelgraph.io import describe_foreign_file

    if (foreign := describe_foreign_file(data.folder)) is not None:
        raise click.ClickException(foreign)


def quiet_options(command: Command) -> Command:
    """Add ``--quiet`` and ``--verbose``; :func:`choose_shown` takes their values."""
    command = click.option("-v", "--verbose", is_flag=True, help="Show all metrics.")(command)
    return click.option("-q", "--quiet", is_flag=True, help="Show no progress.")(command)


def choose_shown(values: dict[str, Any]) -> Any:
    """Take ``--quiet`` and ``--verbose`` out of a command's values: what a training shows."""
    quiet, verbose = values.pop("quiet"), values.pop("verbose")
    if quiet and verbose:
        raise click.UsageError("pass --quiet or --verbose, not both")
    return "nothing" if quiet else "details" if verbose else "progress"


_OF_THE_DISPLAY = ("resume", "quiet", "verbose")


def refuse_options_beside_resume(
    ctx: click.Context, allowed: Collection[str] = ()
) -> dict[str, Any]:
    """Refuse options beside ``--resume``, which would be ignored, since a run has its own.

    Return the values of the options that are allowed all the same.
    """
    given = [
        option
        for option in ctx.command.params
        if option.name is not None
        and option.name not in _OF_THE_DISPLAY
        and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    refused = [max(option.opts, key=len) for option in given if option.name not in allowed]
    if refused:
        raise click.UsageError(
            f"--resume takes the run's own settings; leave out {', '.join(sorted(refused))}"
        )
    return {str(option.name): ctx.params[str(option.name)] for option in given}


def check_own_network(config: TrainConfig, run: Path, given: Collection[str]) -> None:
    """Check that a network of one's own is named to go on with a run, and no other is."""
    own = config.model.name if config.model.info.is_own else None
    if own is not None and "model" not in given:
        raise click.UsageError(f"the network of {run} is your own; pass --model {own} as well")
    if own is None and "model" in given:
        raise click.UsageError("--resume takes the run's own settings; leave out --model")


def json_option(command: Command) -> Command:
    """Add ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
    )(command)


def _name_flag(setting: Setting) -> str:
    flag = setting.option.flag
    if flag is not None:
        return flag
    name = setting.key.replace("_", "-")
    return f"--{name}/--no-{name}" if setting.kind is bool else f"--{name}"


def _choose_type(setting: Setting) -> click.ParamType[Any]:
    if setting.is_tuple:
        return PATH if setting.kind is Path else click.STRING
    if setting.choices and setting.kind is str:
        return click.Choice(setting.choices)
    if setting.kind is Path:
        return PATH
    if setting.kind in (int, float) and not setting.choices:
        limits = setting.limits
        ends: dict[str, Any] = {
            "min": limits.get("ge", limits.get("gt")),
            "max": limits.get("le", limits.get("lt")),
            "min_open": "gt" in limits,
            "max_open": "lt" in limits,
        }
        return click.IntRange(**ends) if setting.kind is int else click.FloatRange(**ends)
    return _SettingType(setting)


def _check(
    setting: Setting, value: Any, ctx: click.Context | None, param: click.Parameter | None
) -> Any:
    try:
        return setting.check(value)
    except SkelgraphError as error:
        raise click.BadParameter(str(error), ctx=ctx, param=param) from error


def _spell(values: tuple[Any, ...]) -> str:
    return ",".join(str(value) for value in values)
