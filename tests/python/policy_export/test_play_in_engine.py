"""Models of sb3-contrib trained over the real engine, exported, and played by the engine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import DQN
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs import DiscreteActions, EnvSettings, GodotVecEnv
from rl_training.errors import ActionSpaceError
from rl_training.play.episodes import Episode
from rl_training.play.in_engine import play_in_engine
from rl_training.play.policies import load_policy
from rl_training.play.through_python import play
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from tests.python.policy_export.policies import MOVE, ONE_OF, VECTOR, SpacesEnv

REPOSITORY = Path(__file__).parents[3]

FIXTURES = "res://tests/godot/fixtures"
MEMORY = Path(REPOSITORY, "tests/godot/policies/models/memory.onnx")


def _settings(scene: str, arenas: int, **changes: Any) -> EnvSettings:
    return EnvSettings(
        project_path=str(REPOSITORY), scene_path=scene, num_envs=1, arenas=arenas, seed=9, **changes
    )


@pytest.fixture(name="masked", scope="module")
def _masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A maskable policy that was trained for 256 decisions: its .zip and its .onnx."""
    folder = tmp_path_factory.mktemp("masked")
    settings = _settings(f"{FIXTURES}/masked_arena.tscn", 4, action_repeat=1)
    with GodotVecEnv.from_settings(settings) as engine:
        env = VecNormalize(engine)
        assert is_masking_supported(env)
        masks = get_action_masks(env)
        assert masks.shape == (4, 5)
        model = MaskablePPO(
            "MultiInputPolicy", env, n_steps=32, batch_size=64, seed=1, device="cpu"
        )
        model.learn(256)
        # No forbidden choice was taken: each episode's end tells how many were.
        assert model.ep_success_buffer is not None
        assert len(model.ep_success_buffer) > 10
        assert all(model.ep_success_buffer)
    normaliser = Normaliser.of(env)
    meta = CheckpointMeta(algorithm="MaskablePPO")
    save_checkpoint(folder / "masked.zip", model, normaliser, meta)
    export(model, normaliser, folder / "masked.onnx", meta)
    verify(folder / "masked.onnx", model, normaliser)
    return folder / "masked.zip", folder / "masked.onnx"


def _taken(episodes: tuple[Episode, ...] | list[Episode]) -> list[float]:
    return [episode.metrics["taken"] for episode in episodes]


@pytest.mark.engine
def test_masks_hold_in_training_in_python_and_in_the_engine(masked: tuple[Path, Path]) -> None:
    settings = _settings(f"{FIXTURES}/masked_arena.tscn", 3, action_repeat=1, isolation="worlds")
    alone = play_in_engine(masked[1], settings, episodes=12, limit_s=60)
    assert all(episode.success for episode in alone.episodes)
    for path in masked:
        with GodotVecEnv.from_settings(settings) as env:
            through_python = play(env, load_policy(path, env), 12, settings.seed)
        assert _taken(through_python) == _taken(alone.episodes)


@pytest.mark.engine
def test_drawn_actions_are_reproducible_and_masked(masked: tuple[Path, Path]) -> None:
    """The same seed draws the same, however many arenas play; another seed does not."""
    runs = {}
    for label, arenas, seed in (("a", 3, 9), ("b", 5, 9), ("c", 3, 10)):
        settings = _settings(
            f"{FIXTURES}/masked_arena.tscn",
            arenas,
            action_repeat=1,
            env_args=("--actions=sampled",),
        )
        if seed != settings.seed:
            settings = EnvSettings(**{**settings.as_arguments(), "seed": seed})
        played = play_in_engine(masked[1], settings, episodes=12, limit_s=60)
        assert all(episode.success for episode in played.episodes)
        runs[label] = _taken(played.episodes)
    assert runs["a"] == runs["b"]
    assert runs["a"] != runs["c"]


@pytest.mark.engine
def test_the_memory_scene_is_solved_in_the_engine() -> None:
    """The committed model; its training command stands in scenes/features/memory/README.md."""
    settings = _settings("res://scenes/features/memory/memory.tscn", 10, action_repeat=6)
    alone = play_in_engine(MEMORY, settings, episodes=100, limit_s=60)
    assert sum(bool(episode.success) for episode in alone.episodes) >= 95
    assert {episode.length for episode in alone.episodes} == set(range(5, 12))
    with GodotVecEnv.from_settings(settings) as env:
        through_python = play(env, load_policy(MEMORY, env), 100, settings.seed)
    assert [one.success for one in through_python] == [one.success for one in alone.episodes]


def test_dqn_gets_the_space_that_it_knows() -> None:
    class OneBranch(SpacesEnv):
        def step(self, action: Any) -> Any:
            assert np.shape(action) == (1,)
            return super().step(action)

    env = DiscreteActions(DummyVecEnv([lambda: OneBranch(VECTOR, gym.spaces.MultiDiscrete([4]))]))
    assert env.action_space == ONE_OF
    model = DQN("MlpPolicy", env, buffer_size=50, learning_starts=5, device="cpu")
    model.learn(10)
    with pytest.raises(ActionSpaceError, match="one discrete action is needed"):
        DiscreteActions(DummyVecEnv([lambda: SpacesEnv(VECTOR, MOVE)]))
