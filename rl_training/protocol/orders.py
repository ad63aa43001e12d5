"""Orders between decisions: environment parameters, levels, who plays, and policies by wire.

`envs` makes them, `connection` sends them. docs/protocol.md writes them down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rl_training.errors import ProtocolError, UsageError

PARAMETERS = "parameters"
LEVELS = "levels"
CONTROL = "control"
LOAD_POLICY = "load_policy"


@dataclass(frozen=True)
class Order:
    """An order; it takes effect when the next episode of an arena or agent begins.

    Attributes:
        kind: its type on the wire.
        keys: what it says, without arenas and file.
        arenas: whom it concerns; None: all.
        onnx: bytes of the file, for `load_policy`.
    """

    kind: str
    keys: Mapping[str, Any]
    arenas: tuple[int, ...] | None = None
    onnx: bytes | None = field(default=None, repr=False)

    def to(self, arenas: Sequence[int] | None) -> Order:
        """Return the same order for other arenas."""
        return replace(self, arenas=None if arenas is None else tuple(arenas))

    def message(self) -> dict[str, Any]:
        """Return it as JSON, without the file."""
        arenas = {} if self.arenas is None else {"arenas": list(self.arenas)}
        return {"type": self.kind, **self.keys, **arenas}


def check_answer(kind: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer to an order holds.

    Raises:
        UsageError: the engine refuses the order; nothing was changed.
        ProtocolError: the answer is malformed.
    """
    if answer.get("error") is not None:
        raise UsageError(f"'{kind}' was refused: {' '.join(str(answer['error']).split())}")
    if kind == PARAMETERS:
        known = answer.get("known")
        if not isinstance(known, dict) or not all(map(_is_finite, known.values())):
            raise ProtocolError(f"the answer to '{kind}' lacks 'known', names with their defaults")
        return {"known": {name: float(value) for name, value in known.items()}}
    if kind == LOAD_POLICY:
        sha256, actions = answer.get("sha256"), answer.get("actions")
        if not isinstance(sha256, str) or actions not in ("sampled", "deterministic"):
            raise ProtocolError(f"the answer to '{kind}' lacks 'sha256' or 'actions'")
        warning = " ".join(str(answer.get("warning") or "").split())
        return {"sha256": sha256, "actions": actions, "warning": warning}
    return {}


def _is_finite(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)
