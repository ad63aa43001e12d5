"""Play a game, let detectors look, and come back with what was found.

`explore` is the whole of it: open the engines, calibrate, play. Jobs of a cluster (`on_cluster`) do
the same in parts: `calibrated`, then an `Explorer`. It writes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import EngineError, ProtocolError
from rl_training.exploration.archive import Archive, Visited
from rl_training.exploration.calibration import Calibration, calibrate
from rl_training.exploration.cells import CellMap
from rl_training.exploration.detectors import make_detectors
from rl_training.exploration.findings import FindingBook
from rl_training.exploration.lane import Lane, Returns
from rl_training.exploration.moment import Moment
from rl_training.exploration.players import Player, PolicyPlayer, RandomPlayer
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.strategy import FromTheStart, Mixture, Plan, Search, Strategy
from rl_training.exploration.trail import Tape
from rl_training.exploration.world import World

_log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]
"""Told the decisions played until now, and the number of findings."""


@dataclass
class Exploration:
    """What an exploration came to.

    Attributes:
        request: what was asked for.
        calibration: what was measured first.
        book: the findings.
        archive: the cells; of jobs that played beside each other, without the ways to them.
        returns: how exactly states were returned to.
        decisions: that were played, over all arenas, without the calibration.
        episodes: that ended or were cut off, of each way.
        seconds: of the exploration, without confirming.
        notes: what a reader should know.
        stopped: why it ended before its time; empty: it did not.
        arenas: over all engines.
        shares: decisions of each of several jobs that played beside each other. A finding's step
            and episode and the cells' curve then count those of one job, not of all together.
    """

    request: ExplorationRequest
    calibration: Calibration
    book: FindingBook
    archive: Visited
    returns: Returns
    decisions: int = 0
    episodes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    stopped: str = ""
    arenas: int = 1
    shares: tuple[int, ...] = ()

    @property
    def total_episodes(self) -> int:
        """Episodes of all ways together."""
        return sum(self.episodes.values())


def explore(request: ExplorationRequest, on_progress: OnProgress | None = None) -> Exploration:
    """Play a game and look for what is wrong. Findings are not confirmed yet: see `confirm`.

    Args:
        request: what to play and how.
        on_progress: told after every decision.

    Raises:
        HarnessError: the game does not start.
    """
    with World(request.game, request.parameters) as world:
        explorer = Explorer(request, world, calibrated(request, world))
        for decisions in explorer.played():
            if on_progress is not None:
                on_progress(decisions, len(explorer.result.book.findings))
        return explorer.result


def calibrated(request: ExplorationRequest, world: World, most_arenas: int = 0) -> Calibration:
    """Play a world's first levels again and again, before it is explored.

    Args:
        request: what to play; of several jobs of all of them together.
        world: whose arenas play.
        most_arenas: of the largest world that plays the same; 0: no other does.
    """
    first = [request.level(number, search=True) for number in range(8)]
    seed, cells = request.seed, request.cells
    return calibrate(world, first, request.limits, seed=seed, cells=cells, most_arenas=most_arenas)


class Explorer:
    """Plays a world and looks.

    Args:
        request: what to play and how; its `game` is the world's already.
        world: whose arenas play.
        calibration: of this game.

    Attributes:
        result: what was found until now.

    Raises:
        HarnessError: a policy cannot be loaded or does not fit.
    """

    def __init__(self, request: ExplorationRequest, world: World, calibration: Calibration) -> None:
        self._request = request
        self._world = world
        self._archive = Archive()
        seed = request.action_seed
        self._rng = np.random.default_rng(seed)
        self._numbers = {"new": 0, "search": 0}
        self._calibration = calibration
        self._limits = self._calibration.limits if request.calibrated else request.limits
        self._players: list[Player] = [RandomPlayer(world.spans, seed, request.holds)]
        for number, players in enumerate(request.policies):
            self._players.append(PolicyPlayer(players, world, seed + number, request.noise))
        self._strategy = self._make_strategy()
        self.result = Exploration(
            request,
            self._calibration,
            FindingBook(),
            self._archive,
            Returns(),
            notes=world.notes,
            arenas=world.arenas,
        )
        self._begun = 0
        self._lanes: list[Lane] = []

    def _level(self, kind: str) -> int:
        number = self._numbers[kind]
        self._numbers[kind] += 1
        return self._request.level(number, search=kind == "search")

    def _make_strategy(self) -> Strategy:
        request, archive = self._request, self._archive
        way = request.way
        if way in ("search", "mixture") and not self._world.takes_levels:
            self._world.notes.append(
                f"--way {way} cannot return to states here: it plays at random"
            )
            way = "policy" if request.policies and way == "mixture" else "random"

        def new_level() -> int:
            return self._level("new")

        def few_levels() -> int:
            return self._level("search")

        if way == "random":
            return FromTheStart("random", 0, new_level)
        policies = range(1, len(self._players))
        names = {number: f"policy {number - 1}" for number in policies}
        started = [FromTheStart(names[number], number, new_level) for number in policies]
        if way == "policy":
            return Mixture(started)
        search = Search(archive, self._rng, few_levels, burst=request.burst)
        if way == "search":
            return search
        after = [
            Search(
                archive,
                self._rng,
                few_levels,
                player=number,
                burst=request.burst,
                way=f"search, then {names[number]}",
            )
            for number in policies
        ]
        return Mixture([search, *started, *after, FromTheStart("random", 0, new_level)])

    def played(self) -> Iterator[int]:
        """Play to the end; yield the decisions played until now after each one of all arenas."""
        result, world = self.result, self._world
        began = time.monotonic()
        try:
            yield from self._play(began)
        except (EngineError, ProtocolError) as error:
            # What was found until now is worth telling.
            result.stopped = " ".join(str(error).split())
            _log.warning("%s", result.stopped)
        # The end of the time cuts off what is going on.
        for lane in self._lanes:
            if len(lane.tape):
                self._count_episode(lane)
        result.seconds = time.monotonic() - began
        result.notes = list(dict.fromkeys(world.notes))

    def _play(self, began: float) -> Iterator[int]:
        request, world, result = self._request, self._world, self.result
        lanes = self._lanes = [self._new_lane(arena) for arena in range(world.arenas)]
        first = world.begin({lane.arena: lane.plan.level for lane in lanes})
        following = [self._strategy.plan() for _ in lanes]
        world.order({arena: [plan.level] for arena, plan in enumerate(following)})
        for arena, moment in first.items():
            self._look(lanes[arena], moment)
        while result.decisions < request.decisions:
            if request.minutes > 0.0 and time.monotonic() - began > 60.0 * request.minutes:
                result.stopped = f"the time was over after {request.minutes:g} minutes"
                return
            actions = self._actions(lanes)
            playing = [world.is_playing(arena) for arena in range(world.arenas)]
            for lane in lanes:
                if playing[lane.arena]:
                    lane.tape.add(actions[lane.arena])
            moments = world.step(actions)
            result.decisions += sum(playing)
            over: list[int] = []
            cut: list[int] = []
            for arena, moment in moments.items():
                lane = lanes[arena]
                lane.take(moment, self._cells, self._archive, result.decisions, result.returns)
                self._look(lane, moment)
                if moment.ended:
                    over.append(arena)
                elif lane.is_over:
                    cut.append(arena)
            self._go_on(lanes, following, over, cut)
            yield result.decisions
            if request.stop_at_first and any(
                each.kind == request.stop_at_first for each in result.book.findings.values()
            ):
                result.stopped = f"a finding of the kind {request.stop_at_first} was seen"
                return

    @property
    def _cells(self) -> CellMap:
        return self._calibration.cells

    def _go_on(
        self, lanes: list[Lane], following: list[Plan], over: list[int], cut: list[int]
    ) -> None:
        """Begin the next plan in arenas whose episode ended or is cut off."""
        world = self._world
        world.cut(cut)
        orders: dict[int, list[int]] = {}
        for arena in (*over, *cut):
            self._count_episode(lanes[arena])
            plan = following[arena]
            lanes[arena] = self._new_lane(arena, plan)
            following[arena] = self._strategy.plan()
            self._players[plan.player].forget(arena)
            begun = [] if world.is_playing(arena) else [plan.level]
            orders[arena] = [*begun, following[arena].level]
        world.order(orders)

    def _count_episode(self, lane: Lane) -> None:
        episodes, way = self.result.episodes, lane.plan.way
        episodes[way] = episodes.get(way, 0) + 1

    def _new_lane(self, arena: int, plan: Plan | None = None) -> Lane:
        chosen = self._strategy.plan() if plan is None else plan
        alone = self._request.game.arenas == 1
        lane = Lane(
            arena,
            chosen,
            self._begun,
            Tape(chosen.level, self._world.width),
            make_detectors(self._limits, alone=alone),
            self._calibration.steady,
        )
        self._begun += 1
        return lane

    def _actions(self, lanes: list[Lane]) -> NDArray[np.float64]:
        actions = np.zeros((len(lanes), self._world.width))
        wanted = np.zeros((len(self._players), len(lanes)), np.bool_)
        for lane in lanes:
            action = lane.scripted
            if action is not None:
                actions[lane.arena] = action
            elif self._world.is_playing(lane.arena):
                wanted[lane.plan.player, lane.arena] = True
        for number, player in enumerate(self._players):
            # A policy that remembers sees every decision, whoever acts.
            if wanted[number].any():
                acted = player.act(self._world, wanted[number])
                actions[wanted[number]] = acted[wanted[number]]
        return actions

    def _look(self, lane: Lane, moment: Moment) -> None:
        for seen in lane.look(moment):
            new = self.result.book.add(
                seen,
                lane.tape.trail(),
                step=self.result.decisions,
                episode=lane.episode,
                way=lane.plan.way,
            )
            if new:
                _log.info("found %s: %s", seen.kind, seen.message)
