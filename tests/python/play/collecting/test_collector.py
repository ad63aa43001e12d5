"""`DataCollector`: which episodes it takes, what they hold, files that are gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from rl_training.data import DataCollector, TrajectoryStore
from rl_training.errors import DataError, UsageError
from rl_training.play.collecting.step_log import StepLog
from rl_training.runs.seeds import episode_seed
from tests.python.tiny_env import TinyEnv, tiny_model, tiny_vec_env


class Counting(gym.Env[Any, Any]):
    """Tells its seed, its episode and its step; episode i of agent a has 3 + (i + a) % 3 steps."""

    def __init__(self, agent: int = 0, nan_in: int = -1) -> None:
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (3,), np.float32)
        self.action_space = gym.spaces.MultiDiscrete([3, 2])
        self._agent, self._nan_in = agent, nan_in
        self._episode, self._step = -1, 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self._episode += 1
        self._step = 0
        return self._obs(), {}

    def step(self, action: Any) -> Any:
        self._step += 1
        over = self._step == 3 + (self._episode + self._agent) % 3
        reward = float("nan") if self._episode == self._nan_in else float(self._step)
        info: dict[str, Any] = {"note": np.float32(self._step)} if self._step == 2 else {}
        if over:
            info = {"is_success": True, "parameters": {"wind": 2.0}, "metrics": {"n": np.int64(3)}}
        return self._obs(), reward, over and self._episode % 2 == 0, over, info

    def _obs(self) -> Any:
        return np.array([self._agent, self._episode, self._step], np.float32)


def counting(agents: int, nan_in: int = -1) -> VecEnv:
    return DummyVecEnv([lambda i=i: Counting(i, nan_in) for i in range(agents)])  # type: ignore[misc]


def test_an_episode_holds_all_of_it() -> None:
    with DataCollector(lambda: counting(2), seed=5, meta={"scenario": "count"}) as collector:
        found = collector.collect_episodes(6)
    # By number: agent 0 plays 0, 2, 4, agent 1 plays 1, 3, 5; in the order in which they ended.
    by_number = {one.meta["episode"]: one for one in found}
    assert sorted(by_number) == list(range(6))
    for number, one in by_number.items():
        agent, episode = number % 2, number // 2
        steps = 3 + (episode + agent) % 3
        assert len(one) == steps
        wanted = [[agent, episode, step] for step in range(steps + 1)]
        np.testing.assert_array_equal(one.observations["obs"], wanted)
        np.testing.assert_array_equal(one.rewards, np.arange(1.0, steps + 1))
        assert one.seed == episode_seed(5, number)
        assert (one.terminated, one.truncated) == (episode % 2 == 0, episode % 2 == 1)
        assert one.success is True
        assert one.parameters == {"wind": 2.0}
        assert one.infos[1] == {"note": 2.0}
        assert one.last_info["metrics"] == {"n": 3}
        assert one.meta["scenario"] == "count"
        assert one.meta["policy"] == "random"
        assert one.actions.shape == (steps, 2)
        assert one.actions.max(axis=0).tolist() <= [2, 1]


def test_long_episodes_are_kept_whole() -> None:
    class Long(Counting):
        def step(self, action: Any) -> Any:
            obs, reward, _, _, info = super().step(action)
            return obs, reward, self._step == 333, False, info

    with DataCollector(lambda: DummyVecEnv([Long, Counting])) as collector:
        found = collector.collect_episodes(4)
    lengths = {one.meta["episode"]: len(one) for one in found}
    assert lengths == {0: 333, 1: 3, 2: 333, 3: 4}
    long = next(one for one in found if one.meta["episode"] == 2)
    np.testing.assert_array_equal(long.observations["obs"][:, 2], np.arange(334))


def test_a_step_log_forgets_what_nobody_needs() -> None:
    obs, actions = {"obs": np.zeros((2, 3), np.float32)}, np.zeros((2, 1))
    log = StepLog(obs, actions)
    for time in range(300):
        log.add({"obs": np.full((2, 3), time, np.float32)}, actions + time, np.array([time, -time]))
    taken = log.taken(1, 200)
    np.testing.assert_array_equal(taken["rewards"], -np.arange(200.0, 300.0))
    log.forget(200)
    np.testing.assert_array_equal(log.taken(1, 200)["rewards"], taken["rewards"])
    with pytest.raises(KeyError):
        log.taken(0, 10)


def test_one_seed_collects_the_same_twice() -> None:
    def collect() -> list[Any]:
        with DataCollector(lambda: tiny_vec_env(3), seed=8) as collector:
            return list(collector.collect_episodes(6))

    for one, other in zip(collect(), collect(), strict=True):
        np.testing.assert_array_equal(one.actions, other.actions)
        np.testing.assert_array_equal(one.observations["obs"], other.observations["obs"])


def test_whatever_acts_may_play(tmp_path: Path) -> None:
    model, _ = tiny_model()
    seen: list[Any] = []

    def always_up(obs: Any) -> Any:
        seen.append(obs)
        return np.ones((len(obs["obs"]), 4), np.float32)

    for policy, name in ((model, "PPO"), (always_up, "always_up"), ("random", "random")):
        with DataCollector(lambda: tiny_vec_env(2)) as collector:
            found = collector.collect_episodes(3, policy)
        assert {one.meta["policy"] for one in found} == {name}
        if name == "always_up":
            assert all((one.actions == 1.0).all() for one in found)
    model.save(tmp_path / "not_ours.zip")
    with DataCollector(lambda: tiny_vec_env(2)) as collector:
        with pytest.raises(UsageError, match="policy is int; expected None, a path"):
            collector.collect_episodes(1, 3)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="num_episodes must be at least 1"):
            collector.collect_episodes(0)


def test_a_lone_environment_is_enough() -> None:
    with DataCollector(Counting) as collector:
        assert [len(one) for one in collector.collect_episodes(2)] == [3, 4]
    with (
        DataCollector(lambda: "game") as collector,
        pytest.raises(UsageError, match="env_factory made a str"),
    ):
        collector.collect_episodes(1)


def test_a_file_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "data.traj"
    told: list[int] = []
    with DataCollector(lambda: tiny_vec_env(2), path, on_episode=told.append) as collector:
        collector.collect_episodes(3)
        assert len(collector.collect_episodes(5)) == 5
    with pytest.raises(UsageError, match="exists: go on with resume"):
        DataCollector(lambda: tiny_vec_env(2), path)
    with DataCollector(lambda: tiny_vec_env(2), path, resume=True, on_episode=told.append) as more:
        assert len(more.collect_episodes(4)) == 5
        assert len(more.collect_episodes(8)) == 8
        more.save_trajectories(tmp_path / "copy.traj")
    assert told == [1, 2, 3, 4, 5, 6, 7, 8]
    with TrajectoryStore(path) as store, TrajectoryStore(tmp_path / "copy.traj") as copy:
        assert len(store) == len(copy) == 8
        # Episodes of a later part are others.
        firsts = {one.observations["obs"][0].tobytes() for one in store}
        assert len(firsts) == 8


def test_what_ended_before_a_failure_is_kept(tmp_path: Path) -> None:
    class Breaking(TinyEnv):
        def step(self, action: Any) -> Any:
            if self._episode == 4:
                raise RuntimeError("broken")
            return super().step(action)

    path = tmp_path / "data.traj"
    with (
        DataCollector(lambda: DummyVecEnv([Breaking]), path) as collector,
        pytest.raises(RuntimeError, match="broken"),
    ):
        collector.collect_episodes(10)
    with TrajectoryStore(path) as store:
        assert len(store) == 3


def test_an_episode_with_nan_is_left_out_and_told() -> None:
    with DataCollector(lambda: counting(1, nan_in=1)) as collector:
        found = collector.collect_episodes(3)
    assert [one.meta["episode"] for one in found] == [0, 2]
    assert collector.problems == [
        "episode 1 is not kept: rewards: nan at 0; expected finite numbers"
    ]
    with (
        DataCollector(lambda: counting(1, nan_in=0)) as collector,
        pytest.raises(DataError, match="no episode could be kept: episode 0"),
    ):
        collector.collect_episodes(1)
