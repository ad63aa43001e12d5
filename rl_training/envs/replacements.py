"""Starts engines, and starts new ones for those that fail while they play.

Called by `EngineGroup`, which says where an engine may fail and when replacements are waited for.
It sends no action and knows no batch.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rl_training.engine.launch import EngineProcess
from rl_training.envs.batches import EngineReset, completed_reset
from rl_training.envs.engine_client import EngineClient
from rl_training.envs.group_rows import check_same
from rl_training.envs.launch_plan import LaunchPlan
from rl_training.envs.standing_orders import StandingOrders
from rl_training.envs.supervision import EngineRestart, RestartBudget, restart_seed
from rl_training.errors import ActionSpaceError, EngineError, HarnessError, ProtocolError
from rl_training.protocol import EnvInfo, Listener, bind_listeners
from rl_training.protocol.orders import Order

_log = logging.getLogger(__name__)

# Failures of an engine, one after the other, in which it never completed a decision.
_MOST_FRUITLESS = 2
_ENDED_FROM_OUTSIDE = (-signal.SIGTERM, -getattr(signal, "SIGKILL", 9))


class Failure(NamedTuple):
    """Why an engine is being replaced, and since when (monotonic seconds)."""

    error: HarnessError
    noticed: float


class Replacements:
    """Launches the engines of a group and replaces those that fail.

    Args:
        plan: what is launched.
        clients: of the group; a replaced engine's is exchanged here.
        first_index: number of the first engine.

    Attributes:
        restarts: that there were.
        failures: engines that are being replaced.
        stepped: engines that completed a decision since they were started.
    """

    def __init__(self, plan: LaunchPlan, clients: list[EngineClient], first_index: int) -> None:
        self.restarts: list[EngineRestart] = []
        self.failures: dict[int, Failure] = {}
        self.stepped: set[int] = set()
        self._plan = plan
        self._clients = clients
        self._first_index = first_index
        self._budget = RestartBudget(0 if plan.game is None else plan.settings.max_restarts)
        # How often an engine failed in turn that had not completed a decision.
        self._fruitless: dict[int, int] = {}
        self._infos: Sequence[EnvInfo] = ()
        self._standing: list[StandingOrders] = []

    def know(self, infos: Sequence[EnvInfo], arena_bounds: Sequence[int]) -> None:
        """Learn what the engines declared: replacements must declare the same.

        Args:
            infos: of each engine.
            arena_bounds: number of each engine's first arena, and behind them of all arenas.
        """
        self._infos = infos
        self._standing = [
            StandingOrders(last - first) for first, last in itertools.pairwise(arena_bounds)
        ]

    def launch(self, place: int, listener: Listener) -> EngineClient:
        """Start an engine that connects to the listener, without waiting for it."""
        index = self._first_index + place
        command = self._plan.command(index, listener.port)
        process = None if command is None else EngineProcess(command)
        settings = self._plan.settings
        return EngineClient(index, process, listener, settings.timeout_s, settings.transport)

    def note_orders(self, orders: Mapping[int, Order]) -> None:
        """Keep what engines were ordered: their replacements are told it again."""
        for place, order in orders.items():
            self._standing[place].note(order)

    @contextlib.contextmanager
    def supervised(self, place: int) -> Iterator[None]:
        """Start a replacement when the engine fails in the block, and go on; or raise."""
        try:
            yield
        except ActionSpaceError:
            raise  # the caller's fault
        except (EngineError, ProtocolError) as error:
            self._fail(place, error)

    def complete(self, group_seed: int, seed: int | None) -> dict[int, EngineReset]:
        """Wait for the replacements and begin their episodes.

        Args:
            group_seed: of the group's episodes.
            seed: of the replacements' episodes; None: one that was not used yet.

        Returns:
            Engine to its first observations.

        Raises:
            HarnessError: a replacement failed too, and no restart is left.
        """
        results: dict[int, EngineReset] = {}
        while self.failures:
            for place in list(self.failures):
                failure = self.failures[place]
                try:
                    results[place] = self._open(place, group_seed, seed)
                except (EngineError, ProtocolError) as error:
                    self._fail(place, error)
                    continue
                del self.failures[place]
                self._note(place, failure)
        return results

    def _fail(self, place: int, error: HarnessError) -> None:
        """End a failed engine and launch its replacement, without waiting for it.

        Raises:
            HarnessError: `error`, when no restart is left, or when the engine failed twice in
                turn without a single decision: it would do so for ever.
        """
        self._budget.spend(error)
        self._refuse_repetition(place, error)
        began = self.failures[place].noticed if place in self.failures else time.monotonic()
        client = self._clients[place]
        client.close(0.0)
        self.failures[place] = Failure(error, began)
        settings = self._plan.settings
        listener = bind_listeners(client.port, 1, host=settings.host, token=self._plan.token)[0]
        try:
            self._clients[place] = self.launch(place, listener)
        except BaseException:
            listener.close()
            raise

    def _refuse_repetition(self, place: int, error: HarnessError) -> None:
        code = None if error.failure is None else error.failure.exit_code
        if place in self.stepped or code in _ENDED_FROM_OUTSIDE:
            self.stepped.discard(place)
            self._fruitless[place] = 0
            return
        self._fruitless[place] = self._fruitless.get(place, 0) + 1
        if self._fruitless[place] >= _MOST_FRUITLESS:
            last = type(error)(
                f"{error}; it failed {_MOST_FRUITLESS} times in turn without a single decision, "
                "so it is not started again"
            )
            last.failure = error.failure
            raise last from error

    def _open(self, place: int, group_seed: int, seed: int | None) -> EngineReset:
        client = self._clients[place]
        client.accept()
        info = client.receive_env_info()
        check_same(self._infos[place], info, client.index)
        for order in self._standing[place]:
            client.send_order(order)
            client.receive_order(order.kind)
        number = len(self.restarts) + 1
        # Numbers of other groups (workers) must differ too.
        stream = number * 256 + client.index
        client.send_reset(restart_seed(group_seed, stream) if seed is None else seed)
        return completed_reset(client.receive_reset())

    def _note(self, place: int, failure: Failure) -> None:
        restart = EngineRestart(
            engine=self._first_index + place,
            time=time.time(),
            downtime_s=round(time.monotonic() - failure.noticed, 3),
            reason=str(failure.error),
            failure=failure.error.failure,
            error=type(failure.error).__name__,
        )
        self.restarts.append(restart)
        _log.warning("%s; started again in %.1f s", restart.reason, restart.downtime_s)
