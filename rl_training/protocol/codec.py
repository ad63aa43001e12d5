"""What a transport must do; chosen once, after `env_info`.

`json_codec.JsonCodec` and `binary_codec.BinaryCodec` satisfy it; `connection` chooses.
"""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from rl_training.protocol.messages import ResetResult, StepResult


class Codec(Protocol):
    """Turns arrays into payloads and payloads into arrays, for one engine."""

    def encode_control(self, message: dict[str, Any]) -> bytes:
        """Encode a message that is not an action."""
        ...

    def decode_control(self, payload: memoryview, expected: str) -> dict[str, Any]:
        """Decode a message of the type `expected` that is neither a step nor a reset."""
        ...

    def encode_action(self, *actions: NDArray[Any]) -> bytes:
        """Encode (agents, columns) actions of each layout as one payload."""
        ...

    def encode_policy(self, message: dict[str, Any], onnx: bytes) -> bytes:
        """Encode the order `load_policy` with the bytes of the file."""
        ...

    def decode_step(self, payload: memoryview) -> StepResult:
        """Decode the answer to an action."""
        ...

    def decode_reset(self, payload: memoryview) -> ResetResult:
        """Decode the answer to a reset."""
        ...
