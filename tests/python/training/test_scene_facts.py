from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnvWrapper, VecNormalize

from rl_training.checkpoints.checkpoint import read_recorded
from rl_training.policy_export.certificate import ROWS, SCENE, read_certificate
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from rl_training.training.scene_facts import ObservationSamples, scene_facts
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env


class _Remembering(VecEnvWrapper):
    """Keeps every raw observation that it ever gave."""

    def __init__(self, venv: Any) -> None:
        super().__init__(venv)
        self.given: set[bytes] = set()

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        step: Any = self.venv.step_wait()
        self.given |= {row.tobytes() for row in step[0]["obs"]}
        return step


def _learn(env: Any, samples: BaseCallback, timesteps: int, seed: int = 1) -> None:
    model = PPO("MultiInputPolicy", env, n_steps=16, batch_size=64, seed=seed, device="cpu")
    model.learn(timesteps, callback=samples)


def test_raw_observations_are_kept_with_and_without_a_normaliser() -> None:
    for wrap in (VecNormalize, lambda env: env):
        raw = _Remembering(tiny_vec_env())
        samples = ObservationSamples(rows=5, every=7)
        assert samples.recorded() is None
        _learn(wrap(raw), samples, 128)
        kept = samples.recorded()
        assert isinstance(kept, dict)
        assert kept["obs"].shape == (5, 12)
        assert len(np.unique(kept["obs"], axis=0)) == 5
        assert {row.tobytes() for row in kept["obs"]} <= raw.given


def _kept(samples: ObservationSamples) -> Any:
    recorded = samples.recorded()
    assert isinstance(recorded, dict)
    return recorded["obs"]


def test_newer_observations_replace_older_ones_and_a_resumed_run_keeps_them() -> None:
    samples = ObservationSamples(rows=4, every=10)
    _learn(tiny_vec_env(), samples, 16 * 4)
    first = samples.recorded()
    again = ObservationSamples(rows=4, every=10)
    again.restore(first)
    np.testing.assert_array_equal(_kept(again), _kept(samples))
    _learn(tiny_vec_env(), again, 16 * 4, seed=2)
    changed = (_kept(again) != _kept(samples)).any(axis=1)
    assert changed.tolist() == [True, False, False, False]


def test_an_environment_that_is_no_engine_tells_nothing() -> None:
    assert scene_facts(tiny_vec_env()) == {}


def test_a_run_certifies_with_what_it_saw(tmp_path: Path) -> None:
    config = config_of(
        experiment_name="walk",
        timesteps=128,
        save_frequency=128,
        run_root=str(tmp_path),
        num_envs=1,
        ppo={"n_steps": 32, "batch_size": 64, "n_epochs": 1},
    )
    result = train(config, lambda *_: tiny_vec_env())
    assert result.onnx is not None
    certificate = read_certificate(result.onnx)
    assert certificate is not None
    assert (certificate.source, certificate.rows) == (SCENE, ROWS)
    recorded = read_recorded(RunPaths("walk", tmp_path).final_model)
    assert isinstance(recorded, dict)
    np.testing.assert_array_equal(recorded["obs"], certificate.inputs["obs"])
