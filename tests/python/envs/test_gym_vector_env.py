"""`GodotVectorEnv` on the real engine: same-step autoreset, vector infos, Gymnasium's wrappers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from rl_training.envs import GodotVectorEnv
from rl_training.envs.gym_normalise import NormaliseObservations
from rl_training.envs.gym_vector_env import AutoresetMode
from rl_training.envs.vector_infos import vector_infos
from rl_training.errors import ActionSpaceError, UsageError
from tests.python.envs.makers import Maker, making

SEEK = "res://tests/python/envs/games/seek_2d.tscn"
CHOOSE = "res://tests/python/algorithms/games/chooser.tscn"
COUNTER = "res://tests/godot/fixtures/counter_arena.tscn"
TICKS, OFFSET = 0, 2


@pytest.fixture
def make(repository: Path, free_port: int) -> Iterator[Maker[GodotVectorEnv]]:
    with making(
        GodotVectorEnv,
        COUNTER,
        project_path=repository,
        port=free_port,
        action_repeat=4,
        num_envs=2,
        arenas=2,
    ) as maker:
        yield maker


@pytest.mark.engine
@pytest.mark.usefixtures("no_process_left")
class TestOnTheEngine:
    def test_episodes_follow_each_other_in_the_same_step(self, make: Maker[GodotVectorEnv]) -> None:
        envs = make()
        assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
        assert envs.num_envs == 4
        first, infos = envs.reset(seed=2)
        assert infos == {}
        assert envs.observation_space.shape == first.shape == (4, 4)
        envs.vec_env.set_attr("terminate_after", 8, indices=1)  # type: ignore[union-attr]
        for decision in range(1, 6):
            obs, rewards, terminated, truncated, infos = envs.step(np.zeros((4, 1)))
            assert rewards.tolist() == [4.0] * 4
            assert terminated.tolist() == [False, decision in (2, 4), False, False]
            ended = [decision == 5, decision in (2, 4), decision == 5, decision == 5]
            assert (terminated | truncated).tolist() == ended
            if not any(ended):
                assert infos == {}
                continue
            assert infos["_final_obs"].tolist() == infos["_final_info"].tolist() == ended
            for row, last in enumerate(infos["final_obs"]):
                if ended[row]:
                    assert last[TICKS] == (8 if row == 1 else 20)
                    assert obs[row, TICKS] == 0
                    assert obs[row, OFFSET] != first[row, OFFSET]
                else:
                    assert last is None
            ticks = infos["final_info"]["metrics"]["ticks"]
            assert ticks.tolist() == [(8 if row == 1 else 20) * ended[row] for row in range(4)]
            assert infos["final_info"]["_metrics"].tolist() == ended

    def test_seeds(self, make: Maker[GodotVectorEnv]) -> None:
        envs = make(seed=3)
        drawn = []
        for seed in (None, 4, 3, None):
            drawn.append(envs.reset(seed=seed)[0][:, OFFSET].tolist())
            envs.step(np.zeros((4, 1)))
        assert drawn[0] == drawn[2]
        assert len({value for row in (0, 1, 3) for value in drawn[row]}) == 12
        with pytest.raises(UsageError, match="expected one integer"):
            envs.reset(seed=[1, 2, 3, 4])  # type: ignore[arg-type]

    def test_a_mask_has_to_be_whole(self, make: Maker[GodotVectorEnv]) -> None:
        envs = make()
        envs.reset(options={"reset_mask": np.ones(4, np.bool_)})
        with pytest.raises(UsageError, match="reset_mask leaves agents out"):
            envs.reset(options={"reset_mask": np.array([True, False, True, True])})

    def test_levels_of_arenas(self, make: Maker[GodotVectorEnv]) -> None:
        envs = make(seed=3)
        numbered = envs.reset()[0][:, OFFSET]
        options = {"levels": {0: [9], 3: [9, 8]}, "parameters": {"wind": "choice(1, 2)"}}
        played = envs.reset(options=options)[0][:, OFFSET]
        assert played[0] == played[3] != numbered[0]
        assert played[1:3].tolist() == numbered[1:3].tolist()
        with pytest.raises(
            UsageError, match=r"options\['levels'\] is 3, expected a list of levels"
        ):
            envs.reset(options={"levels": 3})

    def test_choices(self, make: Maker[GodotVectorEnv]) -> None:
        envs = make(CHOOSE)
        assert envs.single_action_space == gym.spaces.Discrete(5)
        assert envs.action_space == gym.spaces.MultiDiscrete([5] * 4)
        envs.reset()
        obs, *_ = envs.step(envs.action_space.sample())
        assert obs.shape == (4, 2)
        with pytest.raises(ActionSpaceError, match="3 actions were given for 4 agents"):
            envs.step(np.zeros(3, np.int64))

    def test_made_by_gymnasium(self, repository: Path, free_port: int) -> None:
        envs = gym.make_vec(
            "rl_training.envs.gym_env:SpaceTimeRL/Godot-v0",
            num_envs=1,
            vectorization_mode="vector_entry_point",
            project_path=repository,
            scene_path=SEEK,
            port=free_port,
            arenas=3,
        )
        assert envs.num_envs == 3
        envs.close()
        envs.close()

    def test_gymnasiums_statistics(self, make: Maker[GodotVectorEnv]) -> None:
        if tuple(int(part) for part in gym.__version__.split(".")[:2]) < (1, 4):
            pytest.skip(
                "before 1.4 the wrapper leaves out the first decision after a same-step end"
            )
        envs = gym.wrappers.vector.RecordEpisodeStatistics(make())
        envs.reset()
        told = []
        for _ in range(10):
            *_, infos = envs.step(np.zeros((4, 1), np.float32))
            if "episode" in infos:
                told.append((infos["episode"]["r"].tolist(), infos["episode"]["l"].tolist()))
        assert told == [([20.0] * 4, [5] * 4)] * 2

    def test_gymnasiums_list_of_infos(self, make: Maker[GodotVectorEnv]) -> None:
        envs = gym.wrappers.vector.DictInfoToList(make())
        envs.reset()
        for _ in range(5):
            *_, infos = envs.step(np.zeros((4, 1), np.float32))
        assert infos[2]["final_info"]["metrics"]["ticks"] == 20

    def test_normalised_observations(self, make: Maker[GodotVectorEnv]) -> None:
        envs = NormaliseObservations(make())
        seen = [envs.reset(seed=1)[0]]
        for _ in range(40):
            obs, _, _, _, infos = envs.step(np.zeros((4, 1), np.float32))
            seen.append(obs)
            if "final_obs" in infos:
                assert all(1.0 < last[TICKS] < 3.0 for last in infos["final_obs"])
        late = np.stack(seen[-20:])[..., TICKS]
        assert abs(late.mean()) < 0.5
        assert 0.5 < late.std() < 1.5
        assert late.dtype == np.float32


def test_infos_by_key() -> None:
    infos = vector_infos(
        {
            0: {"won": True, "score": 1, "parts": {"a": 1.5}, "name": "x"},
            2: {"won": False, "score": 0.5, "parts": {"b": 2}, "path": [1, 2]},
        },
        3,
    )
    assert infos["won"].tolist() == [True, False, False]
    assert infos["won"].dtype == np.bool_
    assert infos["score"].tolist() == [1.0, 0.0, 0.5]
    assert infos["parts"]["a"].tolist() == [1.5, 0.0, 0.0]
    assert infos["parts"]["b"].dtype == np.int64
    assert infos["parts"]["_b"].tolist() == [False, False, True]
    assert infos["_parts"].tolist() == [True, False, True]
    assert infos["name"].tolist() == ["x", None, None]
    assert infos["path"].tolist() == [None, None, [1, 2]]
    assert vector_infos({}, 3) == {}
