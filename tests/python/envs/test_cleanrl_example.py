"""examples/cleanrl_ppo.py learns a small game on the real engine, by steering and by choosing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from examples.cleanrl_ppo import Agent, Settings, train
from rl_training.envs import GodotVectorEnv

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

GAMES = "res://tests/python/envs/games"


def mean_return(envs: Any, agent: Agent, decisions: int = 160) -> float:
    """Mean return of the episodes that end, the long ones too: all agents play four lengths."""
    observations, _ = envs.reset(seed=99)
    running, ended = np.zeros(envs.num_envs), []
    for _ in range(decisions):
        with torch.no_grad():
            actions = agent.distribution(torch.as_tensor(observations)).sample().numpy()
        observations, rewards, terminated, truncated, _ = envs.step(
            actions if agent.is_discrete else np.clip(actions, -1.0, 1.0)
        )
        running += rewards
        dones = terminated | truncated
        ended += running[dones].tolist()
        running[dones] = 0.0
    return float(np.mean(ended))


@pytest.mark.parametrize(
    "scene", ["seek_2d", pytest.param("seek_chooser_2d", marks=pytest.mark.nightly)]
)
def test_it_learns(scene: str, repository: Path, free_port: int) -> None:
    torch.manual_seed(3)
    with GodotVectorEnv(
        repository, f"{GAMES}/{scene}.tscn", arenas=32, port=free_port, seed=1
    ) as envs:
        before = mean_return(envs, Agent(envs, 64))
        after = mean_return(envs, train(envs, Settings(timesteps=20_480)))
    assert after > before + 0.3, (before, after)
    assert after > 1.5, (before, after)
