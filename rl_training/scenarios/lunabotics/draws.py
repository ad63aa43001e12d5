"""Random numbers by place: which episode, which number. The same integers in GDScript.

Called at resets and, with noise switched on, by the sensor and the drive. There is no state to
keep: a number is `mix(episode seed, its place)`, as `addons/godot_rl/agents/episode_seed.gd` mixes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPAN = 2.0**-31


def mix(seeds: Any, places: Any) -> NDArray[np.uint32]:
    """Return integers in [0, 2^31), the elements of `runs.seeds.episode_seed`.

    Args:
        seeds: integers in [0, 2^31), any shape.
        places: integers, of a shape that broadcasts with it.
    """
    first = np.multiply(seeds, np.uint32(0x9E3779B1), dtype=np.uint32, casting="unsafe")
    second = np.multiply(places, np.uint32(0x85EBCA77), dtype=np.uint32, casting="unsafe")
    x: NDArray[np.uint32] = np.asarray(first + second, np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    x &= np.uint32(0x7FFFFFFF)
    return x


def uniforms(seeds: Any, places: Any) -> NDArray[np.float64]:
    """Return numbers in [0, 1): exact quotients, so that GDScript has the same."""
    return mix(seeds, places).astype(np.float64) * SPAN


def name_hash(name: str) -> int:
    """Return the 32-bit FNV-1a hash of a parameter's name, as `arenas/sampler.gd` has it."""
    hashed = 0x811C9DC5
    for byte in name.encode():
        hashed = ((hashed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return hashed
