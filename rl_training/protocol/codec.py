"""What a transport must do; chosen once, after `env_info`.

`json_codec.JsonCodec` is the first; a binary one is one more file that satisfies `Codec`, and one
more line in `connection`.
"""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from rl_training.protocol.messages import ResetResult, StepResult


class Codec(Protocol):
    """Turns arrays into payloads and payloads into arrays, for one engine."""

    def encode_action(self, actions: NDArray[Any]) -> bytes:
        """Encode (n_agents, columns) actions as one payload."""
        ...

    def decode_step(self, payload: memoryview) -> StepResult:
        """Decode the answer to an action."""
        ...

    def decode_reset(self, payload: memoryview) -> ResetResult:
        """Decode the answer to a reset."""
        ...
