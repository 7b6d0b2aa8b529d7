"""Settings as one types them: the options that differ from the defaults."""

import shlex
from collections.abc import Collection
from typing import Any

from skelgraph.config.setting import Setting
from skelgraph.config.settings import Settings, iterate_settings


def spell_command(command: str, settings: Settings, *, without: Collection[str] = ()) -> str:
    """Return the command line that gives some settings, quoted for a shell.

    Args:
        command: The words before the options.
        settings: The settings; those with their defaults are left out.
        without: Keys of settings to leave out as well.

    Example:
        >>> from skelgraph.config import TrainConfig
        >>> config = TrainConfig.of(stream="bone", data="my clips", test_subjects=("ann", "bob"))
        >>> print(spell_command("skelgraph train", config))
        skelgraph train --data 'my clips' --split subject --test-subjects ann,bob --stream bone
    """
    values, changed = settings.flatten(), settings.list_changed()
    words = [
        word
        for setting in iterate_settings(type(settings))
        if setting.key in changed and setting.key not in without and setting.option.in_command
        for word in _spell_option(setting, values[setting.key])
    ]
    return " ".join([command, *map(shlex.quote, words)])


def _spell_option(setting: Setting, value: Any) -> list[str]:
    flag = setting.option.flag or f"--{setting.key.replace('_', '-')}"
    if setting.kind is bool:
        on, _, off = flag.partition("/")
        return [on] if value else [off or f"--no-{on.removeprefix('--')}"]
    if not setting.is_tuple:
        return [flag, str(value)]
    if setting.option.repeated:
        return [word for one in value for word in (flag, str(one))]
    return [flag, ",".join(map(str, value))]
