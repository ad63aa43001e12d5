"""`GodotEnv` on the real engine: Gymnasium's checker, episodes in their order, what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from rl_training.engine import find_xvfb
from rl_training.envs import GodotEnv
from rl_training.errors import ConfigError, UsageError
from tests.python.envs.makers import Maker, making

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

GAMES = "res://tests/python/envs/games"
SEEK = f"{GAMES}/seek_2d.tscn"
CHOOSE = "res://tests/python/algorithms/games/chooser.tscn"
COUNTER = "res://tests/godot/fixtures/counter_arena.tscn"
EPISODE_DECISIONS = 5
TICKS, NUMBER, OFFSET = 0, 1, 2


@pytest.fixture
def make(repository: Path, free_port: int) -> Iterator[Maker[GodotEnv]]:
    with making(
        GodotEnv, COUNTER, project_path=repository, port=free_port, action_repeat=4
    ) as maker:
        yield maker


def play_out(env: GodotEnv) -> tuple[Any, bool, bool, int]:
    """Play the running episode; return what its last step told, and its decisions."""
    decisions, terminated, truncated = 0, False, False
    while not (terminated or truncated):
        observation, _, terminated, truncated, _ = env.step(np.zeros(1, np.float32))
        decisions += 1
    return observation, terminated, truncated, decisions


def until_the_end(env: GodotEnv) -> Any:
    """Play the running episode; return what its last step told."""
    told: Any = (None, 0.0, False, False, {})
    while not (told[2] or told[3]):
        told = env.step(np.zeros(1, np.float32))
    return told


def test_gymnasiums_checker_has_nothing_to_say(repository: Path, free_port: int) -> None:
    name = "rl_training.envs.gym_env:SpaceTimeRL/Godot-v0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=ResourceWarning)
        env = gym.make(name, project_path=repository, scene_path=SEEK, port=free_port)
        try:
            check_env(env.unwrapped, skip_render_check=find_xvfb() is None)
        finally:
            env.close()


def test_an_episode_ends_with_its_own_last_observation(make: Maker[GodotEnv]) -> None:
    env = make()
    first, _ = env.reset(seed=1)
    assert first[TICKS] == 0
    for decision in range(1, EPISODE_DECISIONS + 1):
        observation, reward, terminated, truncated, info = env.step(np.zeros(1, np.float32))
        assert observation[TICKS] == 4 * decision
        assert reward == 4.0
        assert not terminated
        assert truncated == (decision == EPISODE_DECISIONS)
        assert observation[OFFSET] == first[OFFSET]
    assert info == {"is_success": True, "metrics": {"ticks": 20}}
    with pytest.raises(UsageError, match=r"call reset\(\) before step\(\)"):
        env.step(np.zeros(1, np.float32))


def test_a_true_end_is_terminated(make: Maker[GodotEnv]) -> None:
    env = make()
    env.vec_env.set_attr("terminate_after", 8)  # type: ignore[union-attr]
    env.reset()
    observation, terminated, truncated, decisions = play_out(env)
    assert (terminated, truncated, decisions) == (True, False, 2)
    assert observation[TICKS] == 8


def test_no_episode_is_lost_or_played_twice(make: Maker[GodotEnv]) -> None:
    """The engine counts the episodes that it began: it agrees with who resets."""
    env = make()
    numbers = []
    for _ in range(3):
        observation, _ = env.reset()
        numbers.append(observation[NUMBER])
        play_out(env)
    assert np.diff(numbers).tolist() == [1, 1]
    observation, _ = env.reset()
    env.step(np.zeros(1, np.float32))
    abandoned = observation[NUMBER]
    observation, _ = env.reset()
    assert observation[NUMBER] == abandoned + 1
    assert observation[TICKS] == 0


def test_a_seed_gives_the_same_episodes_ended_or_abandoned(make: Maker[GodotEnv]) -> None:
    env = make(seed=5)
    drawn = []
    for seed, plays_out in ((None, True), (5, False), (5, True), (6, True)):
        offsets = [env.reset(seed=seed)[0][OFFSET]]
        for _ in range(3):
            if plays_out:
                play_out(env)
            else:
                env.step(np.zeros(1, np.float32))
            offsets.append(env.reset()[0][OFFSET])
        drawn.append(offsets)
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3]
    assert len(set(drawn[0])) == 4


def test_an_episode_in_which_nothing_was_decided_begins_again(make: Maker[GodotEnv]) -> None:
    env = make(seed=5)
    offsets = [env.reset()[0][OFFSET] for _ in range(2)]
    play_out(env)
    offsets += [env.reset()[0][OFFSET] for _ in range(2)]
    assert offsets[0] == offsets[1] != offsets[2] == offsets[3]


def test_options_choose_the_level_and_the_parameters(make: Maker[GodotEnv]) -> None:
    env = make(seed=5)
    numbered = env.reset()[0][OFFSET]
    level, _ = env.reset(options={"level": 123, "parameters": {"wind": "uniform(0, 1)"}})
    assert level[OFFSET] != numbered
    *_, info = until_the_end(env)
    assert info["level"] == 123
    wind = info["parameters"]["wind"]
    assert 0.0 <= wind <= 1.0
    env.reset()
    *_, info = until_the_end(env)
    assert "level" not in info
    assert info["parameters"]["wind"] != wind  # the sampler holds, the level was used
    again, _ = env.reset(options={"level": 123, "parameters": {"wind": "uniform(0, 1)"}})
    assert again[OFFSET] == level[OFFSET]
    *_, info = until_the_end(env)
    assert info["parameters"]["wind"] == wind
    for options, text in (
        ({"level": -1}, "a level is a whole number"),
        ({"level": "first"}, "a level is a whole number"),
        ({"parameters": {"wind": "strong"}}, "'wind' must be a number or a sampler"),
        ({"parameters": 3}, r"options\['parameters'\] is 3, expected values by name"),
    ):
        with pytest.raises(UsageError, match=text):
            env.reset(options=options)


def test_any_seed_of_gymnasiums_will_do(make: Maker[GodotEnv]) -> None:
    env = make()
    large = [env.reset(seed=seed)[0][OFFSET] for seed in (2**32 - 1, 2**32 - 1, 2**40)]
    assert large[0] == large[1] != large[2]
    with pytest.raises(gym.error.Error, match=r"[Ss]eed"):
        env.reset(seed=-1)


def test_one_choice_is_a_discrete_action(make: Maker[GodotEnv]) -> None:
    env = make(CHOOSE)
    assert env.action_space == gym.spaces.Discrete(5)
    env.reset()
    observation, *_ = env.step(env.action_space.sample())
    assert observation.shape == (2,)
    env.close()
    plain = make(CHOOSE, flatten=False)
    assert plain.action_space == gym.spaces.MultiDiscrete([5])
    assert isinstance(plain.observation_space, gym.spaces.Dict)
    observation, _ = plain.reset()
    assert set(observation) == {"obs"}
    plain.step(plain.action_space.sample())


@pytest.mark.skipif(find_xvfb() is None, reason="no Xvfb on this machine")
def test_a_picture_shows_what_is_observed(make: Maker[GodotEnv]) -> None:
    """The box jumps in the tick before the decision: the last frame shows it elsewhere."""
    env = make(f"{GAMES}/jumper_3d.tscn", render_mode="rgb_array", action_repeat=1)
    env.reset()
    seen = []
    for side in (-1.0, 1.0, 1.0, -1.0):
        observation, *_ = env.step(np.array([side], np.float32))
        picture = env.render()
        assert picture is not None
        assert picture.dtype == np.uint8
        bright = np.argwhere(picture.min(axis=2) > 250)[:, 1].mean() / picture.shape[1] - 0.5
        seen.append((float(observation[0]), float(np.sign(bright))))
    assert all(observed == shown for observed, shown in seen), seen
    assert {observed for observed, _ in seen} == {-1.0, 1.0}


def test_without_a_screen_there_is_no_picture(make: Maker[GodotEnv]) -> None:
    env = make(render_mode="rgb_array", screen="headless")
    env.reset()
    with pytest.raises(UsageError, match="the engine draws nothing"):
        env.render()


def test_a_scene_of_several_agents_is_refused(make: Maker[GodotEnv]) -> None:
    with pytest.raises(UsageError, match=r"the scene holds 16 agents .*GodotParallelEnv"):
        make(f"{GAMES}/crowd_3d.tscn")


def test_wrong_settings_are_told_before_anything_starts(make: Maker[GodotEnv]) -> None:
    with pytest.raises(ConfigError, match="EnvSettings has no setting 'sede'"):
        make(sede=3)
    with pytest.raises(ConfigError, match="arenas is 4, but this environment is one arena"):
        make(arenas=4)
    with pytest.raises(ConfigError, match="action_repeat is 0"):
        make(action_repeat=0)
    with pytest.raises(UsageError, match="render_mode is 'ansi'"):
        make(render_mode="ansi")


def test_close_twice_and_step_afterwards(make: Maker[GodotEnv]) -> None:
    env = make()
    env.reset()
    env.close()
    env.close()
    with pytest.raises(UsageError, match="the environment is closed"):
        env.reset()
