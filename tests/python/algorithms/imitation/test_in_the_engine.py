"""From a player's hands to a policy, on the real engine: recorded, cloned, corrected."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.data import read_trajectories
from rl_training.engine import find_engine
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.training.configuration import default_config
from rl_training.training.pipeline import TrainResult, train

SCENE = "res://tests/python/algorithms/games/human_seeker.tscn"
EPISODES = 40

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def played(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let the hands play in the engine's record mode; return the file of demonstrations."""
    path = tmp_path_factory.mktemp("played") / "player.jsonl"
    environment = {**os.environ, "DEMONSTRATIONS": str(path), "EPISODES": str(EPISODES)}
    words = ["--headless", "--fixed-fps", "60", "--path", str(repository), SCENE]
    done = subprocess.run(
        [str(find_engine().path), *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert path.exists(), done.stderr[-2000:]
    return path


def _train(
    root: Path, repository: Path, name: str, timesteps: int, **algorithm: Any
) -> TrainResult:
    config = default_config(
        "custom",
        {
            "experiment_name": name,
            "run_root": str(root),
            "network": {"net_arch": [32, 32]},
            "algorithm": {"name": name, **algorithm},
            "environment": {
                "num_envs": 1,
                "arenas": 8 if name == "bc" else 1,
                "check_arenas": False,
                "project_path": str(repository),
                "scene_path": SCENE,
            },
            "training": {"timesteps": timesteps, "save_frequency": timesteps},
        },
    )
    return train(config)


def _success(result: TrainResult, repository: Path) -> float:
    request = EvaluationRequest(
        model=result.onnx or result.model,
        scenario="custom",
        episodes=40,
        in_engine=True,
        num_envs=1,
        project_path=str(repository),
        scene_path=SCENE,
    )
    return evaluate(request).success_rate or 0.0


def test_a_player_is_cloned(played: Path, repository: Path, tmp_path: Path) -> None:
    demonstrations = read_trajectories(played)
    # The game ends with its frame, in which one more episode may be over.
    assert len(demonstrations) >= EPISODES
    assert all(one.success for one in demonstrations)
    one = max(demonstrations, key=len)
    # What was recorded is what was done: the way shrinks by the action.
    way = one.observations["obs"]
    np.testing.assert_allclose(np.diff(way, axis=0), -0.15 * one.actions, atol=1e-5)
    result = _train(
        tmp_path, repository, "bc", 20_000, demonstrations=[str(played)], learning_rate=3e-3,
        batch_size=64, only_successes=True,
    )  # fmt: skip
    assert _success(result, repository) >= 0.9


def test_a_player_corrects_the_student(repository: Path, tmp_path: Path) -> None:
    result = _train(
        tmp_path, repository, "dagger", 600, expert="game", iterations=3, updates=200,
        batch_size=128,
    )  # fmt: skip
    assert result.details["iterations"][-1]["disagreement"] < 0.5
    assert _success(result, repository) >= 0.9
