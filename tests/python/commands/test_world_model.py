"""`spacetime-rl world-model` and `study dreamer`: what they write and print, and their mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.algorithms.world_model import WorldModelTrainer
from rl_training.commands import study_dreamer, world_model
from rl_training.data import save_trajectories
from rl_training.errors import ConfigError, UsageError
from tests.python.algorithms.world_model.systems import bar_episode, pendulum_episode

SMALL = ["state_dim=32", "hidden_dim=32", "layers=1", "batch_size=4", "sequence_length=8"]
SMALL += ["cnn_depth=4"]


@pytest.mark.parametrize("kind", ["numbers", "pictures"])
def test_a_model_and_its_page(kind: str, tmp_path: Path) -> None:
    data, out, figures = tmp_path / "some.traj", tmp_path / "model", tmp_path / "figures.json"
    episode = pendulum_episode if kind == "numbers" else bar_episode
    save_trajectories(data, [episode(n, length=24) for n in range(4)])

    words = [str(data), "--epochs", "1", "--settings", *SMALL, "--output", str(out)]
    assert world_model.main([*words, "--json", str(figures)]) == 0

    found = json.loads(figures.read_text("utf-8"))
    loaded = WorldModelTrainer.load(out / "world_model.pt")
    assert loaded.updates == found["updates"] > 0
    assert len(found["keys"][0]["model"]) == 15
    page = (out / "world_model.html").read_text("utf-8")
    assert page.count("<img") >= 3
    assert "repeat last" in page


def test_mistakes(tmp_path: Path) -> None:
    data = tmp_path / "some.traj"
    save_trajectories(data, [pendulum_episode(0)])
    words = [str(data), "--output", str(tmp_path / "model")]
    with pytest.raises(UsageError, match=r"no observation 'obz'.* Did you mean 'obs'"):
        world_model.main([*words, "--keys", "obz"])
    with pytest.raises(ConfigError, match="Did you mean 'state_dim'"):
        world_model.main([*words, "--settings", "state_dmi=3"])
    with pytest.raises(UsageError, match="takes NAME=VALUE"):
        world_model.main([*words, "--settings", "state_dim"])


def test_the_rate_of_a_size(tmp_path: Path) -> None:
    figures = tmp_path / "rate.json"
    words = ["--sizes", "tiny", "--batch_size", "2", "--sequence_length", "4", "--rounds", "1"]
    assert study_dreamer.main([*words, "--updates", "1", "--json", str(figures)]) == 0

    (rate,) = json.loads(figures.read_text("utf-8"))

    assert rate["size"] == "tiny"
    kept_up = 2 * 4 * rate["updates_per_second"] / 11.25
    assert rate["train_ratio"] == pytest.approx(kept_up)
    with pytest.raises(UsageError, match="Did you mean 'tiny'"):
        study_dreamer.main(["--sizes", "tyni"])
