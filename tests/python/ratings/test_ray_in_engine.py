"""`rate --backend ray` with Ray and the real engine: the file of ratings is that of one machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("openskill")

from rl_training.ratings.record import Ratings
from tests.python.conftest import REPOSITORY, processes_left

pytestmark = [pytest.mark.timeout(1800), pytest.mark.nightly, pytest.mark.engine]

PLAYERS = ("chaser", "still", "random")
SIZE = ("--num_envs", "2", "--arenas", "3", "--starts", "2", "--parameter", "episode_seconds=3")


def rate(output: Path, *more: str) -> Ratings:
    command = [sys.executable, "-m", "rl_training", "rate", *PLAYERS, "--scenario", "car_ball"]
    done = subprocess.run(
        [*command, *SIZE, "--match_score", "speed", "--output", str(output), *more],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Ratings.load(output)


def test_the_file_is_that_of_one_machine(tmp_path: Path) -> None:
    with processes_left(patience_s=120.0):
        there = rate(tmp_path / "there.json", "--backend", "ray", "--engines_per_actor", "1")
    here = rate(tmp_path / "here.json")
    assert len(there.results) == 3 * 2 * 2
    # A metric that the last digit shows in: chaser and random drive wherever they stand.
    assert len({result.scores for result in there.results}) > 6
    assert there == here
