"""Sections for `train.py --mode`: where they stand in a run, alone and beside a run's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.config.layers import Layer, file_layer, preset_layer, resolve, set_layer
from rl_training.config.modes import stage_settings
from rl_training.config.train_config import TrainConfig
from rl_training.errors import ConfigError

DEFAULTS = """
world_model: {state_dim: 256, hidden_dim: 256, learning_rate: 1e-4, batch_size: 32,
  sequence_length: 50}
policy: {hidden_dim: 256, ppo_clip: 0.2, gamma: 0.99, learning_rate: 3e-4}
dreamer: {imagine_horizon: 15, discount: 0.98, kl_balance: 0.8}
training: {num_iterations: 1000, steps_per_iteration: 2048}
device: cpu
"""


def layer(tmp_path: Path, text: str) -> Layer:
    path = tmp_path / "some.yaml"
    path.write_text(text, "utf-8")
    return file_layer(path)


def run_by(name: str, *layers: Layer) -> TrainConfig:
    return resolve([*layers, Layer("flag", {"algorithm": {"name": name}})]).config


def test_each_mode_takes_what_is_its_own(tmp_path: Path) -> None:
    given = layer(tmp_path, DEFAULTS)
    ppo: Any = run_by("ppo", given)
    assert (ppo.algorithm.clip_range, ppo.algorithm.learning_rate) == (0.2, 3e-4)
    assert (ppo.algorithm.gamma, ppo.algorithm.rollout_size) == (0.99, 2048)
    assert (ppo.network.net_arch, ppo.training.timesteps) == ((256, 256), 2_048_000)
    dreamer: Any = run_by("dreamer", given)
    assert dreamer.algorithm.model_settings().to_dict() == {
        **stage_settings([given.modes]).world_model.plain().to_dict(),
        "kl_balance": 0.8,
    }
    assert (dreamer.algorithm.gamma, dreamer.algorithm.actor_learning_rate) == (0.98, 3e-4)
    cloned: Any = run_by("bc", given)
    assert (cloned.algorithm.learning_rate, cloned.network.net_arch) == (3e-4, (256, 256))
    sac: Any = run_by("sac", given)
    assert (sac.algorithm.learning_rate, sac.training.timesteps) == (3e-4, 2_048_000)
    student = {"algorithm": {"name": "distillation", "teacher": "a.zip"}}
    assert resolve([given, Layer("flag", student)]).config.network.net_arch == (16, 16)


def test_both_forms_in_one_file(tmp_path: Path) -> None:
    text = DEFAULTS.replace("device: cpu", "algorithm: {gamma: 0.9}\nseed: 3").replace(
        "training: {", "training: {timesteps: 64, "
    )
    config: Any = run_by("ppo", layer(tmp_path, text))
    assert (config.algorithm.gamma, config.algorithm.learning_rate) == (0.9, 3e-4)
    assert (config.training.timesteps, config.algorithm.rollout_size) == (64, 2048)
    assert config.seed == 3


def test_a_stronger_layer_changes_only_what_it_says(tmp_path: Path) -> None:
    given = [layer(tmp_path, DEFAULTS), set_layer(["algorithm.gamma=0.9"])]
    config: Any = run_by("ppo", *given, set_layer(["training.num_iterations=2"]))
    assert (config.training.timesteps, config.algorithm.gamma) == (4096, 0.9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("policy: {hiden_dim: 3}", "'hiden_dim' in the section policy. Did you mean 'hidden_dim'"),
        ("world_model: {state: 3}", "unknown setting 'state' in the section world_model"),
        ("dreamer: {kl_balance: 3}", "dreamer.kl_balance must be at most 1; found 3"),
        ("training: {num_iterations: 0}", "training.num_iterations must be at least 1"),
        ("training: {num_iteration: 1}", "unknown setting 'num_iteration'"),
        ("policy: 3", "policy must be a mapping; found 3"),
        ("device: gpu", "device must be one of cpu, auto, cuda, mps; found 'gpu'"),
        ("polcy: {}", "unknown setting 'polcy'"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve([layer(tmp_path, text)])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_device_is_the_runs(tmp_path: Path) -> None:
    assert resolve([layer(tmp_path, "device: cuda:0")]).config.training.device == "cuda"
    both = "device: cuda\ntraining: {device: auto, timesteps: 64}"
    training = resolve([layer(tmp_path, both)]).config.training
    assert (training.device, training.timesteps) == ("auto", 64)


def test_the_preset_has_the_default_configuration() -> None:
    found = stage_settings([preset_layer("all_modes").modes])
    model = found.world_model
    assert (model.state_dim, model.hidden_dim, model.learning_rate) == (256, 256, 1e-4)
    assert (model.batch_size, model.sequence_length, model.kl_balance) == (32, 50, 0.8)
    assert found.policy.to_dict() == {
        "hidden_dim": 256, "ppo_clip": 0.2, "gamma": 0.99, "learning_rate": 3e-4,
    }  # fmt: skip
    assert (found.dreamer.imagine_horizon, found.dreamer.discount) == (15, 0.99)
