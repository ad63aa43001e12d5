"""What the engine draws for a parameter, computed a second time: the rule of docs/protocol.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rl_training.runs.seeds import episode_seed as mix


def name_hash(name: str) -> int:
    """FNV-1a, 32 bits, of the name in UTF-8."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def drawn(name: str, sampler: Mapping[str, Any], seed: int) -> float:
    """Return the number of a parameter in the episode with a seed, to 12 significant digits."""
    stream = mix(seed, name_hash(name))
    first, second = mix(stream, 0) / 2**31, mix(stream, 1) / 2**31
    match sampler["sampler"]:
        case "uniform":
            value = _between(sampler["low"], sampler["high"], first)
        case "log_uniform":
            value = math.exp(_between(math.log(sampler["low"]), math.log(sampler["high"]), first))
        case "gaussian":
            spread = math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(math.tau * second)
            value = sampler["mean"] + sampler["deviation"] * spread
        case "choice":
            return float(sampler["values"][int(first * len(sampler["values"]))])
        case _:
            value = _in_ranges(sampler["ranges"], first, second)
    return float(f"{value:.12g}")


def _in_ranges(ranges: Sequence[Sequence[float]], first: float, second: float) -> float:
    point = first * sum(high - low for low, high in ranges)
    for low, high in ranges[:-1]:
        if point < high - low:
            return _between(low, high, second)
        point -= high - low
    low, high = ranges[-1]
    return _between(low, high, second if len(ranges) > 1 else first)


def _between(low: float, high: float, share: float) -> float:
    return low * (1.0 - share) + high * share
