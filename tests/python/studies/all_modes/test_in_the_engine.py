"""`train.py --mode all` from the command line, with real engines: all stages, one after another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.commands import train_modes
from rl_training.data.readers import read_trajectories
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from tests.python.studies.all_modes.waiting_run import STAGES

CONFIG = """
scenario: memory
algorithm: {name: ppo}
parameters: {depth: 1}
collection: {episodes: 4}
world_model: {state_dim: 16, hidden_dim: 16, learning_rate: 1e-3, batch_size: 4,
  sequence_length: 8, epochs: 1, classes: 16}
policy: {hidden_dim: 16}
dreamer: {imagine_horizon: 3, timesteps: 48, train_ratio: 2, rollout: 4}
imitation: {episodes: 4, timesteps: 200}
training: {num_iterations: 2, steps_per_iteration: 64, hints: false}
environment: {num_envs: 1, arenas: 4, check_arenas: false}
evaluation: {episodes: 4}
"""


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_all_modes_play_the_real_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG, "utf-8")
    words = ["--mode", "all", "--config", str(file), "--run_root", str(tmp_path)]
    words += ["--experiment_name", "one", "--port", str(free_port)]
    assert train_modes.main(words) == 0

    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[:6]] == ["stage", *STAGES]
    stages = tmp_path / "stages" / "one"
    rows = json.loads((stages / "stages.json").read_text("utf-8"))["stages"]
    assert [row["stage"] for row in rows] == STAGES
    assert all(row["finished"] for row in rows)
    # What the engine told is in the data: names, parameters, an end of each episode.
    for one in read_trajectories(stages / "collection.traj"):
        assert one.meta["scenario"] == "memory"
        assert one.terminated != one.truncated
        assert one.success is not None
    for name in STAGES[2:]:
        model = tmp_path / "models" / f"one_{name}_final.onnx"
        report = evaluate(
            EvaluationRequest(
                model=model, scenario="memory", episodes=2, in_engine=True, num_envs=1, arenas=1,
                port=free_port, parameters={"depth": 1.0},
            )
        )  # fmt: skip
        assert len(report.episodes) == 2
        assert report.mode == "in_engine"
