"""The flat action space of a scene that has continuous and discrete actions.

Made by `spaces.ActionLayout`; learners, exports and evaluations read its fields. Any algorithm for
a Box can learn on it as it stands. Checkpoints name this class: it keeps its place and its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ActionSpaceError
from rl_training.protocol.action_field import ActionField

SCORE_BOUND = 100.0
"""Scores lie in [-SCORE_BOUND, SCORE_BOUND]: finite, since SAC asks for that, and so wide that
clipping makes no ties."""


class HybridBox(gym.spaces.Box):
    """Continuous and discrete actions side by side in one row of float32.

    Columns, field by field in the order of the scene:

    - continuous, size n: n columns in [-1, 1];
    - discrete with 2 choices: one column in [-1, 1], 1 above 0 (as godot-rl has it);
    - discrete with k > 2 choices: k columns, a score for each choice; the largest is chosen, of
      equal ones the first.

    Args:
        fields: the actions; at least one of each kind.

    Raises:
        ActionSpaceError: all fields are of one kind.
    """

    def __init__(self, fields: Sequence[ActionField]) -> None:
        self.fields: tuple[ActionField, ...] = tuple(fields)
        if len({field.kind for field in self.fields}) != 2:
            raise ActionSpaceError(
                "a HybridBox holds continuous and discrete actions, got "
                f"{[f'{field.key}: {field.kind}' for field in self.fields]}"
            )
        bounds = [
            np.full(flat_columns(field), SCORE_BOUND if _has_scores(field) else 1.0, np.float32)
            for field in self.fields
        ]
        high = np.concatenate(bounds)
        super().__init__(low=-high, high=high, dtype=np.float32)

    @cached_property
    def spans(self) -> tuple[tuple[ActionField, slice], ...]:
        """The fields, each with its columns."""
        return _spans(self.fields, [flat_columns(field) for field in self.fields])

    @cached_property
    def continuous(self) -> NDArray[np.int64]:
        """Columns of the continuous actions, rising."""
        return _columns(self.spans, "continuous")

    @cached_property
    def output_spans(self) -> tuple[tuple[ActionField, slice], ...]:
        """The fields, each with its outputs of a policy that gives a logit for every choice."""
        return _spans(self.fields, [field.size for field in self.fields])

    @cached_property
    def continuous_outputs(self) -> NDArray[np.int64]:
        """Outputs of such a policy that are means of continuous actions, rising."""
        return _columns(self.output_spans, "continuous")

    @property
    def outputs(self) -> int:
        """Number of outputs of such a policy."""
        return sum(field.size for field in self.fields)

    @cached_property
    def choices(self) -> tuple[int, ...]:
        """Number of choices of each discrete action."""
        return tuple(field.size for field in self.fields if field.kind == "discrete")

    def chosen(self, actions: NDArray[Any]) -> NDArray[np.int64]:
        """Return the choices that rows mean.

        Args:
            actions: (n, columns) finite numbers.

        Returns:
            (n, discrete actions), each in [0, its choices).
        """
        found = [_choice(actions, f, span) for f, span in self.spans if f.kind == "discrete"]
        return np.stack(found, axis=1)

    def to_engine(self, actions: NDArray[Any]) -> NDArray[np.float64]:
        """Return what the engine gets for rows.

        Args:
            actions: (n, columns) finite numbers.

        Returns:
            (n, values): continuous values as they are, and one whole number for each discrete
            action, in the order of the fields.
        """
        parts = [
            actions[:, span]
            if field.kind == "continuous"
            else _choice(actions, field, span)[:, None]
            for field, span in self.spans
        ]
        joined: NDArray[np.float64] = np.concatenate(parts, axis=1).astype(np.float64, copy=False)
        return joined

    def most_probable(self, outputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return the (n, columns) rows of the most probable actions.

        Args:
            outputs: (n, outputs) means, and logits of all choices.
        """
        rows: NDArray[np.float32] = np.empty((len(outputs), *self.shape), np.float32)
        for (field, given), (_, taken) in zip(self.output_spans, self.spans, strict=True):
            part = outputs[:, given]
            if field.kind == "discrete" and not _has_scores(field):
                part = np.where(part[:, 1:] > part[:, :1], 1.0, -1.0)
            rows[:, taken] = part
        clipped: NDArray[np.float32] = np.clip(rows, self.low, self.high)
        return clipped

    def restricted(
        self, rows: NDArray[np.float32], allowed: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Return rows that choose, of what is allowed, what the given ones like best.

        Args:
            rows: (n, columns).
            allowed: (n, all choices), of the discrete actions in their order.
        """
        rows, at = np.array(rows), 0
        for field, span in self.spans:
            if field.kind == "continuous":
                continue
            may = allowed[:, at : at + field.size]
            at += field.size
            if _has_scores(field):
                rows[:, span] = np.where(may, rows[:, span], -SCORE_BOUND)
            else:
                wish = np.where(rows[:, span] > 0.0, may[:, 1:], ~may[:, :1])
                rows[:, span] = np.where(wish, 1.0, -1.0)
        return rows

    def __eq__(self, other: object) -> bool:
        """Return whether both take the same rows for the same actions.

        A plain Box of the same bounds is equal: checkpoints from before this class have one.
        """
        if isinstance(other, HybridBox) and self.fields != other.fields:
            return False
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the actions by name."""
        told = [
            f"{field.key}: {field.size} {'choices' if field.kind == 'discrete' else 'values'}"
            for field in self.fields
        ]
        return f"HybridBox({', '.join(told)})"


def flat_columns(field: ActionField) -> int:
    """Return how many columns an action has beside actions of the other kind."""
    return 1 if field.kind == "discrete" and field.size == 2 else field.size


def _spans(
    fields: tuple[ActionField, ...], widths: list[int]
) -> tuple[tuple[ActionField, slice], ...]:
    ends = np.cumsum(widths).tolist()
    return tuple(
        (field, slice(end - width, end))
        for field, end, width in zip(fields, ends, widths, strict=True)
    )


def _columns(spans: tuple[tuple[ActionField, slice], ...], kind: str) -> NDArray[np.int64]:
    return np.concatenate([np.arange(s.start, s.stop) for f, s in spans if f.kind == kind])


def _has_scores(field: ActionField) -> bool:
    return field.kind == "discrete" and field.size != 2


def _choice(actions: NDArray[Any], field: ActionField, span: slice) -> NDArray[np.int64]:
    """Return the (n,) choices of a discrete action."""
    if _has_scores(field):
        best: NDArray[np.int64] = actions[:, span].argmax(axis=1)
        return best
    return (actions[:, span.start] > 0.0).astype(np.int64)
