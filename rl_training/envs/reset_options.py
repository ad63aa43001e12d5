"""The `options` of a reset in Gymnasium and PettingZoo: environment parameters and levels.

Called by `gym_env`, `gym_vector_env` and `parallel_env`. Options that are not ours change nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from rl_training.envs.groups import GroupEnv
from rl_training.envs.order_desk import WireValue, checked_parameters
from rl_training.errors import UsageError, nearest

_log = logging.getLogger(__name__)

PARAMETERS = "parameters"
LEVEL = "level"
LEVELS = "levels"
RESET_MASK = "reset_mask"


class LoneArenaOptions:
    """What resets of an environment of one arena were told; tells the engine only what changes."""

    def __init__(self) -> None:
        self._parameters: dict[str, WireValue] = {}

    def tell(self, env: GroupEnv, options: Mapping[str, Any] | None) -> bool:
        """Tell the engine what the options set.

        Args:
            env: of one arena.
            options: `{"parameters": {name: value}, "level": number}`, both optional.

        Returns:
            Whether an episode that the engine has begun already is no longer the right one.

        Raises:
            UsageError: a value cannot be used; nothing was told then.
        """
        parameters = parameters_of(options, LEVEL)
        level = (options or {}).get(LEVEL)
        changed = {
            name: value
            for name, value in parameters.items()
            if name not in self._parameters or self._parameters[name] != value
        }
        if level is not None:
            env.set_levels({0: [level]})
        if changed:
            env.set_parameters(changed)
            self._parameters |= changed
        return bool(changed) or level is not None


def parameters_of(options: Mapping[str, Any] | None, *others: str) -> dict[str, WireValue]:
    """Return the environment parameters in a reset's options.

    An option that looks like ours is told in a warning.

    Args:
        options: of the reset.
        others: our other options of this environment.

    Raises:
        UsageError: `parameters` is no dictionary of numbers or samplers by name.
    """
    known = (PARAMETERS, *others)
    for name in options or {}:
        if name not in (*known, RESET_MASK) and nearest(name, known):
            _log.warning("the option '%s' is unknown.%s", name, nearest(name, known))
    given = (options or {}).get(PARAMETERS) or {}
    if not isinstance(given, Mapping):
        raise UsageError(f"options['parameters'] is {given!r}, expected values by name")
    return checked_parameters(given)


def levels_of(options: Mapping[str, Any] | None) -> Mapping[int, Any]:
    """Return the levels by arena in a reset's options.

    Raises:
        UsageError: `levels` is no dictionary.
    """
    given = (options or {}).get(LEVELS) or {}
    if not isinstance(given, Mapping):
        raise UsageError(f"options['levels'] is {given!r:.60}, expected a list of levels by arena")
    return given
