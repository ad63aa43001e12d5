from __future__ import annotations

import numpy as np
import pytest

from rl_training.training.levels.advantages import EpisodeAdvantages


def test_advantages_are_split_by_episode() -> None:
    advantages = np.array([[1.0, -1.0], [3.0, -1.0], [-2.0, 5.0], [4.0, 0.0]], np.float32)
    split = EpisodeAdvantages(2)
    # Agent 0 ends after decisions 1 and 2, agent 1 after decision 3.
    found = split.take(advantages, [(1, 0), (2, 0), (3, 1)])
    assert found == pytest.approx([2.0, 0.0, 1.25])


def test_an_episode_may_last_for_several_rollouts() -> None:
    split = EpisodeAdvantages(1)
    assert split.take(np.array([[1.0], [2.0]]), []) == []
    assert split.take(np.array([[3.0], [4.0]]), []) == []
    assert split.take(np.array([[5.0], [100.0]]), [(0, 0)]) == [3.0]
    # What came after the end belongs to the next one.
    assert split.take(np.array([[50.0]]), [(0, 0)]) == [75.0]


def test_the_magnitude_counts_losses_too() -> None:
    split = EpisodeAdvantages(1, "magnitude")
    assert split.take(np.array([[1.0], [-3.0]]), [(1, 0)]) == [2.0]


def test_episodes_that_begin_anew_are_forgotten() -> None:
    split = EpisodeAdvantages(1)
    split.take(np.array([[9.0], [9.0]]), [])
    split.forget()
    assert split.take(np.array([[1.0]]), [(0, 0)]) == [1.0]
