"""The seed of every episode, from the run's seed and the episode's number.

The addon computes the same in GDScript, so an episode can be named by two integers and played
again anywhere: in training, through Python, in the engine alone.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF


def episode_seed(seed: int, index: int) -> int:
    """Mix the run's seed and an episode's number into the episode's seed.

    The finaliser is lowbias32 (Wellons, "Prospecting for Hash Functions", 2018), which changes
    about half of the output's bits for any change of the input.

    Args:
        seed: of the run, in [0, 2^31).
        index: number of the episode, from 0.

    Returns:
        An integer in [0, 2^31); 0 for (0, 0).
    """
    x = (seed * 0x9E3779B1 + index * 0x85EBCA77) & _MASK
    x ^= x >> 16
    x = (x * 0x7FEB352D) & _MASK
    x ^= x >> 15
    x = (x * 0x846CA68B) & _MASK
    x ^= x >> 16
    return x & 0x7FFFFFFF
