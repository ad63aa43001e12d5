"""Training goes on, and learns, while its engines are killed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import BaseCallback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.commands.train_flags import training_config
from rl_training.errors import EngineDiedError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]


class KillAtDecisions(BaseCallback):
    """Kills an engine after each of the given decisions of a run, in turn.

    Args:
        decisions: numbers of decisions, from 1, rising.
    """

    def __init__(self, *decisions: int) -> None:
        super().__init__()
        self._decisions = decisions

    def _on_step(self) -> bool:
        """Kill the engine whose turn it is, and wait for its end."""
        if self.n_calls in self._decisions:
            clients = self.training_env.unwrapped.envs  # type: ignore[attr-defined]
            client = clients[self._decisions.index(self.n_calls) % len(clients)]
            os.kill(client.process.pid, signal.SIGKILL)
            client.process.wait(10.0)
        return True


def config(tmp_path: Path, *flags: str) -> Any:
    return training_config(
        [*flags, "--run_root", str(tmp_path), "--experiment_name", "killed", "--num_envs", "2"],
        "vr_locomotion",
        "",
    )


@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_it_learns_while_engines_die_again_and_again(tmp_path: Path) -> None:
    deaths = (40, 100, 250, 400, 550, 700, 850)
    flags = ("--timesteps", "120000", "--rollout_size", "4096", "--max_restarts", "1000")
    result = train(config(tmp_path, *flags), more_callbacks=[KillAtDecisions(*deaths)])
    assert result.timesteps >= 120_000

    paths = RunPaths("killed", tmp_path)
    restarts = read_meta(paths.final_model).restarts
    assert restarts == len(deaths)
    rows = [json.loads(line) for line in paths.engine_failures.read_text().splitlines()]
    assert len(rows) == restarts
    assert all("SIGKILL" in row["reason"] and row["restarted"] for row in rows)
    assert max(row["downtime_s"] for row in rows) < 10.0
    events = EventAccumulator(str(paths.logs))
    events.Reload()
    assert events.Scalars("engine/restarts")[-1].value == restarts

    assert result.onnx is not None
    request = EvaluationRequest(
        model=result.onnx, scenario="vr_locomotion", episodes=20, in_engine=True
    )
    learned = evaluate(request)
    # An untrained policy stands about until the time is over: below -60.
    assert learned.mean_reward > -20.0


def die_too_often(tmp_path: Path, *decisions: int) -> RunPaths:
    flags = ("--timesteps", "1000000", "--rollout_size", "1024", "--max_restarts", "2")
    with pytest.raises(EngineDiedError, match="restarted 2 times"):
        train(config(tmp_path, *flags), more_callbacks=[KillAtDecisions(*decisions)])
    paths = RunPaths("killed", tmp_path)
    rows = [json.loads(line) for line in paths.engine_failures.read_text().splitlines()]
    assert [row["restarted"] for row in rows] == [True, True, False]
    return paths


@pytest.mark.timeout(120)
def test_too_many_deaths_end_the_run_with_a_checkpoint(tmp_path: Path) -> None:
    # A rollout is 16 decisions.
    saved = die_too_often(tmp_path, 4, 20, 40).checkpoints()[-1]
    load_checkpoint(saved)
    meta = read_meta(saved)
    assert (meta.restarts, meta.timesteps) == (2, 2 * 16 * 128)


@pytest.mark.timeout(120)
def test_deaths_before_anything_is_learned_leave_nothing_to_resume(tmp_path: Path) -> None:
    assert die_too_often(tmp_path, 4, 8, 12).checkpoints() == []
