"""What a game's monitor told of episodes, put together. Pure functions of numbers.

The names are those of `info["performance"]["episode"]` (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SUMMED = ("late_ticks", "late_frames", "warnings")
_AVERAGED = ("physics_frame_time_ms", "render_frame_time_ms")


def over_episodes(episodes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the numbers of all episodes: times' means, sums of what is counted, else the largest.

    Args:
        episodes: name to number, of each episode that was measured; times in ms, memory in MB.
    """
    found: dict[str, list[float]] = {}
    for episode in episodes:
        for name, value in episode.items():
            found.setdefault(name, []).append(value)
    return {name: _together(name, values) for name, values in found.items()}


def _together(name: str, values: Sequence[float]) -> float:
    if name in _SUMMED:
        return sum(values)
    if name in _AVERAGED:
        return sum(values) / len(values)
    return max(values)
