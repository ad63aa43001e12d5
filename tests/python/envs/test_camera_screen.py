"""A game with a camera gets a screen by itself, or says what is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.engine import find_xvfb
from rl_training.envs import GodotVecEnv, camera_screen
from rl_training.envs.camera_screen import with_screen
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, UsageError
from rl_training.play.in_engine import play_in_engine
from rl_training.policy_export.onnx_export import export

GAME = "res://tests/python/envs/games/camera_3d.tscn"


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.engine
@pytest.mark.usefixtures("no_process_left", "no_screen")
@pytest.mark.skipif(find_xvfb() is None, reason="no Xvfb on this machine")
def test_a_camera_gets_a_virtual_screen(
    repository: Path, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with GodotVecEnv(
        project_path=repository, scene_path=GAME, port=free_port, arenas=1, timeout_s=60.0
    ) as env:
        pixels = env.reset()["camera_2d"]
        assert pixels.dtype == np.uint8
        assert pixels.any()
        assert env.settings.screen == "virtual"
        env.step(np.zeros((1, 1), np.float32))
    assert "observes through a camera" in caplog.text
    assert "Xvfb" in caplog.text


@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("no_process_left", "no_screen")
@pytest.mark.skipif(find_xvfb() is None, reason="no Xvfb on this machine")
def test_a_policy_that_plays_in_the_engine_gets_one_too(
    repository: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    game: dict[str, Any] = {
        "project_path": str(repository),
        "scene_path": GAME,
        "port": 0,
        "arenas": 1,
    }
    with GodotVecEnv(**game, screen="virtual") as env:
        model = PPO("MultiInputPolicy", env, n_steps=8, batch_size=8, device="cpu")
        export(model, None, tmp_path / "m.onnx", CheckpointMeta())
    alone = EnvSettings(**game, isolation="worlds")
    result = play_in_engine(tmp_path / "m.onnx", alone, 1, 60.0)
    assert len(result.episodes) == 1
    assert "observes through a camera" in caplog.text
    blind = dataclasses.replace(alone, screen="headless")
    with pytest.raises(EngineDiedError, match="no screen to draw on"):
        play_in_engine(tmp_path / "m.onnx", blind, 1, 60.0)


@pytest.mark.usefixtures("no_screen")
def test_without_a_virtual_screen_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(camera_screen, "find_xvfb", lambda: None)
    settings = EnvSettings(env_path="game")
    with pytest.raises(UsageError, match=r"no picture came: .*engine install --with-xvfb"):
        with_screen(settings, "none")
    assert with_screen(settings, "black") == settings  # it may be a dark game
    assert "--with-xvfb" in caplog.text


def test_pixels_that_come_headless_need_no_screen(
    fake_game: Callable[..., str], free_port: int
) -> None:
    with GodotVecEnv(env_path=fake_game(image=True, light=9), port=free_port, arenas=1) as env:
        assert env.settings.screen == "auto"
