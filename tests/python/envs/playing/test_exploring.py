"""Actions of off-policy learners belong to their decision and their agent."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch

from rl_training.algorithms.acting import Explorer, Network
from rl_training.algorithms.drawing import explored
from rl_training.envs.playing.exploring import GreedyDraws, NoisyDraws, SquashedDraws

STEPS, AGENTS, COLUMNS = 6, 5, 3
ROWS = slice(1, 4)


def draws(kind: Any, rates: list[float], noise: float | None = None) -> Any:
    torch.manual_seed(1)
    return explored(Explorer((), Network(()), kind), AGENTS, COLUMNS, rates, noise)


@pytest.mark.parametrize(
    ("kind", "made", "outputs"),
    [("squashed", SquashedDraws, 6), ("bounded", NoisyDraws, 3), ("greedy", GreedyDraws, 3)],
)
def test_a_part_draws_as_the_whole(kind: str, made: Any, outputs: int) -> None:
    whole = draws(kind, [1.0, 1.0, 0.3, 0.0, 0.0, 0.0], 0.2)
    assert isinstance(whole, made)
    part = pickle.loads(pickle.dumps(whole.part(ROWS)))
    assert part.log_probs.shape == (0, 3)
    told = np.random.default_rng(0).normal(size=(STEPS, AGENTS, outputs)).astype(np.float32)
    for step in range(STEPS):
        all_rows = whole.draw(told[step], step, slice(0, AGENTS))
        np.testing.assert_array_equal(
            part.draw(told[step][ROWS], step, slice(0, 3)), all_rows[ROWS]
        )


def test_a_squashed_gaussian_is_that_of_its_paper() -> None:
    whole = draws("squashed", [1.0] + [0.0] * 5)
    torch.manual_seed(1)
    noise = torch.randn((STEPS, AGENTS, COLUMNS)).numpy()
    random = 2.0 * torch.rand((1, AGENTS, COLUMNS)).numpy() - 1.0
    outputs = np.tile(np.array([0.1, -0.4, 2.0, -1.0, 0.5, 9.0], np.float32), (AGENTS, 1))
    np.testing.assert_array_equal(whole.draw(outputs, 0, slice(0, AGENTS)), random[0])
    # The logarithm of the deviation is bounded by 2.
    expected = np.tanh(outputs[:, :3] + noise[4] * np.exp([-1.0, 0.5, 2.0]))
    np.testing.assert_allclose(whole.draw(outputs, 4, slice(0, AGENTS)), expected, rtol=1e-5)


def test_noise_stays_within_the_bounds() -> None:
    whole = draws("bounded", [0.0] * STEPS, 0.5)
    outputs = np.full((AGENTS, COLUMNS), 0.9, np.float32)
    told = np.stack([whole.draw(outputs, step, slice(0, AGENTS)) for step in range(STEPS)])
    assert told.max() == 1.0
    assert 0.2 < float((0.9 - told[told < 1.0]).std()) < 0.6
    without = draws("bounded", [0.0] * STEPS, None)
    np.testing.assert_array_equal(without.draw(outputs, 0, slice(0, AGENTS)), outputs)


def test_the_largest_value_is_chosen_where_chance_does_not() -> None:
    whole = draws("greedy", [1.0] + [0.0] * 5)
    outputs = np.tile(np.array([0.0, 2.0, 1.0], np.float32), (AGENTS, 1))
    assert whole.draw(outputs, 1, slice(0, AGENTS)).tolist() == [[1]] * AGENTS
    torch.manual_seed(1)
    half = explored(Explorer((), Network(()), "greedy"), 2000, 4, [0.5], None)
    outputs = np.tile(np.array([0.0, 2.0, 1.0, 0.0], np.float32), (2000, 1))
    chosen = half.draw(outputs, 0, slice(0, 2000))
    # Half of them, and a quarter of the others.
    assert 0.55 < float((chosen == 1).mean()) < 0.7
    assert set(np.unique(chosen)) == {0, 1, 2, 3}
