"""Runs of several policies: each that learned is judged by itself, at thresholds of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import gate_training
from rl_training.errors import ConfigError
from rl_training.gate.run_check import RunThresholds, check_run
from rl_training.gate.training_check import check_training
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.training_log import TrainingLog


def _log(chaser_kl: float = 0.01) -> TrainingLog:
    rows = []
    for number in range(1, 11):
        row = {"timesteps": 1000.0 * number, "time/fps": 500.0, "rollout/ep_rew_mean": 0.0}
        for name, sign in (("runner", 1.0), ("chaser", -1.0), ("ball", 0.0)):
            row[f"policy/{name}/rollout/ep_rew_mean"] = sign * number
            row[f"policy/{name}/rollout/success_rate"] = 0.5 + 0.04 * sign * number
            if name != "ball":
                row[f"policy/{name}/train/approx_kl"] = chaser_kl if name == "chaser" else 0.01
                row[f"policy/{name}/train/learning_rate"] = 1e-3
        rows.append(row)
    return TrainingLog("tag", tuple(rows), {"training": {"timesteps": 10_000}})


def _failed(log: TrainingLog, **thresholds: Any) -> list[str]:
    check = check_run(log, RunThresholds().replace(thresholds))
    return [each.name for each in check.checks if not each.passed]


def test_each_policy_that_learned_has_its_checks() -> None:
    names = [each.name for each in check_run(_log(), RunThresholds()).checks]
    assert names.count("timesteps") == 1
    assert "runner/final reward" in names
    assert "chaser/largest KL of an update" in names
    # Frozen: it has episodes, and nothing that learns.
    assert not any(name.startswith("ball/") for name in names)
    assert "final reward" not in names
    assert _failed(_log()) == []
    assert _failed(_log(chaser_kl=0.5)) == ["chaser/largest KL of an update"]


def test_thresholds_of_the_run_hold_for_all_and_those_of_a_policy_replace_them() -> None:
    assert _failed(_log(), min_success_rate=0.4) == ["chaser/success rate"]
    policies = {"chaser": {"min_success_rate": 0.05}, "ball": {"min_reward": 1.0}}
    assert _failed(_log(), min_success_rate=0.4, policies=policies) == ["ball/final reward"]


def test_a_run_of_one_policy_is_judged_as_ever() -> None:
    rows = tuple({"timesteps": 100.0 * n, "rollout/ep_rew_mean": 3.0} for n in range(1, 5))
    log = TrainingLog("one", rows, {})
    assert check_run(log, RunThresholds()) == check_training(log, RunThresholds().run)


def test_mistakes() -> None:
    with pytest.raises(ConfigError, match=r"policy 'runer', which.*Did you mean 'runner'.* It has"):
        _failed(_log(), policies={"runer": {}})
    with pytest.raises(ConfigError, match="unknown threshold 'min_rewards'"):
        RunThresholds().replace({"policies": {"runner": {"min_rewards": 1}}})
    with pytest.raises(ConfigError, match="policies must hold the thresholds of each policy"):
        RunThresholds().replace({"policies": {"runner": 3}})


def test_the_command_takes_them_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = RunPaths("tag", tmp_path)
    paths.logs.mkdir(parents=True)
    writer = MetricsWriter(paths.metrics)
    for row in _log().rows:
        writer.write(int(row["timesteps"]), {k: v for k, v in row.items() if k != "timesteps"})
    writer.close()
    file = tmp_path / "limits.json"
    file.write_text('{"policies": {"chaser": {"min_success_rate": 0.5}}}')
    words = ["--experiment_name", "tag", "--run_root", str(tmp_path), "--thresholds", str(file)]
    assert gate_training.main(words) == 1
    assert "chaser/success rate" in capsys.readouterr().out
