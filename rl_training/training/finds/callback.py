"""Tells what a training has found: `finds/...` in the logs, `finds.json` in the run's folder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.runs.atomic import write_text
from rl_training.training.finds.paid_env import PaidEnv
from rl_training.training.finds.tally import Tally

_EVERY_S = 5.0


class FindsCallback(BaseCallback):
    """Logs the counts after each rollout, and writes them every few seconds and at the end.

    Logged: `finds/kinds`, `finds/cells`, `finds/wanderers` (agents that play at random), and
    `finds/episodes/<kind>`, the episodes that have shown it.

    Args:
        paid: counts.
        path: of the file.
    """

    def __init__(self, paid: PaidEnv, path: Path) -> None:
        super().__init__()
        self._paid = paid
        self._path = path
        self._written = time.monotonic()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        tally = self._paid.tally
        self.logger.record("finds/kinds", len(tally.with_kind))
        self.logger.record("finds/cells", len(tally.visits))
        self.logger.record("finds/wanderers", len(self._paid.wanderers.rows))
        for kind, episodes in tally.with_kind.items():
            self.logger.record(f"finds/episodes/{kind}", episodes)
        if time.monotonic() - self._written >= _EVERY_S:
            self._write()

    def _on_training_end(self) -> None:
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        write_text(self._path, json.dumps(summary(self._paid.tally), indent=1) + "\n")


def summary(tally: Tally) -> dict[str, Any]:
    """Return the counts as they are written: of each kind its episodes, first find and message."""
    kinds = {
        kind: {
            "episodes": episodes,
            "first_decision": tally.first[kind],
            "message": tally.messages.get(kind, ""),
        }
        for kind, episodes in tally.with_kind.items()
    }
    return {
        "decisions": tally.decisions,
        "episodes": tally.episodes,
        "kinds": kinds,
        "cells": len(tally.visits),
    }


def details_of(paid: PaidEnv | None) -> dict[str, Any]:
    """Return the counts as the part `finds` of a run's result; empty: nobody counted."""
    return {} if paid is None else {"finds": summary(paid.tally)}


def lines_of(paid: PaidEnv | None) -> list[str]:
    """Return the counts for people, a line for each kind, the rarest first."""
    if paid is None:
        return []
    tally = paid.tally
    if not tally.with_kind:
        return [f"finds: none in {tally.episodes:,} episodes; {len(tally.visits):,} cells entered"]
    rare = sorted(tally.with_kind.items(), key=lambda each: each[1])
    lines = [f"finds: {_count(len(rare), 'kind')} in {_count(tally.episodes, 'episode')}"]
    for kind, episodes in rare:
        shown = f"{_count(episodes, 'episode')}, first after {tally.first[kind]:,} decisions"
        lines.append(f"  {kind}: {shown}: {tally.messages.get(kind, '')}".rstrip(": "))
    return lines


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def paid_env(env: VecEnv) -> PaidEnv | None:
    """Return the environment that pays, among the wrappers of one; None: there is none."""
    while isinstance(env, VecEnvWrapper):
        if isinstance(env, PaidEnv):
            return env
        env = env.venv
    return None
