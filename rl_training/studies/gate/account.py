"""How often the gate is wrong: false alarms, and worse policies that it lets pass.

Both are counted over many evaluations, each a random share of one large pool of episodes that
were really played.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rl_training.errors import ConfigError
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.regression import check_regression


@dataclass(frozen=True)
class Account:
    """What the gate said in many repeats.

    Attributes:
        repeats: evaluations against a baseline.
        failed: how many of them failed.
        metrics: metric to how often it was among the reasons.
    """

    repeats: int
    failed: int
    metrics: dict[str, int]

    @property
    def rate(self) -> float:
        """Share that failed, in [0, 1]."""
        return self.failed / self.repeats


def take_account(
    baseline: EvaluationReport,
    current: EvaluationReport,
    episodes: int,
    repeats: int,
    tolerance: float,
    alpha: float,
    paired: bool,
    seed: int = 0,
) -> Account:
    """Check random shares of two pools against each other.

    Args:
        baseline: a report over the pool, of the policy that counts as good.
        current: likewise over the same episodes, of the policy in question.
        episodes: of one evaluation; a pool holds at least twice as many.
        repeats: evaluations, >= 1.
        tolerance: of the gate.
        alpha: of the gate.
        paired: the same episodes for both; else none in common.
        seed: of the shares.

    Raises:
        ConfigError: the pools are too small or hold other episodes.
    """
    rows, other_rows = baseline.episodes, current.episodes
    if [row.seed for row in rows] != [row.seed for row in other_rows]:
        raise ConfigError("both pools must hold the same episodes")
    if len(rows) < 2 * episodes:
        raise ConfigError(f"a pool of at least {2 * episodes} episodes was expected: {len(rows)}")
    generator = np.random.default_rng(seed)
    failed, metrics = 0, dict[str, int]()
    for _ in range(repeats):
        order = generator.permutation(len(rows))
        first, second = order[:episodes], order[episodes : 2 * episodes]
        check = check_regression(
            current.with_episodes([other_rows[i] for i in (first if paired else second)]),
            baseline.with_episodes([rows[i] for i in first]),
            tolerance,
            alpha,
        )
        failed += not check.passed
        for each in check.verdicts:
            if each.fails:
                metrics[each.metric] = metrics.get(each.metric, 0) + 1
    return Account(repeats, failed, metrics)
