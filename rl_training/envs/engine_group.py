"""Several engines as one batch of agents: launch, reset, step, call, close.

Both environments stand on it: `GodotVecEnv` holds one group of all engines, and each worker of
`SubprocGodotVecEnv` a group of one. It imports neither Stable-Baselines3 nor torch.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.agent_calls import agents_by_engine
from rl_training.envs.batches import (
    BatchStep,
    EngineReset,
    EngineStep,
    agent_places,
    completed_reset,
    completed_step,
    cut_off,
    flat_reset,
    flat_step,
)
from rl_training.envs.engine_client import EngineClient
from rl_training.envs.engine_logs import EngineLogs
from rl_training.envs.group_rows import GroupRows, check_equal
from rl_training.envs.launch_plan import LaunchPlan
from rl_training.envs.replacements import Replacements
from rl_training.envs.settings import EnvSettings
from rl_training.envs.supervision import EngineRestart
from rl_training.errors import HarnessError, UsageError
from rl_training.protocol import Listener, bind_listeners
from rl_training.protocol.messages import Observations
from rl_training.protocol.orders import Order
from rl_training.protocol.readiness import wait_ready

_PATIENCE_S = 2.0
_PATIENCE_AFTER_FAILURE_S = 0.3


class EngineGroup:
    """Launches engines in parallel, drives them in lockstep, and replaces those that fail.

    An engine that dies, hangs or sends nonsense while it plays is ended and a new one started, as
    often as the settings' `max_restarts` allows, unless it fails twice without a decision. Its
    agents' episodes then count as truncated: the terminal observation is the last one that was
    received, the reward of the lost decision 0, and the info has `engine_restart`, the number of
    the restart. Any other failure ends all engines.

    Args:
        plan: what is launched.
        listeners: one per engine, already bound; owned by this object from here on.
        first_index: number of the first engine.
        tells: log errors and warnings of the engines' logs as they come.

    Raises:
        EngineStartError: an engine ended before it was ready; the others are ended too.
        EngineTimeoutError: an engine was not ready in time.
        ProtocolError: what an engine declares cannot be used.
    """

    def __init__(
        self,
        plan: LaunchPlan,
        listeners: Sequence[Listener],
        first_index: int = 0,
        *,
        tells: bool = True,
    ) -> None:
        self.clients: list[EngineClient] = []
        self._logs = EngineLogs(self.clients, tells=tells)
        self._replacements = Replacements(plan, self.clients, first_index)
        self._supervised = self._replacements.supervised
        self._failures = self._replacements.failures
        self._limit_s = plan.settings.timeout_s
        self._seed = plan.settings.seed
        # Whether actions were sent that are not all answered; a failed engine answers none.
        self._acted = False
        # When each engine got its last actions from `send_block`, in monotonic seconds.
        self._sent_at: dict[int, float] = {}
        self._closed = False
        try:
            for offset, listener in enumerate(listeners):
                listener.token = plan.token
                self.clients.append(self._replacements.launch(offset, listener))
            for client in self.clients:
                client.accept()
            self.infos = [client.receive_env_info() for client in self.clients]
            check_equal(self.infos)
        except BaseException:
            self._abandon()
            for listener in listeners:
                listener.close()
            raise
        self.info = self.infos[0]
        self.rows = GroupRows(self.infos)
        self._bounds = self.rows.bounds
        self._places = [agent_places(info) for info in self.infos]
        self._replacements.know(self.infos, self.rows.arena_bounds)
        # Of each engine, what came last: a restart makes it the terminal observations.
        self._last: list[EngineReset | EngineStep] = []

    @property
    def restarts(self) -> list[EngineRestart]:
        """Engines that failed and were replaced, in order."""
        return self._replacements.restarts

    @property
    def n_agents(self) -> int:
        """Agents in all engines."""
        return int(self._bounds[-1])

    @property
    def _pending(self) -> bool:
        """Whether an action was sent whose answer was not received."""
        lost = self._acted and bool(self._failures)
        return lost or any(client.awaits_step for client in self.clients)

    def reset(self, seed: int | None) -> tuple[Observations, list[dict[str, Any]]]:
        """Begin new episodes in all engines, whose agents are alike.

        Args:
            seed: in [0, 2**31): number the episodes from 0 again; None: go on.

        Returns:
            Observations of all agents, and one info dictionary per agent.

        Raises:
            UsageError: agents differ.
        """
        self.rows.require_flat()
        return flat_reset(self.reset_engines(seed))

    def reset_engines(self, seed: int | None) -> list[EngineReset]:
        """Begin new episodes in all engines; see `reset`."""
        self._seed = self._seed if seed is None else seed
        with self._closing_on_error():
            for place, client in self._working():
                with self._supervised(place):
                    client.discard_step()
            for place, client in self._working():
                with self._supervised(place):
                    client.send_reset(seed)
            results: dict[int, EngineReset] = {}
            for place, client in self._working():
                with self._supervised(place):
                    results[place] = completed_reset(client.receive_reset())
            results |= self._replace_failed(seed)
        self._logs.look()
        parts = [results[place] for place in range(len(self.clients))]
        self._last = [*parts]
        return parts

    def send(self, actions: NDArray[Any]) -> None:
        """Send (n_agents, columns) actions of agents that are alike, each engine its rows."""
        self.send_engines(self.rows.split(actions))

    def send_engines(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        """Send each engine its (agents, columns) actions, layout by layout."""
        if self._pending:
            raise UsageError("step_async() was called twice with no step_wait() between")
        self._acted = True
        with self._closing_on_error():
            for place, client in self._working():
                with self._supervised(place):
                    client.send_action(*actions[place])

    def receive(self) -> BatchStep:
        """Receive what the actions brought, from all engines, whose agents are alike."""
        return flat_step(self.receive_engines())

    def receive_engines(self) -> list[EngineStep]:
        """Receive what the actions brought, from all engines."""
        if not self._pending:
            raise UsageError("step_wait() was called without step_async()")
        parts: dict[int, EngineStep] = {}
        with self._closing_on_error():
            for place in self._as_they_answer():
                with self._supervised(place):
                    parts[place] = self._take_step(place)
            self._logs.look()
            if self._failures:
                for place, fresh in self._replace_failed(None).items():
                    parts[place] = self._cut_off(place, fresh)
        self._acted = False
        ordered = [parts[place] for place in range(len(self.clients))]
        self._last = [*ordered]
        return ordered

    @property
    def blocks(self) -> list[slice]:
        """Rows of each engine among all agents."""
        return [slice(first, last) for first, last in itertools.pairwise(self._bounds)]

    def send_block(self, place: int, actions: NDArray[Any]) -> None:
        """Send one engine its (agents, columns) actions; the others go on with what they do."""
        self.rows.require_flat()
        if place in self._failures and not self._acted:
            self._acted = True  # an order met the failure; these actions are lost
            return
        if place in self._failures or self.clients[place].awaits_step:
            raise UsageError(f"engine {place} has not answered its last actions yet")
        self._acted = True
        with self._closing_on_error(), self._supervised(place):
            self.clients[place].send_action(actions)
            self._sent_at[place] = time.monotonic()

    def receive_blocks(self) -> list[tuple[int, BatchStep]]:
        """Wait until at least one engine has answered `send_block`.

        Returns:
            All answers that are there, by rising number of the engine. One that failed and was
            replaced has answered too.
        """
        if not self._pending:
            raise UsageError("receive_blocks() was called without send_block()")
        self.rows.require_flat()
        parts: dict[int, EngineStep] = {}
        with self._closing_on_error():
            for place in [] if self._failures else self._answered():
                with self._supervised(place):
                    parts[place] = self._take_step(place)
            self._logs.look()
            if self._failures:
                for place, fresh in self._replace_failed(None).items():
                    parts[place] = self._cut_off(place, fresh)
        self._acted = any(client.awaits_step for client in self.clients)
        for place, part in parts.items():
            self._last[place] = part
        return [(place, part.flat) for place, part in sorted(parts.items())]

    def last(self, engine: int) -> EngineReset | EngineStep:
        """Return what an engine told last."""
        return self._last[engine]

    def absent(self, engine: int) -> NDArray[np.bool_] | None:
        """Return which of an engine's (agents,) seats have been empty since its last answer.

        None: all are there.
        """
        return self._last[engine].absent

    def discard_answers(self) -> None:
        """Wait for the answers that are awaited and throw them away; `reset` comes next."""
        with self._closing_on_error():
            for place, client in self._working():
                with self._supervised(place):
                    client.discard_step()
            self._replace_failed(None)

    def call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        """Call a method of controllers.

        Args:
            method: name of the method.
            args: JSON values.
            agents: indices over all engines.

        Returns:
            One JSON value per agent, in the order of `agents`.
        """
        if self._pending:
            raise UsageError(f"'{method}' cannot be called between step_async() and step_wait()")
        wanted = [int(agent) for agent in agents]
        values: dict[int, Any] = {}
        with self._closing_on_error():
            for place, local in agents_by_engine(wanted, self._bounds).items():
                if place in self._failures:
                    raise UsageError(
                        f"'{method}' cannot be called before the next step or reset: engine "
                        f"{place} failed and is being replaced"
                    )
                returns = self.clients[place].call(method, list(args), local)
                first = self._bounds[place]
                values |= {first + a: value for a, value in zip(local, returns, strict=True)}
        return [values[agent] for agent in wanted]

    def order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        """Give engines orders and wait for their answers.

        An engine that fails here is replaced at the next step or reset and told all orders again.

        Args:
            orders: engine to its order, whose arenas are that engine's own.

        Returns:
            The answers of the engines that gave one: not of those that failed.

        Raises:
            UsageError: an engine refuses, or its addon takes no orders; the run can go on.
        """
        if self._pending:
            kind = next(iter(orders.values())).kind
            raise UsageError(f"'{kind}' cannot be sent between step_async() and step_wait()")
        answers: list[dict[str, Any]] = []
        refusal: UsageError | None = None
        with self._closing_on_error():
            asked = []
            for place, client in self._working():
                if place in orders:
                    with self._supervised(place):
                        client.send_order(orders[place])
                        asked.append(place)
            for place in asked:
                with self._supervised(place):
                    try:
                        answers.append(self.clients[place].receive_order(orders[place].kind))
                    except UsageError as error:
                        refusal = refusal or error
            if refusal is not None:
                raise refusal
            self._replacements.note_orders(orders)
        return answers

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took since the last call, for every engine that tells.

        An engine that fails here is left out; the next step meets the same failure and deals with
        it.

        Returns:
            `ticks`, `physics_ms_mean`, `physics_ms_max`, `frame_ms_mean`, `frame_ms_max`, of all
            arenas of an engine together.
        """
        times: list[dict[str, float]] = []
        if self._closed or self._pending:
            return times
        for _, client in self._working():
            if client.info.harness is not None:
                with contextlib.suppress(HarnessError):
                    times += client.call("take_tick_times", [], [0])
        return [each for each in times if isinstance(each, dict) and each]

    def close(self) -> None:
        """End all engines; may be called again."""
        self._end(_PATIENCE_S)

    def _abandon(self) -> None:
        """End all engines after a failure, without patience for one that hangs."""
        self._end(_PATIENCE_AFTER_FAILURE_S)

    def _end(self, patience_s: float) -> None:
        if self._closed:
            return
        self._closed = True
        for client in self.clients:
            client.send_close()
        deadline = time.monotonic() + patience_s
        for client in self.clients:
            client.close(max(0.0, deadline - time.monotonic()))

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        """Leave no engine behind when one of them fails for good."""
        if self._closed:
            raise UsageError("the environment is closed")
        try:
            yield
        except UsageError:
            raise
        except HarnessError:
            self._abandon()
            raise

    def _working(self) -> Iterator[tuple[int, EngineClient]]:
        """Yield the engines that are not being replaced."""
        for place, client in enumerate(self.clients):
            if place not in self._failures:
                yield place, client

    def _take_step(self, place: int) -> EngineStep:
        result = self.clients[place].receive_step()
        self._replacements.stepped.add(place)
        before = self._last[place].absent if self._last else None
        return completed_step(result, self._places[place], before)

    def _answered(self) -> list[int]:
        """Wait for an answer to `send_block`; give up on engines that are overdue."""
        waiting = [place for place, client in enumerate(self.clients) if client.awaits_step]
        due = min(self._sent_at[place] for place in waiting) + self._limit_s
        clients = [self.clients[place] for place in waiting]
        ready = [waiting[i] for i in wait_ready(clients, max(0.0, due - time.monotonic()))]
        now = time.monotonic()
        if now >= due:
            for place in set(waiting).difference(ready):
                if now >= self._sent_at[place] + self._limit_s:
                    with self._supervised(place):
                        self.clients[place].expire()
        return ready

    def _as_they_answer(self) -> Iterator[int]:
        """Yield engines whose answer is there, first come first; a dead one counts as there."""
        waiting = [place for place, client in enumerate(self.clients) if client.awaits_step]
        deadline = time.monotonic() + self._limit_s
        while len(waiting) > 1:
            clients = [self.clients[place] for place in waiting]
            ready = wait_ready(clients, max(0.0, deadline - time.monotonic()))
            if not ready:
                for place in waiting:
                    with self._supervised(place):
                        self.clients[place].expire()
                return
            answered = [waiting[position] for position in ready]
            waiting = [place for place in waiting if place not in answered]
            yield from answered
        yield from waiting

    def _replace_failed(self, seed: int | None) -> dict[int, EngineReset]:
        """Wait for the replacements and begin their episodes; see `Replacements.complete`."""
        results = self._replacements.complete(self._seed, seed)
        self._acted = False
        return results

    def _cut_off(self, place: int, fresh: EngineReset) -> EngineStep:
        """Return the step of agents whose engine was replaced."""
        return cut_off(fresh, self._last[place] if self._last else fresh, len(self.restarts))

    def messages(self) -> EngineMessages:
        """Return what the engines' logs told: errors of scripts, pushed errors and warnings."""
        return self._logs.messages()


def bind_all(settings: EnvSettings) -> list[Listener]:
    """Bind the ports of all engines.

    Raises:
        PortInUseError: one that must be taken is not free.
        UsageError: the address cannot be listened on.
    """
    return bind_listeners(
        settings.port, settings.num_envs, settings.port_strict, settings.host, settings.token
    )
