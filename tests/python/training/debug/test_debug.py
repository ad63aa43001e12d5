"""Each flag of the section `debug` says what it promises, and nothing is said without it."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.config import TrainConfig
from rl_training.scenarios import get_scenario
from rl_training.training.debug.action_table import ActionTable
from rl_training.training.debug.actions import DebugActionsCallback, announce_table
from rl_training.training.debug.attach import debug_callbacks, debug_run
from rl_training.training.debug.checkpoints import describe_checkpoint, tell_checkpoint
from rl_training.training.debug.learning import DebugLearningCallback
from rl_training.training.environment import env_settings
from tests.python.training.told_episodes import Told, play

TABLE = ActionTable(
    columns=("throttle", "steer", "jump"),
    rows=((1.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 1.0)),
    turning=frozenset({0, 2}),
    parts=("steer",),
)


def _config(**debug: bool) -> TrainConfig:
    return TrainConfig.from_dict({"scenario": "car_ball", "debug": debug})


def _kinds(callbacks: list[BaseCallback]) -> set[type[BaseCallback]]:
    return {type(callback) for callback in callbacks}


def test_without_a_flag_nothing_is_added() -> None:
    assert debug_callbacks(_config(), None) == []


def test_each_flag_adds_its_own_and_the_global_one_all() -> None:
    assert _kinds(debug_callbacks(_config(debug_actions=True), None)) == {DebugActionsCallback}
    assert _kinds(debug_callbacks(_config(debug_learning=True), None)) == {DebugLearningCallback}
    both = {DebugActionsCallback, DebugLearningCallback}
    whole = _config(global_debug_mode=True)
    assert _kinds(debug_callbacks(whole, None)) == both
    assert whole.debug.checkpoints
    assert whole.debug.turtled_start


class Parameters:
    """An environment that keeps its parameters."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def set_parameters(self, parameters: dict[str, float]) -> None:
        """Keep."""
        self.told.update(parameters)


@pytest.mark.parametrize(("flag", "told"), [("debug_turtled_start", 1.0), ("debug_learning", None)])
def test_turtled_starts_are_asked_of_the_scene(flag: str, told: float | None) -> None:
    config, scenario = _config(**{flag: True}), get_scenario("car_ball")
    env = Parameters()
    debug_run(config, scenario, env_settings(config, scenario), env, [])
    assert env.told.get("debug_turtled_start") == told


def test_choices_are_counted_and_their_meaning_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log = play(DebugActionsCallback(TABLE), [{"metrics": {"fallback_share": 0.25}}])
    assert log["debug_actions/used"] == 3
    assert 0.0 < log["debug_actions/entropy_bits"] <= np.log2(3) + 1e-9
    assert log["debug_actions/turning"] == pytest.approx(
        log["debug_actions/steer_-1"] + log["debug_actions/steer_1"]
    )
    assert log["debug_actions/jump_1"] == log["debug_actions/steer_1"]
    assert "16 choices, 3 of 3 used" in caplog.text
    assert re.search(r"steer -1/0/1: \d+/\d+/\d+ %", caplog.text)
    assert "fallback took 25.0 % of the choices, in 1 ended episodes" in caplog.text


def test_the_values_of_continuous_actions_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log = play(DebugActionsCallback(), actions=spaces.Box(-1.0, 1.0, (2,), np.float32))
    assert log["debug_actions/std_1"] > 0.0
    assert "action 1: mean" in caplog.text


def test_several_choices_are_told_apart() -> None:
    log = play(DebugActionsCallback(), actions=spaces.MultiDiscrete([2, 5]))
    assert log["debug_actions/used_0"] <= 2
    assert log["debug_actions/used_1"] <= 5


def test_the_table_is_told_and_a_wrong_fallback_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        announce_table(TABLE)
    assert "unique steer: -1, 0, 1" in caplog.text
    assert "2 of 3 rows turn" in caplog.text
    assert "fallback checked" in caplog.text
    caplog.clear()
    announce_table(ActionTable((), (), frozenset(), fallback_error="state 3: action 7"))
    assert "the fallback is wrong: state 3: action 7" in caplog.text


def test_updates_are_told_with_their_gradients(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log = play(DebugLearningCallback(), rollouts=3)
    lines = [one for one in caplog.messages if one.startswith("debug learning: update")]
    assert len(lines) == 3
    for word in ("KL", "entropy", "clipped", "explained variance", "gradient norm"):
        assert word in lines[-1]
    assert log["debug_learning/grad_norm"] > 0.0
    assert log["debug_learning/grad_norm_largest"] >= log["debug_learning/grad_norm"]
    entropy = re.search(r"entropy ([-0-9.]+)", lines[0])
    assert entropy is not None
    assert float(entropy[1]) == pytest.approx(np.log(3), abs=0.05)  # of three choices, untrained


def test_the_norms_are_those_before_clipping(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log = play(DebugLearningCallback(), max_grad_norm=1e-6)
    assert log["debug_learning/grad_norm"] > 1e-3
    assert log["debug_learning/grad_norm_clipped"] == 1.0
    assert "100 % above 1e-06" in caplog.text


def test_actor_and_critic_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    space = spaces.Box(-1.0, 1.0, (1,), np.float32)
    model: Any = SAC(
        "MlpPolicy", Told(actions=space), learning_starts=4, batch_size=4, buffer_size=100,
        device="cpu",
    )  # fmt: skip
    with caplog.at_level(logging.INFO):
        model.learn(20, callback=DebugLearningCallback(every=5))
    assert "gradient norm actor" in caplog.text
    assert "gradient norm critic" in caplog.text


def test_checkpoints_are_told_with_hashes_and_shapes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = PPO("MlpPolicy", Told(), n_steps=16, policy_kwargs={"net_arch": [8]}, device="cpu")
    path = tmp_path / "cars_step_16.zip"
    save_checkpoint(path, model, None, CheckpointMeta(timesteps=16))
    with caplog.at_level(logging.INFO):
        tell_checkpoint("saved", path)
    told = r"debug checkpoints: saved cars_step_16.zip: [\d,]+ bytes, sha256 [0-9a-f]{12}"
    assert re.search(told, caplog.text)
    assert re.search(r"mlp_extractor.policy_net.0.weight: \[8, 2\], sha256 [0-9a-f]", caplog.text)
    assert "16 steps" in caplog.text
    first = describe_checkpoint(path)
    assert first == describe_checkpoint(path)
    with_other = tmp_path / "other.zip"
    for weights in model.policy.parameters():
        weights.data.add_(1.0)
    save_checkpoint(with_other, model, None, CheckpointMeta(timesteps=16))
    changed = "\n".join(describe_checkpoint(with_other)).replace("other.zip", path.name)
    assert changed != "\n".join(first)
