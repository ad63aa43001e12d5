"""`--mode all`: each stage uses what others made, is resumed, and is stopped without a loss."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.checkpoints.checkpoint import read_meta
from rl_training.commands.train_flags import parse_given
from rl_training.data.readers import read_trajectories
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError
from rl_training.studies.all_modes.record import Record
from rl_training.studies.all_modes.run import run_stages
from tests.python.tiny_env import tiny_vec_env

CONFIG = """
scenario: memory
algorithm: {name: ppo}
collection: {episodes: 6}
world_model: {state_dim: 16, hidden_dim: 16, learning_rate: 1e-3, batch_size: 4,
  sequence_length: 8, epochs: 1, classes: 16}
policy: {hidden_dim: 16, ppo_clip: 0.2, gamma: 0.99, learning_rate: 3e-4}
dreamer: {imagine_horizon: 3, discount: 0.99, kl_balance: 0.8, timesteps: 48, train_ratio: 2,
  rollout: 4}
imitation: {episodes: 6, timesteps: 100}
training: {num_iterations: 2, steps_per_iteration: 64}
device: cpu
evaluation: {episodes: 4}
"""
TIMESTEPS = 128
STAGES = ["collection", "world_model", "policy", "dreamer", "imitation"]


def tiny(_settings: EnvSettings, _kind: Any) -> VecEnv:
    return tiny_vec_env()


def run(
    tmp_path: Path,
    *words: str,
    make: Callable[[EnvSettings, Any], VecEnv] = tiny,
    on_end: Callable[[Record], None] | None = None,
) -> Record:
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG, "utf-8")
    flags = ["--config", str(file), "--run_root", str(tmp_path), "--experiment_name", "one"]
    given, _ = parse_given([*flags, *words], "vr_locomotion", "")
    return run_stages(given, STAGES, make, on_end)


@pytest.mark.timeout(400)
def test_each_stage_uses_what_others_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    record = run(tmp_path)

    assert list(record.stages) == STAGES
    assert all(one.finished and one.seconds > 0.0 for one in record.stages.values())
    assert len(read_trajectories(record.stages["collection"].made[0])) == 6
    shown = read_trajectories(tmp_path / "stages" / "one" / "demonstrations.traj")
    assert {one.meta["policy"] for one in shown} == {"one_policy_final.zip"}
    # Six episodes of ten decisions, with the observation after the last of each.
    assert "the replay begins with 66 recorded observations" in caplog.text
    assert f"the world model begins with {record.stages['world_model'].made[0]}" in caplog.text
    for stage in STAGES[2:]:
        assert read_meta(tmp_path / "models" / f"one_{stage}_final.zip").timesteps > 0
        assert (tmp_path / "models" / f"one_{stage}_final.onnx").is_file()
        assert "success" in record.stages[stage].result
    table = record.summary(STAGES)
    assert [line.split()[0] for line in table.splitlines()[:6]] == ["stage", *STAGES]
    rows = json.loads(record.path.read_text("utf-8"))["stages"]
    assert [row["stage"] for row in rows] == STAGES

    with pytest.raises(UsageError, match="go on with --resume, or choose another"):
        run(tmp_path)
    caplog.clear()
    longer = run(tmp_path, "--resume", "--set", "training.num_iterations=3")
    assert [name for name, one in longer.stages.items() if one.skipped] == [
        "collection", "world_model", "dreamer", "imitation",
    ]  # fmt: skip
    assert "stage 1 of 5, collection: finished before, skipped" in caplog.text
    assert read_meta(tmp_path / "models" / "one_policy_final.zip").timesteps == TIMESTEPS + 64


class _Stopping(VecEnvWrapper):
    """Sends itself a signal at a step, as Ctrl-C does."""

    def __init__(self, venv: VecEnv, at: int) -> None:
        super().__init__(venv)
        self._at = at
        self._steps = 0

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        self._steps += 1
        if self._steps == self._at:
            os.kill(os.getpid(), signal.SIGINT)
        return self.venv.step_wait()


@pytest.mark.timeout(400)
def test_a_stop_while_it_learns_and_one_while_it_collects(tmp_path: Path) -> None:
    made = []

    def stops_the_policy(_settings: EnvSettings, _kind: Any) -> VecEnv:
        made.append(tiny_vec_env())
        # The second environment is the policy's.
        return _Stopping(made[-1], 20) if len(made) == 2 else made[-1]

    record = run(tmp_path, make=stops_the_policy)
    assert list(record.stages) == STAGES[:3]
    assert not record.stages["policy"].finished
    assert "not finished: go on" in record.summary(STAGES)
    assert 0 < read_meta(tmp_path / "models" / "one_policy_final.zip").timesteps < TIMESTEPS

    def stops_the_demonstrations(_settings: EnvSettings, _kind: Any) -> VecEnv:
        made.append(tiny_vec_env())
        return _Stopping(made[-1], 15)

    # It goes on with the policy, and then somebody stops what plays it.
    tables: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run(
            tmp_path, "--resume", "--set", "training.steps_per_iteration=32",
            make=stops_the_demonstrations,
            on_end=lambda one: tables.append(one.summary(STAGES)),
        )  # fmt: skip
    assert "stopped" in tables[0]
    assert [one.stage for one in run(tmp_path, "--resume").stages.values()] == STAGES


def test_what_cannot_be_a_stage_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bc is another stage's"):
        run(tmp_path, "--algorithm", "bc", "--set", "algorithm.name=bc")


def test_a_stage_that_fails_says_so(tmp_path: Path) -> None:
    def broken(_settings: EnvSettings, _kind: Any) -> VecEnv:
        raise UsageError("no game")

    tables: list[str] = []
    with pytest.raises(UsageError, match="no game"):
        run(tmp_path, make=broken, on_end=lambda one: tables.append(one.summary(STAGES)))
    assert "failed" in tables[0]
