"""Groups of unlike agents over the fake engine: by both transports, in both environments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.errors import ActionSpaceError, UsageError

pytestmark = pytest.mark.usefixtures("no_process_left")

Maker = Callable[..., Any]
MOVE = {"move": {"action_type": "continuous", "size": 2}}
KEYS = {
    "key": {"action_type": "discrete", "size": 3},
    "jump": {"action_type": "discrete", "size": 2},
}
HUNT = {"hunter": {"agents": 2, "obs": 6}, "prey": {"agents": 1, "obs": 4, "actions": KEYS}}


@pytest.fixture(params=["json", "binary2"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["async", "subproc"])
def vec_env(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(
    vec_env: Any, transport: str, fake_game: Callable[..., str], free_port: int
) -> Iterator[Maker]:
    """Return `make(behaviour, **settings)` for either environment; closes what it made."""
    made: list[Any] = []

    def build(behaviour: dict[str, Any] | None = None, **settings: Any) -> Any:
        values: dict[str, Any] = {"port": free_port, "timeout_s": 20.0, "arenas": 1} | settings
        game = fake_game(**({"groups": HUNT, "transport": transport} | (behaviour or {})))
        made.append(make_vec_env(EnvSettings(env_path=game, **values), vec_env))
        return made[-1]

    yield build
    for env in made:
        env.close()


def idle(env: Any) -> dict[str, Any]:
    """Return actions that do nothing."""
    return {
        name: np.zeros((len(group.agents), *group.action_space.shape), group.action_space.dtype)
        for name, group in env.groups.items()
    }


def test_groups_are_told_over_all_engines_and_arenas(make: Maker) -> None:
    env = make(num_envs=2, arenas=2)
    assert list(env.groups) == ["hunter", "prey"]
    hunter, prey = env.groups.values()
    assert hunter.agents == (0, 1, 2, 3, 6, 7, 8, 9)
    assert prey.agents == (4, 5, 10, 11)
    assert hunter.arenas == (0, 0, 1, 1, 2, 2, 3, 3)
    assert prey.arenas == (0, 1, 2, 3)
    assert hunter.observation_space["obs"].shape == (6,)
    assert prey.observation_space["obs"].shape == (4,)
    assert hunter.action_space.shape == (2,)
    assert prey.action_space.nvec.tolist() == [3, 2]
    assert prey.paths == ("prey/Controller",) * 4
    assert env.num_envs == 12


def test_reset_and_step_by_group(make: Maker) -> None:
    env = make({"episode_length": 2}, num_envs=2, arenas=2, seed=50)
    first = env.reset_groups()
    assert first["hunter"].obs["obs"].shape == (8, 6)
    assert first["prey"].obs["obs"].shape == (4, 4)
    np.testing.assert_allclose(
        first["prey"].obs["obs"][:, 2], np.array(env.groups["prey"].agents) / 100, rtol=1e-6
    )
    np.testing.assert_allclose(first["hunter"].obs["obs"][:, 3], 50 / 97, rtol=1e-6)
    assert first["hunter"].present.all()
    assert first["hunter"].infos == [{"episode": 0}] * 8
    env.step_groups(idle(env))
    steps = env.step_groups(idle(env))
    hunter, prey = steps["hunter"], steps["prey"]
    assert hunter.rewards.dtype == np.float32
    assert hunter.rewards.tolist() == [1.0 + agent for agent in env.groups["hunter"].agents]
    assert hunter.terminated.tolist() == [True, False] * 4
    assert hunter.dones.tolist() == [True, False] * 4
    assert prey.terminated.all()
    assert not prey.truncated.any()
    assert prey.infos[3]["terminal_observation"]["obs"][:3].tolist() == pytest.approx(
        [0.0, 0.02, 0.11]
    )
    assert prey.obs["obs"][3, :2].tolist() == [1.0, 0.0]
    assert hunter.infos[2]["terminal_observation"]["obs"].shape == (6,)
    assert "terminal_observation" not in hunter.infos[1]
    assert hunter.present.all()
    assert not hunter.joined.any()


def test_each_agent_gets_its_own_action(make: Maker) -> None:
    groups = {"a": {"agents": 2, "obs": 6}, "b": {"agents": 1, "obs": 5}}
    env = make({"groups": groups, "pays": True}, num_envs=2, arenas=2)
    env.reset_groups()
    actions = idle(env)
    for name, group in env.groups.items():
        actions[name][:, 0] = np.array(group.agents) / 16
    for name, step in env.step_groups(actions).items():
        assert step.rewards.tolist() == [agent / 16 for agent in env.groups[name].agents]


def test_groups_that_are_alike_are_one_batch_too(make: Maker) -> None:
    groups = {"red": {"agents": 2}, "blue": {"agents": 1}}
    env = make({"groups": groups, "pays": True}, num_envs=2, arenas=2)
    assert env.observation_space["obs"].shape == (4,)
    assert env.reset()["obs"].shape == (12, 4)
    actions = np.zeros((12, 2), np.float32)
    actions[:, 0] = np.arange(12) / 16
    _, rewards, _, _ = env.step(actions)
    assert rewards.tolist() == [agent / 16 for agent in range(12)]
    by_group = {name: actions[list(group.agents)] for name, group in env.groups.items()}
    steps = env.step_groups(by_group)
    assert steps["blue"].rewards.tolist() == [agent / 16 for agent in (4, 5, 10, 11)]


def test_flat_use_of_unlike_agents_names_the_groups(make: Maker) -> None:
    env = make()
    for use in (
        env.reset,
        lambda: env.step(np.zeros((3, 2))),
        lambda: env.observation_space,
        lambda: env.action_space,
    ):
        with pytest.raises(UsageError, match=r"env.group\(name\).* 'hunter', 'prey'"):
            use()
    assert env.reset_groups()["prey"].obs["obs"].shape == (1, 4)  # nothing was lost


def test_wrong_actions_are_refused_with_the_group(make: Maker) -> None:
    env = make()
    env.reset_groups()
    actions = idle(env)
    with pytest.raises(UsageError, match="no actions for group 'prey'"):
        env.step_groups({"hunter": actions["hunter"]})
    with pytest.raises(UsageError, match=r"no group 'pray', only 'hunter', 'prey'\. Did you mean"):
        env.step_groups({**actions, "pray": actions["prey"]})
    with pytest.raises(ActionSpaceError, match=r"group 'prey' have shape \(2, 2\), expected"):
        env.step_groups({**actions, "prey": np.zeros((2, 2))})
    env.step_groups(actions)


def test_views_step_the_engines_once(make: Maker) -> None:
    env = make({"episode_length": 3})
    hunter, prey = env.group("hunter"), env.group("prey")
    assert env.group("hunter") is hunter
    assert (hunter.num_envs, prey.num_envs) == (2, 1)
    hunter.reset(), prey.reset()
    for decision in range(1, 5):
        hunter.step_async(np.zeros((2, 2), np.float32))
        prey.step_async(np.zeros((1, 2), np.int64))
        obs, rewards, dones, infos = prey.step_wait()
        assert obs["obs"][0, 1] == pytest.approx([0.01, 0.02, 0.0, 0.01][decision - 1])
        assert (dones.tolist(), rewards.tolist()) == ([decision == 3], [3.0])
        assert len(infos) == 1
        obs, *_ = hunter.step_wait()
        assert obs["obs"].shape == (2, 6)


def test_the_stock_plugin_has_groups_too(
    vec_env: Any, fake_game: Callable[..., str], free_port: int
) -> None:
    game = fake_game(stock=True, groups=HUNT, episode_length=2)
    settings = EnvSettings(env_path=game, port=free_port, num_envs=2, timeout_s=20.0)
    with make_vec_env(settings, vec_env) as env:
        assert env.groups["hunter"].agents == (0, 1, 3, 4)
        assert env.groups["prey"].arenas == (0, 1)
        assert env.groups["prey"].paths == ()
        env.reset_groups()
        env.step_groups(idle(env))
        steps = env.step_groups(idle(env))
        assert steps["hunter"].dones.tolist() == [True, False, True, False]
        assert steps["prey"].infos[1]["terminal_observation"]["obs"].shape == (4,)
