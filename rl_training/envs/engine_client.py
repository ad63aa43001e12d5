"""One engine seen from an environment: its process and its connection, with errors that say why.

Called by `engine_group`. What the connection reports is completed here with how the process ended
and what its log says.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
from numpy.typing import NDArray

from rl_training.engine.launch import EngineProcess
from rl_training.errors import (
    ActionSpaceError,
    EngineDiedError,
    EngineDisconnectedError,
    EngineFailure,
    EngineStartError,
    EngineTimeoutError,
    HarnessError,
    ProtocolError,
    UsageError,
)
from rl_training.protocol import EngineConnection, EnvInfo, Listener, ResetResult, StepResult
from rl_training.protocol.orders import Order
from rl_training.protocol.version import OFFERS

_log = logging.getLogger(__name__)

# The system reaps an engine shortly after its socket closes; its exit code is worth this wait.
_EXIT_CODE_WAIT_S = 1.0
_LOG_LINES = 20


class EngineClient:
    """A launched (or awaited) engine.

    Args:
        index: number of the engine, for messages.
        process: the engine's process, owned by this object; None for an editor.
        listener: the port that the engine will connect to; owned by this object.
        timeout_s: longest wait for the connection and for every answer in seconds.
        transport: "auto", "binary" or "json".
    """

    def __init__(
        self,
        index: int,
        process: EngineProcess | None,
        listener: Listener,
        timeout_s: float,
        transport: str,
    ) -> None:
        self.index = index
        self.port = listener.port
        self.process = process
        # True from an action until its answer: an interrupt (Ctrl-C) may come between.
        self.awaits_step = False
        self._listener = listener
        self._timeout_s = timeout_s
        self._offer = OFFERS[transport]
        self._connection: EngineConnection | None = None
        self._started = False
        self._closed = False
        self._last_message = ""

    def fileno(self) -> int:
        """Return the connection's descriptor, for `wait_ready`."""
        return self._opened().fileno()

    @property
    def info(self) -> EnvInfo:
        """The engine's description."""
        return self._opened().info

    @property
    def num_envs(self) -> int:
        """Agents in this engine."""
        return self.info.n_agents

    @property
    def observation_space(self) -> gym.spaces.Dict:
        """One agent's observation space."""
        return self.info.observation_space

    @property
    def action_space(self) -> gym.Space[Any]:
        """One agent's action space."""
        return self.info.action_space

    @property
    def agent_policy_names(self) -> list[str]:
        """Name of the policy that each agent asks for."""
        return list(self.info.policy_names)

    def accept(self) -> None:
        """Wait for the engine to connect and send the opening messages.

        Raises:
            EngineStartError: the engine ended before it connected.
            EngineTimeoutError: it did not connect in time.
        """
        if self.process is None:
            _log.info(
                "waiting for a Godot editor on port %d: press Play in a scene with agents",
                self.port,
            )
        with self._explained():
            self._connection = EngineConnection(
                self._listener.accept(self._timeout_s, self.check_alive), self._offer
            )
            self._connection.send_opening()

    def receive_env_info(self) -> EnvInfo:
        """Receive the engine's description."""
        with self._explained():
            info = self._opened().receive_env_info()
        self._started = True
        self._last_message = "env_info"
        return info

    def check_alive(self) -> None:
        """Raise EngineStartError when the process has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise EngineStartError(
                f"engine {self.index} did not start: {self.process.describe_end()}"
            )

    def send_reset(self, seed: int | None) -> None:
        """Ask for new episodes."""
        with self._explained():
            self._opened().send_reset(seed)

    def receive_reset(self) -> ResetResult:
        """Receive their first observations."""
        with self._explained():
            result = self._opened().receive_reset()
        self._last_message = "reset"
        return result

    def send_action(self, *actions: NDArray[Any]) -> None:
        """Send (agents, columns) actions of each layout."""
        with self._explained():
            self._opened().send_action(*actions)
            self.awaits_step = True

    def receive_step(self) -> StepResult:
        """Receive what they brought."""
        with self._explained():
            result = self._opened().receive_step()
            self.awaits_step = False
        self._last_message = "step"
        return result

    def expire(self) -> None:
        """Give up waiting for an answer.

        Raises:
            EngineTimeoutError: always.
        """
        with self._explained(self._timeout_s):
            raise EngineTimeoutError(f"the engine did not answer within {self._timeout_s:g} s")

    def discard_step(self) -> None:
        """Receive the answer of an action, if one is awaited, and throw it away."""
        if self.awaits_step:
            with self._explained():
                self._opened().discard_answer()
            self.awaits_step = False

    def call(self, method: str, args: list[Any], agents: list[int]) -> list[Any]:
        """Call a method of some agents' controllers; agents are this engine's own indices.

        Raises:
            UsageError: the stock plugin cannot do what is asked.
        """
        with self._explained():
            if self.info.harness is not None:
                return self._opened().call(method, args, agents)
            if args or agents != list(range(self.num_envs)):
                raise UsageError(
                    f"'{method}' cannot be called: godot-rl's stock plugin calls methods without "
                    "arguments and on all agents only; use addons/godot_rl"
                )
            return self._opened().call(method, [], None)

    def send_order(self, order: Order) -> None:
        """Send an order; its arenas are this engine's own.

        Raises:
            UsageError: the game's addon takes no orders; nothing was sent.
        """
        with self._explained():
            self._opened().send_order(order)

    def receive_order(self, kind: str) -> dict[str, Any]:
        """Receive the answer to an order.

        Raises:
            UsageError: the engine refuses it; nothing was changed.
        """
        with self._explained():
            return self._opened().receive_order(kind)

    def send_close(self) -> None:
        """Ask the engine to end."""
        if self._connection is not None and not self._closed:
            self._connection.send_close()

    def close(self, patience_s: float) -> None:
        """End the engine: wait `patience_s` seconds for it, then force it. Twice is safe."""
        if self._closed:
            return
        self._closed = True
        self._listener.close()
        try:
            connected = self._connection is not None
            if self._connection is not None:
                self._connection.wait_closed(patience_s)
                self._connection.close()
        finally:
            if self.process is not None:
                self.process.stop(patience_s if connected else 0.0)

    def _opened(self) -> EngineConnection:
        if self._connection is None or self._closed:
            raise UsageError("the environment is closed")
        return self._connection

    @contextlib.contextmanager
    def _explained(self, waited_s: float = 0.0) -> Iterator[None]:
        """Complete the connection's errors with what the process and its log tell.

        Args:
            waited_s: seconds that passed before the block.
        """
        began = time.monotonic() - waited_s
        try:
            yield
        except (EngineDiedError, EngineTimeoutError, ProtocolError, EngineStartError) as error:
            waited_s = time.monotonic() - began
            raise self._completed(error, waited_s) from error

    def _completed(self, error: HarnessError, waited_s: float) -> HarnessError:
        """Return the error with the engine's number and what is known about its process."""
        process = self.process
        if isinstance(error, ActionSpaceError) and self._started:
            return ActionSpaceError(str(error))  # what was sent, not what the engine did
        if isinstance(error, EngineDiedError):
            reason = str(error)
            if process is not None and isinstance(error, EngineDisconnectedError):
                process.wait(_EXIT_CODE_WAIT_S)
                reason = process.describe_end()
            kind = EngineDiedError if self._started else EngineStartError
            verb = "ended in the middle of the run" if self._started else "did not start"
            completed: HarnessError = kind(f"engine {self.index} {verb}: {reason}")
        elif isinstance(error, EngineStartError):
            completed = EngineStartError(str(error))
        else:
            state = ""
            if process is not None and isinstance(error, EngineTimeoutError):
                state = f" ({process.describe_end()})"
            elif process is not None and (told := process.reported_error()):
                state = "" if told in str(error) else f" (its log says: {told})"
            completed = type(error)(f"engine {self.index}: {error}{state}")
        failure = EngineFailure(
            engine=self.index,
            port=self.port,
            pid=None if process is None else process.pid,
            exit_code=None if process is None else process.poll(),
            waited_s=round(waited_s, 3),
            last_message=self._last_message,
            script_error="" if process is None else process.first_script_error(),
            log_tail=() if process is None else tuple(process.tail(_LOG_LINES)),
        )
        completed.args = (f"{completed} [{failure.facts()}]",)
        completed.failure = failure
        return completed
