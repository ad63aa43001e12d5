"""Learning while the next rollout is collected: the same data, one update of lag, nothing torn."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecMonitor

from rl_training.config import PPOConfig
from rl_training.training.overlapped_ppo import OverlappedPPO
from rl_training.training.ppo import make_model
from tests.python.tiny_env import tiny_vec_env

CONFIG = PPOConfig(n_steps=32, batch_size=64, n_epochs=2, overlap=True)


def _model(seed: int = 3, **changes: Any) -> PPO:
    env = VecMonitor(tiny_vec_env())
    env.seed(seed)
    return make_model(env, CONFIG.replace(changes), seed, 1024)


def _weights(model: PPO) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.policy.state_dict().items()}


def _equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(left[name], right[name]) for name in left)


class _Watch(BaseCallback):
    """Keeps the weights at the beginning and at the end of every rollout."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[dict[str, torch.Tensor]] = []
        self.ended: list[dict[str, torch.Tensor]] = []

    def _on_rollout_start(self) -> None:
        self.begun.append(_weights(self.model))  # type: ignore[arg-type]

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self.ended.append(_weights(self.model))  # type: ignore[arg-type]


def test_the_policy_that_acts_lags_by_one_update_and_never_changes_in_mid_rollout() -> None:
    model, watch = _model(), _Watch()
    model.learn(5 * 128, callback=watch)
    for begun, ended in zip(watch.begun, watch.ended, strict=True):
        assert _equal(begun, ended)
    assert _equal(watch.begun[0], watch.begun[1]), "the first update runs beside rollout 1"
    for earlier, later in zip(watch.begun[1:], watch.begun[2:], strict=False):
        assert not _equal(earlier, later)
    assert not _equal(watch.ended[-1], _weights(model)), "the last updates are in the result"
    assert model._n_updates == 5 * CONFIG.n_epochs


def test_the_first_update_is_that_of_plain_ppo() -> None:
    plain, overlapped = _model(overlap=False), _model()
    assert type(plain) is PPO
    for model in (plain, overlapped):
        np.random.seed(5)
        model.learn(128)
    assert _equal(_weights(plain), _weights(overlapped))


def test_two_runs_are_equal() -> None:
    results = []
    for _ in range(2):
        model = _model()
        model.learn(4 * 128)
        results.append(_weights(model))
    assert _equal(*results)


def test_a_checkpoint_in_mid_rollout_loads_in_plain_ppo(tmp_path: Path) -> None:
    class Save(BaseCallback):
        def _on_step(self) -> bool:
            if self.num_timesteps == 300:
                self.model.save(tmp_path / "model.zip")
                self.expected = _weights(self.model)  # type: ignore[arg-type]
            return True

    save = Save()
    _model().learn(512, callback=save)
    loaded = PPO.load(tmp_path / "model.zip")
    assert _equal(save.expected, _weights(loaded))
    again = OverlappedPPO.load(tmp_path / "model.zip", env=tiny_vec_env())
    again.learn(256, reset_num_timesteps=False)
    assert again.num_timesteps > 300


def test_a_failing_update_is_raised_and_leaves_no_thread() -> None:
    model = _model()
    before = threading.active_count()
    with torch.no_grad():
        model.policy.value_net.weight.fill_(float("nan"))
    model.policy.optimizer = None  # type: ignore[assignment]
    with pytest.raises(Exception, match=r"optimizer|param_groups|NoneType"):
        model.learn(512)
    assert threading.active_count() == before
