"""Episodes' ends as Python sees them from the real addon, at every action_repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv

pytestmark = pytest.mark.engine

COUNTER = "res://tests/godot/fixtures/counter_arena.tscn"
LIMIT = 20  # reset_after of the scene, in physics ticks


def expected_windows(action_repeat: int, decisions: int) -> list[tuple[int, int, int | None]]:
    """Return (ticks, reward, final ticks or None) of each decision of the counting controller."""
    rows: list[tuple[int, int, int | None]] = []
    ticks = 0
    for _ in range(decisions):
        played = min(action_repeat, LIMIT - ticks)
        ticks += played
        if ticks == LIMIT:
            rows.append((0, played, LIMIT))
            ticks = 0
        else:
            rows.append((ticks, played, None))
    return rows


@pytest.mark.parametrize(
    ("action_repeat", "arenas"), [(1, 1), (3, 5), (7, 2), (8, 100), (20, 3), (33, 2)]
)
def test_final_and_first_observations(
    repository: Path, free_port: int, action_repeat: int, arenas: int
) -> None:
    with GodotVecEnv(
        project_path=repository,
        scene_path=COUNTER,
        port=free_port,
        arenas=arenas,
        action_repeat=action_repeat,
    ) as env:
        first = env.reset()["obs"]
        assert first.shape == (arenas, 4)
        assert not first[:, 0].any()
        for ticks, reward, final in expected_windows(action_repeat, 45):
            obs, rewards, dones, infos = env.step(np.zeros((arenas, 1), np.float32))
            assert obs["obs"][:, 0].tolist() == [ticks] * arenas
            assert rewards.tolist() == [reward] * arenas
            assert dones.tolist() == [final is not None] * arenas
            for info in infos:
                assert info["TimeLimit.truncated"] is (final is not None)
                if final is None:
                    assert "terminal_observation" not in info
                else:
                    assert info["terminal_observation"]["obs"][0] == final
                    assert info["metrics"] == {"ticks": LIMIT}


def test_a_termination_is_not_a_truncation(repository: Path, free_port: int) -> None:
    with GodotVecEnv(
        project_path=repository, scene_path=COUNTER, port=free_port, arenas=2, action_repeat=4
    ) as env:
        env.set_attr("terminate_after", 6, indices=[1])
        env.reset()
        env.step(np.zeros((2, 1), np.float32))
        obs, rewards, dones, infos = env.step(np.zeros((2, 1), np.float32))
        assert dones.tolist() == [False, True]
        assert rewards.tolist() == [4.0, 2.0]
        assert infos[1]["TimeLimit.truncated"] is False
        assert infos[1]["terminal_observation"]["obs"][0] == 6
        assert obs["obs"][:, 0].tolist() == [8, 0]
        assert env.get_attr("terminate_after") == [0, 6]


def test_actions_arrive_at_their_agent(repository: Path, free_port: int) -> None:
    with GodotVecEnv(
        project_path=repository, scene_path=COUNTER, port=free_port, num_envs=2, arenas=3
    ) as env:
        env.reset()
        actions = np.linspace(-1, 1, 6, dtype=np.float32).reshape(6, 1)
        obs, *_ = env.step(actions)
        np.testing.assert_array_equal(obs["obs"][:, 3], actions[:, 0])


def test_episode_seeds_do_not_depend_on_processes(repository: Path, free_port: int) -> None:
    def offsets(num_envs: int, arenas: int) -> list[list[float]]:
        with GodotVecEnv(
            project_path=repository,
            scene_path=COUNTER,
            port=free_port,
            num_envs=num_envs,
            arenas=arenas,
            action_repeat=10,
            seed=11,
        ) as env:
            rows = [env.reset()["obs"][:, 2].tolist()]
            for _ in range(6):
                rows.append(env.step(np.zeros((4, 1), np.float32))[0]["obs"][:, 2].tolist())
            env.seed(12)
            rows.append(env.reset()["obs"][:, 2].tolist())
            return rows

    one_process = offsets(1, 4)
    assert one_process == offsets(2, 2) == offsets(4, 1)
    assert len({value for row in one_process for value in row}) > 12
