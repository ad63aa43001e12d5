"""The parameters of every world's running episode, drawn from the episodes' seeds.

Called at resets. A sampler draws what the engine draws (`addons/godot_rl/arenas/samplers.gd`), so
that an episode has the same numbers in both twins; a value out of a parameter's range is clipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.config.samplers import (
    Choice,
    Gaussian,
    LogUniform,
    MultirangeUniform,
    Sampler,
    Uniform,
)
from rl_training.scenarios.lunabotics.draws import mix, name_hash, uniforms
from rl_training.scenarios.lunabotics.parameters import INDEX, PARAMETERS, read_parameters

Doubles = NDArray[np.float64]
Seeds = NDArray[np.uint32]

_DIGITS = 12
"""Significant digits of a number that is computed, as in `arenas/sampler.gd`."""


class EpisodeValues:
    """What holds for the episodes that begin.

    Attributes:
        told: whether anything was set; episodes then tell it in their infos.
    """

    def __init__(self) -> None:
        self._defaults = np.array([each.default for each in PARAMETERS.values()])
        self._low = np.array([each.low for each in PARAMETERS.values()])
        self._high = np.array([each.high for each in PARAMETERS.values()])
        self._numbers: dict[str, float] = {}
        self._samplers: dict[str, Sampler] = {}

    @property
    def told(self) -> tuple[str, ...]:
        """Names of what is set, in a fixed order."""
        return tuple(sorted({*self._numbers, *self._samplers}))

    def set(self, values: Mapping[str, object]) -> None:
        """Set numbers and samplers from the next episodes on; None: the default again.

        Raises:
            ConfigError: a name is unknown or a value will not do.
        """
        for name, value in read_parameters(values).items():
            self._numbers.pop(name, None)
            self._samplers.pop(name, None)
            if isinstance(value, Sampler):
                self._samplers[name] = value
            elif value is not None:
                self._numbers[name] = value

    def columns(self, seeds: Seeds) -> Doubles:
        """Return (parameters, n) for the episodes with these seeds (n,)."""
        table = np.repeat(self._defaults[:, None], len(seeds), axis=1)
        for name, number in self._numbers.items():
            table[INDEX[name]] = number
        for name, sampler in self._samplers.items():
            row = INDEX[name]
            table[row] = np.clip(draw(name, sampler, seeds), self._low[row], self._high[row])
        return table


def draw(name: str, sampler: Sampler, seeds: Seeds) -> Doubles:
    """Draw a parameter for the episodes with these seeds.

    Args:
        name: of the parameter.
        sampler: how it is drawn.
        seeds: (n,) of the episodes.
    """
    stream = mix(seeds, np.uint32(name_hash(name)))
    first, second = uniforms(stream, 0), uniforms(stream, 1)
    if isinstance(sampler, Choice):
        values = np.array(sampler.values)
        place = np.minimum((first * len(values)).astype(np.intp), len(values) - 1)
        return np.asarray(values[place])
    if isinstance(sampler, Gaussian):
        if sampler.deviation == 0.0:
            return np.full(len(seeds), sampler.mean)
        spread = np.sqrt(-2.0 * np.log(1.0 - first)) * np.cos(2.0 * np.pi * second)
        return _rounded(sampler.mean + sampler.deviation * spread)
    if isinstance(sampler, LogUniform):
        power = np.log(sampler.low) * (1.0 - first) + np.log(sampler.high) * first
        return np.clip(_rounded(np.exp(power)), sampler.low, sampler.high)
    if isinstance(sampler, Uniform):
        return _uniform(((sampler.low, sampler.high),), first, second)
    assert isinstance(sampler, MultirangeUniform), sampler
    return _uniform(sampler.ranges, first, second)


def _uniform(ranges: Any, first: Doubles, second: Doubles) -> Doubles:
    low, high = np.array(ranges).T
    lengths = high - low
    if lengths.sum() == 0.0:
        return np.asarray(low[np.minimum((first * len(low)).astype(np.intp), len(low) - 1)])
    share, place = first, np.zeros(len(first), np.intp)
    if len(low) > 1:
        share = second
        ends = np.cumsum(lengths)
        place = np.minimum(np.searchsorted(ends, first * ends[-1], "right"), len(low) - 1)
    drawn = _rounded(low[place] * (1.0 - share) + high[place] * share)
    return np.clip(drawn, low[place], high[place])


def _rounded(values: Doubles) -> Doubles:
    """Keep so many significant digits as the engine keeps."""
    size = np.abs(values)
    safe = np.where(size > 0.0, size, 1.0)
    power = _DIGITS - 1 - np.floor(np.log(safe) / np.log(10.0))
    scale = 10.0 ** np.abs(power)
    down = np.round(values / scale) * scale
    up = np.round(values * scale) / scale
    return np.where(np.abs(power) > 22, values, np.where(power < 0, down, up))
