"""The words of `--parameter`, for every command that takes it. Light: `--help` loads it."""

from __future__ import annotations

from collections.abc import Sequence

from rl_training.errors import ConfigError


def read_parameters(words: Sequence[str]) -> dict[str, float]:
    """Return the environment parameters of `--parameter NAME=VALUE` arguments.

    Raises:
        ConfigError: one is not `NAME=VALUE` with a number.
    """
    found: dict[str, float] = {}
    for word in words:
        name, equals, value = word.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise ConfigError(
                "--parameter takes NAME=VALUE with a number, for example gravity=9.8; "
                f"found {word!r}"
            )
    return found
