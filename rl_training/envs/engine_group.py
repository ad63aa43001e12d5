"""Several engines as one batch of agents: launch, reset, step, call, close.

Both environments stand on it: `GodotVecEnv` holds one group of all engines, and each worker of
`SubprocGodotVecEnv` a group of one. It imports neither Stable-Baselines3 nor torch.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.envs.engine_client import EngineClient
from rl_training.errors import ActionSpaceError, HarnessError, ObservationError, UsageError
from rl_training.protocol import EnvInfo, Listener, StepResult
from rl_training.protocol.messages import Observations

_PATIENCE_S = 2.0
_PATIENCE_AFTER_FAILURE_S = 0.3


class BatchStep(NamedTuple):
    """One decision of all agents, as SB3's `step_wait` returns it.

    Attributes:
        obs: key to (n, ...) array; a new episode's first observation where one ended.
        rewards: (n,) float32.
        dones: (n,) bool.
        infos: n dictionaries with `TimeLimit.truncated`, and `terminal_observation` where an
            episode ended.
    """

    obs: Observations
    rewards: NDArray[np.float32]
    dones: NDArray[np.bool_]
    infos: list[dict[str, Any]]


class EngineGroup:
    """Launches engines in parallel and drives them in lockstep.

    Args:
        commands: one per engine; None waits for an editor.
        listeners: one per engine, already bound; owned by this object from here on.
        timeout_s: longest wait for a connection and for every answer in seconds.
        transport: "auto", "binary" or "json".
        first_index: number of the first engine, for messages.

    Raises:
        EngineStartError: an engine ended before it was ready; the others are ended too.
        EngineTimeoutError: an engine was not ready in time.
        ProtocolError: what an engine declares cannot be used.
    """

    def __init__(
        self,
        commands: Sequence[EngineCommand | None],
        listeners: Sequence[Listener],
        timeout_s: float,
        transport: str,
        first_index: int = 0,
    ) -> None:
        self.clients: list[EngineClient] = []
        self._closed = False
        try:
            for offset, (command, listener) in enumerate(zip(commands, listeners, strict=True)):
                process = None if command is None else EngineProcess(command)
                self.clients.append(
                    EngineClient(first_index + offset, process, listener, timeout_s, transport)
                )
            for client in self.clients:
                client.accept()
            infos = [client.receive_env_info() for client in self.clients]
            check_equal(infos)
        except BaseException:
            self._abandon()
            for listener in listeners:
                listener.close()
            raise
        self.info = infos[0]
        self._counts = [info.n_agents for info in infos]
        self._bounds = [0, *np.cumsum(self._counts).tolist()]

    @property
    def n_agents(self) -> int:
        """Agents in all engines."""
        return int(self._bounds[-1])

    @property
    def _pending(self) -> bool:
        """Whether an action was sent whose answer was not received."""
        return any(client.awaits_step for client in self.clients)

    def reset(self, seed: int | None) -> tuple[Observations, list[dict[str, Any]]]:
        """Begin new episodes in all engines.

        Args:
            seed: in [0, 2**31): number the episodes from 0 again; None: go on.

        Returns:
            Observations of all agents, and one info dictionary per agent.
        """
        with self._closing_on_error():
            for client in self.clients:
                client.discard_step()
            for client in self.clients:
                client.send_reset(seed)
            results = [client.receive_reset() for client in self.clients]
        infos: list[dict[str, Any]] = []
        for result, count in zip(results, self._counts, strict=True):
            infos += result.infos or [{} for _ in range(count)]
        return _stack([result.obs for result in results]), infos

    def send(self, actions: NDArray[Any]) -> None:
        """Send (n_agents, columns) actions, each engine its rows."""
        if self._pending:
            raise UsageError("step_async() was called twice with no step_wait() between")
        array = np.asarray(actions)
        if len(array) != self.n_agents:
            raise ActionSpaceError(f"{len(array)} actions were given for {self.n_agents} agents")
        with self._closing_on_error():
            for client, first, last in zip(
                self.clients, self._bounds, self._bounds[1:], strict=False
            ):
                client.send_action(array[first:last])

    def receive(self) -> BatchStep:
        """Receive what the actions brought, from all engines."""
        if not self._pending:
            raise UsageError("step_wait() was called without step_async()")
        with self._closing_on_error():
            results = [client.receive_step() for client in self.clients]
        infos: list[dict[str, Any]] = []
        for result in results:
            infos += _infos(result)
        return BatchStep(
            _stack([result.obs for result in results]),
            _join([result.rewards for result in results]),
            _join([result.terminated | result.truncated for result in results]),
            infos,
        )

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
        for agent in wanted:
            if not 0 <= agent < self.n_agents:
                raise UsageError(f"there is no agent {agent}, only 0 to {self.n_agents - 1}")
        values: dict[int, Any] = {}
        with self._closing_on_error():
            for client, first, last in zip(
                self.clients, self._bounds, self._bounds[1:], strict=False
            ):
                local = sorted({agent - first for agent in wanted if first <= agent < last})
                if local:
                    returns = client.call(method, list(args), local)
                    values |= {first + a: value for a, value in zip(local, returns, strict=True)}
        return [values[agent] for agent in wanted]

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
    def _closing_on_error(self) -> Any:
        """Leave no engine behind when one of them fails."""
        if self._closed:
            raise UsageError("the environment is closed")
        try:
            yield
        except UsageError:
            raise
        except HarnessError:
            self._abandon()
            raise


def _infos(result: StepResult) -> list[dict[str, Any]]:
    """Return one fresh dictionary per agent, completed as SB3 wants it."""
    infos = result.infos
    if infos:
        for info in infos:
            info["TimeLimit.truncated"] = False
    else:
        infos = [{"TimeLimit.truncated": False} for _ in range(len(result.rewards))]
    ended = result.terminated | result.truncated
    if not ended.any():
        return infos
    rows = {agent: row for row, agent in enumerate(result.final_agents)}
    for agent in np.flatnonzero(ended).tolist():
        row = rows.get(agent)
        # The stock plugin sends no final observation: what it sent in this step is the nearest.
        source, index = (result.obs, agent) if row is None else (result.final_obs, row)
        info = infos[agent]
        info["terminal_observation"] = {
            key: np.array(array[index]) for key, array in source.items()
        }
        info["TimeLimit.truncated"] = bool(result.truncated[agent] and not result.terminated[agent])
    return infos


def _join(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _stack(observations: list[Observations]) -> Observations:
    if len(observations) == 1:
        return observations[0]
    return {key: np.concatenate([obs[key] for obs in observations]) for key in observations[0]}


def check_equal(infos: Sequence[EnvInfo]) -> None:
    """Refuse engines that run different games.

    Raises:
        ObservationError: they declare different observations.
        ActionSpaceError: they declare different actions.
    """
    for index, info in enumerate(infos[1:], start=1):
        if info.observations != infos[0].observations:
            raise ObservationError(f"engine {index} declares other observations than engine 0")
        if info.actions != infos[0].actions:
            raise ActionSpaceError(f"engine {index} declares other actions than engine 0")
