"""The words of `--parameter`, for every command that takes it. Light: `--help` loads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rl_training.errors import ConfigError


def read_parameters(words: Sequence[str], *, scheduled: bool = False) -> dict[str, Any]:
    """Return the environment parameters of `--parameter NAME=VALUE` arguments.

    Args:
        words: what was given.
        scheduled: a schedule over timesteps is a value too, as in a training.

    Returns:
        Name to a number, a `config.samplers.Sampler`, a `config.schedules.Schedule`, or None for
        `NAME=null`, which takes the name out.

    Raises:
        ConfigError: one is not `NAME=VALUE`, or the value is none of these.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise ConfigError(
                "--parameter takes NAME=VALUE, for example gravity=9.8 or 'wind=uniform(0, 1)'; "
                f"found {word!r}"
            )
        try:
            found[name.strip()] = _value(value, scheduled)
        except ValueError as error:
            raise ConfigError(f"--parameter {name.strip()} {error}") from error
    return found


def _value(text: str, scheduled: bool) -> Any:
    from rl_training.config.files import parse_value
    from rl_training.config.samplers import read_value
    from rl_training.config.schedules import read_scheduled

    value = parse_value(text)
    if value is None and text.strip():
        return None
    return (read_scheduled if scheduled else read_value)(text if value is None else value)
