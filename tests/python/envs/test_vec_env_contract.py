"""What Stable-Baselines3 expects of a VecEnv, asked of both environments over the fake engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import SubprocVecEnv, VecEnv, VecMonitor, VecNormalize

from rl_training.envs import EnvSettings, GodotVecEnv, SubprocGodotVecEnv, make_vec_env
from rl_training.errors import ActionSpaceError, ConfigError, UsageError
from tests.python.fake_engine import OBS_NAMES

pytestmark = pytest.mark.usefixtures("no_process_left")

Maker = Callable[..., Any]


@pytest.fixture(params=["async", "subproc"])
def make(
    request: pytest.FixtureRequest, fake_game: Callable[..., str], free_port: int
) -> Iterator[Maker]:
    """Return `make(num_envs=.., behaviour={..})` for either environment; closes what it made."""
    made: list[Any] = []

    def build(behaviour: dict[str, Any] | None = None, **settings: Any) -> Any:
        values: dict[str, Any] = {"port": free_port, "timeout_s": 20.0, "arenas": 1} | settings
        if (behaviour or {}).get("stock"):
            values["arenas"] = None
        game = fake_game(**(behaviour or {}))
        made.append(make_vec_env(EnvSettings(env_path=game, **values), request.param))
        return made[-1]

    yield build
    for env in made:
        env.close()


def zeros(env: VecEnv) -> Any:
    return np.zeros((env.num_envs, 2), dtype=np.float32)


def test_it_is_what_the_contract_says(make: Maker) -> None:
    env = make(num_envs=2, arenas=2)
    assert env.num_envs == 2 * 2 * 2
    assert env.observation_space == gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (4,))})
    assert env.action_space == gym.spaces.Box(-1.0, 1.0, (2,))
    assert env.agent_policy_names == ["shared_policy"] * 8
    assert env.env_info.n_agents == 4  # of the first engine
    assert env.env_info.observations.fields[0].names == tuple(OBS_NAMES)
    assert env.render_mode is None
    assert env.unwrapped is env
    assert env.env_is_wrapped(gym.Wrapper) == [False] * 8
    assert env.env_is_wrapped(gym.Wrapper, indices=[1, 2]) == [False] * 2
    assert isinstance(env, (StableBaselinesGodotEnv, SubprocVecEnv))


def test_agents_are_numbered_over_all_engines(make: Maker) -> None:
    env = make(num_envs=2, arenas=2)
    agents = env.reset()["obs"][:, 2]
    np.testing.assert_allclose(agents, np.arange(8) / 100, rtol=1e-6)


@pytest.mark.parametrize("action_repeat", [1, 4])
def test_end_of_an_episode(make: Maker, action_repeat: int) -> None:
    """Agent 0 plays 3 decisions, agent 1 plays 4; even episodes terminate, odd ones are cut."""
    env = make({"episode_length": 3}, action_repeat=action_repeat)
    env.reset()
    ends: list[tuple[int, int, bool, list[float], list[float]]] = []
    for decision in range(1, 9):
        obs, rewards, dones, infos = env.step(zeros(env))
        assert obs["obs"].dtype == np.float32
        assert rewards.dtype == np.float32
        assert rewards.tolist() == [action_repeat * 1.0, action_repeat * 2.0]
        assert dones.dtype == np.bool_
        for agent in range(2):
            assert ("terminal_observation" in infos[agent]) == dones[agent]
            if dones[agent]:
                final = infos[agent]["terminal_observation"]["obs"]
                assert infos[agent]["success"] is True
                cut = infos[agent]["TimeLimit.truncated"]
                ends.append(
                    (decision, agent, cut, final[:2].tolist(), obs["obs"][agent, :2].tolist())
                )
            else:
                assert infos[agent]["TimeLimit.truncated"] is False
    expected = [
        (3, 0, False, [0.0, 0.03], [1.0, 0.0]),
        (4, 1, False, [0.0, 0.04], [1.0, 0.0]),
        (6, 0, True, [1.0, 0.03], [2.0, 0.0]),
        (8, 1, True, [1.0, 0.04], [2.0, 0.0]),
    ]
    for end, wanted in zip(ends, expected, strict=True):
        assert end[:3] == wanted[:3]
        np.testing.assert_allclose(end[3], wanted[3])
        np.testing.assert_allclose(end[4], wanted[4])


def test_terminal_observation_is_not_overwritten_by_later_steps(make: Maker) -> None:
    env = make({"episode_length": 1})
    env.reset()
    *_, infos = env.step(zeros(env))
    first = infos[0]["terminal_observation"]["obs"].copy()
    for _ in range(3):
        env.step(zeros(env))
    np.testing.assert_array_equal(infos[0]["terminal_observation"]["obs"], first)


def test_reset_starts_from_the_seed_then_goes_on(make: Maker) -> None:
    env = make(seed=42)
    assert env.reset()["obs"][0].tolist() == pytest.approx([0.0, 0.0, 0.0, 42 / 97])
    assert env.reset_infos == [{"episode": 0}, {"episode": 0}]
    assert env.reset()["obs"][0, 0] == 1.0
    assert env.reset_infos[0] == {"episode": 1}


def test_seed_then_reset_begins_anew(make: Maker) -> None:
    env = make(num_envs=2)
    env.reset()
    env.step(zeros(env))
    assert env.seed(50) == [50, 51, 52, 53]
    obs = env.reset()["obs"]
    np.testing.assert_allclose(obs[:, 3], 50 / 97, rtol=1e-6)
    assert (obs[:, 0] == 0.0).all()
    assert (env.reset()["obs"][:, 0] == 1.0).all()


def test_random_seed_and_bad_seed(make: Maker) -> None:
    env = make()
    first = env.seed()[0]
    assert first is not None
    assert 0 <= first < 2**31
    with pytest.raises(ConfigError, match="seed is -1"):
        env.seed(-1)


def test_methods_and_attributes(make: Maker) -> None:
    env = make(num_envs=2)
    assert env.env_method("jump", 1, "high") == [["jump", agent, 1, "high"] for agent in range(4)]
    assert env.env_method("jump", indices=[3, 0]) == [["jump", 3], ["jump", 0]]
    assert env.env_method("jump", indices=2) == [["jump", 2]]
    env.set_attr("reset_after", 7, indices=[1, 2])
    assert env.get_attr("reset_after") == [1000, 7, 7, 1000]
    assert env.get_attr("render_mode", indices=0) == [None]
    assert env.has_attr("reset_after")
    assert not env.has_attr("wings")
    with pytest.raises(AttributeError, match="no property 'wings'"):
        env.get_attr("wings")
    with pytest.raises(UsageError, match="keyword arguments"):
        env.env_method("jump", height=2)
    with pytest.raises(UsageError, match=r"'missing' cannot be called: .*no method 'missing'"):
        env.env_method("missing")
    with pytest.raises(UsageError, match="there is no agent 4, only 0 to 3"):
        env.env_method("jump", indices=[4])


def test_step_async_and_wait_out_of_order(make: Maker) -> None:
    env = make()
    env.reset()
    with pytest.raises(UsageError, match="without step_async"):
        env.step_wait()
    env.step_async(zeros(env))
    with pytest.raises(UsageError, match="called twice"):
        env.step_async(zeros(env))
    with pytest.raises(UsageError, match="cannot be called between"):
        env.env_method("jump")
    env.step_wait()


def test_reset_drops_a_pending_step(make: Maker) -> None:
    env = make()
    env.reset()
    env.step_async(zeros(env))
    assert env.reset()["obs"][0, :2].tolist() == [1.0, 0.0]
    assert env.step(zeros(env))[0]["obs"][0, 1] == pytest.approx(0.01)


def test_reset_after_an_interrupt_in_the_middle_of_a_step(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C may come when one engine's answer was received and the other's was not."""
    env = make(num_envs=2)
    env.reset()
    env.step_async(zeros(env))

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if isinstance(env, GodotVecEnv):
            patch.setattr(env.envs[1], "receive_step", interrupt)
        else:
            patch.setattr(env.remotes[1], "poll", interrupt)
        with pytest.raises(KeyboardInterrupt):
            env.step_wait()
    assert (env.reset()["obs"][:, 0] == 1.0).all()
    assert env.step(zeros(env))[0]["obs"][:, 1] == pytest.approx([0.01] * 4)


def test_close_twice_and_use_after(make: Maker) -> None:
    env = make(num_envs=2)
    env.reset()
    env.step_async(zeros(env))
    env.close()
    env.close()
    with pytest.raises(UsageError, match="the environment is closed"):
        env.reset()


def test_with_block(fake_game: Callable[..., str], free_port: int) -> None:
    for env_type in (GodotVecEnv, SubprocGodotVecEnv):
        with env_type(fake_game(), port=free_port, arenas=1) as env:
            env.reset()
        with pytest.raises(UsageError, match="closed"):
            env.reset()


def test_wrong_number_of_actions(make: Maker) -> None:
    env = make()
    env.reset()
    with pytest.raises(ActionSpaceError, match="3 actions were given for 2 agents"):
        env.step(np.zeros((3, 2)))


def test_discrete_and_mixed_actions(make: Maker) -> None:
    jump = {"action_type": "discrete", "size": 3}
    env = make({"actions": {"jump": jump, "duck": {**jump, "size": 2}}})
    assert env.action_space == gym.spaces.MultiDiscrete([3, 2])
    env.reset()
    env.step(np.array([[2, 1], [0, 0]]))
    env.close()
    mixed = {"jump": {**jump, "size": 2}, "move": {"action_type": "continuous", "size": 2}}
    env = make({"actions": mixed})
    assert env.action_space == gym.spaces.Box(-1.0, 1.0, (3,))
    env.reset()
    env.step(np.zeros((2, 3)))


def test_images(make: Maker) -> None:
    env = make({"image": True}, screen="headless")
    env.reset()
    images = env.step(zeros(env))[0]["camera_2d"]
    assert images.dtype == np.uint8
    assert images.shape == (2, 2, 2, 3)
    assert (images == 1).all()


def test_stock_plugin(make: Maker) -> None:
    env = make({"stock": True, "episode_length": 2}, num_envs=2, seed=5)
    obs = env.reset()
    assert env.num_envs == 4
    np.testing.assert_allclose(obs["obs"][:, 3], [5 / 97, 5 / 97, 5 / 97, 5 / 97], rtol=1e-6)
    env.step(zeros(env))
    _, _, dones, infos = env.step(zeros(env))
    assert dones.tolist() == [True, False, True, False]
    assert infos[0]["TimeLimit.truncated"] is False
    assert "obs" in infos[0]["terminal_observation"]
    assert env.env_method("jump") == [["jump", agent] for agent in (0, 1, 0, 1)]
    assert not env.has_attr("wings")
    with pytest.raises(UsageError, match="stock plugin calls methods without arguments"):
        env.env_method("jump", 1)
    env.step(zeros(env))


def test_sb3_learns_through_its_usual_wrappers(make: Maker) -> None:
    env = VecNormalize(VecMonitor(make(num_envs=2)))
    model = PPO("MultiInputPolicy", env, n_steps=16, batch_size=32, n_epochs=1, seed=3)
    model.learn(128)
    assert model.num_timesteps == 128
    assert len(model.ep_info_buffer or ()) > 5
    assert model.ep_info_buffer is not None
    assert model.ep_info_buffer[0]["l"] in (5, 6)


def test_editor_is_waited_for(free_port: int) -> None:
    import socket
    import time

    from tests.python.fake_engine import FakeEngine

    def play() -> None:
        deadline = time.monotonic() + 10.0
        while time.monotonic() < deadline:
            try:
                sock = socket.create_connection(("127.0.0.1", free_port))
            except OSError:
                time.sleep(0.02)
                continue
            FakeEngine().serve(sock)
            return

    editor = threading.Thread(target=play)
    editor.start()
    with GodotVecEnv(port=free_port, timeout_s=10.0) as env:
        assert env.reset()["obs"].shape == (2, 4)
    editor.join(5.0)
    assert not editor.is_alive()
