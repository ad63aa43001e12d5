"""The conversation with one engine: opening, reset, step, call, close.

Called by `envs`. Requests are sent and answers received by separate methods, so that a caller can
send to many engines before it waits for the first. It never starts or ends a process.
"""

from __future__ import annotations

import contextlib
from typing import Any

from numpy.typing import NDArray

from rl_training.errors import HarnessError, ProtocolError, UsageError
from rl_training.protocol.binary_codec import BinaryCodec
from rl_training.protocol.codec import Codec
from rl_training.protocol.json_codec import JsonCodec, decode_message, encode_message
from rl_training.protocol.message_socket import MessageSocket
from rl_training.protocol.messages import EnvInfo, ResetResult, StepResult, parse_env_info
from rl_training.protocol.orders import Order, check_answer
from rl_training.protocol.version import (
    GODOT_RL_MAJOR,
    GODOT_RL_MINOR,
    HARNESS_NAME,
    PROTOCOL_VERSION,
    TRANSPORTS,
)


class EngineConnection:
    """One engine at the other end of a `MessageSocket`.

    Args:
        sock: the connected socket; owned by this object.
        transports: transports to offer, most preferred first.
    """

    def __init__(self, sock: MessageSocket, transports: tuple[str, ...] = TRANSPORTS) -> None:
        self._socket = sock
        self._transports = transports
        self._info: EnvInfo | None = None
        self._codec: Codec | None = None

    @property
    def info(self) -> EnvInfo:
        """The engine's description; only after `receive_env_info`."""
        assert self._info is not None, "receive_env_info() comes first"
        return self._info

    def fileno(self) -> int:
        """Return the socket's descriptor, for `wait_ready`."""
        return self._socket.fileno()

    def send_opening(self) -> None:
        """Send `handshake` and ask for `env_info`."""
        self._socket.send(
            encode_message(
                {
                    "type": "handshake",
                    "major_version": GODOT_RL_MAJOR,
                    "minor_version": GODOT_RL_MINOR,
                    "harness": HARNESS_NAME,
                    "protocol": PROTOCOL_VERSION,
                    "transports": list(self._transports),
                }
            )
        )
        self._socket.send(encode_message({"type": "env_info"}))

    def receive_env_info(self) -> EnvInfo:
        """Receive the engine's description and take the transport that it chose.

        Raises:
            EngineDiedError: the engine reports that the scene cannot be used, or ends.
            ProtocolVersionError: the addon speaks another protocol.
            ProtocolError: the answer is malformed.
        """
        info = parse_env_info(decode_message(self._socket.receive(), "env_info"))
        self._codec = self._choose(info)
        self._info = info
        return info

    def send_reset(self, seed: int | None) -> None:
        """Ask for new episodes; a seed restarts their numbering.

        Args:
            seed: in [0, 2**31), or None to go on with the next episodes.
        """
        message: dict[str, Any] = {"type": "reset"}
        if seed is not None:
            message["seed"] = seed
        self._send_control(message)

    def receive_reset(self) -> ResetResult:
        """Receive the first observations of the new episodes."""
        return self._agreed().decode_reset(self._socket.receive())

    def send_action(self, *actions: NDArray[Any]) -> None:
        """Send (agents, columns) actions of each layout."""
        self._socket.send(self._agreed().encode_action(*actions))

    def receive_step(self) -> StepResult:
        """Receive what the last actions brought."""
        return self._agreed().decode_step(self._socket.receive())

    def call(self, method: str, args: list[Any], agents: list[int] | None) -> list[Any]:
        """Call a method of the agents' controllers.

        Args:
            method: name of the method in GDScript.
            args: JSON values.
            agents: indices, or None for all agents (the only choice with the stock plugin).

        Returns:
            One JSON value per agent called.

        Raises:
            UsageError: the addon says that there is no such method or agent; nothing was called.
            ProtocolError: the answer is malformed (what the stock plugin sends in that case).
        """
        message: dict[str, Any] = {"type": "call", "method": method}
        if agents is not None:
            message |= {"args": args, "agents": agents}
        self._send_control(message)
        answer = self._agreed().decode_control(self._socket.receive(), "call")
        if isinstance(answer.get("error"), str):
            raise UsageError(f"'{method}' cannot be called: {' '.join(answer['error'].split())}")
        returns = answer.get("returns")
        expected = self.info.n_agents if agents is None else len(agents)
        if not isinstance(returns, list) or len(returns) != expected:
            raise ProtocolError(
                f"'call' of '{method}' must return {expected} values: {returns!r:.60}"
            )
        return returns

    def send_order(self, order: Order) -> None:
        """Send an order; its arenas are this engine's own.

        Raises:
            UsageError: the game's addon takes no orders; nothing was sent.
        """
        harness = self.info.harness
        if harness is None or not harness.takes_orders:
            peer = (
                "godot-rl's stock plugin"
                if harness is None
                else f"the game's addon {harness.addon_version}"
            )
            raise UsageError(
                f"{peer} takes no '{order.kind}' from a trainer: update addons/godot_rl in "
                "the game (spacetime-rl export addon)"
            )
        if order.onnx is None:
            self._send_control(order.message())
        else:
            self._socket.send(self._agreed().encode_policy(order.message(), order.onnx))

    def receive_order(self, kind: str) -> dict[str, Any]:
        """Receive the answer to an order.

        Raises:
            UsageError: the engine refuses it; nothing was changed.
            ProtocolError: the answer is malformed.
        """
        return check_answer(kind, self._agreed().decode_control(self._socket.receive(), kind))

    def discard_answer(self) -> None:
        """Receive one answer and throw it away."""
        self._socket.receive()

    def send_close(self) -> None:
        """Ask the engine to end; a vanished engine is no error here."""
        with contextlib.suppress(HarnessError):
            self._send_control({"type": "close"})
        self._socket.finish()

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until the engine closed its side; return whether it did."""
        return self._socket.drain(timeout_s)

    def close(self) -> None:
        """Close the socket; may be called again."""
        self._socket.close()

    def _choose(self, info: EnvInfo) -> Codec:
        transport = "json" if info.harness is None else info.harness.transport
        if transport not in self._transports:
            raise ProtocolError(
                f"the addon chose the transport '{transport}', offered were "
                f"{', '.join(self._transports)}"
            )
        if transport == "json":
            return JsonCodec(info)
        return BinaryCodec(info, 1 if transport == "binary1" else 2)

    def _agreed(self) -> Codec:
        assert self._codec is not None, "receive_env_info() comes first"
        return self._codec

    def _send_control(self, message: dict[str, Any]) -> None:
        """Send a message that is no action; before the transport is agreed on, as JSON."""
        if self._codec is None:
            self._socket.send(encode_message(message))
        else:
            self._socket.send(self._codec.encode_control(message))
