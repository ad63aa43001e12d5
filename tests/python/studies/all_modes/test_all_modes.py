"""`--mode all`: each stage uses what others made, is resumed, and is stopped without a loss."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import read_meta
from rl_training.commands.train_flags import parse_given
from rl_training.data.readers import read_trajectories
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError
from rl_training.studies.all_modes.record import Record
from rl_training.studies.all_modes.run import run_stages
from tests.python.studies.all_modes.waiting_run import STAGES, WAITING
from tests.python.tiny_env import tiny_vec_env

REPOSITORY = Path(__file__).parents[4]

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


def tiny(_settings: EnvSettings, _kind: Any) -> VecEnv:
    return tiny_vec_env()


def run(
    tmp_path: Path,
    *words: str,
    make: Callable[[EnvSettings, Any], VecEnv] = tiny,
    on_end: Callable[[Record], None] | None = None,
    stages: Sequence[str] = STAGES,
) -> Record:
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG, "utf-8")
    flags = ["--config", str(file), "--run_root", str(tmp_path), "--experiment_name", "one"]
    given, _ = parse_given([*flags, *words], "vr_locomotion", "")
    return run_stages(given, stages, make, on_end)


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


def stopped_child(tmp_path: Path, environment: int, step: int, *words: str) -> tuple[int, str]:
    """Run the stages in a process of their own; stop it by SIGINT at a step of an environment.

    Returns:
        Its exit code, and what it said.
    """
    file = tmp_path / "tiny.yaml"
    file.write_text(CONFIG, "utf-8")
    flags = ["--config", str(file), "--run_root", str(tmp_path), "--experiment_name", "one"]
    program = [sys.executable, "-m", "tests.python.studies.all_modes.waiting_run"]
    child = subprocess.Popen(
        [*program, str(environment), str(step), *flags, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=REPOSITORY,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    said = []
    with child:
        for line in child.stdout:
            said.append(line)
            if line.strip() == WAITING:
                child.send_signal(signal.SIGINT)
            elif "SIGINT: " in line:
                # It knows of the signal: the step may go on, unless it was ended there.
                with contextlib.suppress(BrokenPipeError):
                    child.stdin.write("\n")
                    child.stdin.flush()
        code = child.wait()
    return code, "".join(said)


@pytest.mark.timeout(900)
@pytest.mark.nightly
def test_a_stop_while_it_learns(tmp_path: Path) -> None:
    # The second environment is the policy's.
    code, said = stopped_child(tmp_path, 2, 20)
    assert code == 0, said
    assert "not finished: go on with the same command and --resume" in said
    record = Record(tmp_path / "stages" / "one" / "stages.json")
    assert list(record.stages) == STAGES[:2]
    assert 0 < read_meta(tmp_path / "models" / "one_policy_final.zip").timesteps < TIMESTEPS
    assert [one.stage for one in run(tmp_path, "--resume").stages.values()] == STAGES


@pytest.mark.timeout(900)
@pytest.mark.nightly
def test_a_stop_while_it_collects(tmp_path: Path) -> None:
    # Four agents' first episodes have ended after ten steps.
    code, said = stopped_child(tmp_path, 1, 15)
    assert code == 128 + signal.SIGINT, said
    data = tmp_path / "stages" / "one" / "collection.traj"
    assert len(read_trajectories(data)) == 4
    again = run(tmp_path, "--resume", stages=STAGES[:1])
    assert again.stages["collection"].finished
    assert len(read_trajectories(data)) == 6


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
