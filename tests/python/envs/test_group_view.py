"""Views of a group: what Stable-Baselines3 expects of a VecEnv, and one decision for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecCheckNan, VecMonitor, VecNormalize

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.errors import ActionSpaceError, UsageError

pytestmark = pytest.mark.usefixtures("no_process_left")

Maker = Callable[..., Any]
KEYS = {
    "key": {"action_type": "discrete", "size": 3},
    "jump": {"action_type": "discrete", "size": 2},
}
HUNT = {"hunter": {"agents": 2, "obs": 6}, "prey": {"agents": 1, "obs": 4, "actions": KEYS}}
HUNT_THREE = {**HUNT, "bird": {"agents": 1, "obs": 3}}


@pytest.fixture(params=["async-binary2", "async-json", "subproc-binary2"])
def make(
    request: pytest.FixtureRequest, fake_game: Callable[..., str], free_port: int
) -> Iterator[Maker]:
    """Return `make(behaviour, **settings)`; closes what it made."""
    vec_env, transport = request.param.split("-")
    made: list[Any] = []

    def build(behaviour: dict[str, Any] | None = None, **settings: Any) -> Any:
        values: dict[str, Any] = {"port": free_port, "timeout_s": 20.0, "arenas": 1} | settings
        game = fake_game(**({"groups": HUNT, "transport": transport} | (behaviour or {})))
        made.append(make_vec_env(EnvSettings(env_path=game, **values), vec_env))
        return made[-1]

    yield build
    for env in made:
        env.close()


def nothing(view: Any) -> Any:
    space = view.action_space
    return np.zeros((view.num_envs, *space.shape), space.dtype)


def test_a_view_is_a_vec_env_of_its_group(make: Maker) -> None:
    env = make(num_envs=2, seed=42)
    hunter, prey = env.group("hunter"), env.group("prey")
    assert hunter.observation_space["obs"].shape == (6,)
    assert prey.action_space == gym.spaces.MultiDiscrete([3, 2])
    assert hunter.layout.observations.fields[0].size == 6
    assert hunter.reset()["obs"].shape == (4, 6)
    assert hunter.reset_infos == [{"episode": 0}] * 4
    assert hunter.env_is_wrapped(gym.Wrapper) == [False] * 4
    assert hunter.env_method("jump", 1) == [["jump", agent, 1] for agent in (0, 1, 3, 4)]
    assert prey.env_method("jump", indices=1) == [["jump", 5]]
    hunter.set_attr("reset_after", 7, indices=[2, 3])
    assert hunter.get_attr("reset_after") == [1000, 1000, 7, 7]
    assert prey.get_attr("reset_after") == [1000, 1000]
    assert hunter.get_attr("reset_after", indices=[3, 0]) == [7, 1000]
    assert hunter.has_attr("reset_after")
    assert not hunter.has_attr("nothing_such")
    with pytest.raises(UsageError, match="no agent 4 in the group 'hunter', only 0 to 3"):
        hunter.env_method("jump", indices=4)
    with pytest.raises(UsageError, match=r"no group 'hunters', only 'hunter', 'prey'"):
        env.group("hunters")
    assert hunter.render_mode is None
    assert prey.seed(50) == [52, 55]
    assert prey.reset()["obs"][:, 3] == pytest.approx([42 / 97, 42 / 97])  # hunter's reset
    assert prey.reset()["obs"][:, 3] == pytest.approx([50 / 97, 50 / 97])


def test_nobody_steps_before_all_have_acted(make: Maker) -> None:
    env = make({"groups": HUNT_THREE})
    hunter, prey, bird = (env.group(name) for name in HUNT_THREE)
    hunter.reset()
    hunter.step_async(nothing(hunter))
    with pytest.raises(UsageError, match="no actions for the groups 'prey', 'bird'"):
        hunter.step_wait()
    with pytest.raises(UsageError, match="'prey' was called without step_async"):
        prey.step_wait()
    with pytest.raises(UsageError, match=r"'hunter' was called twice with no step_wait\(\)"):
        hunter.step_async(nothing(hunter))
    prey.step_async(nothing(prey))
    bird.step_async(nothing(bird))
    obs, *_ = hunter.step_wait()
    assert obs["obs"][0, 1] == pytest.approx(0.01)
    with pytest.raises(UsageError, match=r"'prey' was called twice"):
        prey.step_async(nothing(prey))  # its last step was not taken
    prey.step_wait()
    bird.step_wait()


def test_resets_of_all_views_are_one(make: Maker) -> None:
    env = make()
    hunter, prey = env.group("hunter"), env.group("prey")
    assert hunter.reset()["obs"][0, 0] == 0.0
    assert prey.reset()["obs"][0, 0] == 0.0
    assert hunter.reset()["obs"][0, 0] == 1.0
    assert hunter.reset()["obs"][0, 0] == 2.0
    assert prey.reset()["obs"][0, 0] == 2.0
    hunter.reset()
    for view in (hunter, prey):
        view.step_async(nothing(view))
    hunter.step_wait()
    prey.step_wait()
    assert prey.reset()["obs"][0, 0] == 4.0  # the one that it left aside is past
    assert hunter.reset()["obs"][0, 0] == 4.0


def test_a_reset_drops_actions_that_wait(make: Maker) -> None:
    env = make()
    hunter, prey = env.group("hunter"), env.group("prey")
    hunter.reset()
    hunter.step_async(nothing(hunter))
    prey.reset()
    prey.reset()
    with pytest.raises(UsageError, match="view of another group began new episodes in between"):
        hunter.step_wait()


def test_a_closed_view_leaves_the_engines_alone(make: Maker) -> None:
    env = make()
    view = env.group("hunter")
    view.reset()
    view.close()
    view.close()
    with pytest.raises(UsageError, match="the view of the group 'hunter' is closed"):
        view.reset()
    env.reset_groups()
    assert env.group("hunter") is not view
    env.group("hunter").reset()


def test_a_wrong_action_leaves_the_others_where_they_were(make: Maker) -> None:
    env = make()
    hunter, prey = env.group("hunter"), env.group("prey")
    hunter.reset()
    with pytest.raises(ActionSpaceError, match=r"group 'prey' have shape \(1, 7\)"):
        prey.step_async(np.zeros((1, 7)))
    for view in (hunter, prey):
        view.step_async(nothing(view))
    hunter.step_wait()


def test_wrappers_of_sb3_and_its_evaluation_take_a_view(make: Maker) -> None:
    env = make(num_envs=2)
    env.set_control("prey", "game")
    view = VecNormalize(VecMonitor(VecCheckNan(env.group("hunter"), raise_exception=True)))
    model = PPO("MultiInputPolicy", view, n_steps=16, batch_size=16, n_epochs=1, device="cpu")
    model.learn(128)
    told: Any = evaluate_policy(
        model, view, n_eval_episodes=6, return_episode_rewards=True, warn=False
    )
    rewards, lengths = told
    assert set(lengths) == {5, 6}
    assert len(rewards) == 6


def test_an_agent_that_leaves_and_another_that_comes(make: Maker) -> None:
    env = make({"leave": {"agent": 1, "at": 2, "back": 4}, "episode_length": 50})
    hunter, prey = env.group("hunter"), env.group("prey")
    hunter.reset(), prey.reset()
    seen = []
    for _ in range(5):
        hunter.step_async(nothing(hunter))
        prey.step_async(nothing(prey))
        _, rewards, dones, infos = hunter.step_wait()
        prey.step_wait()
        assert prey.present.all()
        assert not dones.any()
        seen.append(
            (
                hunter.present.tolist(),
                hunter.joined.tolist(),
                rewards.tolist(),
                ["absent" in info for info in infos],
            )
        )
    there = ([True, True], [False, False], [1.0, 2.0], [False, False])
    gone = ([True, False], [False, False], [1.0, 0.0], [False, True])
    back = ([True, True], [False, True], [1.0, 2.0], [False, False])
    assert seen == [there, gone, gone, back, there]


def test_an_empty_seat_is_told_at_a_reset(make: Maker) -> None:
    env = make({"leave": {"agent": 1, "at": 1}})
    env.reset_groups()
    env.step_groups({name: nothing(env.group(name)) for name in env.groups})
    again = env.reset_groups()
    assert again["hunter"].present.tolist() == [True, False]
    assert again["prey"].present.tolist() == [True]
    assert "absent" in again["hunter"].infos[1]


def test_flat_rows_of_absent_agents_stay_silent(make: Maker) -> None:
    groups = {"red": {"agents": 2}, "blue": {"agents": 1}}
    env = make({"groups": groups, "leave": {"agent": 1, "at": 1, "back": 3}, "episode_length": 9})
    env.reset()
    actions = np.zeros((3, 2), np.float32)
    told = []
    for _ in range(3):
        _, rewards, dones, infos = env.step(actions)
        assert not dones.any()
        told.append((rewards.tolist(), "absent" in infos[1]))
    assert told == [([1.0, 0.0, 3.0], True), ([1.0, 0.0, 3.0], True), ([1.0, 2.0, 3.0], False)]
