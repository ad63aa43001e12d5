"""Several policies at once, on groups without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.errors import HarnessError, ModelError, UsageError
from rl_training.play.episodes import Episode
from rl_training.play.players import Players
from rl_training.play.policies import load_players
from rl_training.play.through_python import Part, play
from rl_training.policy_export.onnx_export import export
from rl_training.runs.seeds import episode_seed
from tests.python.play.fake_groups import FakeGroups, view
from tests.python.tiny_env import tiny_vec_env


class _Still:
    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.starts: list[list[bool]] = []

    def begin(self, starts: Any) -> None:
        self.starts.append(starts.tolist())

    def act(self, obs: Any) -> NDArray[np.float32]:
        return np.zeros((len(obs["obs"]), self.columns), np.float32)


def _play(env: FakeGroups, episodes: int, **options: Any) -> list[Episode]:
    return play(env, {"chaser": _Still(1), "runner": _Still(2)}, episodes, seed=5, **options)


@pytest.mark.parametrize("arenas", [1, 2, 5])
def test_the_same_episodes_by_the_engines_numbers(arenas: int) -> None:
    episodes = _play(FakeGroups(arenas), 20)
    for number, episode in enumerate(episodes):
        assert episode.index == number
        assert episode.seed == episode_seed(5, number)
        assert episode.metrics == {"number": float(number)}
        assert episode.length == 2 + number % 5
        sign = -1 if number % 3 == 0 else 1
        assert episode.episode_return == sign * number * episode.length
        assert episode.agent is not None
        assert episode.agent.index == number % 3
        assert episode.agent.policy == ("chaser", "runner", "runner")[number % 3]
        assert episode.agent.path == f"{episode.agent.policy}{number % 3}"
        assert episode.truncated == (number % 3 == 0)


def test_who_comes_later_plays_along_and_has_no_numbered_episode() -> None:
    env = FakeGroups(2)
    env.guests = {3: None, 5: 1 << 40}  # an empty seat and one that somebody took
    episodes = _play(env, 20)
    assert [episode.index for episode in episodes] == list(range(20))
    agents = [episode.agent for episode in episodes if episode.agent is not None]
    assert len(agents) == 20
    assert {(agent.index, agent.policy) for agent in agents} == {(0, "chaser"), (1, "runner")}
    with pytest.raises(UsageError, match="leave out --backend ray"):
        _play(env, 20, part=Part(0, 12))


def test_agents_that_wait_for_their_arena_are_not_counted_meanwhile() -> None:
    env = FakeGroups(2, waits=True)
    policies = {"chaser": _Still(1), "runner": _Still(2)}
    for number, episode in enumerate(play(env, policies, 20, seed=5)):
        assert episode.length == 2 + number % 5
        assert abs(episode.episode_return) == number * episode.length
    # What a recurrent policy remembers of an empty seat is forgotten before it plays on.
    assert policies["chaser"].starts[:3] == [[True, True], [False, False], [True, False]]


def test_waiting_has_no_bound_but_an_arena_that_all_left_has_one() -> None:
    episodes = _play(FakeGroups(1, lengths=(2, 400, 2), waits=True), 6)
    assert [one.length for one in episodes] == [2, 400, 2] * 2
    env = FakeGroups(1)
    env.deserted = True
    with pytest.raises(HarnessError, match="agent 0 has left the scene"):
        _play(env, 30)


def test_the_games_own_control_is_set_before_the_first_reset_and_acts_alone() -> None:
    env = FakeGroups()
    episodes = play(env, {"chaser": None, "runner": _Still(2)}, 6, seed=5)
    assert env.told == [("control", "chaser", "game"), ("seed", 5), ("reset",)]
    assert list(env.actions) == ["runner"]
    assert [one.agent.policy for one in episodes if one.agent] == ["chaser", "runner", "runner"] * 2


def _models(folder: Path) -> dict[str, Path]:
    found = {}
    for name in ("chaser", "runner"):
        model = PPO("MultiInputPolicy", view(name), device="cpu", n_steps=4, batch_size=4)
        found[f"{name}.zip"] = folder / f"{name}.zip"
        save_checkpoint(found[f"{name}.zip"], model, None, CheckpointMeta())
        found[f"{name}.onnx"] = folder / f"{name}.onnx"
        export(model, None, found[f"{name}.onnx"], CheckpointMeta())
    return found


def test_checkpoints_and_onnx_files_play_together(tmp_path: Path) -> None:
    files = _models(tmp_path)
    players = Players.of({"chaser": files["chaser.zip"], "runner": files["runner.onnx"]})
    env = FakeGroups()
    policies = load_players(players, env)
    assert isinstance(policies, dict)
    assert len(play(env, policies, 6, seed=5)) == 6
    assert env.actions["chaser"].shape == (2, 1)
    assert env.actions["runner"].shape == (4, 2)


def test_what_does_not_fit_names_its_group(tmp_path: Path) -> None:
    files = _models(tmp_path)
    env = FakeGroups()
    swapped = Players.of({"chaser": files["runner.zip"], "runner": files["chaser.onnx"]})
    with pytest.raises(ModelError, match=r"the group 'chaser': .*runner\.zip does not fit"):
        load_players(swapped, env)
    with pytest.raises(ModelError, match=r"the group 'runner': .*chaser\.zip does not fit"):
        load_players(Players.of(files["chaser.zip"]), env)
    with pytest.raises(UsageError, match="the group 'runner' has no model: add --model runner="):
        load_players(Players.of({"chaser": files["chaser.zip"]}), env)
    with pytest.raises(UsageError, match=r"no group 'runer'\. Did you mean 'runner'\? It has: 'ch"):
        load_players(Players.of({"chaser": "game", "runer": "game"}), env)
    with pytest.raises(UsageError, match="tells no groups"):
        load_players(Players.of({"chaser": "game"}), tiny_vec_env())


def test_parameters_are_set_before_the_first_reset() -> None:
    env = FakeGroups()
    _play(env, 3, parameters={"speed": 2.0})
    assert env.told[:3] == [("parameters", {"speed": 2.0}), ("seed", 5), ("reset",)]
    plain = tiny_vec_env()
    with pytest.raises(UsageError, match="takes no parameters: leave out --parameter"):
        play(plain, _Still(4), 3, seed=5, parameters={"speed": 2.0})
