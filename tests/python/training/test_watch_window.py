"""A window attaches to a run that lives, and says clearly why it cannot attach to another."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from rl_training.commands import watch as watch_command
from rl_training.config import TrainConfig
from rl_training.engine import find_xvfb
from rl_training.errors import ConfigError, UsageError
from rl_training.runs.atomic import write_text
from rl_training.runs.live_view import wish_poses
from rl_training.runs.paths import RunPaths
from rl_training.runs.processes import package_environment
from rl_training.runs.status import Stage, new_status, read_status
from rl_training.training.watch_window import standing, watch_settings


def _run(root: Path, stage: Stage = "learning", scenario: str = "car_ball") -> RunPaths:
    """Write the files of a run that this very process trains."""
    paths = RunPaths("cars", root)
    status = dataclasses.replace(
        new_status("cars", total=1000, timesteps=400, scenario=scenario), stage=stage
    )
    write_text(paths.status, json.dumps(dataclasses.asdict(status)))
    config = TrainConfig.from_dict({"scenario": scenario, "experiment_name": "cars"})
    write_text(paths.config, json.dumps(config.public_dict()))
    return paths


def test_a_living_run_is_shown_once_in_a_window(tmp_path: Path) -> None:
    settings = watch_settings(_run(tmp_path))
    assert settings.scene_path == "res://scenes/car_ball/car_ball.tscn"
    assert (settings.num_envs, settings.arenas, settings.show_window) == (1, 1, True)
    assert settings.env_args == ()  # it must not tell of itself as the run does


def test_a_run_that_ended_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cars is done, at 400 of 1,000 steps.*play --model"):
        watch_settings(_run(tmp_path, "done"))


def test_a_run_whose_process_is_gone_says_so(tmp_path: Path) -> None:
    paths = _run(tmp_path)
    found = json.loads(paths.status.read_text(encoding="utf-8"))
    write_text(paths.status, json.dumps({**found, "process_started": 1.0}))
    with pytest.raises(UsageError, match="its process is gone"):
        watch_settings(paths)


def test_an_unknown_run_names_the_nearest(tmp_path: Path) -> None:
    _run(tmp_path)
    with pytest.raises(ConfigError, match=r"no run 'carz'.*'cars'"):
        watch_settings(RunPaths("carz", tmp_path))


def test_worlds_without_an_engine_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"NumPy worlds.*dashboard"):
        watch_settings(_run(tmp_path, scenario="lunabotics"))


def test_the_only_living_run_needs_no_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found none"):
        watch_command.main(["--run_root", str(tmp_path)])
    _run(tmp_path)
    assert watch_command._living(tmp_path) == "cars"


def test_a_negative_arena_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--arena counts from 0; found -1"):
        watch_command.main(["cars", "--arena", "-1", "--run_root", str(tmp_path)])


def test_how_a_run_stands_is_one_line(tmp_path: Path) -> None:
    status = read_status(_run(tmp_path).status)
    assert status is not None
    known = dataclasses.replace(status, rate=1234.4, mean_reward=-0.5, success_rate=0.25)
    assert standing(known) == (
        "cars, learning: 400 of 1,000 steps, 1,234/s, mean reward -0.50, success 25%"
    )


def test_a_wish_for_poses_ends_by_itself(tmp_path: Path) -> None:
    paths = RunPaths("cars", tmp_path)
    wish_poses(paths, [3], 5.0, "test")
    wish = json.loads((paths.live / "wanted_test.json").read_text(encoding="utf-8"))
    assert wish["poses"] == [3]
    assert wish["until"] <= time.time() + 5.0


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(1500)
@pytest.mark.skipif(
    not os.environ.get("DISPLAY") and find_xvfb() is None, reason="no screen, no Xvfb"
)
def test_a_window_shows_a_training(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "rl_training"]
    root = ["--run_root", str(tmp_path)]
    training = [*words, "train", "--scenario", "car_ball", "--experiment_name", "cars", *root]
    training += ["--num_envs", "1", "--arenas", "4", "--timesteps", "100000000"]
    paths = RunPaths("cars", tmp_path)
    with open(tmp_path / "train.log", "wb") as log:
        trainer = subprocess.Popen(
            training, stdout=log, stderr=log, env=package_environment(), start_new_session=True
        )
    try:
        while True:
            assert trainer.poll() is None, (tmp_path / "train.log").read_text()
            status = read_status(paths.status)
            if status is not None and status.timesteps > 0:
                break
            time.sleep(0.2)
        picture = tmp_path / "seen.png"
        shown = subprocess.run(
            [*words, "watch", "cars", "--arena", "2", "--picture", str(picture), "--timeout_s",
             "1200", *root],
            env=package_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
        assert picture.read_bytes()[:4] == b"\x89PNG"
        assert json.loads((paths.live / "arenas.json").read_text()) == {"arenas": 4}
        # The training goes on.
        before = read_status(paths.status)
        assert before is not None
        while (now := read_status(paths.status)) is not None and now.is_alive:
            if now.timesteps > before.timesteps:
                break
            time.sleep(0.2)
        assert now is not None
        assert now.is_alive
    finally:
        for process in [*psutil.Process(trainer.pid).children(recursive=True)]:
            process.kill()
        trainer.kill()
        trainer.wait()
