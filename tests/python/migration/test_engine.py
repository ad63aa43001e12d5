"""Migrated projects on the real engine: they compile, run, and give what they gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rl_training.engine import find_engine
from rl_training.engine.commands import run_command
from rl_training.engine.project import ensure_imported
from rl_training.envs import GodotVecEnv
from rl_training.migration import migrate
from tests.python.migration import projects

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

IMPORT_S = 300.0


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("make", "agents", "size", "ticks"),
    [
        (projects.chase_2d, 2, 10, 40),
        (projects.reach_3d, 1, 12, 30),
        (projects.memory, 2, 2, None),
        (projects.camera, 1, 1, None),
    ],
)
def test_a_migrated_project_runs(
    make: Callable[[Path], Path],
    agents: int,
    size: int,
    ticks: int | None,
    tmp_path: Path,
    free_port: int,
) -> None:
    root = make(tmp_path / "game")
    assert migrate(root).exit_code == 0
    engine = find_engine()
    ensure_imported(engine, root, timeout_s=IMPORT_S)
    played = run_command(
        [engine.path, "--headless", "--path", root, "--quit-after", "30"], timeout_s=120
    )
    assert "ERROR" not in played.output, played.output
    assert "WARNING" not in played.output, played.output
    env = GodotVecEnv(
        project_path=str(root), arenas=1, port=free_port, action_repeat=4, seed=3, timeout_s=60.0
    )
    try:
        obs = env.reset()["obs"]
        assert obs.shape == (agents, size)
        env.action_space.seed(3)
        ends = 0
        for _ in range(24):
            actions = np.stack([env.action_space.sample() for _ in range(agents)])
            obs_after, rewards, dones, infos = env.step(actions)
            assert np.isfinite(obs_after["obs"]).all()
            assert np.isfinite(rewards).all()
            ends += int(dones.sum())
            for done, info in zip(dones, infos, strict=True):
                if done and ticks is not None:
                    assert info["TimeLimit.truncated"] is True
        if ticks is not None:
            assert ends == agents * (24 * 4 // ticks)
        elif make is projects.memory:
            assert ends > 0
    finally:
        env.close()
