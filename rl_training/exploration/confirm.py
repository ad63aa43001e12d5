"""Play trails again, alone: does a finding come again, and is the recording of it exact?

Called after an exploration, by `spacetime-rl replay` for a finding's recording, and by what shrinks
trails. A `Stage` is a world of one arena; it is opened again after an engine failed.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from typing_extensions import Self

from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.exploration.detectors import make_detectors
from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment
from rl_training.exploration.players import drawn
from rl_training.exploration.trail import Trail
from rl_training.exploration.world import World


@dataclass(frozen=True)
class TrailRun:
    """What playing a trail showed.

    Attributes:
        sightings: in their order.
        decisions: that were played; fewer than the trail has where the episode ended.
        ended: whether the episode ended.
        failed: whether the engine failed.
        times: of each decision, the longest tick in ms.
        moments: of each decision, with its beginning first, where they were asked for.
    """

    sightings: tuple[Sighting, ...]
    decisions: int
    ended: bool
    failed: bool
    times: tuple[float, ...] = ()
    moments: tuple[Moment, ...] = field(default=(), repr=False)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of what was seen."""
        return frozenset(seen.key for seen in self.sightings)

    def first(self, key: str) -> Sighting | None:
        """Return the first sighting with this key."""
        return next((seen for seen in self.sightings if seen.key == key), None)


def play_trail(
    world: World, trail: Trail, limits: Limits, *, keep_moments: bool = False
) -> TrailRun:
    """Play a trail from its level's beginning in the first arena of a world.

    Args:
        world: of one arena; its engine may be dead afterwards (`is_dead`).
        trail: to play.
        limits: of the detectors.
        keep_moments: return the moments too.
    """
    detectors = make_detectors(limits, alone=True)
    sightings: list[Sighting] = []
    moments: list[Moment] = []
    times: list[float] = []

    def look(moment: Moment) -> None:
        for detector in detectors:
            sightings.extend(detector.look(moment))
        if keep_moments:
            moments.append(moment)

    look(world.begin({0: trail.level})[0])
    ended = False
    for action in trail.actions:
        moment = world.step(np.tile(action, (world.arenas, 1)))[0]
        times.append(moment.tick_ms)
        look(moment)
        if moment.ended:
            ended = True
            break
    return TrailRun(
        tuple(sightings), len(times), ended, world.is_dead, tuple(times), tuple(moments)
    )


class Stage:
    """One arena in which trails are played, one after the other. Use it in a `with` block.

    Args:
        game: the environment of the exploration; one engine with one arena is made of it.
        parameters: environment parameters.
        limits: of the detectors.
        record: folder to which episodes are recorded; None: they are not.
    """

    def __init__(
        self,
        game: EnvSettings,
        parameters: Mapping[str, ParameterSetting] | None = None,
        limits: Limits | None = None,
        record: Path | None = None,
    ) -> None:
        args = game.env_args
        if record is not None:
            args = (*args, f"--record={record}")
        self._game = dataclasses.replace(
            game, num_envs=1, arenas=1, isolation="worlds", max_restarts=0, port=0, env_args=args
        )
        self._parameters = dict(parameters or {})
        self.limits = limits or Limits()
        self._world: World | None = None

    @property
    def world(self) -> World:
        """The world, opened where it is not or has failed."""
        if self._world is None or self._world.is_dead:
            self.close()
            self._world = World(self._game, self._parameters)
        return self._world

    def play(self, trail: Trail, *, keep_moments: bool = False) -> TrailRun:
        """Play a trail; see `play_trail`."""
        return play_trail(self.world, trail, self.limits, keep_moments=keep_moments)

    def kill(self) -> None:
        """End the engine at once: a recording under way stays as it is."""
        if self._world is not None:
            self._world.kill()
            self._world = None

    def close(self) -> None:
        """End the engine; may be called again."""
        if self._world is not None:
            with contextlib.suppress(OSError):
                self._world.close()
            self._world = None

    def __enter__(self) -> Self:
        """Return the stage."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the engine."""
        self.close()


_TRIES = 8
"""Ways out that are tried from a place in which an agent seems to be stuck."""


def gets_away(stage: Stage, trail: Trail, agent: int, seed: int) -> bool:
    """Return whether some action leads out of the place at a trail's end.

    Each try returns to the place and holds one random action for as many decisions as count as
    stuck. An episode that the game ends counts as a way out.

    Args:
        stage: where it is played.
        trail: that ends in the place.
        agent: of the arena.
        seed: of the actions.
    """
    spans = stage.world.spans
    for place, space in enumerate({id(s.space): s.space for s in spans.seats[0]}.values()):
        space.seed(seed + place)
    count, radius = stage.limits.stuck_decisions, stage.limits.stuck_radius
    for _ in range(_TRIES):
        action = drawn(spans, 0)
        longer = trail.then(np.tile(action, (count, 1)))
        run = stage.play(longer, keep_moments=True)
        if run.failed or (run.ended and run.moments[-1].terminated):
            return True
        places = [
            each.places[agent]
            for each in run.moments
            if each.decision >= len(trail) - 1 and agent < len(each.places)
        ]
        known = [place for place in places if place is not None]
        if not known:
            return True
        line = np.asarray(known)
        if np.linalg.norm(line - line[0], axis=1).max() > radius:
            return True
    return False
