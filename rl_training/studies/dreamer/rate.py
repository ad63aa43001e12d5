"""Gradient steps a second of each of Dreamer's sizes, and the train ratio that they allow.

Called by `commands.study_dreamer`. Sizes take turns, so that a busy minute hits all of them; the
median of the rounds counts. The data is noise: a gradient step costs the same whatever it learns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.algorithms.world_model.sequences import SequenceReplay
from rl_training.config.dreamer import DreamerSettings

_ROWS = 400


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        sizes: names of `config.dreamer.SIZES`.
        observation: shape of a vector, or of a picture (channels, height, width).
        actions: continuous values.
        batch_size: sequences of a gradient step.
        sequence_length: observations of a sequence.
        threads: of torch.
        rounds: in which all sizes take turns.
        updates: gradient steps of a size in each round.
        decisions_per_second: of a real-time game, of all its agents together.
    """

    sizes: Sequence[str] = ("tiny", "small")
    observation: tuple[int, ...] = (32,)
    actions: int = 2
    batch_size: int = 16
    sequence_length: int = 50
    threads: int = 1
    rounds: int = 5
    updates: int = 2
    decisions_per_second: float = 11.25


@dataclass(frozen=True)
class Rate:
    """What a size came to.

    Attributes:
        size: its name.
        weights: of world model, actor and critics.
        seconds: median, wall clock, of a gradient step.
        cpu_seconds: median processor time of a gradient step; the same on a busy machine.
        decision_ms: median of a decision of one agent.
        train_ratio: replayed observations for each collected one that one process can keep up with
            beside a real-time game.
    """

    size: str
    weights: int
    seconds: float
    cpu_seconds: float
    decision_ms: float
    train_ratio: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**self.__dict__, "updates_per_second": 1.0 / self.seconds}


def measure(plan: Plan, say: Callable[[str], None] = lambda _: None) -> list[Rate]:
    """Return the rate of each size."""
    limit_threads(plan.threads)
    models = {size: _model(plan, size) for size in plan.sizes}
    for model in models.values():
        model.learn_once()
    walls: dict[str, list[float]] = {size: [] for size in plan.sizes}
    processor: dict[str, list[float]] = {size: [] for size in plan.sizes}
    decisions: dict[str, list[float]] = {size: [] for size in plan.sizes}
    for number in range(plan.rounds):
        for size, model in models.items():
            wall, used = time.perf_counter(), time.process_time()
            for _ in range(plan.updates):
                model.learn_once()
            walls[size].append((time.perf_counter() - wall) / plan.updates)
            processor[size].append((time.process_time() - used) / plan.updates)
            decisions[size].append(_decision_ms(model))
        say(f"round {number + 1} of {plan.rounds}")
    per_update = plan.batch_size * plan.sequence_length
    rates = []
    for size, model in models.items():
        seconds = statistics.median(walls[size])
        rates.append(
            Rate(
                size,
                sum(one.numel() for one in model.policy.parameters()),
                seconds,
                statistics.median(processor[size]),
                statistics.median(decisions[size]),
                per_update / (seconds * plan.decisions_per_second),
            )
        )
    return rates


def _model(plan: Plan, size: str) -> Dreamer:
    settings = DreamerSettings.from_dict(
        {"size": size, "batch_size": plan.batch_size, "sequence_length": plan.sequence_length}
    )
    picture = len(plan.observation) == 3
    seen_space = (
        spaces.Box(0, 255, plan.observation, np.uint8)
        if picture
        else spaces.Box(-np.inf, np.inf, plan.observation, np.float32)
    )
    acted = spaces.Box(-1.0, 1.0, (plan.actions,), np.float32)
    model = Dreamer.without_environment(seen_space, acted, settings)
    layout, random = model.policy.layout, np.random.default_rng(0)
    rows = max(_ROWS, plan.sequence_length)
    model.replay = SequenceReplay(layout, rows)
    shape = layout.seen[0].stored
    for _ in range(rows):
        seen = random.integers(0, 256, (1, *shape)) if picture else random.normal(size=(1, *shape))
        model.replay.add(
            {"": seen}, random.uniform(-1, 1, (1, plan.actions)), random.normal(size=1),
            np.ones(1), np.zeros(1), np.array([0]),
        )  # fmt: skip
    return model


def _decision_ms(model: Dreamer) -> float:
    space = model.observation_space
    obs = np.zeros((1, *(space.shape or ())), space.dtype)
    _, memory = model.predict(obs)
    started = time.perf_counter()
    for _ in range(5):
        _, memory = model.predict(obs, memory)
    return (time.perf_counter() - started) / 5 * 1000.0
