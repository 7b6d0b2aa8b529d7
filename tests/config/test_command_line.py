"""Settings as one types them."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from skelgraph_cli import train as train_command

from skelgraph import TrainConfig
from skelgraph.config import spell_command

SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"stream": "bone", "data": Path("my clips"), "seed": 3, "test_subjects": ("ann", "bob")},
    {"data": Path("x"), "skip_bad": True, "align_heading": False, "cutoff_hz": 4.5},
    {"stream": ("posture-motion", "features"), "fusion": "sum", "model": "s-stgcn-small"},
)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: ",".join(one) or "defaults")
def test_the_command_takes_what_is_spelled(
    settings: dict[str, Any],
):
    config = TrainConfig.of(**settings)
    words = shlex.split(spell_command("skelgraph train", config))
    assert words[:2] == ["skelgraph", "train"]
    context = train_command.command.make_context("train", words[2:])
    values = {key: context.params[key] for key in config.flatten() if key in context.params}
    assert TrainConfig.of(**values) == config


def test_some_settings_can_be_left_out():
    config = TrainConfig.of(stream="bone", seed=3)
    assert spell_command("x", config, without=("stream",)) == "x --seed 3"


def test_a_word_with_a_blank_or_a_dollar_is_quoted():
    config = TrainConfig.of(data=Path("$HOME/my clips"))
    assert spell_command("x", config) == "x --data '$HOME/my clips'"
