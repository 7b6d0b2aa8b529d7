"""Help answers at once and names what there is."""

import subprocess
import sys
from typing import get_args

import click
import pytest
from click.testing import CliRunner
from skelgraph_cli import choices
from skelgraph_cli.command import skelgraph

from skelgraph.config import (
    RECIPES,
    AcousticBackend,
    DialogKind,
    EstimatorName,
    FilterName,
    FusionStrategy,
    HopDistance,
    ModelName,
    Space,
    SplitKind,
    Strategy,
    Stream,
)
from skelgraph.config.choices import Axes, Channels, Checkpoint, FitPart, Precision

HEAVY = ("torch", "numpy", "scipy", "sklearn", "networkx", "lightning", "matplotlib", "rich")
COMMANDS = (
    "train",
    "evaluate",
    "predict",
    "fuse",
    "lift train",
    "lift evaluate",
    "report",
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


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (choices.ACOUSTIC_BACKENDS, get_args(AcousticBackend)),
        (choices.STREAMS, get_args(Stream)),
        (choices.MODELS, get_args(ModelName)),
        (choices.RECIPES, tuple(RECIPES)),
        (choices.SPLITS, get_args(SplitKind)),
        (choices.DIALOG_KINDS, get_args(DialogKind)),
        (choices.STRATEGIES, get_args(Strategy)),
        (choices.CHECKPOINTS, get_args(Checkpoint)),
        (choices.CHANNELS, get_args(Channels)),
        (choices.HOP_DISTANCES, get_args(HopDistance)),
        (choices.AXES, get_args(Axes)),
        (choices.PRECISIONS, get_args(Precision)),
        (choices.FUSIONS, get_args(FusionStrategy)),
        (choices.FIT_PARTS, get_args(FitPart)),
        (choices.FILTERS, get_args(FilterName)),
        (choices.ESTIMATORS, get_args(EstimatorName)),
        (choices.SPACES, get_args(Space)),
    ],
)
def test_the_choices_offered_are_those_that_exist(
    offered: tuple[str, ...], known: tuple[str, ...]
) -> None:
    assert set(offered) == set(known)


def test_an_unknown_command_is_a_usage_error() -> None:
    shown = CliRunner().invoke(skelgraph, ["dance"])
    assert shown.exit_code == click.UsageError.exit_code == 2
    assert "No such command 'dance'" in shown.stderr
