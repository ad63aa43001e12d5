"""Train a policy that remembers (RecurrentPPO of sb3-contrib) on a scenario, export and verify it.

Called by `train_memory.py`. It is short: one network, one schedule, no resuming. What it writes is
what `pipeline` writes: a checkpoint of ours and an ONNX file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor

from rl_training.arena_check.check import require_equal_arenas
from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.scenarios import get_scenario
from rl_training.training.callbacks import recent_results
from rl_training.training.environment import env_settings
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts

UNITS = 16
"""Of the LSTM: enough to hold a fact or two."""
ROLLOUT_STEPS = 16
"""Decisions of each agent between two updates."""


@dataclass(frozen=True)
class RecurrentResult:
    """What a run produced.

    Attributes:
        timesteps: decisions of all agents together.
        seconds: wall time of learning.
        success_rate: of the last 100 episodes; None when none has ended.
        model: the .zip.
        onnx: the .onnx.
        difference: largest difference between the exported and the trained policy.
    """

    timesteps: int
    seconds: float
    success_rate: float | None
    model: Path
    onnx: Path
    difference: float


def train_recurrent(config: TrainConfig, output: Path, memory: bool = True) -> RecurrentResult:
    """Train on the scenario's engines.

    Args:
        config: scenario, seed, timesteps, engines; PPO's settings are this module's.
        output: where the files go, without suffix.
        memory: False trains PPO without memory on the same, to see what memory is worth.

    Raises:
        HarnessError: a setting cannot be met, the engine failed, or the exported model is wrong.
    """
    torch.set_num_threads(1)
    scenario = get_scenario(config.scenario)
    launched = env_settings(config, scenario)
    if config.check_arenas:
        require_equal_arenas(launched)
    env = VecMonitor(make_vec_env(launched, "async"))
    try:
        settings: dict[str, Any] = {
            "n_steps": ROLLOUT_STEPS,
            "batch_size": ROLLOUT_STEPS * env.num_envs // 4,
            "n_epochs": 8,
            "learning_rate": 3e-3,
            "gamma": 0.98,
            "seed": config.seed,
            "device": "cpu",
        }
        if memory:
            sizes: dict[str, Any] = {"lstm_hidden_size": UNITS, "net_arch": [UNITS]}
            kind: Any = RecurrentPPO
            model = kind("MultiInputLstmPolicy", env, policy_kwargs=sizes, **settings)
        else:
            sizes = {"net_arch": [UNITS, UNITS]}
            model = PPO("MultiInputPolicy", env, policy_kwargs=sizes, **settings)
        samples = ObservationSamples()
        started = time.monotonic()
        model.learn(config.timesteps, callback=samples)
        seconds = time.monotonic() - started
        meta = CheckpointMeta(
            algorithm=type(model).__name__,
            scenario=config.scenario,
            seed=config.seed,
            timesteps=model.num_timesteps,
            config={**config.to_dict(), "token": ""},
            observation_names=observation_names(env),
            scene=scene_facts(env),
        )
        files = output.with_suffix(".zip"), output.with_suffix(".onnx")
        recorded = samples.recorded()
        save_checkpoint(files[0], model, None, meta, recorded=recorded)
        export(model, None, files[1], meta, recorded)
        checked = verify(files[1], model, None, recorded)
        return RecurrentResult(
            timesteps=model.num_timesteps,
            seconds=seconds,
            success_rate=recent_results(model)[1],
            model=files[0],
            onnx=files[1],
            difference=checked.max_difference,
        )
    finally:
        env.close()
