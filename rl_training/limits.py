"""Bounds and choices that several parts share, each written once.

Imported by `config`, `envs`, `evaluation` and `studies`; imports nothing.
"""

from __future__ import annotations

MAX_SEED = 2**31 - 1
"""The largest seed: a seed is a whole number from 0 to this one."""
MAX_ARENAS = 4096
"""Most copies of a scene in one engine, as in the addon's `launch_options.gd`."""
AGENTS_AIMED_AT = 128
"""Agents over all engines where nobody says how many copies of a scene to make."""
ISOLATIONS = ("shared", "worlds")
TRANSPORTS = ("auto", "binary", "json")
SCREENS = ("auto", "headless", "window", "virtual")
DEFAULT_PORT = 11008
SHORTEST_TOKEN = 16
TOKEN_VARIABLE = "SPACETIME_RL_TOKEN"
"""Where an engine finds the token; on a command line every user of the machine could read it."""


def agents_per_engine(num_envs: int) -> int:
    """Return how many agents one of `num_envs` engines should hold, at least 1."""
    return max(1, AGENTS_AIMED_AT // num_envs)
