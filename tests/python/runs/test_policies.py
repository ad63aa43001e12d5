"""Runs of several policies: listed, compared and drawn by policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.diagnosis.run_checks import examine_run
from rl_training.gate.thresholds import Thresholds
from rl_training.gate.training_check import check_training
from rl_training.reporting.learning_plot import curves_of
from rl_training.runs.comparison import compare_runs
from rl_training.runs.listing import list_runs, runs_json, runs_text
from rl_training.runs.metrics import MetricsWriter, read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.policy_tags import policies_in, policy_tag, rows_of_policies, split_tag
from rl_training.runs.session import open_run
from rl_training.runs.training_log import read_training_log


def _run(root: Path, name: str = "tag") -> RunPaths:
    paths = RunPaths(name, root)
    with open_run(paths, resume=False, total=4000, algorithm="ppo") as session:
        paths.config.write_text(json.dumps({"experiment_name": name}))
        writer = MetricsWriter(paths.metrics)
        for i in range(4):
            row = {"rollout/ep_rew_mean": 0.0, "rollout/success_rate": 0.5}
            for policy, sign in (("runner", 1.0), ("red/chaser", -1.0)):
                row[policy_tag(policy, "rollout/ep_rew_mean")] = sign * i
                row[policy_tag(policy, "rollout/success_rate")] = 0.5 + 0.1 * sign * i
                row[policy_tag(policy, "time/total_timesteps")] = 500.0 * (i + 1)
            writer.write(1000 * (i + 1), row)
        writer.close()
        session.writer.update(timesteps=4000, mean_reward=0.0)
    return paths


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("rollout/ep_rew_mean", ("", "rollout/ep_rew_mean")),
        ("policy/runner/train/loss", ("runner", "train/loss")),
        ("policy/red/chaser/eval/mean_reward", ("red/chaser", "eval/mean_reward")),
        ("policy/runner/own", ("runner", "own")),
    ],
)
def test_a_tag_tells_its_policy(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag) == parts


def test_a_zero_sum_game_shows_both_sides_in_the_list(tmp_path: Path) -> None:
    _run(tmp_path)
    (row,) = list_runs(tmp_path)
    assert row.policies["runner"]["mean_reward"] == 3.0
    assert row.policies["red/chaser"]["mean_reward"] == -3.0
    lines = runs_text([row]).splitlines()
    assert lines[2].split() == ["runner", "2,000", "3.00", "80", "%"]
    assert lines[3].split() == ["red/chaser", "2,000", "-3.00", "20", "%"]
    assert json.loads(runs_json([row]))["runs"][0]["policies"]["runner"]["timesteps"] == 2000


def test_runs_are_compared_by_policy(tmp_path: Path) -> None:
    found = compare_runs([_run(tmp_path), _run(tmp_path, "other")], points=2)
    tag = policy_tag("runner", "rollout/ep_rew_mean")
    assert found.metrics[tag] == {"tag": [1.0, 3.0], "other": [1.0, 3.0]}
    assert found.metrics["rollout/ep_rew_mean"]["tag"] == [0.0, 0.0]
    assert policies_in(found.metrics) == ("runner", "red/chaser")


def test_a_curve_for_each_policy(tmp_path: Path) -> None:
    rows = read_metrics(_run(tmp_path).metrics)
    curves = curves_of("tag", rows)
    assert list(curves) == ["tag: runner", "tag: red/chaser"]
    assert [row["rollout/ep_rew_mean"] for row in curves["tag: red/chaser"]] == [0, -1, -2, -3]
    assert [row["timesteps"] for row in curves["tag: runner"]] == [1000, 2000, 3000, 4000]
    assert rows_of_policies([{"timesteps": 1, "rollout/ep_rew_mean": 2.0}]) == {}


def test_the_doctor_looks_at_each_policy(tmp_path: Path) -> None:
    told = {finding.check: finding for finding in examine_run(_run(tmp_path))}
    assert told["run: runner: losses that are NaN"].detail == "0"
    assert "run: losses that are NaN" not in told
    assert "reward 0 -> 3" in told["runner: learning"].detail
    assert "0 -> -3" in told["red/chaser: learning"].detail


def test_updates_of_each_policy_are_held_to_the_thresholds(tmp_path: Path) -> None:
    paths = _run(tmp_path)
    writer = MetricsWriter(paths.metrics)
    for i in range(8):
        row = {policy_tag("runner", "train/approx_kl"): 5.0}
        row[policy_tag("red/chaser", "train/approx_kl")] = 0.01
        writer.write(5000 + i, row)
    writer.close()
    checks = {
        each.name: each for each in check_training(read_training_log(paths), Thresholds()).checks
    }
    assert not checks["runner: largest KL of an update"].passed
    assert checks["red/chaser: largest KL of an update"].passed
    assert checks["final reward"].value == 0.0
