"""Before an exploration: does the game repeat, how noisy are its times, how far do agents move?

One level is played with the same random actions in every arena, twice. What differs then is no
matter of the actions. Called by the explorer; it judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.cells import (
    NEAR,
    CellMap,
    CellSource,
    observation_cells,
    side_of,
)
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment
from rl_training.exploration.players import RandomPlayer
from rl_training.exploration.world import World

PASSES = 2
DECISIONS = 150
"""Decisions of a pass, over as many levels as it takes."""
_MOST_LEVELS = 8
_HOLD = 0.9
_SLOW_SPREADS = 3.0
_STUCK_SHARE = 0.05


@dataclass(frozen=True)
class Calibration:
    """What the repeated runs told.

    Attributes:
        limits: with what follows from the runs filled in.
        cells: how cells are told.
        steady: (n,) elements of the observation that came again.
        repeats: whether the same level and actions gave the same observations; None: this game
            cannot be ordered to play a level again.
        first_difference: what differed first, in words; empty: nothing.
        decisions: that were played, over all arenas.
        tick_ms: median of the longest tick of a decision; 0: not known.
        spread_ms: within which 99.9 % of the times of equal ticks lay above the shortest.
        seen: hash of what was observed at each moment of the first run.
    """

    limits: Limits
    cells: CellMap
    steady: NDArray[np.bool_]
    repeats: bool | None
    first_difference: str
    decisions: int
    tick_ms: float
    spread_ms: float
    seen: tuple[int, ...] = ()

    @classmethod
    def merged(cls, parts: Sequence[Calibration]) -> Calibration:
        """Return one for engines in several places, that played the same levels and actions.

        Args:
            parts: of each place, at least one. The first tells cells; ticks are slow that are slow
                where times differ most.
        """
        first = parts[0]
        told = next((part.first_difference for part in parts if part.first_difference), "")
        for number, part in enumerate(parts):
            both = zip(first.seen, part.seen, strict=False)
            if not told and first.repeats and any(there != here for there, here in both):
                told = (
                    f"with the same level and actions job {number} observed something else than "
                    "job 0 (their machines may round differently)"
                )
        return replace(
            first,
            limits=replace(first.limits, slow_ms=max(part.limits.slow_ms for part in parts)),
            steady=np.logical_and.reduce([part.steady for part in parts]),
            repeats=None if first.repeats is None else not told,
            first_difference=told,
            decisions=sum(part.decisions for part in parts),
            tick_ms=max(part.tick_ms for part in parts),
            spread_ms=max(part.spread_ms for part in parts),
        )


def calibrate(
    world: World,
    levels: Sequence[int],
    limits: Limits,
    *,
    seed: int,
    cells: CellSource | None = None,
    most_arenas: int = 0,
) -> Calibration:
    """Play the same levels with the same actions again and again.

    Args:
        world: whose arenas play.
        levels: to play, at least one; further ones are played where episodes are short.
        limits: of which what is calibrated is filled in.
        seed: of the actions.
        cells: how cells shall be told; None: the best that the game offers.
        most_arenas: of the largest world that plays the same; 0: no other does.
    """
    player = RandomPlayer(world.spans, seed, _HOLD, most_arenas)
    script: list[list[NDArray[np.float64]]] = []
    runs: list[list[list[Moment]]] = []  # pass and arena, level, decision -> flattened below
    played = 0
    for number in range(PASSES):
        arenas: list[list[Moment]] = [[] for _ in range(world.arenas)]
        for place, level in enumerate(levels[:_MOST_LEVELS]):
            if number == 0:
                script.append([])
            elif place >= len(script):
                break
            first = world.begin(dict.fromkeys(range(world.arenas), level))
            for arena, moment in first.items():
                arenas[arena].append(moment)
            player.forget(0)
            for step in range(DECISIONS):
                if number == 0:
                    script[place].append(player.act(world, _only_first(world))[0])
                elif step >= len(script[place]):
                    break
                found = world.step(np.tile(script[place][step], (world.arenas, 1)))
                played += world.arenas
                if any(moment.failure is not None for moment in found.values()):
                    break  # what the engine failed of, the exploration finds
                for arena, moment in found.items():
                    arenas[arena].append(moment)
                if any(moment.ended for moment in found.values()):
                    break
            if sum(map(len, script)) >= DECISIONS:
                break
        runs.append(arenas)
    return _judge(world, runs, limits, cells, played)


def _only_first(world: World) -> NDArray[np.bool_]:
    wanted = np.zeros(world.arenas, np.bool_)
    wanted[0] = True
    return wanted


def _judge(
    world: World,
    runs: list[list[list[Moment]]],
    limits: Limits,
    cells: CellSource | None,
    played: int,
) -> Calibration:
    reference = runs[0][0]
    episodes = [
        np.stack([each.observation for each in part])
        for part in _parts([each for each in reference if len(each.observation)])
    ]
    steady, difference = _differences(world, runs)
    window = limits.stuck_decisions
    ways = _ways(reference, window)
    typical = float(np.median(ways)) if len(ways) else 0.0
    base, spread = _times(runs)
    # A busy machine spreads far: playing again decides, this only says what is worth it.
    slow = limits.budget_ms + min(_SLOW_SPREADS * spread, limits.budget_ms)
    source = cells or _best_source(reference, typical)
    if source == "observation":
        told = observation_cells(episodes, steady)
    else:
        near = _ways(reference, NEAR)
        told = CellMap(source, side=side_of(near) if len(near) else 1.0)
    return Calibration(
        limits=replace(limits, stuck_radius=_STUCK_SHARE * typical, slow_ms=slow),
        cells=told,
        steady=steady,
        repeats=None if not world.takes_levels else bool(not difference),
        first_difference=difference,
        decisions=played,
        tick_ms=float(np.median(base)) if len(base) else 0.0,
        spread_ms=spread,
        seen=tuple(moment.digest for moment in reference),
    )


def _parts(moments: list[Moment]) -> list[list[Moment]]:
    """Return the moments episode by episode."""
    parts: list[list[Moment]] = []
    for moment in moments:
        if moment.decision < 0 or not parts:
            parts.append([])
        parts[-1].append(moment)
    return parts


def _differences(world: World, runs: list[list[list[Moment]]]) -> tuple[NDArray[np.bool_], str]:
    reference = runs[0][0]
    steady = np.ones(len(reference[0].observation), np.bool_)
    if not world.takes_levels:
        return steady, ""
    first = ""
    for number, arenas in enumerate(runs):
        for arena, moments in enumerate(arenas):
            for then, now in zip(reference, moments, strict=False):
                if then.digest == now.digest:
                    continue
                if then.observation.shape != now.observation.shape:
                    continue
                same = np.isclose(then.observation, now.observation, 0.0, 0.0, equal_nan=True)
                steady &= same
                if not first:
                    which = ", ".join(str(i) for i in np.flatnonzero(~same)[:5]) or "an image"
                    how = "run again" if number else f"played in arena {arena} at the same time"
                    first = f"decision {then.decision}, observation elements {which}, {how}"
    return steady, first


def _ways(moments: list[Moment], window: int) -> NDArray[np.float64]:
    """Return how far the first agent was from where it ended up, within so many decisions."""
    ways: list[float] = []
    for part in _parts(moments):
        places = [each.places[0] for each in part if each.places and each.places[0] is not None]
        size = min(window, max(2, len(places) // 2))
        line = np.asarray(places, np.float64)
        for last in range(size - 1, len(places)):
            near = line[last - size + 1 : last + 1]
            ways.append(float(np.linalg.norm(near - near[-1], axis=1).max()))
    return np.asarray(ways)


def _times(runs: list[list[list[Moment]]]) -> tuple[NDArray[np.float64], float]:
    """Return the shortest time of every decision, and the spread above it."""
    rows = [
        [moment.tick_ms for arena in arenas[:1] for moment in arena if moment.decision > 1]
        for arenas in runs
    ]
    size = min(map(len, rows))
    times = np.asarray([row[:size] for row in rows], np.float64)
    if not size or not times.any():
        return np.zeros(0), 0.0
    base = times.min(axis=0)
    return base, float(np.quantile(times - base, 0.999))


def _best_source(moments: list[Moment], typical: float) -> CellSource:
    if moments and moments[-1].cells:
        return "scene"
    return "place" if typical > 0.0 else "observation"
