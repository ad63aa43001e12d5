"""Which training runs pass: a healthy one does, whatever it anneals; broken ones do not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from stable_baselines3.common.logger import configure

from rl_training.commands.running import run_main
from rl_training.config import TrainConfig, log_std_bound
from rl_training.errors import ConfigError, UsageError
from rl_training.gate.thresholds import Thresholds, read_thresholds
from rl_training.gate.training_check import TrainingCheck, check_training
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.training_log import TrainingLog, read_training_log
from rl_training.validate_training_metrics import main

ROLLOUTS = 40
TOTAL = 400_000

Row = dict[str, float]
Change = Callable[[int, Row], None]


def _config(**ppo: Any) -> dict[str, Any]:
    settings = {"log_std_init": -0.5, "log_std_final": -2.3, **ppo}
    return TrainConfig.from_dict({"timesteps": TOTAL, "ppo": settings}).to_dict()


def _rows(change: Change | None = None) -> list[Row]:
    """Return a run as the scenario's own go: rate and noise fall, KL is 0.01 until the rate ends.

    The shape is that of the run in docs/training.md's checks: KL goes as the square of the rate.
    """
    rows: list[Row] = []
    for number in range(1, ROLLOUTS + 1):
        done = number / ROLLOUTS
        row: Row = {"timesteps": number * TOTAL // ROLLOUTS, "time/fps": 6000.0}
        row["rollout/ep_rew_mean"] = -20.0 + 60.0 * done
        row |= {"engine/physics_ms_max": 5.0 + number % 7, "engine/physics_ms_mean": 2.0}
        row["engine/restarts"] = 0.0
        if number > 1:
            rate = 1e-3 * max(0.0, 1.0 - (number - 1) / ROLLOUTS)
            row |= {"train/learning_rate": rate, "train/loss": 0.1, "train/value_loss": 0.2}
            row["train/approx_kl"] = 0.011 * min(1.0, (rate / 2e-4) ** 2)
            row["train/std"] = math.exp(log_std_bound(-0.5, -2.3, done)) * 0.98
            row["train/entropy_loss"] = -4 * (1.42 + math.log(row["train/std"]))
            row["train/explained_variance"] = math.nan
        if change is not None:
            change(number, row)
        rows.append(row)
    return rows


def _check(
    change: Change | None = None, config: dict[str, Any] | None = None, **limits: float
) -> TrainingCheck:
    log = TrainingLog("run", tuple(_rows(change)), _config() if config is None else config)
    return check_training(log, Thresholds(**limits))


def _failed(check: TrainingCheck) -> dict[str, str]:
    return {each.name: each.reason for each in check.checks if not each.passed}


def test_a_healthy_run_passes_though_its_noise_and_rate_are_annealed() -> None:
    check = _check(min_reward=39.0, max_physics_time=12.0, min_fps=5000.0, max_restarts=0)
    assert check.passed, _failed(check)
    values = {each.name: each.value for each in check.checks}
    assert values["final reward"] == pytest.approx(40.0)
    assert values["largest physics time (ms)"] == 11.0
    assert values["mean physics time (ms)"] == 2.0
    assert values["timesteps"] == TOTAL


def test_a_run_that_is_to_end_with_hardly_any_noise_passes() -> None:
    def quiet(number: int, row: Row) -> None:
        if "train/std" in row:
            row["train/std"] = math.exp(log_std_bound(-0.5, -5.0, number / ROLLOUTS))

    assert _check(quiet, _config(log_std_final=-5.0)).passed
    # The same is a collapse where nobody asked for it.
    failed = _failed(_check(quiet, _config(log_std_final=None)))
    assert list(failed) == ["smallest deviation of actions"]


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"min_reward": 40.1}, "final reward"),
        ({"min_timesteps": TOTAL + 1}, "timesteps"),
        ({"max_physics_time": 10.9}, "largest physics time (ms)"),
        ({"max_mean_physics_time": 1.9}, "mean physics time (ms)"),
        ({"min_fps": 6001.0}, "decisions per second"),
        ({"min_success_rate": 0.1}, "success rate"),
    ],
)
def test_each_limit_can_fail(limits: dict[str, Any], name: str) -> None:
    assert list(_failed(_check(**limits))) == [name]


def _set(tag: str, value: float, first: int, last: int = ROLLOUTS) -> Change:
    def change(number: int, row: Row) -> None:
        if first <= number <= last and tag in row:
            row[tag] = value

    return change


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (_set("train/value_loss", math.nan, 20), "losses that are NaN", "timestep 200,000 on"),
        (_set("rollout/ep_rew_mean", math.nan, 40), "losses that are NaN", "ep_rew_mean"),
        (_set("train/approx_kl", 0.5, 10, 15), "largest KL of an update", "too large"),
        (_set("train/approx_kl", 1e-9, 10, 15), "smallest KL of an update", "stood still"),
        (_set("train/std", 0.01, 10, 15), "smallest deviation of actions", "collapsed at"),
        (_set("engine/restarts", 3.0, 40), "engines restarted", ""),
    ],
)
def test_broken_runs_fail(change: Change, name: str, reason: str) -> None:
    failed = _failed(_check(change, max_restarts=2))
    assert name in failed
    assert reason in failed[name]


@pytest.mark.parametrize("tag", ["train/approx_kl", "train/std"])
def test_one_outlier_is_no_alarm(tag: str) -> None:
    assert _check(_set(tag, 0.5 if tag.endswith("kl") else 1e-6, 10, 11)).passed


def test_a_run_that_was_cut_off_fails() -> None:
    log = TrainingLog("run", tuple(_rows()[:20]), _config())
    assert _failed(check_training(log, Thresholds())) == {
        "timesteps": "the run ended before its time"
    }


@pytest.mark.parametrize(("last", "passes"), [(0.3, True), (0.001, False)])
def test_discrete_actions_are_judged_by_their_entropy(last: float, passes: bool) -> None:
    def discrete(number: int, row: Row) -> None:
        if row.pop("train/std", None) is not None:
            share = number / ROLLOUTS
            row["train/entropy_loss"] = -1.8 * (1.0 - share) - 1.8 * last * share
        if number > 35 and "train/entropy_loss" in row:
            row["train/entropy_loss"] = -1.8 * last

    check = _check(discrete)
    assert check.passed == passes
    assert next(each for each in check.checks if "entropy" in each.name).value is not None


def test_what_is_asked_for_and_was_never_logged_fails() -> None:
    def stock(_number: int, row: Row) -> None:
        for tag in [tag for tag in row if tag.startswith(("engine/", "rollout/"))]:
            del row[tag]

    assert _check(stock).passed
    failed = _failed(_check(stock, max_physics_time=10.0, min_reward=0.0))
    assert failed == {
        "final reward": "no episode has ended",
        "largest physics time (ms)": "nothing was logged",
    }


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    """A run on disk: metrics.jsonl and TensorBoard's file, as training writes them."""
    paths = RunPaths("run", tmp_path)
    logger = configure(str(paths.logs), ["tensorboard"])
    writer = MetricsWriter(paths.metrics)
    for row in _rows(_set("train/loss", math.nan, 7, 7)):
        steps = int(row.pop("timesteps"))
        writer.write(steps, row)
        for tag, value in row.items():
            logger.record(tag, value)
        logger.dump(steps)
    writer.close()
    logger.close()
    paths.config.write_text(json.dumps(_config()))
    return paths


def test_tensorboards_files_tell_the_same_as_metrics_jsonl(run: RunPaths) -> None:
    ours = read_training_log(run)
    run.metrics.unlink()
    theirs = read_training_log(run)
    assert ours.timesteps == theirs.timesteps == TOTAL
    assert set(ours.tags()) == set(theirs.tags())
    for tag in ours.tags():
        one, two = ours.series(tag), theirs.series(tag)
        assert [step for step, _ in one] == [step for step, _ in two]
        np.testing.assert_allclose([v for _, v in one], [v for _, v in two], rtol=1e-6)
    assert _failed(check_training(theirs, Thresholds()))["losses that are NaN"].startswith(
        "train/loss is NaN or infinite from timestep 70,000"
    )


def _script(run: RunPaths, *flags: str) -> int:
    base = ["--experiment", run.experiment, "--run_root", str(run.root)]
    return run_main(lambda: main([*base, *flags]))


def test_the_script_exits_with_1_and_writes_what_it_found(
    run: RunPaths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"result.{name}" for name in ("json", "junit", "markdown")}
    flags = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert _script(run, "--min_reward", "10", *flags) == 1
    out = capsys.readouterr().out
    assert "\nfailed: losses that are NaN is 1, the limit is 0 (train/loss is NaN" in out
    assert f"runs plot --experiment_name {run.experiment} --run_root" in out
    data = json.loads(files["json"].read_text())
    assert data["passed"] is False
    assert {"name": "final reward", "value": 40.0, "limit": 10.0, "passed": True, "reason": ""} in (
        data["checks"]
    )
    suite = ElementTree.parse(files["junit"]).getroot()
    assert (suite.get("tests"), suite.get("failures")) == (str(len(data["checks"])), "1")
    assert "**FAILED: train/loss" in files["markdown"].read_text()


def test_flags_replace_the_file(run: RunPaths, tmp_path: Path) -> None:
    (tmp_path / "limits.json").write_text(json.dumps({"min_reward": 50, "max_kl": None}))
    lines = [json.dumps(row).replace("NaN", "1.0") for row in _rows()]
    run.metrics.write_text("\n".join(lines) + "\n")
    limits = ("--thresholds", str(tmp_path / "limits.json"))
    assert _script(run, *limits) == 1
    assert _script(run, *limits, "--min_reward", "39") == 0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{"min_rewards": 1}', "unknown threshold 'min_rewards'. Did you mean 'min_rew"),
        ("a.json", '{"max_kl": "low"}', "max_kl must be a number; found 'low'"),
        ("a.json", '{"min_fps": -1}', "min_fps must be at least 0"),
        ("a.json", "[1]", "must hold names and numbers"),
        ("a.json", "{", "cannot be read"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises((ConfigError, UsageError), match=message):
        Thresholds().replace(read_thresholds(path))


def test_toml_is_read(tmp_path: Path) -> None:
    pytest.importorskip("tomllib", reason="Python 3.10")
    (tmp_path / "a.toml").write_text("min_reward = 30\nmax_physics_time = 8.5\n")
    assert read_thresholds(tmp_path / "a.toml") == {"min_reward": 30, "max_physics_time": 8.5}


def test_an_unknown_run_is_wrong_use(run: RunPaths, capsys: pytest.CaptureFixture[str]) -> None:
    assert _script(RunPaths("other", run.root)) == 2
    assert "no logs of the experiment 'other'" in capsys.readouterr().err
    (run.root / "logs" / "empty").mkdir()
    assert _script(RunPaths("empty", run.root)) == 2
    assert "holds no scalars" in capsys.readouterr().err
