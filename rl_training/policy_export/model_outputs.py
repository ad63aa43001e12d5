"""What a file's outputs mean to a scene: as many outputs as the actions need, and the actions.

Whoever plays or teaches from an .onnx file in Python asks it; the addon's twin is
addons/godot_rl/policies/action_picker.gd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from rl_training.errors import ModelError
from rl_training.policy_export.layout import action_layout
from rl_training.protocol.hybrid_box import HybridBox

Array = npt.NDArray[Any]


class ModelOutputs:
    """Reads the outputs of a model for one action space.

    Args:
        space: of the scene's actions, as `env.action_space`.
        width: outputs of the model for one agent.

    Raises:
        ModelError: that many outputs cannot serve the actions, or no model can.
    """

    def __init__(self, space: spaces.Space[Any], width: int) -> None:
        self._space = space
        layout = action_layout(space)
        self._nvec: list[int] = layout.get("nvec", [])
        self._hybrid = space if isinstance(space, HybridBox) else None
        # As a plain Box learns it, which a policy with logits for all choices may be wide too.
        self._is_flat = self._hybrid is not None and width != self._hybrid.outputs
        wanted = [sum(self._nvec) if self._nvec else int(layout["size"])]
        if self._hybrid is not None:
            wanted = sorted({self._hybrid.outputs, wanted[0]}, reverse=True)
        if width not in wanted:
            needed = " or ".join(str(one) for one in wanted)
            raise ModelError(
                f"the model gives {width} outputs, the scene's actions need {needed} "
                f"({_described(space)}): train it on these actions"
            )

    @property
    def has_choices(self) -> bool:
        """Whether some actions are discrete, so that masks may forbid choices."""
        return bool(self._nvec) or self._hybrid is not None

    def actions(self, outputs: Array, allowed: Array | None = None) -> Array:
        """Return the most probable actions, as the environment takes them.

        Args:
            outputs: (n, outputs) of the model.
            allowed: (n, all choices) bool; choices that may be taken; None: all.
        """
        if self._hybrid is not None:
            rows = outputs if self._is_flat else self._hybrid.most_probable(outputs)
            return rows if allowed is None else self._hybrid.restricted(rows, allowed)
        if not self._nvec:
            return outputs
        if allowed is not None:
            outputs = np.where(allowed, outputs, -np.inf)
        ends = np.cumsum(self._nvec)
        picks = [
            outputs[:, end - n : end].argmax(axis=1)
            for end, n in zip(ends, self._nvec, strict=True)
        ]
        return picks[0] if isinstance(self._space, spaces.Discrete) else np.stack(picks, axis=1)

    def with_shares(self, outputs: Array) -> Array:
        """Return the most probable actions of a `HybridBox` with scores that add up to 1.

        Logits have any size; a student that learns them beside actions in [-1, 1] would learn
        little else.

        Args:
            outputs: (n, outputs) of the model.
        """
        assert self._hybrid is not None, "for a HybridBox only"
        rows = np.array(self.actions(outputs))
        for field, span in self._hybrid.spans:
            if field.kind == "discrete" and span.stop - span.start > 1:
                weights = np.exp(rows[:, span] - rows[:, span].max(axis=1, keepdims=True))
                rows[:, span] = weights / weights.sum(axis=1, keepdims=True)
        return rows


def _described(space: spaces.Space[Any]) -> str:
    if isinstance(space, HybridBox):
        return ", ".join(
            f"{field.key}: {field.size}{' choices' if field.kind == 'discrete' else ''}"
            for field in space.fields
        )
    return str(space)
