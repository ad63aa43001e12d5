"""All engines in actors of a Ray cluster, played through whole rollouts where they are.

Made by the training for `--backend ray`. Learners that know `play` (`free_collection`) send a copy
of the policy and get rollouts back; whoever steps it instead pays a trip through the network for
every decision, and is told.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from rl_training.config.sections import ClusterSettings
from rl_training.envs.agent_calls import agents_by_engine
from rl_training.envs.batches import EngineReset, EngineStep, cut_off
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.crew import ActorLostError, Crew
from rl_training.envs.cluster.game_files import absolute
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.group_rows import check_equal, check_same
from rl_training.envs.playing.draws import Draws
from rl_training.envs.playing.sheet import Arrays
from rl_training.envs.playing.whole_rollout import Lost, Played, Score
from rl_training.envs.settings import EnvSettings
from rl_training.envs.standing_orders import StandingOrders
from rl_training.envs.supervision import EngineRestart, RestartBudget, restart_seed
from rl_training.errors import ConfigError, EngineDiedError, ProtocolError, UsageError
from rl_training.protocol.orders import Order

_log = logging.getLogger(__name__)

# Numbers of restarts of engines inside actors must differ from those of actors.
_ACTOR_STREAM = 1 << 20


@dataclass(frozen=True)
class _Playing:
    """A rollout that an actor was told to play: all that it needs to play it again.

    Attributes:
        score: what stands for it on the cluster.
        version: of its policy.
        draws: of the actor's agents.
        before: key to (agents, ...), what they told last.
    """

    score: Any
    version: int
    draws: Draws
    before: Arrays


class RayVecEnv(EngineVecEnv):
    """A `VecEnv` over engines on the nodes of a Ray cluster.

    An engine that fails is replaced by its actor. An actor that is lost (killed, or its node is
    gone) is made anew on a node that lives; its agents' episodes count as truncated, and the
    rollout is collected again from there. `max_restarts` bounds both together.

    Args:
        settings: the engines of all nodes together.
        cluster: which cluster, and how engines are dealt out.

    Raises:
        UsageError: Ray is not installed, the cluster cannot be reached or has no room, or a node
            has another game or engine.
        HarnessError: as in `EngineVecEnv`.
    """

    def __init__(self, settings: EnvSettings, cluster: ClusterSettings | None = None) -> None:
        self._cluster = cluster or ClusterSettings(backend="ray")
        if settings.in_editor or settings.show_window:
            raise ConfigError("--backend ray runs engines without a window: leave out --viz")
        super().__init__(**absolute(settings).as_arguments())

    @classmethod
    def from_settings(cls, settings: EnvSettings) -> Self:
        """Build the environment that the settings describe, on a cluster started for it."""
        return cls(settings)

    def _start(self) -> None:
        self.restarts: list[EngineRestart] = []
        self._budget = RestartBudget(self.settings.max_restarts)
        self._crew: Crew | None = None
        # Actors that were made anew since they played last, to the number of that restart.
        self._cut: dict[int, int] = {}
        self._fresh: dict[int, list[EngineReset]] = {}
        self._playing: dict[int, _Playing] = {}
        self._last: list[EngineReset | EngineStep] = []
        self._sent: dict[int, Any] | None = None
        self._seed: int | None = self.settings.seed
        self._told_steps = False
        cpus = self.settings.num_envs * self._cluster.cpus_per_engine
        ray = self._resources.enter_context(connected(self._cluster, cpus))
        self._crew = Crew(ray, self.settings, self._cluster)
        self._resources.callback(self._crew.close)
        self._infos = self._crew.start()
        check_equal(self._infos)
        self.agent_policy_names = [name for info in self._infos for name in info.policy_names]
        self._describe(self._infos)
        arenas = itertools.pairwise(self.group_rows.arena_bounds)
        self._standing = [StandingOrders(last - first) for first, last in arenas]
        nodes = sorted({facts.node for facts in self._crew.facts})
        _log.info(
            "engines: %d in %d actors on %d node(s): %s",
            self.settings.num_envs, len(self._crew.tasks), len(nodes), ", ".join(nodes),
        )  # fmt: skip

    def close(self) -> None:
        """End all actors, their engines, and a cluster that was started for them."""
        self._crew = None
        self._resources.close()

    def play(
        self, score: Score, draws: Draws, before: Arrays
    ) -> Iterator[tuple[slice, list[slice], Played]]:
        """Play all engines through a rollout; see `free_rollout.WholeRollouts`.

        Raises:
            HarnessError: an engine failed for good, or too many actors were lost.
        """
        self.begin(range(len(self._open_crew().tasks)), score, draws, before)
        while self._playing:
            for actor, played in self.arrived(wait=True):
                yield self._rows(actor), self._engine_rows(actor), played

    @property
    def actor_rows(self) -> list[tuple[slice, list[slice]]]:
        """Rows of each actor, and of each of its engines."""
        actors = range(len(self._open_crew().tasks))
        return [(self._rows(actor), self._engine_rows(actor)) for actor in actors]

    @property
    def playing(self) -> Mapping[int, int]:
        """Actors that play a rollout now, or whose rollout was not taken, to its version."""
        return {actor: one.version for actor, one in self._playing.items()}

    def begin(self, actors: Iterable[int], score: Score, draws: Draws, before: Arrays) -> None:
        """See `late_rollouts.LateRollouts`."""
        wanted = list(actors)
        if not wanted:
            return
        shared = self._open_crew().share(score)
        for actor in wanted:
            rows = self._rows(actor)
            told = {key: each[rows].copy() for key, each in before.items()}
            self._playing[actor] = _Playing(shared, score.actor.version, draws.part(rows), told)
            self._have_played(actor)

    def arrived(self, *, wait: bool) -> Iterator[tuple[int, Played]]:
        """See `late_rollouts.LateRollouts`."""
        crew = self._open_crew()
        for actor, answer in crew.finished(wait=wait):
            if isinstance(answer, ActorLostError):
                self._replace(actor, answer)
                continue
            played: Played = self._taken(actor, answer)
            version = self._playing.pop(actor).version
            if played.version != version:
                raise ProtocolError(
                    f"{crew.name(actor)} played version {played.version} of the policy, "
                    f"expected {version}"
                )
            self._cut.pop(actor, None)
            self._absent[self._rows(actor)] = False if played.absent is None else played.absent[-1]
            yield actor, played

    def _have_played(self, actor: int) -> None:
        one, lost = self._playing[actor], None
        if actor in self._cut:
            lost = Lost(one.before, self._absent[self._rows(actor)], self._cut[actor])
        self._open_crew().begin(actor, (one.score, one.draws, lost))

    def discard_answers(self) -> None:
        """Forget the rollouts that are played; an actor ends its own before it does anything."""
        self._playing.clear()
        if self._crew is not None:
            self._crew.forget()

    def _reset_engines(self, seed: int | None) -> list[EngineReset]:
        self._seed = self._seed if seed is None else seed
        self._sent = None
        self.discard_answers()
        parts: dict[int, list[EngineReset]] = self._ask_all(
            lambda _: ("reset", seed), lambda actor: None if seed is not None else "fresh"
        )
        self._cut.clear()
        flat = [part for actor in sorted(parts) for part in parts[actor]]
        self._remember(flat)
        return flat

    def _send(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        if self._sent is not None:
            raise UsageError("step_async() was called twice with no step_wait() between")
        if not self._told_steps:
            self._told_steps = True
            _log.warning(
                "every decision travels to the cluster and back: this learner or policy cannot "
                "play whole rollouts there (docs/scale.md)"
            )
        tasks = self._open_crew().tasks
        self._sent = {
            actor: list(actions[task.first : task.first + task.count])
            for actor, task in enumerate(tasks)
            if actor not in self._cut
        }

    def _receive(self) -> list[EngineStep]:
        if self._sent is None:
            raise UsageError("step_wait() was called without step_async()")
        crew, sent = self._open_crew(), self._sent
        self._sent = None
        parts: dict[int, list[EngineStep]] = {}
        for actor, answer in crew.ask({a: ("step", sent[a]) for a in sent}):
            if isinstance(answer, ActorLostError):
                self._replace(actor, answer)
            else:
                parts[actor] = self._taken(actor, answer)
        for actor, restart in self._cut.items():
            first = crew.tasks[actor].first
            parts[actor] = [
                cut_off(fresh, self._last[first + place], restart)
                for place, fresh in enumerate(self._fresh[actor])
            ]
        self._cut.clear()
        flat = [part for actor in sorted(parts) for part in parts[actor]]
        self._remember(flat)
        return flat

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took; see `EngineGroup.tick_times`.

        Nothing of actors that play: they would answer after their rollout.
        """
        if self._crew is None or self._sent is not None:
            return []
        idle = [actor for actor in range(len(self._crew.tasks)) if actor not in self._playing]
        parts = self._ask_all(lambda _: ("tick_times", None), lambda _: None, idle)
        return [times for actor in sorted(parts) for times in parts[actor]]

    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        if self._sent is not None:
            raise UsageError(f"'{method}' cannot be called between step_async() and step_wait()")
        wanted = [int(agent) for agent in agents]
        starts = [self._rows(a).start for a in range(len(self._open_crew().tasks))]
        bounds = [*starts, self.num_envs]
        local = dict(agents_by_engine(wanted, bounds))
        found = self._ask_all(
            lambda actor: ("call", (method, list(args), local[actor])), lambda _: None, local
        )
        values = {
            bounds[actor] + agent: value
            for actor, own in local.items()
            for agent, value in zip(own, found[actor], strict=True)
        }
        return [values[agent] for agent in wanted]

    def _order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        if self._sent is not None:
            kind = next(iter(orders.values())).kind
            raise UsageError(f"'{kind}' cannot be sent between step_async() and step_wait()")
        local: dict[int, dict[int, Order]] = {}
        for engine, order in orders.items():
            actor = engine // self._cluster.engines_per_actor
            local.setdefault(actor, {})[engine % self._cluster.engines_per_actor] = order
        found = self._ask_all(lambda actor: ("order", local[actor]), lambda _: None, local)
        for engine, order in orders.items():
            self._standing[engine].note(order)
        return [answer for actor in sorted(found) for answer in found[actor]]

    def _ask_all(
        self,
        command: Callable[[int], tuple[str, Any]],
        instead: Callable[[int], str | None],
        actors: Iterable[int] | None = None,
    ) -> dict[int, Any]:
        """Ask actors; make those anew that are lost, and ask them again.

        Args:
            command: of each actor.
            instead: "fresh" where the first observations of an actor that was made anew are the
                answer already.
            actors: which; None: all.

        Raises:
            UsageError: an actor refuses; all have answered.
        """
        crew = self._open_crew()
        waiting = set(range(len(crew.tasks)) if actors is None else actors)
        found: dict[int, Any] = {}
        refusal: UsageError | None = None
        while waiting:
            lost: set[int] = set()
            for actor, answer in crew.ask({a: command(a) for a in waiting}):
                if isinstance(answer, ActorLostError):
                    self._replace(actor, answer)
                    if instead(actor) == "fresh":
                        found[actor] = self._fresh[actor]
                    else:
                        lost.add(actor)
                    continue
                try:
                    found[actor] = self._taken(actor, answer)
                except UsageError as error:
                    refusal = refusal or error
            waiting = lost
        if refusal is not None:
            raise refusal
        return found

    def _taken(self, actor: int, answer: Any) -> Any:
        """Return an answer's value and count the restarts that it tells of."""
        if answer[0] == "error":
            raise answer[1]
        _, value, restarts = answer
        for restart in restarts:
            self.restarts.append(restart)
            error = EngineDiedError(restart.reason)
            error.failure = restart.failure
            self._budget.spend(error)
        return value

    def _replace(self, actor: int, error: ActorLostError) -> None:
        """Make a lost actor anew; its engines hold what they were ordered and begin new episodes.

        Raises:
            HarnessError: too many were lost, or no node can take it.
        """
        crew, began = self._open_crew(), time.monotonic()
        while True:
            self._budget.spend(error)
            try:
                infos = crew.replace(actor)
                task = crew.tasks[actor]
                for place, info in enumerate(infos):
                    check_same(self._infos[task.first + place], info, task.first + place)
                number = len(self.restarts) + 1
                self._open_engines(actor, number)
                break
            except ActorLostError as again:
                error = again
        self._cut[actor] = number
        downtime = round(time.monotonic() - began, 3)
        self.restarts.append(
            EngineRestart(
                engine=task.first,
                time=time.time(),
                downtime_s=downtime,
                reason=str(error),
                failure=None,
                error=type(error).__name__,
            )
        )
        _log.warning(
            "%s; made anew on %s in %.1f s, its rollout is collected again",
            error, crew.facts[actor].node, downtime,
        )  # fmt: skip
        if actor in self._playing:
            # It may be another command that met the loss.
            crew.forget(actor)
            self._have_played(actor)

    def _open_engines(self, actor: int, number: int) -> None:
        """Tell the engines of a new actor what they were ordered, and begin their episodes."""
        crew, first = self._open_crew(), self._open_crew().tasks[actor].first
        commands: list[tuple[str, Any]] = []
        for place in range(crew.tasks[actor].count):
            commands += [("order", {place: order}) for order in self._standing[first + place]]
        seed = restart_seed(self._seed or 0, _ACTOR_STREAM + number)
        for command in [*commands, ("reset", seed)]:
            for _, answer in crew.ask({actor: command}):
                if isinstance(answer, ActorLostError):
                    raise answer
                value = self._taken(actor, answer)
        self._fresh[actor] = value

    def _remember(self, parts: Sequence[EngineReset] | Sequence[EngineStep]) -> None:
        self._last = [*parts]
        flags = [
            np.zeros(len(part.infos), np.bool_) if part.absent is None else part.absent
            for part in parts
        ]
        self._absent = np.concatenate(flags)

    def _rows(self, actor: int) -> slice:
        task, bounds = self._open_crew().tasks[actor], self.group_rows.bounds
        return slice(bounds[task.first], bounds[task.first + task.count])

    def _engine_rows(self, actor: int) -> list[slice]:
        task, bounds = self._open_crew().tasks[actor], self.group_rows.bounds
        engines = range(task.first, task.first + task.count)
        return [slice(bounds[engine], bounds[engine + 1]) for engine in engines]

    def _open_crew(self) -> Crew:
        if self._crew is None:
            raise UsageError("the environment is closed")
        return self._crew
