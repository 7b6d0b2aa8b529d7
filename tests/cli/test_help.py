"""Help answers at once and names what there is."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph
from skelgraph_cli.options import SettingOption

from skelgraph import config
from skelgraph.config import Settings, iterate_settings, list_settings

SECTIONS = [
    section
    for name in config.__all__
    if isinstance(section := getattr(config, name), type)
    and issubclass(section, Settings)
    and section is not Settings
]
HEAVY = ("torch", "numpy", "scipy", "sklearn", "networkx", "lightning", "matplotlib", "rich")
COMMANDS = (
    "train",
    "crossval",
    "evaluate",
    "predict",
    "stream",
    "fuse",
    "lift train",
    "lift evaluate",
    "compare",
    "report",
    "runs",
    "runs show",
    "runs remove",
    "cache",
    "inspect",
    "convert",
    "extract",
    "layouts",
    "data",
    "data list",
    "data check",
    "data make",
    "data generate",
    "data actors",
    "cache",
    "benchmark speed",
    "benchmark paper",
)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['skelgraph', *{command.split()!r}, '--help']\n"
        "from skelgraph_cli.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: skelgraph")
    assert done.stderr.strip() == "[]"


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "skelgraph_cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for command in (
        "train",
        "evaluate",
        "predict",
        "report",
        "inspect",
        "convert",
        "layouts",
        "data",
    ):
        assert f"\n  {command} " in done.stdout


def test_help_fits_80_columns() -> None:
    for command in COMMANDS:
        shown = CliRunner().invoke(
            skelgraph, [*command.split(), "--help"], terminal_width=80, catch_exceptions=False
        )
        assert shown.exit_code == 0
        assert max(map(len, shown.output.splitlines())) <= 80


def list_commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of all commands below one."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    below = [
        found
        for name in command.list_commands(context)
        for found in list_commands(command.get_command(context, name), (*path, name))
    ]
    return [path, *below] if command.invoke_without_command else below


def find_command(path: tuple[str, ...]) -> click.Command:
    command: click.Command = skelgraph
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


@pytest.mark.parametrize("path", list_commands(skelgraph), ids=" ".join)
def test_defaults_ranges_and_choices_come_from_one_place(path: tuple[str, ...]) -> None:
    for option in find_command(path).params:
        if not isinstance(option, click.Option) or option.name in ("help", "version"):
            continue
        kind = option.type
        context = click.Context(skelgraph)
        if not isinstance(option, SettingOption):
            assert not isinstance(kind, click.Choice | click.IntRange | click.FloatRange), option
            assert option.is_flag or option.to_info_dict()["default"] is None, option
            continue
        setting = option.setting
        assert option.name == setting.key
        assert option.to_info_dict()["default"] == (None if setting.is_tuple else setting.default)
        if setting.is_tuple:
            assert option.process_value(context, ()) == setting.default
        if isinstance(kind, click.Choice):
            assert tuple(kind.choices) == setting.choices
        if isinstance(kind, click.IntRange | click.FloatRange):
            limits = setting.limits
            assert kind.min == limits.get("ge", limits.get("gt"))
            assert kind.max == limits.get("le", limits.get("lt"))
            assert (kind.min_open, kind.max_open) == ("gt" in limits, "lt" in limits)
        elif setting.limits and not setting.is_tuple and setting.kind in (int, float):
            assert setting.choices, option  # text that the setting itself checks


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_a_section_has_one_option_for_each_setting(section: type[Settings]) -> None:
    keys = [setting.key for setting in iterate_settings(section)]
    assert len(set(keys)) == len(keys)
    assert all(setting.description.endswith(".") for setting in iterate_settings(section))
    for setting in list_settings(section):
        assert f"{setting.name}: " in (section.__doc__ or "")
    section()  # its defaults are within their ranges


def test_an_unknown_command_is_a_usage_error() -> None:
    shown = CliRunner().invoke(skelgraph, ["dance"])
    assert shown.exit_code == click.UsageError.exit_code == 2
    assert "No such command 'dance'" in shown.stderr
