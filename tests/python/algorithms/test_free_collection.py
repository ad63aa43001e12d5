"""A rollout whose engines do not wait for each other is the rollout that SB3 would have made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import DummyVecEnv, VecCheckNan, VecMonitor, VecNormalize

from rl_training.algorithms import free_collection
from rl_training.algorithms.collection import CollectingPPO, collecting
from rl_training.algorithms.free_collection import why_waiting
from rl_training.envs import EnvSettings, GodotVecEnv, make_vec_env
from rl_training.errors import ConfigError, EngineDiedError, EngineTimeoutError
from tests.python.tiny_env import TinyEnv

pytestmark = pytest.mark.usefixtures("no_process_left")

STEPS = 20
TWO_CHOICES = {
    "turn": {"action_type": "discrete", "size": 3},
    "jump": {"action_type": "discrete", "size": 2},
}


class Maker:
    def __init__(self, fake_game: Callable[..., str], port: int) -> None:
        self.made: list[Any] = []
        self._fake_game = fake_game
        self._port = port

    def env(self, *, arenas: int = 2, num_envs: int = 2, **behaviour: Any) -> GodotVecEnv:
        changes = {k: behaviour.pop(k) for k in ("max_restarts", "timeout_s") if k in behaviour}
        settings = EnvSettings(
            env_path=self._fake_game(**behaviour),
            port=self._port,
            num_envs=num_envs,
            arenas=arenas,
            **{"timeout_s": 20.0, **changes},
        )
        env = GodotVecEnv.from_settings(settings)
        self.made.append(env)
        return env

    def model(self, *, collection: Any = "free", normal: bool = True, **behaviour: Any) -> Any:
        torch.set_num_threads(1)
        env: Any = VecMonitor(self.env(**behaviour))
        env = VecNormalize(env, clip_obs=3.0, gamma=0.9) if normal else env
        return CollectingPPO(
            "MultiInputPolicy",
            env,
            n_steps=STEPS,
            batch_size=40,
            n_epochs=2,
            gamma=0.9,
            seed=3,
            device="cpu",
            collection=collection,
            policy_kwargs={"net_arch": [16, 16]},
        )


@pytest.fixture
def make(fake_game: Callable[..., str], free_port: int) -> Iterator[Maker]:
    maker = Maker(fake_game, free_port)
    yield maker
    for env in maker.made:
        env.close()


class Watcher(BaseCallback):
    """Keeps what callbacks see of each decision, and what the learner will learn from."""

    def __init__(self) -> None:
        super().__init__()
        self.rollouts: list[list[dict[str, Any]]] = []
        self.begins: list[Any] = []
        self.buffers: list[dict[str, Any]] = []
        self.counts: list[int] = []

    def _on_rollout_start(self) -> None:
        self.rollouts.append([])
        wrapper = self.model.get_vec_normalize_env()
        self.begins.append(
            None
            if wrapper is None
            else (wrapper.obs_rms["obs"].copy(), wrapper.ret_rms.copy(), wrapper.returns.copy())
        )

    def _on_step(self) -> bool:
        wrapper = self.model.get_vec_normalize_env()
        seen = {
            key: self.locals[key] for key in ("infos", "rewards", "dones", "new_obs", "actions")
        }
        seen = {
            key: np.array(value) if key in ("rewards", "dones") else value
            for key, value in seen.items()
        }
        seen["actions"] = np.array(seen["actions"])
        seen["new_obs"] = {key: np.array(each) for key, each in self.locals["new_obs"].items()}
        if wrapper is not None:
            seen["raw"] = wrapper.get_original_obs()["obs"]
            seen["raw_rewards"] = wrapper.get_original_reward()
        self.rollouts[-1].append(seen)
        self.counts.append(self.num_timesteps)
        return True

    def _on_rollout_end(self) -> None:
        model: Any = self.model
        buffer = model.rollout_buffer
        names = ("actions", "rewards", "values", "log_probs", "episode_starts")
        kept = {name: np.array(getattr(buffer, name)) for name in names}
        kept["obs"] = np.array(buffer.observations["obs"])
        policy: Any = self.model.policy
        with torch.no_grad():
            flat = {"obs": torch.from_numpy(kept["obs"].reshape(-1, kept["obs"].shape[-1]))}
            actions = torch.from_numpy(kept["actions"].reshape(-1, kept["actions"].shape[-1]))
            values, log_probs, _ = policy.evaluate_actions(flat, actions)
        kept["torch_values"] = values.numpy().reshape(kept["values"].shape)
        kept["torch_log_probs"] = log_probs.numpy().reshape(kept["values"].shape)
        self.buffers.append(kept)


def free_rollouts(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return a list that grows with each rollout that was collected freely."""
    found: list[bool] = []
    collect = free_collection.collect_freely

    def counting(*arguments: Any) -> Any:
        told = collect(*arguments)
        found.append(told[0])
        return told

    monkeypatch.setattr("rl_training.algorithms.collection.collect_freely", counting)
    return found


@pytest.mark.parametrize("actions", [None, TWO_CHOICES], ids=["continuous", "choices"])
def test_the_buffer_holds_what_the_policy_and_the_game_said(
    make: Maker, actions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = free_rollouts(monkeypatch)
    extra = {} if actions is None else {"actions": actions}
    model = make.model(slow_arena=0, slow_s=0.003, pays=actions is None, **extra)
    watcher = Watcher()
    model.learn(3 * STEPS * 8, callback=watcher)
    assert free == [True, True, True]
    assert watcher.counts == list(range(8, 3 * STEPS * 8 + 1, 8))

    old, old_returns, running = watcher.begins[2]
    kept, seen = watcher.buffers[2], watcher.rollouts[2]
    before = watcher.rollouts[1][-1]["raw"]
    raw = np.stack([before, *(each["raw"] for each in seen)])
    # Each engine by the rollout's beginning and its own observations since.
    normal = np.empty(raw.shape)
    for rows in (slice(0, 4), slice(4, 8)):
        known = old.copy()
        for number, each in enumerate(raw[:, rows]):
            if number > 0:
                known.update(each)
            scaled = (each - known.mean) / np.sqrt(known.var + 1e-8)
            normal[number, rows] = np.clip(scaled, -3.0, 3.0)
    np.testing.assert_allclose(kept["obs"], normal[:-1], rtol=1e-3, atol=1e-4)
    for number, each in enumerate(seen):
        np.testing.assert_allclose(each["new_obs"]["obs"], normal[number + 1], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(kept["values"], kept["torch_values"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(kept["log_probs"], kept["torch_log_probs"], rtol=1e-4, atol=1e-4)
    dones = np.stack([each["dones"] for each in seen])
    np.testing.assert_array_equal(kept["episode_starts"][1:], dones[:-1])

    # Rewards: scaled as SB3 scales them, the cut-off ones with what would have come.
    returns, expected = old_returns.copy(), []
    for each in seen:
        running = running * 0.9 + each["raw_rewards"]
        returns.update(running)
        running[each["dones"]] = 0.0
        scaled = each["raw_rewards"] / np.sqrt(returns.var + 1e-8)
        expected.append(np.clip(scaled, -10.0, 10.0).astype(np.float32))
    cut = 0
    for number, each in enumerate(seen):
        np.testing.assert_allclose(each["rewards"], expected[number], rtol=1e-5)
        for row in np.flatnonzero(each["dones"]):
            if each["infos"][row]["TimeLimit.truncated"]:
                cut += 1
    assert cut > 0
    differs = np.abs(kept["rewards"] - np.stack(expected)) > 1e-6
    assert differs.sum() <= cut
    assert not (differs & ~dones).any()

    # The statistics are those that SB3 would have gathered from the same observations.
    model_rms = model.get_vec_normalize_env().obs_rms["obs"]
    reference: RunningMeanStd = old.copy()
    for each in seen:
        reference.update(each["raw"].astype(np.float64))
    np.testing.assert_allclose(model_rms.mean, reference.mean, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(model_rms.var, reference.var, rtol=1e-6, atol=1e-9)
    assert model_rms.count == pytest.approx(reference.count)
    found = model.get_vec_normalize_env().ret_rms
    np.testing.assert_allclose([found.mean, found.var], [returns.mean, returns.var], rtol=1e-6)


def test_each_row_gets_its_own_actions(make: Maker) -> None:
    """The game pays the first number of the action, so that a mix-up of rows would show."""
    model = make.model(slow_arena=0, slow_s=0.003, pays=True, normal=False)
    watcher = Watcher()
    model.learn(STEPS * 8, callback=watcher)
    for each in watcher.rollouts[0]:
        paid = np.clip(each["actions"][:, 0], -1.0, 1.0)
        np.testing.assert_allclose(each["rewards"], paid, atol=1e-6)


def test_cut_off_episodes_go_on_in_the_critics_eyes(make: Maker) -> None:
    model = make.model(normal=False)
    watcher = Watcher()
    model.learn(STEPS * 8, callback=watcher)
    kept, seen = watcher.buffers[0], watcher.rollouts[0]
    # The network has learned since: compare with its weights of the rollout.
    number, row, info = next(
        (n, row, each["infos"][row])
        for n, each in enumerate(seen)
        for row in np.flatnonzero(each["dones"])
        if each["infos"][row]["TimeLimit.truncated"]
    )
    assert kept["rewards"][number, row] != seen[number]["rewards"][row]
    assert "terminal_observation" in info
    terminated = [
        (n, row)
        for n, each in enumerate(seen)
        for row in np.flatnonzero(each["dones"])
        if not each["infos"][row]["TimeLimit.truncated"]
    ]
    for n, row in terminated:
        assert kept["rewards"][n, row] == seen[n]["rewards"][row]


@pytest.mark.parametrize("normal", [True, False])
def test_one_seed_gives_one_run_whichever_engine_is_slow(make: Maker, normal: bool) -> None:
    weights, results = [], []
    for slow_arena in (0, 2, -1):
        model = make.model(slow_arena=slow_arena, slow_s=0.004, pays=True, normal=normal)
        model.learn(4 * STEPS * 8)
        make.made.pop().close()
        weights.append({key: each.numpy() for key, each in model.policy.state_dict().items()})
        results.append([(each["r"], each["l"]) for each in model.ep_info_buffer])
    for other in weights[1:]:
        for key, value in weights[0].items():
            # Torch's sums may differ in the last bit from run to run, whoever answers first.
            np.testing.assert_allclose(value, other[key], rtol=1e-4, atol=1e-6)
    for episodes in results[1:]:
        np.testing.assert_allclose(episodes, results[0], rtol=1e-4)


def test_an_engine_that_is_stuck_does_not_hold_the_other(
    make: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Engine 1 stands still in its third decision until engine 0 has made its fifteenth."""
    sign = tmp_path / "go_on"
    model = make.model(slow_arena=2, wait_for=str(sign), normal=False)
    env = make.made[0]
    answers = [0, 0]
    receive = env.receive_blocks

    def watched() -> Any:
        found = receive()
        for engine, _ in found:
            answers[engine] += 1
        if answers[0] == 15:
            assert answers[1] == 2
            sign.touch()
        return found

    monkeypatch.setattr(env, "receive_blocks", watched)
    model.learn(STEPS * 8)
    assert answers == [STEPS, STEPS]


def test_monitor_and_buffers_tell_the_same_as_when_waiting(make: Maker) -> None:
    told = []
    for collection in ("waiting", "free"):
        model = make.model(collection=collection, normal=False)
        model.learn(3 * STEPS * 8)
        make.made.pop().close()
        told.append(
            (
                [(float(each["r"]), int(each["l"])) for each in model.ep_info_buffer],
                model.num_timesteps,
                model.env.episode_count,
                model.env.episode_lengths.tolist(),
            )
        )
    assert told[0] == told[1]


class StopAt(BaseCallback):
    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = calls

    def _on_step(self) -> bool:
        return self.n_calls < self._calls


def test_a_stop_discards_the_rollout_and_leaves_a_usable_environment(make: Maker) -> None:
    model = make.model(slow_arena=0, slow_s=0.002, normal=False)
    model.learn(STEPS * 8)
    model.learn(STEPS * 80, callback=StopAt(STEPS + 7), reset_num_timesteps=False)
    assert model.num_timesteps == 2 * STEPS * 8
    env = make.made[0]
    assert env.get_attr("reset_after") == [1000] * 8  # no engine owes an answer
    model.learn(STEPS * 8, reset_num_timesteps=False)
    assert model.num_timesteps == 3 * STEPS * 8


def test_a_callback_that_raises_leaves_a_usable_environment(make: Maker) -> None:
    class Bad(BaseCallback):
        def _on_step(self) -> bool:
            raise KeyboardInterrupt

    model = make.model(normal=False)
    with pytest.raises(KeyboardInterrupt):
        model.learn(STEPS * 8, callback=Bad())
    assert model.num_timesteps == 0
    model.learn(STEPS * 8)
    assert model.num_timesteps == STEPS * 8


@pytest.mark.parametrize(
    "failure", [{"kill_step": 27}, {"die_step": 27}, {"hang_step": 27}, {"nan_step": 27}]
)
def test_an_engine_that_fails_is_replaced(make: Maker, failure: dict[str, Any]) -> None:
    model = make.model(max_restarts=1, timeout_s=2.0, only_first=True, **failure)
    watcher = Watcher()
    model.learn(2 * STEPS * 8, callback=watcher)
    assert [restart.engine for restart in make.made[0].restarts] == [0]
    struck = [
        [row for row, info in enumerate(each["infos"]) if "engine_restart" in info]
        for rollout in watcher.rollouts
        for each in rollout
    ]
    assert [rows for rows in struck if rows] == [[0, 1, 2, 3]]
    number = next(n for n, rows in enumerate(struck) if rows)
    step = watcher.rollouts[number // STEPS][number % STEPS]
    assert step["dones"][:4].all()
    assert all(step["infos"][row]["TimeLimit.truncated"] for row in range(4))


def test_without_restarts_a_failure_ends_the_run(make: Maker) -> None:
    model = make.model(kill_step=27, only_first=True)
    with pytest.raises(EngineDiedError, match="engine 0 ended in the middle of the run"):
        model.learn(3 * STEPS * 8)
    assert model.num_timesteps == STEPS * 8


def test_an_engine_that_hangs_is_noticed_while_the_other_plays_on(make: Maker) -> None:
    model = make.model(hang_step=3, only_first=True, timeout_s=1.0, normal=False)
    with pytest.raises(EngineTimeoutError, match="engine 0: the engine did not answer within 1 s"):
        model.learn(STEPS * 8)


def test_what_cannot_be_collected_freely_is_collected_as_ever(make: Maker) -> None:
    def reason(env: Any, **options: Any) -> str:
        model = PPO("MultiInputPolicy", env, n_steps=4, batch_size=4, device="cpu", **options)
        return why_waiting(model, env)

    env = make.env()
    assert reason(env) == ""
    assert reason(VecMonitor(env)) == ""
    assert "GodotVecEnv" in reason(VecCheckNan(env))
    assert "GodotVecEnv" in reason(VecMonitor(VecMonitor(env)))
    assert "GodotVecEnv" in reason(DummyVecEnv([TinyEnv]))
    assert "plain" in reason(env, use_sde=True)
    assert "plain" in reason(env, policy_kwargs={"activation_fn": torch.nn.ELU})
    assert reason(VecNormalize(VecMonitor(env))) == ""


def test_engines_in_workers_are_collected_as_ever(
    fake_game: Callable[..., str], free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = EnvSettings(env_path=fake_game(), port=free_port, num_envs=2, arenas=1)
    with make_vec_env(settings, "subproc") as env, caplog.at_level("INFO"):
        model = CollectingPPO(
            "MultiInputPolicy", env, n_steps=8, batch_size=16, device="cpu", collection="free"
        )
        model.learn(64)
    assert model.num_timesteps == 64
    assert caplog.text.count("engines wait for each other: the environment is not") == 1


def test_other_learners_collect_freely_too(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_rollouts(monkeypatch)
    env = make.env()
    model: Any = collecting(A2C)("MultiInputPolicy", env, n_steps=5, device="cpu", seed=1)
    model.collection = "free"
    model.learn(3 * 5 * 8)
    assert free == [True, True, True]


@pytest.mark.parametrize("collection", ["auto", "waiting"])
def test_engines_wait_unless_it_is_asked_for(
    make: Maker, monkeypatch: pytest.MonkeyPatch, collection: str
) -> None:
    free = free_rollouts(monkeypatch)
    make.model(collection=collection).learn(STEPS * 8)
    assert free == []


def test_an_unknown_way_of_collecting_is_refused() -> None:
    with pytest.raises(ConfigError, match="'fast', expected auto, waiting or free"):
        CollectingPPO("MultiInputPolicy", DummyVecEnv([TinyEnv]), collection="fast")  # type: ignore[arg-type]
