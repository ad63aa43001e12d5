"""Says after each rollout which actions were chosen (`debug.debug_actions`).

Any action space: how often each choice of a discrete one, where the values of a continuous one lie.
Of a table of rows (`ActionTable`) it says what the rows mean. Logged as `debug_actions/...`.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.training.debug.action_table import ActionTable

logger = logging.getLogger(__name__)

_MOST = 5  # choices that are named
_FALLBACK = "fallback_share"
_AT_BOUND = 0.999


class DebugActionsCallback(BaseCallback):
    """Counts the actions of a rollout.

    Args:
        table: what the rows of a single choice mean; None: not known.
        every: decisions between two accounts, at least; off-policy rollouts are a few decisions.
    """

    def __init__(self, table: ActionTable | None = None, every: int = 16) -> None:
        super().__init__()
        self._table = table
        self._every = every
        self._taken: list[npt.NDArray[Any]] = []
        self._fallbacks: list[float] = []

    def _on_step(self) -> bool:
        self._taken.append(np.array(self.locals["actions"]))
        for agent in np.flatnonzero(self.locals["dones"]):
            share = self.locals["infos"][agent].get("metrics", {}).get(_FALLBACK)
            if isinstance(share, (int, float)):
                self._fallbacks.append(float(share))
        return True

    def _on_rollout_end(self) -> None:
        if len(self._taken) < self._every:
            return
        actions = np.concatenate(
            [step.reshape(self.training_env.num_envs, -1) for step in self._taken]
        )
        self._taken = []
        for tag, value, line in self._account(actions):
            if tag:
                self.logger.record(f"debug_actions/{tag}", value)
            if line:
                logger.info("debug actions: %s", line)
        if self._fallbacks:
            share = float(np.mean(self._fallbacks))
            self.logger.record(f"debug_actions/{_FALLBACK}", share)
            logger.info(
                "debug actions: fallback took %.1f %% of the choices, in %d ended episodes",
                100.0 * share,
                len(self._fallbacks),
            )
            self._fallbacks = []

    def _account(self, actions: npt.NDArray[Any]) -> list[tuple[str, float, str]]:
        """Return (tag, value, line) of all that is said; either may be empty."""
        space = self.model.action_space
        if isinstance(space, spaces.Discrete):
            return self._choices("", actions[:, 0].astype(np.int64), int(space.n))
        if isinstance(space, spaces.MultiDiscrete):
            sizes = [int(size) for size in np.ravel(space.nvec)]
            only = len(sizes) == 1
            return [
                row
                for number, size in enumerate(sizes)
                for row in self._choices(
                    "" if only else f"_{number}", actions[:, number].astype(np.int64), size
                )
            ]
        return _values(actions.astype(np.float64))

    def _choices(
        self, name: str, chosen: npt.NDArray[np.int64], size: int
    ) -> list[tuple[str, float, str]]:
        counts = np.bincount(chosen, minlength=size)
        shares = counts / max(counts.sum(), 1)
        positive = shares[shares > 0.0]
        entropy = float(-(positive * np.log2(positive)).sum())
        top = [
            f"{choice} {100.0 * shares[choice]:.1f} %"
            for choice in np.argsort(-shares, kind="stable")[:_MOST]
            if shares[choice] > 0.0
        ]
        found: list[tuple[str, float, str]] = [
            (f"used{name}", float(len(positive)), ""),
            (
                f"entropy_bits{name}",
                entropy,
                f"action{name.replace('_', ' ')}: {counts.sum():,} choices, {len(positive)} of "
                f"{size} used, entropy {entropy:.2f} of {np.log2(size):.2f} bits; most often "
                f"{', '.join(top)}",
            ),
        ]
        if self._table is not None and len(self._table.rows) == size:
            found += _meanings(self._table, shares)
        return found


def _meanings(table: ActionTable, shares: npt.NDArray[np.float64]) -> list[tuple[str, float, str]]:
    rows = np.array(table.rows)
    turning = float(sum(shares[row] for row in table.turning))
    found: list[tuple[str, float, str]] = [("turning", turning, "")]
    words = [f"turning {100.0 * turning:.0f} %"]
    for number, column in enumerate(table.columns):
        values = np.unique(rows[:, number])
        parts = [float(shares[rows[:, number] == value].sum()) for value in values]
        told = "/".join(f"{100.0 * part:.0f}" for part in parts)
        words.append(f"{column} {'/'.join(f'{value:g}' for value in values)}: {told} %")
        found += [
            (f"{column}_{value:g}", part, "")
            for value, part in zip(values, parts, strict=True)
            if value != 0.0
        ]
    return [*found, ("", 0.0, "; ".join(words))]


def _values(actions: npt.NDArray[np.float64]) -> list[tuple[str, float, str]]:
    found: list[tuple[str, float, str]] = []
    for number in range(actions.shape[1]):
        values = actions[:, number]
        bound = float(np.mean(np.abs(values) >= _AT_BOUND))
        found += [
            (f"mean_{number}", float(values.mean()), ""),
            (f"std_{number}", float(values.std()), ""),
            (
                f"at_bound_{number}",
                bound,
                f"action {number}: mean {values.mean():.3f}, deviation {values.std():.3f}, "
                f"{values.min():.2f} to {values.max():.2f}, at or past +-1: {100.0 * bound:.0f} %",
            ),
        ]
    return found


def announce_table(table: ActionTable) -> None:
    """Say what the table holds, before the training."""
    for line in table.lines:
        logger.info("debug actions: %s", line)
    for part in table.parts:
        number = table.columns.index(part)
        values = sorted({row[number] for row in table.rows})
        logger.info("debug actions: unique %s: %s", part, ", ".join(f"{one:g}" for one in values))
    logger.info("debug actions: %d of %d rows turn", len(table.turning), len(table.rows))
    if table.fallback_error:
        logger.error("debug actions: the fallback is wrong: %s", table.fallback_error)
    else:
        logger.info("debug actions: fallback checked: every state has a row for every choice")
